"""Time: what was known on a day stays known, whatever is corrected or withdrawn later."""

from collections.abc import Callable
from datetime import date
from pathlib import Path
from shutil import copytree
from typing import Any

import polars as pl
import pytest

from rawan.settings import PROJECT_ROOT, Settings
from rawan.warehouse import SQL, Warehouse

Bench = Any  # see conftest.py
Cells = dict[str, object]
AsOf = Callable[..., list[tuple[Any, ...]]]

A, B, C, OTHER = "99.99.01.2001", "99.99.01.2002", "99.99.01.2003", "99.99.02.2002"
ONE, TWO = {"sumber_url": "https://satu.invalid/1"}, {"sumber_url": "https://dua.invalid/1"}
WORDS = {"uraian": "Dua kelompok pendukung bentrok di depan balai desa"}


def telling(occurred: str, known: str, code: str = A, **more: object) -> Cells:
    return {
        "tanggal": occurred,
        "tanggal_diketahui": known,
        "jenis": "bentrok",
        "kode_desa": code,
    } | more


@pytest.fixture
def as_of(warehouse: Warehouse) -> AsOf:
    """Tell what the features see of the incidents at the start of a day."""

    def known(day: str, columns: str = "village_code, occurred_on") -> list[tuple[Any, ...]]:
        cutoffs = pl.DataFrame({"cutoff": [date.fromisoformat(day)]}).with_columns(
            known_by="cutoff"
        )
        warehouse.replace("features.cutoffs", cutoffs)
        warehouse.execute((SQL / "30_features" / "known_incidents.sql").read_text(encoding="utf-8"))
        return warehouse.rows(f"SELECT {columns} FROM features.known_incidents ORDER BY ALL")

    return known


# Tellings add up


def test_an_incident_is_unknown_until_the_day_it_is_known_and_known_from_then_on(
    bench: Bench, warehouse: Warehouse, as_of: AsOf
) -> None:
    bench.stage(warehouse, {"insiden.csv": [telling("2019-01-01", "2019-03-01")]})
    assert as_of("2019-02-28") == []
    assert as_of("2019-03-01") == [(A, date(2019, 1, 1))]


def test_an_incident_announced_for_later_has_not_happened_yet(
    bench: Bench, warehouse: Warehouse, as_of: AsOf
) -> None:
    bench.stage(warehouse, {"insiden.csv": [telling("2019-03-01", "2019-01-01")]})
    assert as_of("2019-03-01") == []
    assert as_of("2019-03-02") == [(A, date(2019, 3, 1))]


def test_a_later_telling_sharpens_day_and_place_only_from_the_day_it_is_known(
    bench: Bench, warehouse: Warehouse, as_of: AsOf
) -> None:
    bench.stage(
        warehouse,
        {
            "insiden.csv": [
                telling("2019-02", "2019-03-05", "", kecamatan="Umpama", kode_peristiwa="P"),
                telling("2019-02-10", "2019-03-09", A, kode_peristiwa="P", korban_jiwa="2"),
            ]
        },
    )
    seen = "village_code, occurred_from, occurred_on, known_on, tellings, deaths"
    first, last, day = date(2019, 2, 1), date(2019, 2, 28), date(2019, 2, 10)
    assert as_of("2019-03-08", seen) == [(None, first, last, date(2019, 3, 5), 1, None)]
    assert as_of("2019-03-09", seen) == [(A, day, day, date(2019, 3, 9), 1, 2)]


# Corrections and withdrawals


@pytest.mark.parametrize("status", ["koreksi", ""])
def test_a_correction_holds_from_the_day_it_is_known(
    bench: Bench, warehouse: Warehouse, as_of: AsOf, status: str
) -> None:
    bench.stage(
        warehouse,
        {
            "insiden.csv": [
                telling("2019-01-01", "2019-01-05", A, nomor="1"),
                telling("2019-01-02", "2019-02-01", B, nomor="1", status=status),
            ]
        },
    )
    assert as_of("2019-01-31") == [(A, date(2019, 1, 1))]
    assert as_of("2019-02-01") == [(B, date(2019, 1, 2))]


