"""The forms: what they let a polsek choose, and that a filled one reads back."""

import shutil
import zipfile
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import polars as pl
import pytest
from python_calamine import CalamineWorkbook

from rawan.errors import RawanError, UsageError
from rawan.settings import PROJECT_ROOT
from rawan.sources.contract import contract, required_of
from rawan.sources.form_texts import NOTES, TEXTS
from rawan.sources.forms import OF_A_VILLAGE, ROWS, write_template
from rawan.sources.mapping import find_mapping, load_mappings

KINDS = sorted(contract()["kinds"])
PLACES = {"Umpama Jaya": ["Sukarekaan", "Rejocontoh"], "Andaikata": ["Tirtakhayal", "Sukarekaan"]}
TYPES = {"bentrok_warga": "Bentrok antarwarga", "perusakan": "Perusakan"}
MAPPINGS = load_mappings(PROJECT_ROOT / "data" / "mappings")


def write(folder: Path, kind: str, name: str | None = None) -> Path:
    path = folder / f"{name or kind}.xlsx"
    write_template(kind, path, PLACES, TYPES, "id")
    return path


class Forms:
    """The empty form of each kind, written and loaded once, never changed."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.books: dict[str, Any] = {}

    def path(self, kind: str) -> Path:
        path = self.folder / f"{kind}.xlsx"
        return path if path.exists() else write(self.folder, kind)

    def book(self, kind: str) -> Any:
        if kind not in self.books:
            self.books[kind] = openpyxl.load_workbook(self.path(kind))
        return self.books[kind]

    def header(self, kind: str) -> list[str]:
        return [cell.value for cell in self.book(kind)["isian"][1]]


@pytest.fixture(scope="module")
def forms(tmp_path_factory: pytest.TempPathFactory) -> Forms:
    return Forms(tmp_path_factory.mktemp("forms"))


def rows_of(path: Path, sheet: str) -> list[list[Any]]:
    return CalamineWorkbook.from_path(path).get_sheet_by_name(sheet).to_python()


def fill(forms: Forms, path: Path, kind: str, row: Mapping[str, Any]) -> None:
    """Fill in the first row as a person would, column by column."""
    filled = openpyxl.load_workbook(path)
    columns = {name.removesuffix(" *"): n for n, name in enumerate(forms.header(kind), 1)}
    for name, value in row.items():
        filled["isian"].cell(2, columns[name], value)
    filled.save(path)


def read(path: Path) -> tuple[str, list[dict[str, str | None]]]:
    """Return the kind that the form is taken for, and its rows by field."""
    taken: list[tuple[str, list[dict[str, str | None]]]] = []
    for sheet in CalamineWorkbook.from_path(path).sheet_names:
        names, *rows = rows_of(path, sheet)
        columns = [str(name) for name in names]
        choice = find_mapping(f"inbox/{path.name}", sheet, columns, MAPPINGS)
        if choice is None:
            continue
        assert choice.mapping.check_columns(columns)[0] == []
        filled = [(n, cells) for n, cells in enumerate(rows, 2) if any(c != "" for c in cells)]
        frame = pl.DataFrame(
            [[number, *map(_text, cells)] for number, cells in filled],
            schema={"row": pl.Int64, **dict.fromkeys(columns, pl.String)},
            orient="row",
        )
        taken.append((choice.mapping.kind, choice.mapping.select(frame, columns).to_dicts()))
    assert len(taken) == 1, "one sheet holds rows"
    return taken[0]


def _text(cell: object) -> str:
    """Return a cell as the readers do: days as ISO, whole numbers without a point."""
    if isinstance(cell, date):
        return cell.isoformat()
    return str(int(cell)) if isinstance(cell, float) else str(cell)


FILLED: dict[str, dict[str, Any]] = {
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
def test_a_filled_form_reads_back_under_any_name(forms: Forms, tmp_path: Path, kind: str) -> None:
    path = Path(shutil.copy(forms.path(kind), tmp_path / f"{FILE_NAMES[kind]}.xlsx"))
    cells = FILLED[kind] | {
        "kecamatan": "Andaikata",
        "desa": "Sukarekaan",
        "kode_desa": "99.99.02.2001",
    }
    fill(forms, path, kind, cells)
    renamed = Path(shutil.copy(path, tmp_path / "Salinan (2) final.xlsx"))
    own = {column: field for field, column in MAPPINGS[kind].columns.items()}
    for file in (path, renamed):
        taken_for, (row,) = read(file)
        assert taken_for == kind
        assert {column: row[own[column]] for column in cells} == {
            column: str(value) for column, value in cells.items()
        }
        assert row["other"] is None


@pytest.mark.parametrize("kind", KINDS)
def test_an_empty_form_holds_no_row(forms: Forms, kind: str) -> None:
    """Nothing is invented about a real village, and a form sent back empty says nothing."""
    assert read(forms.path(kind)) == (kind, [])


def validations(forms: Forms, kind: str) -> dict[str, Any]:
    sheet = forms.book(kind)["isian"]
    names = {cell.column_letter: cell.value.removesuffix(" *") for cell in sheet[1]}
    rules = {}
    for rule in sheet.data_validations.dataValidation:
        (area,) = rule.sqref.ranges
        assert (area.min_row, area.max_row) == (2, ROWS + 1)
        rules[names[openpyxl.utils.get_column_letter(area.min_col)]] = rule
    return rules


def listed(forms: Forms, kind: str, column: str) -> list[str]:
    """Return what the list of a column offers."""
    sheet, area = validations(forms, kind)[column].formula1.split("!")
    return [cell.value for (cell,) in forms.book(kind)[sheet][area.replace("$", "")]]


def test_what_can_be_chosen_is_chosen(forms: Forms) -> None:
    assert listed(forms, "incidents", "kecamatan") == ["Andaikata", "Umpama Jaya"]
    assert listed(forms, "incidents", "jenis") == list(TYPES)
    assert listed(forms, "incidents", "status") == ["koreksi", "dicabut"]
    assert listed(forms, "reports", "nilai_sumber") == list("ABCDEF")
    assert listed(forms, "reports", "nilai_informasi") == list("123456")
    rules = validations(forms, "incidents")
    assert (rules["tanggal"].type, rules["tanggal"].errorStyle) == ("date", "warning")
    assert rules["korban_jiwa"].type == "whole"


def test_the_list_of_villages_is_that_of_the_kecamatan_in_the_row(forms: Forms) -> None:
    """The same name stands in two kecamatan: only the kecamatan tells which is meant."""
    head = [name.removesuffix(" *") for name in forms.header("nil_returns")]
    district = openpyxl.utils.get_column_letter(head.index("kecamatan") + 1)
    # What OFFSET, MATCH and COUNTIF do: the block of villages whose kecamatan is that one.
    assert validations(forms, "nil_returns")["desa"].formula1 == (
        f"OFFSET(daftar!$B$1,MATCH(${district}2,daftar!$C$2:$C$5,0),0,"
        f"COUNTIF(daftar!$C$2:$C$5,${district}2),1)"
    )
    lists = forms.book("nil_returns")["daftar"]
    assert [
        (row[2], row[1]) for row in lists.iter_rows(min_row=2, max_row=5, values_only=True)
    ] == [
        ("Andaikata", "Sukarekaan"),
        ("Andaikata", "Tirtakhayal"),
        ("Umpama Jaya", "Rejocontoh"),
        ("Umpama Jaya", "Sukarekaan"),
    ]
    assert lists.sheet_state == "hidden"


@pytest.mark.parametrize("kind", KINDS)
def test_required_columns_are_marked_and_stay_in_sight(forms: Forms, kind: str) -> None:
    marked = {name.removesuffix(" *") for name in forms.header(kind) if name.endswith(" *")}
    needed = {MAPPINGS[kind].columns[field] for field in required_of(kind)}
    assert marked == needed | ({"desa"} if kind in OF_A_VILLAGE else set())
    assert forms.book(kind)["isian"].freeze_panes == "A2"


def test_codes_stay_text_and_days_are_days(forms: Forms) -> None:
    last = forms.book("incidents")["isian"][ROWS + 1]
    looks = {
        name: cell.number_format for name, cell in zip(forms.header("incidents"), last, strict=True)
    }
    assert looks["kode_desa"] == looks["nomor"] == "@"
    assert looks["tanggal *"] == looks["tanggal_diketahui"] == "yyyy-mm-dd"


@pytest.mark.parametrize("kind", KINDS)
def test_the_guide_explains_every_column_in_both_languages(forms: Forms, kind: str) -> None:
    rows = rows_of(forms.path(kind), "petunjuk")
    explained = {row[0] for row in rows if row[2] and row[3]}
    assert {name.removesuffix(" *") for name in forms.header(kind)} <= explained
    told = " ".join(str(cell) for row in rows for cell in row)
    assert ("Kecamatan saja tidak mengatakan apa pun" in told) == (kind == "nil_returns")
    assert ("Bentrok antarwarga" in told) == ("jenis" in explained)


def test_names_that_repeat_in_a_kecamatan_ask_for_the_code(tmp_path: Path) -> None:
    told = {}
    for name, villages in {"one": ["Kembar", "Lain"], "two": ["Kembar", "Kembar"]}.items():
        path = tmp_path / f"{name}.xlsx"
        write_template("nil_returns", path, {"Umpama": villages}, {}, "en")
        told[name] = NOTES["en"]["twins"] in {row[2] for row in rows_of(path, "petunjuk")}
    assert told == {"one": False, "two": True}


def test_a_name_that_looks_like_a_formula_is_written_as_text(tmp_path: Path) -> None:
    path = tmp_path / "insiden.xlsx"
    write_template("incidents", path, {"=1+1": ["@SUM(A1)", "+2"]}, {"-x": "=y"}, "id")
    with zipfile.ZipFile(path) as parts:
        sheets = [parts.read(name) for name in parts.namelist() if "worksheets/sheet" in name]
    assert len(sheets) == 3
    assert not any(b"<f>" in sheet for sheet in sheets)


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
