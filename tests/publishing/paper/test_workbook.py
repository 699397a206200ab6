"""The workbook read back with a second reader: what a person sees, and nothing that acts."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import openpyxl
import polars as pl
import pytest

from rawan.publishing.bilingual import Words
from rawan.publishing.edition import Approval, Edition, Standing
from rawan.publishing.paper.workbook import write_workbook
from rawan.settings import Language
from tests.publishing.print_edition import (
    HOSTILE,
    MADE_ON,
    WITHDRAWN,
    code_of,
    edition,
    ranking,
)

SHEETS = [
    *("Bentrok-Distribusi logistik", "Bentrok-Pemungutan suara", "Bentrok-Rekapitulasi"),
    *("Logistik-Distribusi logistik", "Menurut polsek", "Alasan", "Titik buta", "Perubahan"),
    *("Mutu data", "Cara membaca"),
]


def read(made: Edition, folder: Path, lang: Language = "id") -> Any:
    write_workbook(made, folder / "ranking.xlsx", lang)
    return openpyxl.load_workbook(folder / "ranking.xlsx")


def heads(sheet: Any) -> list[str]:
    return [cell.value for cell in sheet[2]]


def rows(sheet: Any) -> list[dict[str, Any]]:
    """Return what stands below the heads, by head."""
    names = heads(sheet)
    return [
        dict(zip(names, row, strict=True)) for row in sheet.iter_rows(min_row=3, values_only=True)
    ]


def said(book: Any) -> Iterator[str]:
    for sheet in book:
        for row in sheet.iter_rows(values_only=True):
            yield from (value for value in row if isinstance(value, str))


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Any:
    return read(edition("intel"), tmp_path_factory.mktemp("workbook"))


def test_every_sheet_is_there_with_frozen_heads_filter_and_print_set_up(whole: Any) -> None:
    assert whole.sheetnames == SHEETS
    for sheet in whole:
        assert sheet.freeze_panes == "A3", sheet.title
        assert sheet.auto_filter.ref.startswith("A2:"), sheet.title
        assert sheet.page_setup.orientation == "landscape"
        assert int(sheet.page_setup.paperSize) == 9  # A4
        assert sheet.sheet_properties.pageSetUpPr.fitToPage  # to one page's width, the default
        assert sheet.page_setup.fitToHeight == 0
        assert sheet.print_title_rows == "$1:$2"
        assert "intelijen" in sheet.oddFooter.left.text
        assert "&[Page]" in sheet.oddFooter.right.text or "&P" in sheet.oddFooter.right.text
        assert "20241120-abc" in sheet.oddFooter.right.text


def test_every_sheet_says_what_it_is_and_that_it_is_invented(whole: Any) -> None:
    for sheet in whole:
        line = sheet["A1"].value
        for words in ("SIMULASI", "DRAF", "Kabupaten Umpama", "20241120-abc", "20 November 2024"):
            assert words in line, sheet.title
        assert "SIMULASI" in sheet.oddHeader.center.text


def test_a_list_holds_every_village_with_numbers_as_numbers_and_codes_as_text(whole: Any) -> None:
    sheet = whole[SHEETS[0]]
    found = rows(sheet)
    assert len(found) == 60
    first = found[0]
    assert first["Kode desa"] == "99.99.01.2001"
    assert first["Peringkat"] == 1
    assert first["Peluang"] == pytest.approx(0.41)
    assert first["Kelas"] == "Sangat rawan"
    column = heads(sheet).index("Peluang") + 1
    assert sheet.cell(3, column).number_format == "0.0%"
    column = heads(sheet).index("Kode desa") + 1
    assert {sheet.cell(row, column).data_type for row in range(3, 63)} == {"s"}


def test_an_index_and_a_probability_never_share_a_column(whole: Any) -> None:
    assert "Indeks 0–100" not in heads(whole[SHEETS[0]])
    assert "Peluang" not in heads(whole[SHEETS[3]])


def test_no_text_acts_and_hostile_names_stand_as_they_are(whole: Any, tmp_path: Path) -> None:
    kinds = {cell.data_type for sheet in whole for row in sheet.iter_rows() for cell in row}
    assert kinds <= {"s", "n", "d"}
    names = [row["Desa"] for row in rows(whole[SHEETS[0]])][:4]
    assert names == [HOSTILE[0], HOSTILE[1], "<img src=x onerror=alert(1)>���", HOSTILE[3]]
    write_workbook(edition(), tmp_path / "again.xlsx", "id")
    with ZipFile(tmp_path / "again.xlsx") as parts:
        sheets = [name for name in parts.namelist() if name.startswith("xl/worksheets/")]
        assert sheets
        for name in sheets:
            content = parts.read(name)
            assert b"<f>" not in content
            assert b"<hyperlink" not in content


def test_an_override_stands_beside_the_rank_and_leaves_it(whole: Any) -> None:
    names = heads(whole[SHEETS[0]])
    assert names[0] == "Peringkat"
    assert names[3].startswith("Keputusan orang")
    row = rows(whole[SHEETS[0]])[4]
    assert row["Peringkat"] == 5
    assert row[names[3]] == "dinaikkan petugas, sampai 1 Desember 2024"
    assert row["Oleh"] == "Kabagops rekaan"
    assert rows(whole[SHEETS[0]])[5][names[3]] is None
    assert "Oleh" not in heads(whole[SHEETS[3]])  # nobody decided anything on that list


def test_what_an_audience_lacks_is_no_column_and_is_named(tmp_path: Path) -> None:
    book = read(edition("partner"), tmp_path)
    every_head = {head for sheet in book for head in heads(sheet)}
    assert "Alasan utama" not in every_head
    assert "Laporan" not in every_head
    about = {row["Tentang"]: row["Arti"] for row in rows(book["Cara membaca"])}
    lacking = about["Kolom yang tidak dimuat untuk pembaca ini"]
    assert "drivers" in lacking
    assert "reports_used" in lacking
    assert "mitra" in about["Pembaca"]
    assert "tidak menjelaskan seluruh skor" in book["Alasan"]["A1"].value
    assert not any("Kabagops" in words for words in said(book))


def test_by_polsek_counts_add_up_to_k(whole: Any) -> None:
    found = [row for row in rows(whole["Menurut polsek"]) if row["Dalam k besar"] is not None]
    assert len(found) == 3 * 4  # nobody drops out: also the polsek without one
    for name in {row["Daftar"] for row in found}:
        of_list = [row for row in found if row["Daftar"] == name]
        assert sum(row["Dalam k besar"] for row in of_list) == 12
        assert sum(row["Desa polsek"] for row in of_list) == 60
    detail = [row for row in rows(whole["Menurut polsek"]) if row["Peringkat"] is not None]
    assert len(detail) == 12 * 4
    assert whole["Menurut polsek"].row_dimensions[4].outlineLevel == 1


def test_villages_tied_on_the_cut_are_not_counted_as_above_it(tmp_path: Path) -> None:
    tied = ranking(60, 12, 20, (("conflict", "voting"),)).with_columns(
        pl.when(pl.col("rank") >= 10).then(10).otherwise(pl.col("rank")).alias("rank"),
        pl.when(pl.col("rank") >= 10).then(50).otherwise(0).alias("tied_with"),
    )
    book = read(edition(lists=(("conflict", "voting"),), ranking=tied), tmp_path)
    counts = [row for row in rows(book["Menurut polsek"]) if row["Dalam k besar"] is not None]
    assert sum(row["Dalam k besar"] for row in counts) == 9
    assert sum(row["Seri pada batas"] for row in counts) == 51


def test_reasons_blind_spots_and_changes(whole: Any) -> None:
    reason = rows(whole["Alasan"])[0]
    assert (reason["Ancaman"], reason["Kode desa"], reason["Urutan"]) == ("Bentrok", code_of(0), 1)
    assert reason["Kalimat"].startswith("Kejadian di desa ini: dua bentrok")
    assert len(rows(whole["Alasan"])) == 50 * 3
    blind = rows(whole["Titik buta"])
    assert {row["Titik buta"] for row in blind} == {"ya"}
    assert len(blind) == 8 * 4
    changed = rows(whole["Perubahan"])
    assert len(changed) == 61
    of_second = next(row for row in changed if row["Kode desa"] == code_of(1))
    assert of_second["Naik (+) atau turun (−)"] == 28
    assert (of_second["Masuk k besar"], of_second["Melampaui rentang"]) == ("ya", "ya")
    gone = next(row for row in changed if row["Kode desa"] == "99.99.99.2999")
    assert (gone["Peringkat dahulu"], gone["Peringkat kini"]) == (7, None)
    assert "20241113-def" in whole["Perubahan"]["A1"].value


def test_without_an_earlier_list_and_without_reasons_a_line_says_so(tmp_path: Path) -> None:
    bare = edition(changes=None, compared_with=None, reasons=edition().reasons.clear())
    book = read(bare, tmp_path, "en")
    assert book["Changes"]["A3"].value == "There is no earlier list to compare with."
    assert book["Reasons"]["A3"].value == "No reasons are shown to this reader."


def test_data_quality_tells_warnings_checks_shares_and_inputs(whole: Any) -> None:
    found = rows(whole["Mutu data"])
    by_kind = {row["Jenis"]: row for row in found}
    assert "3 pertanyaan menunggu" in by_kind["Catatan"]["Tentang"]
    assert by_kind["Pemeriksaan"]["Status"] == "tidak lulus"
    assert by_kind["Pemeriksaan"]["Baris"] == 2
    assert sum(row["Baris"] or 0 for row in found if row["Jenis"] == "Berkas masukan") == 670
    shares = " ".join(row["Yang ditemukan"] for row in found if row["Jenis"] == "Ketersediaan")
    assert "rata-rata 12,5 %" in shares
    assert "titik buta 8 dari 60 desa" in shares


@pytest.mark.parametrize(
    ("standing", "words"),
    [
        (Standing(), "DRAF"),
        (Standing(Approval("Kabagops rekaan", MADE_ON)), "Disetujui Kabagops rekaan"),
        (Standing(erratum=WITHDRAWN), "DITARIK oleh Kapolres rekaan"),
    ],
)
def test_the_workbook_says_where_the_run_stands(
    standing: Standing, words: str, tmp_path: Path
) -> None:
    book = read(edition(n=3, k=1, standing=standing), tmp_path)
    assert words in book[SHEETS[0]]["A1"].value


def test_hostile_titles_and_headers_are_legal_and_unique(tmp_path: Path) -> None:
    made = edition(n=3, k=1)
    lists = tuple(
        replace(info, hazard_label=Words.same("[a]:*?/\\'" * 9), stage_label=Words.same("&P&G"))
        for info in made.facts.lists
    )
    facts = replace(made.facts, lists=lists, region="&A&F" * 100)
    book = read(replace(made, facts=facts), tmp_path)
    assert len(book.sheetnames) == len({name.casefold() for name in book.sheetnames}) == 10
    assert all(len(name) <= 31 for name in book.sheetnames)
    with ZipFile(tmp_path / "ranking.xlsx") as parts:
        written = parts.read("xl/worksheets/sheet1.xml").decode()
    header = written.split("<oddHeader>")[1].split("</oddHeader>")[0].replace("&amp;", "&")
    assert header.startswith("&L&&A&&F")
    assert len(header) <= 255


def test_a_cell_that_is_too_long_is_cut_with_a_mark_and_never_lost(tmp_path: Path) -> None:
    made = edition(n=3, k=1)
    long = made.ranking.with_columns(village=pl.lit("😀" * 20_000))
    name = rows(read(replace(made, ranking=long), tmp_path)[SHEETS[0]])[0]["Desa"]
    assert name.endswith("…")
    assert len(name.encode("utf-16-le")) // 2 <= 32_767


def test_the_same_edition_gives_the_same_bytes_and_the_day_of_the_run(tmp_path: Path) -> None:
    for name in ("one.xlsx", "two.xlsx"):
        write_workbook(edition(), tmp_path / name, "en")
    assert (tmp_path / "one.xlsx").read_bytes() == (tmp_path / "two.xlsx").read_bytes()
    created = openpyxl.load_workbook(tmp_path / "one.xlsx").properties.created
    assert created == datetime(2024, 11, 20, 3, 15)  # noqa: DTZ001 - as the reader gives it


def test_real_data_bear_no_mark_of_a_simulation(tmp_path: Path) -> None:
    made = edition(n=3, k=1)
    facts = replace(made.facts, data_origin="publik", cutoff=date(2024, 11, 20))
    assert not any(
        "SIMULASI" in words for words in said(read(replace(made, facts=facts), tmp_path))
    )


def test_where_nobody_decided_anything_there_is_no_column_for_it(tmp_path: Path) -> None:
    book = read(edition(n=3, k=1, standing=Standing()), tmp_path)
    assert not [head for head in heads(book[SHEETS[0]]) if head.startswith("Keputusan")]
    about = {row["Tentang"]: row["Arti"] for row in rows(book["Cara membaca"])}
    assert "Banyaknya: 0" in about["Keputusan orang"]