def test_a_corrected_incident_is_the_same_event_told_once(
    bench: Bench, warehouse: Warehouse
) -> None:
    bench.stage(
        warehouse,
        {
            "insiden.csv": [
                telling("2019-01-01", "2019-01-05", A, nomor="1"),
                telling("2019-01-02", "2019-02-01", A, nomor="1", status="koreksi"),
            ]
        },
    )
    assert warehouse.value("SELECT count(DISTINCT event_no) FROM staging.event_versions") == 1
    # The village was named in January already.
    assert warehouse.rows("SELECT occurred_on, known_on, tellings FROM staging.incidents") == [
        (date(2019, 1, 2), date(2019, 1, 5), 1)
    ]


def test_a_correction_does_not_part_what_two_sources_tell_of_one_event(
    bench: Bench, warehouse: Warehouse, as_of: AsOf
) -> None:
    bench.stage(
        warehouse,
        {
            "insiden.csv": [
                telling("2019-01-01", "2019-01-02", A, nomor="1") | ONE | WORDS,
                telling("2019-01-02", "2019-01-03", A, nomor="2") | TWO | WORDS,
                telling("2019-01-01", "2019-01-09", f"{A};{B}", nomor="1", status="koreksi")
                | ONE
                | WORDS,
            ]
        },
    )
    assert as_of("2019-01-08", "village_code, tellings") == [(A, 2)]
    assert as_of("2019-01-09", "village_code, tellings") == [(A, 2), (B, 1)]


def test_a_row_mended_by_its_correction_may_turn_out_to_be_another_sources_event(
    bench: Bench, warehouse: Warehouse, as_of: AsOf
) -> None:
    bench.stage(
        warehouse,
        {
            "insiden.csv": [
                telling("2019-01-15", "2019-01-16", A, nomor="1") | ONE | WORDS,
                telling("2019-01-02", "2019-01-03", A, nomor="2") | TWO | WORDS,
                telling("2019-01-01", "2019-01-20", A, nomor="1", status="koreksi") | ONE | WORDS,
            ]
        },
    )
    assert len(as_of("2019-01-19")) == 2
    assert as_of("2019-01-20", "village_code, tellings") == [(A, 2)]


def test_a_withdrawn_event_disappears_with_its_mention_and_was_known_before(
    bench: Bench, warehouse: Warehouse, as_of: AsOf
) -> None:
    bench.stage(
        warehouse,
        {
            "insiden.csv": [
                telling("2019-01-01", "2019-01-05", A, nomor="1"),
                {"nomor": "1", "status": "dicabut", "tanggal_diketahui": "2019-02-01"},
                telling("2019-01-01", "2019-01-05", B, nomor="2"),
            ]
        },
    )
    assert as_of("2019-01-31") == [(A, date(2019, 1, 1)), (B, date(2019, 1, 1))]
    assert as_of("2019-02-01") == [(B, date(2019, 1, 1))]
    assert blind_spots(warehouse, "2019-01-31").isdisjoint({A, B})
    assert blind_spots(warehouse, "2019-02-01") & {A, B} == {A}


def test_a_mention_moves_with_its_place_and_outlives_a_correction_of_other_cells(
    bench: Bench, warehouse: Warehouse
) -> None:
    bench.stage(
        warehouse,
        {
            "insiden.csv": [
                telling("2015-06-01", "2015-06-02", A, nomor="1"),
                telling("2015-06-01", "2019-02-01", B, nomor="1", status="koreksi"),
                telling("2018-01-01", "2018-01-02", C, nomor="2"),
                telling("2018-01-01", "2019-02-01", C, nomor="2", status="koreksi"),
            ]
        },
    )
    assert blind_spots(warehouse, "2019-01-31") & {A, B, C} == {B}
    assert blind_spots(warehouse, "2019-02-01") & {A, B, C} == {A}
    # C was named in two half-years, not only in that of the correction.
    assert (
        warehouse.value(
            "SELECT round(coverage * getvariable('coverage_half_years')) FROM features.coverage"
            " WHERE village_code = ?",
            [C],
        )
        == 2
    )


