"""The forms: what they let a polsek choose, and that a filled one reads back."""

import zipfile
from collections.abc import Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any

import openpyxl
import polars as pl
import pytest

from rawan.errors import RawanError, UsageError
from rawan.settings import PROJECT_ROOT
from rawan.sources.form_texts import NOTES, TEXTS
from rawan.sources.forms import OF_A_VILLAGE, ROWS, write_template
from rawan.sources.mapping import contract, find_mapping, load_mappings, required_of

KINDS = sorted(contract()["kinds"])
PLACES = {"Umpama Jaya": ["Sukarekaan", "Rejocontoh"], "Andaikata": ["Tirtakhayal", "Sukarekaan"]}
TYPES = {"bentrok_warga": "Bentrok antarwarga", "perusakan": "Perusakan"}
MAPPINGS = load_mappings(PROJECT_ROOT / "data" / "mappings")


def write(folder: Path, kind: str, name: str | None = None) -> Path:
    path = folder / f"{name or kind}.xlsx"
    write_template(kind, path, PLACES, TYPES, "id")
    return path


def header(path: Path) -> list[str]:
    return [cell.value for cell in openpyxl.load_workbook(path)["isian"][1]]


def fill(path: Path, row: Mapping[str, Any]) -> None:
    """Fill in the first row as a person would, column by column."""
    book = openpyxl.load_workbook(path)
    columns = {name.removesuffix(" *"): n for n, name in enumerate(header(path), 1)}
    for name, value in row.items():
        book["isian"].cell(2, columns[name], value)
    book.save(path)


def read(path: Path) -> tuple[str, list[dict[str, str | None]]]:
    """Return the kind that the form is taken for, and its rows by field."""
    taken: list[tuple[str, list[dict[str, str | None]]]] = []
    for sheet in openpyxl.load_workbook(path).worksheets:
        names, *rows = sheet.iter_rows(values_only=True)
        columns = [str(name) for name in names]
        choice = find_mapping(f"inbox/{path.name}", sheet.title, columns, MAPPINGS)
        if choice is None:
            continue
        assert choice.mapping.check_columns(columns)[0] == []
        filled = [
            (n, cells) for n, cells in enumerate(rows, 2) if any(c is not None for c in cells)
        ]
        frame = pl.DataFrame(
            [[number, *map(_text, cells)] for number, cells in filled],
            schema={"row": pl.Int64, **dict.fromkeys(columns, pl.String)},
            orient="row",
        )
        taken.append((choice.mapping.kind, choice.mapping.select(frame, columns).to_dicts()))
    assert len(taken) == 1, "one sheet holds rows"
    return taken[0]


def _text(cell: object) -> str | None:
    if isinstance(cell, datetime):
        return cell.date().isoformat()
    return None if cell is None else str(cell)


