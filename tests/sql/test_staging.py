"""Staging: each event once, each report once, each at the places that it names.

What later rows correct and withdraw is in `test_revisions`, texts passed on in
`test_passed_on`, the balance of the joins in `test_conservation`.
"""

from datetime import date
from typing import Any

import polars as pl

from rawan.warehouse import SQL, Warehouse

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
    )["staging.incidents"].sort("village_code")
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
    )
    event = only(found["staging.incidents"])["event_no"]
    assert dict(found["staging.reports"].select("report_key", "evidence_for").iter_rows()) == {
        "reports:1": event,
        "reports:2": None,
        "reports:3": None,
    }


def test_rows_without_an_address_are_nobodys_evidence(bench: Bench) -> None:
    found = bench.run([telling("2019-01-01", "2019-01-02")], [report("2019-01-01", "2019-01-02")])[
        "staging.reports"
    ]
    assert only(found)["evidence_for"] is None


def test_a_report_that_comes_again_is_corrected_from_that_day_on(bench: Bench) -> None:
    found = bench.run(
        reports=[
            report("2019-01-01", "2019-01-09", nomor="1", nilai_sumber="A"),
            report("2019-01-01", "2019-01-02", nomor="1", nilai_sumber="C"),
        ]
    )["staging.reports"].sort("known_on")
    assert found.select("report_key", "source_grade", "known_on", "known_until").rows() == [
        ("reports:1", "C", date(2019, 1, 2), date(2019, 1, 9)),
        ("reports:1", "A", date(2019, 1, 9), None),
    ]


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
    assert {key[8:]: round(weight, 12) for key, weight in weights.items()} == {
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
    assert found.rows() == [(A, date(2019, 1, 2), None), (OTHER, date(2019, 2, 2), None)]


# What is planned, counted and found vulnerable


def test_plans_and_deployments_stand_at_each_place_they_name(
    bench: Bench, warehouse: Warehouse
) -> None:
    days = {"tanggal": "2020-01-10", "tanggal_diketahui": "2020-01-05"}
    bench.stage(
        warehouse,
        {
            "kegiatan.csv": [
                days
                | {"kegiatan": "Kampanye Akbar", "perkiraan_peserta": "1.500"}
                | {"kode_desa": f"{A};{OTHER}", "tanggal_selesai": "2020-01-12"}
            ],
            "penugasan.csv": [
                days
                | {"satuan": "Polsek Umpama", "personel": "12", "pos": "TPS 3"}
                | {"kecamatan": "Umpama", "desa": "Rejocontoh"},
                days | {"satuan": "Polsek Umpama", "personel": "4", "kecamatan": "Andaikata"},
            ],
        },
    )
    assert warehouse.rows(
        "SELECT village_code, gathering, expected_people, occurred_from, occurred_on, known_on"
        " FROM staging.gatherings ORDER BY ALL"
    ) == [
        (code, "rapat_umum", 1500, date(2020, 1, 10), date(2020, 1, 12), date(2020, 1, 5))
        for code in (A, OTHER)
    ]
    assert warehouse.rows(
        "SELECT district_code, village_code, unit, officers, post FROM staging.deployments"
        " ORDER BY officers"
    ) == [
        ("99.99.02", None, "Polsek Umpama", 4, None),
        ("99.99.01", B, "Polsek Umpama", 12, "TPS 3"),
    ]


def test_a_plan_or_a_count_does_not_mean_that_anyone_looked(
    bench: Bench, warehouse: Warehouse
) -> None:
    here = {"kode_desa": A, "tanggal": "2020-01-10", "tanggal_diketahui": "2020-01-05"}
    bench.stage(
        warehouse,
        {
            "kegiatan.csv": [here | {"kegiatan": "debat"}],
            "penugasan.csv": [here | {"satuan": "Polsek Umpama", "personel": "1"}],
            "nihil.csv": [here | {"satuan": "Polsek Umpama", "kode_desa": B}],
        },
    )
    assert warehouse.rows("FROM staging.mentions") == [(B, date(2020, 1, 5), None)]


def test_the_newest_word_on_a_vulnerable_polling_station_of_a_day_holds(
    bench: Bench, warehouse: Warehouse
) -> None:
    station = {"pemilu": "contoh2020", "kode_desa": A, "nomor_tps": "007"}
    bench.stage(
        warehouse,
        {
            "tps_rawan.csv": [
                station | {"kerawanan": "rawan", "tanggal_diketahui": "2020-01-05"},
                station | {"kerawanan": "sangat rawan", "tanggal_diketahui": "2020-01-05"},
                station | {"kerawanan": "khusus", "tanggal_diketahui": "2020-01-09"},
                station
                | {"nomor_tps": "8", "indikator": "sulit dijangkau"}
                | {"tanggal_diketahui": "2020-01-05"},
            ]
        },
    )
    assert warehouse.rows(
        "SELECT village_code, tps_number, vulnerability, indicators, known_on"
        " FROM staging.tps_vulnerability ORDER BY tps_number, known_on"
    ) == [
        (A, "007", "sangat_rawan", None, date(2020, 1, 5)),
        (A, "007", "khusus", None, date(2020, 1, 9)),
        (A, "8", None, "sulit dijangkau", date(2020, 1, 5)),
    ]


def test_polling_stations_that_came_in_win_over_older_ones_from_the_day_they_are_known(
    bench: Bench, warehouse: Warehouse
) -> None:
    count = {"pemilu": "contoh2020", "kode_desa": A, "tanggal_diketahui": "2019-12-01"}
    bench.stage(warehouse, {"tps.csv": [count | {"jumlah_tps": "14", "pemilih": "4.321"}]})
    days = [date(2019, 11, 30), date(2019, 12, 1), date(2020, 1, 2)]
    warehouse.replace("features.cutoffs", pl.DataFrame({"cutoff": days, "known_by": days}))
    warehouse.execute((SQL / "30_features" / "place.sql").read_text(encoding="utf-8"))
    assert warehouse.rows(
        "SELECT tps_count, tps_source FROM features.place WHERE village_code = ? ORDER BY cutoff",
        [A],
    ) == [(12, "pemilu2019"), (14, "contoh2020"), (99, "contoh2020")]
    assert warehouse.value("SELECT voters FROM staging.polling_stations") == 4321
