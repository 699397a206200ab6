"""Staging: each event once, each report once, and who told what when."""

from datetime import date
from typing import Any

import polars as pl

Bench = Any  # see conftest.py
Cells = dict[str, object]

A, B, OTHER = "99.99.01.2001", "99.99.01.2002", "99.99.02.2002"


def telling(occurred: str, known: str, code: str = A, **more: object) -> Cells:
    return {
        "tanggal": occurred,
        "tanggal_diketahui": known,
        "jenis": "bentrok",
        "kode_desa": code,
    } | more


def report(occurred: str, known: str, code: str = A, **more: object) -> Cells:
    return {"nilai_sumber": "A", "nilai_informasi": "1"} | telling(occurred, known, code) | more


def only(frame: pl.DataFrame) -> dict[str, Any]:
    assert frame.height == 1
    return frame.row(0, named=True)


def places(frame: pl.DataFrame) -> list[tuple[str, str | None]]:
    return frame.select("district_code", "village_code").rows()


# Incidents


def test_an_event_told_by_several_sources_is_one_event(bench: Bench) -> None:
    event = only(
        bench.run(
            [
                telling("2019-01-01", "2019-01-05", kode_peristiwa="P1", korban_jiwa="1"),
                telling("2019-01-01", "2019-01-02", kode_peristiwa="P1", korban_jiwa="3"),
                telling("2019-01-01", "2019-01-09", kode_peristiwa="P1", korban_luka="7"),
            ]
        )["staging.incidents"]
    )
    assert event["tellings"] == 3
    assert event["known_on"] == date(2019, 1, 2)
    assert (event["deaths"], event["injured"]) == (3, 7)


def test_without_a_number_day_type_and_place_make_the_event(bench: Bench) -> None:
    same = telling("2019-01-01", "2019-01-02")
    found = bench.run(
        [
            same | {"sumber_url": "https://contoh.invalid/1"},
            same | {"sumber_url": "https://contoh.invalid/2"},
            same | {"jenis": "unjuk_rasa"},
            same | {"tanggal": "2019-01-02"},
            same | {"kode_desa": B},
        ]
    )["staging.incidents"]
    assert sorted(found["tellings"]) == [1, 1, 1, 2]


def test_the_most_precise_date_wins_over_the_first_told(bench: Bench) -> None:
    event = only(
        bench.run(
            [
                telling("2019", "2019-03-01", kode_peristiwa="P1"),
                telling("2019-02-10", "2019-03-09", kode_peristiwa="P1"),
                telling("2019-02", "2019-03-05", kode_peristiwa="P1"),
            ]
        )["staging.incidents"]
    )
    assert event["occurred_from"] == event["occurred_on"] == date(2019, 2, 10)


def test_a_date_in_part_counts_from_the_last_day_it_may_mean(bench: Bench) -> None:
    event = only(bench.run([telling("2019-02", "2019-03-01")])["staging.incidents"])
    assert (event["occurred_from"], event["occurred_on"]) == (date(2019, 2, 1), date(2019, 2, 28))


def test_the_type_is_that_of_the_first_source(bench: Bench) -> None:
    event = only(
        bench.run(
            [
                telling("2019-01-01", "2019-01-09", kode_peristiwa="P1"),
                telling("2019-01-01", "2019-01-02", kode_peristiwa="P1", jenis="unjuk_rasa"),
            ]
        )["staging.incidents"]
    )
    assert (event["type"], event["type_group"], event["is_outcome"]) == (
        "unjuk_rasa",
        "protest",
        False,
    )


def test_an_event_at_two_villages_is_known_at_each_from_its_own_day(bench: Bench) -> None:
    found = bench.run(
        [
            telling("2019-01-01", "2019-01-02", A, kode_peristiwa="P1"),
            telling("2019-01-01", "2019-01-09", f"{A};{OTHER}", kode_peristiwa="P1"),
        ]
    )["staging.incidents"]
    assert found.select("village_code", "known_on", "tellings").rows() == [
        (A, date(2019, 1, 2), 2),
        (OTHER, date(2019, 1, 9), 1),
    ]


def test_a_kecamatan_told_of_counts_where_no_source_names_its_village(bench: Bench) -> None:
    found = bench.run(
        [
            telling(
                "2019-01-01", "2019-01-02", "", kecamatan="Umpama;Andaikata", kode_peristiwa="P"
            ),
            telling("2019-01-01", "2019-01-02", A, kode_peristiwa="P"),
        ]
    )["staging.incidents"]
    assert sorted(places(found)) == [("99.99.01", A), ("99.99.02", None)]