FILLED = {
    "incidents": {"tanggal": date(2024, 11, 2), "jenis": "perusakan", "korban_luka": 2},
    "reports": {"tanggal": "2024-11", "isi": "Uji.", "nilai_sumber": "B", "nilai_informasi": "2"},
    "demographics": {"tahun": 2023, "penduduk": 5120},
    "gatherings": {"tanggal": date(2024, 11, 2), "kegiatan": "rapat_umum"},
    "polling_stations": {"pemilu": "pilkada2024", "jumlah_tps": 7, "pemilih": 3500},
    "tps_vulnerability": {"pemilu": "pilkada2024", "nomor_tps": "004", "kerawanan": "rawan"},
    "deployments": {"tanggal": date(2024, 11, 27), "satuan": "Polsek Umpama", "personel": 6},
    "nil_returns": {"tanggal": date(2024, 11, 2), "satuan": "Polsek Umpama"},
}
FILE_NAMES = {
    "incidents": "insiden",
    "reports": "laporan",
    "demographics": "penduduk",
    "gatherings": "kegiatan",
    "polling_stations": "tps",
    "tps_vulnerability": "tps_rawan",
    "deployments": "penugasan",
    "nil_returns": "nihil",
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("is_renamed", [False, True])
def test_a_filled_form_reads_back_under_any_name(
    tmp_path: Path, kind: str, is_renamed: bool
) -> None:
    path = write(tmp_path, kind, "Salinan (2) final" if is_renamed else FILE_NAMES[kind])
    place = {"kecamatan": "Andaikata", "desa": "Sukarekaan", "kode_desa": "99.99.02.2001"}
    fill(path, {**FILLED[kind], **place})
    taken_for, (row,) = read(path)
    assert taken_for == kind
    own = MAPPINGS[kind].columns
    for column, value in {**FILLED[kind], **place}.items():
        (name,) = (field for field, carrier in own.items() if carrier == column)
        assert row[name] == str(value)
    assert row["other"] is None


@pytest.mark.parametrize("kind", KINDS)
def test_an_empty_form_holds_no_row(tmp_path: Path, kind: str) -> None:
    """Nothing is invented about a real village, and a form sent back empty says nothing."""
    assert read(write(tmp_path, kind)) == (kind, [])


def validations(path: Path) -> dict[str, Any]:
    sheet = openpyxl.load_workbook(path)["isian"]
    names = {cell.column_letter: cell.value.removesuffix(" *") for cell in sheet[1]}
    rules = {}
    for rule in sheet.data_validations.dataValidation:
        (area,) = rule.sqref.ranges
        assert (area.min_row, area.max_row) == (2, ROWS + 1)
        rules[names[openpyxl.utils.get_column_letter(area.min_col)]] = rule
    return rules


def listed(path: Path, formula: str) -> list[str]:
    """Return what a list of a form offers."""
    sheet, area = formula.split("!")
    cells = openpyxl.load_workbook(path)[sheet][area.replace("$", "")]
    return [cell.value for (cell,) in cells]


def test_what_can_be_chosen_is_chosen(tmp_path: Path) -> None:
    path = write(tmp_path, "incidents")
    rules = validations(path)
    assert listed(path, rules["kecamatan"].formula1) == ["Andaikata", "Umpama Jaya"]
    assert listed(path, rules["jenis"].formula1) == list(TYPES)
    assert listed(path, rules["status"].formula1) == ["koreksi", "dicabut"]
    assert (rules["tanggal"].type, rules["tanggal"].errorStyle) == ("date", "warning")
    assert rules["korban_jiwa"].type == "whole"
    graded = write(tmp_path, "reports")
    assert listed(graded, validations(graded)["nilai_sumber"].formula1) == list("ABCDEF")
    assert listed(graded, validations(graded)["nilai_informasi"].formula1) == list("123456")


def test_the_list_of_villages_is_that_of_the_kecamatan_in_the_row(tmp_path: Path) -> None:
    """The same name stands in two kecamatan: only the kecamatan tells which is meant."""
    path = write(tmp_path, "nil_returns")
    book = openpyxl.load_workbook(path)
    head = [cell.value.removesuffix(" *") for cell in book["isian"][1]]
    district = openpyxl.utils.get_column_letter(head.index("kecamatan") + 1)
    formula = validations(path)["desa"].formula1
    # What OFFSET, MATCH and COUNTIF do: the block of villages whose kecamatan is that one.
    assert formula == (
        f"OFFSET(daftar!$B$1,MATCH(${district}2,daftar!$C$2:$C$5,0),0,"
        f"COUNTIF(daftar!$C$2:$C$5,${district}2),1)"
    )
    villages = [cell.value for cell in book["daftar"]["B"][1:5]]
    districts = [cell.value for cell in book["daftar"]["C"][1:5]]
    assert (villages, districts) == (
        ["Sukarekaan", "Tirtakhayal", "Rejocontoh", "Sukarekaan"],
        ["Andaikata", "Andaikata", "Umpama Jaya", "Umpama Jaya"],
    )
    assert book["daftar"].sheet_state == "hidden"


@pytest.mark.parametrize("kind", KINDS)
def test_required_columns_are_marked_and_stay_in_sight(tmp_path: Path, kind: str) -> None:
    path = write(tmp_path, kind)
    marked = {name.removesuffix(" *") for name in header(path) if name.endswith(" *")}
    needed = {MAPPINGS[kind].columns[field] for field in required_of(kind)}
    assert marked == needed | ({"desa"} if kind in OF_A_VILLAGE else set())
    assert openpyxl.load_workbook(path)["isian"].freeze_panes == "A2"


def test_codes_stay_text_and_days_are_days(tmp_path: Path) -> None:
    path = write(tmp_path, "incidents")
    sheet = openpyxl.load_workbook(path)["isian"]
    looks = {
        n.removesuffix(" *"): c.number_format for n, c in zip(header(path), sheet[501], strict=True)
    }
    assert looks["kode_desa"] == looks["nomor"] == "@"
    assert looks["tanggal"] == looks["tanggal_diketahui"] == "yyyy-mm-dd"


@pytest.mark.parametrize("kind", KINDS)
def test_the_guide_explains_every_column_in_both_languages(tmp_path: Path, kind: str) -> None:
    path = write(tmp_path, kind)
    book = openpyxl.load_workbook(path)
    rows = list(book["petunjuk"].iter_rows(values_only=True))
    explained = {row[0] for row in rows if row[2] and row[3]}
    assert {name.removesuffix(" *") for name in header(path)} <= explained
    told = " ".join(str(cell) for row in rows for cell in row)
    assert ("Kecamatan saja tidak mengatakan apa pun" in told) == (kind == "nil_returns")
    assert ("Bentrok antarwarga" in told) == ("jenis" in explained)


def test_names_that_repeat_in_a_kecamatan_ask_for_the_code(tmp_path: Path) -> None:
    told = {}
    for name, villages in {"one": ["Kembar", "Lain"], "two": ["Kembar", "Kembar"]}.items():
        path = tmp_path / f"{name}.xlsx"
        write_template("nil_returns", path, {"Umpama": villages}, {}, "en")
        rows = openpyxl.load_workbook(path)["petunjuk"].iter_rows(values_only=True)
        told[name] = NOTES["en"]["twins"] in {row[2] for row in rows}
    assert told == {"one": False, "two": True}


def test_a_name_that_looks_like_a_formula_is_written_as_text(tmp_path: Path) -> None:
    path = tmp_path / "insiden.xlsx"
    write_template("incidents", path, {"=1+1": ["@SUM(A1)", "+2"]}, {"-x": "=y"}, "id")
    for sheet in openpyxl.load_workbook(path).worksheets:
        assert all(cell.data_type != "f" for row in sheet.iter_rows() for cell in row)


def test_the_file_names_no_author_and_the_same_form_is_the_same_file(tmp_path: Path) -> None:
    first, second = write(tmp_path, "reports", "a"), write(tmp_path, "reports", "b")
    assert first.read_bytes() == second.read_bytes()
    with zipfile.ZipFile(first) as parts:
        core = parts.read("docProps/core.xml").decode()
    assert "<dc:creator></dc:creator>" in core or "<dc:creator/>" in core


def test_someones_work_is_never_overwritten(tmp_path: Path) -> None:
    path = write(tmp_path, "reports")
    with pytest.raises(RawanError, match="exists already"):
        write_template("reports", path, PLACES, TYPES, "id")


@pytest.mark.parametrize(
    ("kind", "name", "told"),
    [
        ("incident", "a.xlsx", '"incident" is not a kind of input. Did you mean "incidents"?'),
        ("incidents", "a.csv", "Name it a.xlsx"),
    ],
)
def test_a_wrong_wish_is_told(tmp_path: Path, kind: str, name: str, told: str) -> None:
    with pytest.raises(UsageError, match=told.replace("?", r"\?")):
        write_template(kind, tmp_path / name, PLACES, TYPES, "id")


def test_a_folder_that_is_not_there_and_a_region_without_villages_are_told(tmp_path: Path) -> None:
    with pytest.raises(RawanError, match="cannot be written"):
        write_template("reports", tmp_path / "gone" / "a.xlsx", PLACES, TYPES, "id")
    with pytest.raises(RawanError, match="no villages"):
        write_template("reports", tmp_path / "a.xlsx", {"Umpama": []}, TYPES, "id")
    assert not (tmp_path / "a.xlsx").exists()


def test_both_languages_say_the_same_things() -> None:
    assert set(TEXTS["id"]) == set(TEXTS["en"])
    assert list(NOTES["id"]) == list(NOTES["en"])
    # A spreadsheet refuses a longer prompt or error.
    assert all(len(text) <= 255 for texts in TEXTS.values() for text in texts.values())
