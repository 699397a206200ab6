"""The balance: at every join, what went in is placed, excluded or quarantined, for each file."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from rawan.settings import Settings
from rawan.warehouse import Warehouse, open_warehouse

Bench = Any  # see conftest.py
Cells = dict[str, object]

A, B = "99.99.01.2001", "99.99.01.2002"
TEXT = "Dua kelompok pendukung bentrok di depan balai desa"


def incident(known: str = "2019-01-05", code: str = A, **more: object) -> Cells:
    told = {"tanggal": "2019-01-01", "tanggal_diketahui": known, "jenis": "bentrok"}
    return told | {"kode_desa": code} | more


def balance(warehouse: Warehouse) -> dict[tuple[str, str], tuple[int, ...]]:
    rows = warehouse.rows(
        "SELECT step, file, input, placed, excluded, quarantined, holds FROM staging.conservation"
    )
    assert all(holds for *_, holds in rows), rows
    return {(step, file): tuple(counts) for step, file, *counts, _ in rows}


def test_each_step_is_balanced_for_each_file(
    bench: Bench, warehouse: Warehouse, settings: Settings
) -> None:
    bench.place(
        warehouse,
        {
            "insiden.csv": [
                incident(nomor="1"),
                incident(nomor="1", status="koreksi"),  # corrected on the day it became known
                incident(nomor="2"),
                {"nomor": "2", "status": "dicabut", "tanggal_diketahui": "2019-02-01"},
                incident(kabupaten="Seberang Laut", code=""),
                incident(tanggal="kemarin"),
            ],
            "laporan.csv": [
                incident("2019-01-05", isi=TEXT, nomor="1"),
                incident("2019-01-06", isi=TEXT + ".", nomor="2"),
                incident("2019-01-06", B, isi=TEXT, nomor="3"),
                incident("2019-01-06", B, isi="", nomor="3"),
                {"nomor": "1", "status": "dicabut", "tanggal_diketahui": "2019-02-01"},
            ],
            "penduduk.csv": [{"tahun": "2019", "penduduk": "100", "kode_desa": A}] * 2,
        },
    )
    warehouse.build("staging")
    assert balance(warehouse) == {
        ("fates", "inbox/insiden.csv"): (6, 4, 1, 1),
        ("tellings", "inbox/insiden.csv"): (4, 3, 1, 0),
        ("events", "inbox/insiden.csv"): (3, 3, 0, 0),
        ("fates", "inbox/laporan.csv"): (5, 5, 0, 0),
        ("reports", "inbox/laporan.csv"): (5, 2, 3, 0),
        ("fates", "inbox/penduduk.csv"): (2, 2, 0, 0),
    }


@pytest.mark.parametrize(
    ("taken", "step"),
    [
        ("DELETE FROM staging.read_incidents", "fates"),
        ("DELETE FROM staging.read_penduduk", "fates"),
        ("DELETE FROM staging.place_options", "events"),
        ("DELETE FROM staging.place_options", "reports"),
    ],
)
def test_a_row_taken_away_on_the_way_is_missed(
    bench: Bench, warehouse: Warehouse, taken: str, step: str
) -> None:
    rows = [incident(), incident(code=B)]
    people = [{"tahun": "2019", "penduduk": "100", "kode_desa": A}]
    bench.stage(
        warehouse, {"insiden.csv": rows, "laporan.csv": rows, "penduduk.csv": people}
    )
    balance(warehouse)
    warehouse.execute(taken.replace("penduduk", "demographics"))
    warehouse.build("staging")
    missed = "SELECT DISTINCT step FROM staging.conservation WHERE NOT holds"
    assert (step,) in warehouse.rows(missed)


ROWS = st.fixed_dictionaries(
    {
        "nomor": st.sampled_from(["", "1", "1", "2"]),
        "status": st.sampled_from(["", "", "koreksi", "dicabut", "batal"]),
        "tanggal": st.sampled_from(["2019-01-01", "2019-01-02", "2019-01", "?"]),
        "tanggal_diketahui": st.sampled_from(["2019-01-05", "2019-01-06", "2019-02-01"]),
        "jenis": st.sampled_from(["bentrok", "unjuk_rasa"]),
        "kode_desa": st.sampled_from([A, B, f"{A};{B}", "99.98.01.2001"]),
    }
)
INCIDENTS = st.fixed_dictionaries(
    {
        "kode_peristiwa": st.sampled_from(["", "", "P", "Q"]),
        "uraian": st.sampled_from(["", TEXT, TEXT + " sore"]),
        "sumber_url": st.sampled_from(["", "https://satu.invalid/1", "https://dua.invalid/2"]),
    }
)
REPORTS = st.fixed_dictionaries({"isi": st.sampled_from(["", TEXT, TEXT + "."])})


def _both(one: Cells, other: Cells) -> Cells:
    return one | other


@hypothesis_settings(max_examples=10)
@given(
    st.lists(st.builds(_both, ROWS, INCIDENTS), min_size=1, max_size=8),
    st.lists(st.builds(_both, ROWS, INCIDENTS), min_size=1, max_size=4),
    st.lists(st.builds(_both, ROWS, REPORTS), min_size=1, max_size=8),
)
def test_nothing_is_lost_whatever_is_told_corrected_withdrawn_and_repeated(
    make_bench: Callable[[], Bench],
    incidents: list[Cells],
    more: list[Cells],
    reports: list[Cells],
) -> None:
    bench = make_bench()
    settings = bench.settings
    with open_warehouse(settings, ":memory:") as warehouse:
        bench.load(warehouse, settings)
        files = {"insiden.csv": incidents, "insiden_2.csv": more, "laporan.csv": reports}
        bench.place(warehouse, files)
        warehouse.build("staging")
        balance(warehouse)
        # Each event stands once at each place of a version, and versions do not overlap.
        assert (
            warehouse.value(
                "SELECT count(*) FROM staging.event_versions AS a JOIN staging.event_versions AS b"
                " ON a.event_no = b.event_no AND a.district_code = b.district_code"
                " AND a.village_code IS NOT DISTINCT FROM b.village_code AND a.rowid < b.rowid"
                " AND a.known_from < coalesce(b.known_until, DATE 'infinity')"
                " AND b.known_from < coalesce(a.known_until, DATE 'infinity')"
            )
            == 0
        )
        # No source speaks of two events with one row: what it holds is counted once.
        told = warehouse.value(
            "SELECT coalesce(sum(tellings), 0) FROM (SELECT DISTINCT event_no, tellings"
            " FROM staging.incidents WHERE village_code = ?)",
            [A],
        )
        rows = warehouse.value(
            "SELECT count(DISTINCT row_id) FROM staging.tellings JOIN staging.place_options"
            " USING (place_no) WHERE village_code = ? AND known_until IS NULL",
            [A],
        )
        assert told == rows