def test_what_one_source_withdraws_another_may_still_tell(
    bench: Bench, warehouse: Warehouse, as_of: AsOf
) -> None:
    bench.stage(
        warehouse,
        {
            "insiden.csv": [
                telling("2019-01-01", "2019-01-05", nomor="1", kode_peristiwa="P", korban_jiwa="9"),
                telling("2019-01-01", "2019-01-07", nomor="2", kode_peristiwa="P", korban_jiwa="1"),
                {"nomor": "1", "status": "dicabut", "tanggal_diketahui": "2019-02-01"},
            ]
        },
    )
    assert as_of("2019-01-31", "tellings, deaths") == [(2, 9)]
    assert as_of("2019-02-01", "tellings, deaths") == [(1, 1)]


def test_what_is_told_anew_after_a_withdrawal_counts_again(
    bench: Bench, warehouse: Warehouse, as_of: AsOf
) -> None:
    bench.stage(
        warehouse,
        {
            "insiden.csv": [
                telling("2019-01-01", "2019-01-05", nomor="1"),
                {"nomor": "1", "status": "dicabut", "tanggal_diketahui": "2019-02-01"},
                telling("2019-01-01", "2019-03-01", nomor="1"),
            ]
        },
    )
    assert [len(as_of(day)) for day in ("2019-01-31", "2019-02-28", "2019-03-01")] == [1, 0, 1]


def test_of_rows_known_on_one_day_the_later_row_holds(
    bench: Bench, warehouse: Warehouse, as_of: AsOf
) -> None:
    same = [telling("2019-01-01", "2019-01-05", code, nomor="1") for code in (A, C, B)]
    bench.stage(warehouse, {"insiden.csv": same})
    assert as_of("2019-01-05") == [(B, date(2019, 1, 1))]
    assert warehouse.value("SELECT count(*) FROM staging.conservation WHERE NOT holds") == 0


@pytest.mark.parametrize("later", ["insiden_a.csv", "insiden_b.csv"])
def test_of_files_with_rows_known_on_one_day_the_one_obtained_later_holds(
    bench: Bench, warehouse: Warehouse, as_of: AsOf, later: str
) -> None:
    codes = {"insiden_a.csv": A, "insiden_b.csv": B}
    for name in codes:
        bench.obtained(name, "2019-03-02" if name == later else "2019-03-01")
    bench.stage(
        warehouse,
        {
            name: [telling("2019-01-01", "2019-01-05", code, nomor="1")]
            for name, code in codes.items()
        },
    )
    assert as_of("2019-01-05") == [(codes[later], date(2019, 1, 1))]


def test_a_withdrawal_of_another_forms_number_changes_nothing(
    bench: Bench, warehouse: Warehouse, settings: Settings, as_of: AsOf, tmp_path: Path
) -> None:
    folder = copytree(PROJECT_ROOT / "data" / "mappings", tmp_path / "mappings")
    own = (folder / "incidents.toml").read_text(encoding="utf-8")
    (folder / "lain.toml").write_text(own.replace("insiden*", "lain*"), encoding="utf-8")
    inputs = settings.inputs.model_copy(update={"mappings": folder})
    withdrawal = {"nomor": "1", "status": "dicabut", "tanggal_diketahui": "2019-02-01"}
    rows = [telling("2019-01-01", "2019-01-05", B, nomor="2"), withdrawal]
    bench.stage(
        warehouse,
        {"insiden.csv": [telling("2019-01-01", "2019-01-05", A, nomor="1")], "lain.csv": rows},
        settings.model_copy(update={"inputs": inputs}),
    )
    assert [code for code, _ in as_of("2019-02-01")] == [A, B]
    bench.stage(warehouse, {"insiden_2.csv": [withdrawal | {"tanggal": "", "jenis": ""}]})
    assert [code for code, _ in as_of("2019-02-01")] == [B]