def test_each_incident_carries_the_hazard_of_its_type(bench: Bench) -> None:
    found = bench.run(
        [
            telling("2019-01-01", "2019-01-02", jenis=kind)
            for kind in ("bentrok", "gangguan_logistik", "politik_uang")
        ]
    )["staging.incidents"].sort("type")
    assert found.select("type", "hazard", "type_group", "is_outcome").rows() == [
        ("bentrok", "conflict", "clash", True),
        ("gangguan_logistik", "logistics", "logistics", True),
        ("politik_uang", "", "allegation", False),
    ]


# Reports


def test_a_report_written_from_the_source_of_an_incident_is_its_evidence(bench: Bench) -> None:
    found = bench.run(
        [
            telling(
                "2019-01-01", "2019-01-02", kode_peristiwa="P1", sumber_url="https://a.invalid/1"
            )
        ],
        [
            report("2019-01-01", "2019-01-02", nomor="1", sumber_url="https://a.invalid/1"),
            report("2019-01-01", "2019-01-02", nomor="2", sumber_url="https://a.invalid/2"),
            report("2019-01-01", "2019-01-02", nomor="3", sumber_url=""),
        ],
    )["staging.reports"]
    assert dict(found.select("report_key", "evidence_for").iter_rows()) == {
        "1": "P1",
        "2": None,
        "3": None,
    }


def test_rows_without_an_address_are_nobodys_evidence(bench: Bench) -> None:
    found = bench.run([telling("2019-01-01", "2019-01-02")], [report("2019-01-01", "2019-01-02")])[
        "staging.reports"
    ]
    assert only(found)["evidence_for"] is None


def test_a_report_that_comes_twice_counts_once_from_the_first_day(bench: Bench) -> None:
    found = bench.run(
        reports=[
            report("2019-01-01", "2019-01-09", nomor="1", nilai_sumber="A"),
            report("2019-01-01", "2019-01-02", nomor="1", nilai_sumber="C"),
        ]
    )["staging.reports"]
    assert only(found)["known_on"] == date(2019, 1, 2)
    assert only(found)["source_grade"] == "C"


def test_reports_without_a_number_are_each_their_own(bench: Bench) -> None:
    same = report("2019-01-01", "2019-01-02")
    assert bench.run(reports=[same, same])["staging.reports"].height == 2


def test_a_report_counts_at_each_place_it_names(bench: Bench) -> None:
    found = bench.run(reports=[report("2019-01-01", "2019-01-02", f"{A};{OTHER}")])
    assert places(found["staging.reports"]) == [("99.99.01", A), ("99.99.02", OTHER)]


def test_the_weight_of_a_report_is_that_of_source_times_information(bench: Bench) -> None:
    found = bench.run(
        reports=[
            report("2019-01-01", "2019-01-02", nomor=s + i, nilai_sumber=s, nilai_informasi=i)
            for s, i in ("A1", "B3", "E5", "F6")
        ]
    )["staging.reports"]
    weights = dict(found.select("report_key", "weight").iter_rows())
    assert {key: round(weight, 12) for key, weight in weights.items()} == {
        "A1": 1.0,
        "B3": 0.48,
        "E5": 0.04,
        "F6": 0.25,
    }


def test_a_report_without_a_type_is_kept_without_a_hazard(bench: Bench) -> None:
    found = bench.run(reports=[report("2019-01-01", "2019-01-02", jenis="")])
    assert only(found["staging.reports"])["hazard"] is None


# Population and mentions


def test_a_population_told_again_is_one_figure_a_village_and_year(bench: Bench) -> None:
    def people(village: str, year: int, number: int, known: str) -> Cells:
        return {
            "kode_desa": village,
            "tahun": year,
            "penduduk": number,
            "tanggal_diketahui": known,
        }

    found = bench.run(
        population=[
            people(A, 2018, 100, "2019-01-01"),
            people(A, 2018, 100, "2019-01-01"),
            people(A, 2019, 120, "2019-06-01"),
            people(B, 2018, 7, "2019-01-01"),
        ]
    )["staging.demographics"]
    assert found.select("village_code", "year", "population").unique().sort(
        "village_code", "year"
    ).rows() == [(A, 2018, 100), (A, 2019, 120), (B, 2018, 7)]


def test_a_village_is_mentioned_by_incidents_and_reports_of_any_kind(bench: Bench) -> None:
    found = bench.run(
        [
            telling("2019-01-01", "2019-01-02", A),
            telling("2019-01-01", "2019-01-02", A, jenis="unjuk_rasa"),
            telling("2019-01-01", "2019-01-02", "", kecamatan="Seberangan"),
        ],
        [report("2019-02-01", "2019-02-02", OTHER, jenis="")],
        [{"kode_desa": B, "tahun": 2018, "penduduk": 9, "tanggal_diketahui": "2019-01-01"}],
    )["staging.mentions"]
    assert found.rows() == [(A, date(2019, 1, 2)), (OTHER, date(2019, 2, 2))]
