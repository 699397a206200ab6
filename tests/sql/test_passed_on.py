"""Reports passed on: a text that comes again counts once, from the first day, at each place."""

from collections.abc import Callable
from datetime import date
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from rawan.warehouse import SQL, Warehouse, open_warehouse

Bench = Any  # see conftest.py
Cells = dict[str, object]
Counted = Callable[..., list[tuple[str, str, int]]]

A, B, OTHER = "99.99.01.2001", "99.99.01.2002", "99.99.02.2002"
TEXT = "Dua kelompok pendukung bentrok di depan balai desa seusai rapat umum pada sore hari"
ALIKE = "Dua kelompok pendukung bentrok di depan balai desa seusai rapat umum, pada sore hari ini"
ELSE = "Warga menutup jalan masuk gudang dan menuntut ganti rugi atas lahan mereka"


def report(day: int, text: str = TEXT, code: str = A, **more: object) -> Cells:
    return {
        "tanggal": "2019-01-01",
        "tanggal_diketahui": str(date(2019, 1, 1).replace(day=1 + day % 31, month=1 + day // 31)),
        "jenis": "bentrok",
        "kode_desa": code,
        "nilai_sumber": "A",
        "nilai_informasi": "1",
        "isi": text,
    } | more


@pytest.fixture
def counted(bench: Bench, warehouse: Warehouse) -> Counted:
    """Take reports in and tell number, village and day of those that count."""

    def rows(*reports: Cells) -> list[tuple[str, str, int]]:
        numbered = [{"nomor": str(i)} | cells for i, cells in enumerate(reports, 1)]
        bench.stage(warehouse, {"laporan.csv": numbered})
        assert warehouse.value("SELECT count(*) FROM staging.conservation WHERE NOT holds") == 0
        found = warehouse.rows(
            "SELECT split_part(report_key, ':', 2), village_code, known_on - DATE '2019-01-01'"
            " FROM staging.reports ORDER BY 3, 1, 2"
        )
        return [(number, code, days) for number, code, days in found]

    return rows


def test_texts_alike_within_thirty_days_count_once_from_the_first_day(counted: Counted) -> None:
    assert counted(report(9), report(2, ALIKE), report(32)) == [("2", A, 2)]


def test_beyond_thirty_days_the_text_counts_again(counted: Counted) -> None:
    assert counted(report(2), report(33, ALIKE)) == [("1", A, 2), ("2", A, 33)]


def test_a_text_passed_on_counts_at_the_places_that_were_not_told_before(counted: Counted) -> None:
    assert counted(report(2), report(3, ALIKE, f"{A};{OTHER}")) == [("1", A, 2), ("2", OTHER, 3)]


def test_texts_alike_of_two_places_count_at_each(counted: Counted) -> None:
    assert counted(report(2), report(2, code=B)) == [("1", A, 2), ("2", B, 2)]


def test_independent_texts_corroborate(
    bench: Bench, warehouse: Warehouse, counted: Counted
) -> None:
    assert len(counted(report(2), report(3, ELSE, nilai_sumber="C"), report(4, ALIKE))) == 2
    cutoffs = pl.DataFrame({"cutoff": [date(2019, 6, 1)]}).with_columns(known_by="cutoff")
    warehouse.replace("features.cutoffs", cutoffs)
    warehouse.execute((SQL / "30_features" / "known_reports.sql").read_text(encoding="utf-8"))
    assert warehouse.rows(
        "SELECT village_code, sum(weight) FROM features.known_reports GROUP BY ALL"
    ) == [(A, pytest.approx(1.6))]


def test_a_text_that_is_like_two_others_does_not_make_them_one(counted: Counted) -> None:
    words = TEXT.split()
    # Each differs from the next in a tenth of its letters, and from the one after by twice that.
    first, second, third = (
        " ".join(words[:i] + ["tersebut", "kemarin"] * i + words[i:]) for i in (0, 1, 2)
    )
    assert counted(report(1, first), report(2, third)) == [("1", A, 1), ("2", A, 2)]
    assert counted(report(1, first), report(2, third), report(3, second)) == [
        ("1", A, 1),
        ("2", A, 2),
    ]


def test_a_corrected_report_keeps_counting(counted: Counted, warehouse: Warehouse) -> None:
    counted(
        report(2, nomor="1", nilai_sumber="C"),
        report(4, ALIKE, nomor="2"),
        report(9, ALIKE, nomor="1", status="koreksi"),
        report(11, nomor="3"),
    )
    assert warehouse.rows(
        "SELECT report_key, source_grade, known_on, known_until FROM staging.reports ORDER BY ALL"
    ) == [
        ("reports:1", "A", date(2019, 1, 10), None),
        ("reports:1", "C", date(2019, 1, 3), date(2019, 1, 10)),
    ]


def test_a_report_withdrawn_and_sent_anew_under_another_number_counts(counted: Counted) -> None:
    withdrawal = {"status": "dicabut", "nomor": "1", "tanggal_diketahui": "2019-01-05"}
    assert counted(report(2), withdrawal, report(5)) == [("1", A, 2), ("3", A, 5)]


def test_of_copies_known_on_one_day_the_better_graded_counts(
    counted: Counted, warehouse: Warehouse
) -> None:
    counted(report(2, nilai_sumber="C"), report(2, nilai_sumber="B"), report(2, nilai_sumber="D"))
    assert warehouse.rows("SELECT source_grade FROM staging.reports") == [("B",)]


def test_reports_without_a_text_repeat_nothing(counted: Counted) -> None:
    assert len(counted(report(2, ""), report(2, ""))) == 2


REPORTS = st.lists(
    st.tuples(
        st.integers(0, 45),
        st.sampled_from([TEXT, ALIKE, ELSE, TEXT + " tersebut kemarin", ALIKE + " dan malam"]),
        st.sampled_from([A, B, f"{A};{B}"]),
        st.sampled_from(["1", "2", "3", "4", "5"]),
    ),
    min_size=1,
    max_size=7,
)


@hypothesis_settings(max_examples=6)
@given(REPORTS, st.integers(0, 45))
def test_later_reports_never_change_what_counted_before(
    make_bench: Callable[[], Bench], rows: list[tuple[int, str, str, str]], day: int
) -> None:
    bench = make_bench()
    settings = bench.settings
    cells = [
        report(known, text, code, nomor=number, nilai_sumber="ABCDEF"[place % 6])
        for place, (known, text, code, number) in enumerate(rows)
    ]
    early = [one for one, (known, *_) in zip(cells, rows, strict=True) if known <= day]
    seen = []
    with open_warehouse(settings, ":memory:") as warehouse:
        bench.load(warehouse, settings)
        for chosen in (cells, early or cells):
            bench.stage(warehouse, {"laporan.csv": chosen})
            assert warehouse.value("SELECT count(*) FROM staging.conservation WHERE NOT holds") == 0
            seen.append(
                warehouse.rows(
                    "SELECT report_key, village_code, known_on, weight FROM staging.reports"
                    " WHERE known_on <= DATE '2019-01-01' + ?::INTEGER AND (known_until IS NULL"
                    " OR known_until > DATE '2019-01-01' + ?::INTEGER) ORDER BY ALL",
                    [day, day],
                )
            )
    if early:
        assert seen[0] == seen[1]