# Places of today for names of before


FORMER = (
    "former_name,former_level,former_district,valid_until,village_code,district_code,weight\n"
    f"Lamasari,village,Umpama,2010,{A},99.99.01,0.75\n"
    f"Lamasari,village,Umpama,2010,{B},99.99.01,0.25\n"
    "Umpama,district,,2010,,99.99.01,0.5\n"
    "Umpama,district,,2010,,99.99.02,0.5\n"
)


def test_an_old_name_is_spread_over_what_covers_it_today_and_adds_up_to_one(
    bench: Bench, warehouse: Warehouse, as_of: AsOf
) -> None:
    (bench.folder / "reference" / "former_places.csv").write_text(FORMER, encoding="utf-8")
    old = {"desa": "Lamasari", "kecamatan": "Umpama"}
    bench.stage(
        warehouse,
        {
            "insiden.csv": [
                telling("2009-01-01", "2009-01-05", "", kode_peristiwa="P") | old,
                telling("2009-01-01", "2009-01-07", "", kode_peristiwa="P") | old,
                telling("2009-01-01", "2009-02-01", B, kode_peristiwa="P"),
            ]
        },
    )
    assert as_of("2009-01-06", "village_code, weight, tellings") == [(A, 0.75, 1), (B, 0.25, 1)]
    assert as_of("2009-01-07", "village_code, weight, tellings") == [(A, 0.75, 2), (B, 0.25, 2)]
    # One source knows which of them it was.
    assert as_of("2009-02-01", "village_code, weight, tellings") == [(B, 1.0, 1)]


def test_a_kecamatan_before_its_split_is_spread_until_a_village_is_told(
    bench: Bench, warehouse: Warehouse, as_of: AsOf
) -> None:
    (bench.folder / "reference" / "former_places.csv").write_text(FORMER, encoding="utf-8")
    whole = {"kecamatan": "Umpama"}
    bench.stage(
        warehouse,
        {
            "insiden.csv": [
                telling("2009-01-01", "2009-01-05", "", kode_peristiwa="P") | whole,
                telling("2009-01-01", "2009-02-01", OTHER, kode_peristiwa="P"),
                telling("2012-01-01", "2012-01-05", "") | whole,
            ]
        },
    )
    seen = "district_code, village_code, weight"
    assert as_of("2009-01-05", seen) == [("99.99.01", None, 0.5), ("99.99.02", None, 0.5)]
    assert as_of("2009-02-01", seen) == [("99.99.02", OTHER, 1.0)]
    assert as_of("2012-01-05", seen)[0] == ("99.99.01", None, 1.0)


# Nil returns


def test_a_nil_return_lifts_a_blind_spot_of_the_villages_it_names_once_it_is_known(
    bench: Bench, warehouse: Warehouse
) -> None:
    looked = {"tanggal": "2019-01-01", "tanggal_diketahui": "2019-01-05", "satuan": "Polsek U"}
    bench.stage(
        warehouse,
        {
            "nihil.csv": [
                looked | {"kode_desa": A, "nomor": "1"},
                looked | {"kecamatan": "Andaikata"},
                {"nomor": "1", "status": "dicabut", "tanggal_diketahui": "2019-03-01"},
            ]
        },
    )
    everything = blind_spots(warehouse, "2019-01-04")
    assert {A, B, OTHER} <= everything
    assert blind_spots(warehouse, "2019-01-05") == everything - {A}
    assert blind_spots(warehouse, "2019-03-01") == everything


def blind_spots(warehouse: Warehouse, day: str) -> set[str]:
    cutoffs = pl.DataFrame({"cutoff": [date.fromisoformat(day)]}).with_columns(known_by="cutoff")
    warehouse.replace("features.cutoffs", cutoffs)
    warehouse.execute((SQL / "30_features" / "coverage.sql").read_text(encoding="utf-8"))
    rows = warehouse.rows("SELECT village_code FROM features.coverage WHERE is_blind_spot")
    return {code for (code,) in rows}
