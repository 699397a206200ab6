"""Forms for a polsek to fill in: one workbook a kind of input, with lists to choose from.

Owns the layout. The columns are those of the project's own mapping of the kind, so that a
filled form reads back without a mapping of its own, under any name; their meaning stands in
the contract. Nothing is filled in: what is known about a village is for others to say.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import xlsxwriter
from xlsxwriter.exceptions import XlsxWriterException

from rawan.errors import RawanError, UsageError, did_you_mean
from rawan.settings import PROJECT_ROOT, Language
from rawan.sources.contract import choices_of, contract, fields_of, required_of
from rawan.sources.form_texts import NOTES, TEXTS
from rawan.sources.mapping import GUIDE_SHEETS, load_mappings

ROWS = 500
ROWS_SHEET = "isian"
GUIDE, LISTS = GUIDE_SHEETS

# Fields that a form of one region needs not: they serve tables that come from elsewhere.
_LEFT_OUT = ("regency", "outside", "district_codes", "event_id")

# Kinds whose rows belong to one village each.
OF_A_VILLAGE = ("demographics", "polling_stations", "tps_vulnerability", "nil_returns")

_FIRST_DAY, _LAST_DAY = date(2000, 1, 1), date(2100, 12, 31)
_BOUNDS = {"year": (1990, 2100), "lat": (-90, 90), "lon": (-180, 180)}
_WIDE = ("text", "summary", "place_text", "source_url", "indicators")


@dataclass(frozen=True)
class _Form:
    """What a form is made of: fields and their columns, the lists, and the language."""

    kind: str
    columns: dict[str, str]
    required: tuple[str, ...]
    lists: dict[str, tuple[str, ...]]
    lang: Language


def write_template(
    kind: str,
    path: Path,
    places: Mapping[str, Sequence[str]],
    types: Mapping[str, str],
    lang: Language,
) -> None:
    """Write the empty form of a kind of input as XLSX.

    Parameters
    ----------
    kind : a kind of the contract, such as incidents.
    path : the workbook to write; it must not exist, since it may hold someone's work.
    places : kecamatan -> names of its villages.
    types : type of incident -> its label, in `lang`.

    Raises
    ------
    UsageError
        If there is no such kind, or the path is no XLSX.
    RawanError
        If the file exists already or cannot be written, or there are no places.
    """
    kinds = contract()["kinds"]
    if kind not in kinds:
        raise UsageError(f'"{kind}" is not a kind of input.{did_you_mean(kind, kinds)}')
    if path.suffix.lower() != ".xlsx":
        raise UsageError(f"{path}: a form is a workbook. Name it {path.stem}.xlsx.")
    if path.exists():
        raise RawanError(f"{path}: exists already. Give another name, or move it away first.")
    if not any(places.values()):
        raise RawanError("the region has no villages to choose from. Check its reference tables.")
    form = _form(kind, places, types, lang)
    options = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    try:
        with xlsxwriter.Workbook(path, options) as book:
            # No author, and no day of writing: the same form gives the same bytes.
            book.set_properties({"created": datetime(2000, 1, 1, tzinfo=UTC)})
            _write_rows(book, form)
            _write_guide(book, form, places, types)
            _write_lists(book, form)
    except (XlsxWriterException, OSError) as error:
        raise RawanError(f"{path}: cannot be written ({error}).") from None


def _form(
    kind: str, places: Mapping[str, Sequence[str]], types: Mapping[str, str], lang: Language
) -> _Form:
    own = load_mappings(PROJECT_ROOT / "data" / "mappings")[kind]
    columns = {name: own.columns[name] for name in fields_of(kind) if name not in _LEFT_OUT}
    required = (*required_of(kind), *(("villages",) if kind in OF_A_VILLAGE else ()))
    # One row a village, kecamatan by kecamatan: the list of a kecamatan is one block of it.
    pairs = [(d, v) for d in sorted(places) for v in sorted(set(places[d]))]
    lists = {
        "districts": tuple(d for d in sorted(places) if places[d]),
        "villages": tuple(village for _, village in pairs),
        "district_of_village": tuple(district for district, _ in pairs),
    }
    lists |= {name: choices_of(name) for name in columns if choices_of(name)}
    if "type" in columns:
        lists["type"] = tuple(types)
    return _Form(kind, columns, required, {n: v for n, v in lists.items() if v}, lang)


def _write_rows(book: Any, form: _Form) -> None:
    sheet = book.add_worksheet(ROWS_SHEET)
    edge = {"border": 1, "border_color": "#C9D1DA", "valign": "top"}
    formats = {
        "text": book.add_format({**edge, "num_format": "@"}),
        "wide": book.add_format({**edge, "num_format": "@", "text_wrap": True}),
        "date": book.add_format({**edge, "num_format": "yyyy-mm-dd"}),
        "count": book.add_format({**edge, "num_format": "0"}),
        "degrees": book.add_format({**edge, "num_format": "0.000000"}),
    }
    head = {"bold": True, "border": 1, "valign": "top"}
    heads = {
        True: book.add_format({**head, "bg_color": "#F6D9A8"}),
        False: book.add_format({**head, "bg_color": "#E3E8EE"}),
    }
    for number, (name, column) in enumerate(form.columns.items()):
        is_required = name in form.required
        title = f"{column} *" if is_required else column
        sheet.write_string(0, number, title, heads[is_required])
        looks = _looks(name)
        sheet.set_column(number, number, 40 if looks == "wide" else max(14, len(title) + 3))
        for row in range(1, ROWS + 1):
            sheet.write_blank(row, number, None, formats[looks])
        sheet.data_validation(1, number, ROWS, number, _validation(name, form))
    sheet.freeze_panes(1, 0)


def _looks(name: str) -> str:
    """Return how a field's cells look: as text, date, count or degrees."""
    kind = contract()["fields"][name]["type"]
    if name in _WIDE:
        return "wide"
    if kind.startswith("date"):
        return "date"
    return {"count": "count", "year": "count", "degrees": "degrees"}.get(kind, "text")


def _validation(name: str, form: _Form) -> dict[str, Any]:
    """Return what a cell may hold; names may be several, and a date a part of one: only warned."""
    texts = TEXTS[form.lang]
    meaning = contract()["fields"][name]["meaning"][form.lang]
    rule: dict[str, Any] = {
        "validate": "any",
        "input_title": form.columns[name][:32],
        "input_message": _short(texts.get(f"prompt.{name}", meaning)),
        "error_title": form.columns[name][:32],
    }
    looks = _looks(name)
    if name == "villages":
        return rule | _list(_village_list(form), texts["error.place"], "warning")
    if name in form.lists:
        is_place = name == "districts"
        error = texts["error.place" if is_place else "error.list"]
        return rule | _list(f"={_cells(form, name)}", error, "warning" if is_place else "stop")
    if looks == "date":
        return rule | {
            "validate": "date",
            "criteria": "between",
            "minimum": _FIRST_DAY,
            "maximum": _LAST_DAY,
            "error_type": "warning",
            "error_message": texts["error.date"],
        }
    if looks in ("count", "degrees"):
        low, high = _BOUNDS.get(name, (0, 999_999_999))
        return rule | {
            "validate": "integer" if looks == "count" else "decimal",
            "criteria": "between",
            "minimum": low,
            "maximum": high,
            "error_message": texts["error.number"].format(low=low, high=high),
        }
    return rule


def _list(source: str, error: str, kind: str) -> dict[str, Any]:
    return {"validate": "list", "source": source, "error_type": kind, "error_message": error}


def _cells(form: _Form, name: str) -> str:
    """Return where a list stands, as a formula writes it."""
    column = _letter(list(form.lists).index(name))
    return f"{LISTS}!${column}$2:${column}${len(form.lists[name]) + 1}"


def _village_list(form: _Form) -> str:
    """Return the formula of the villages of the kecamatan that the same row names.

    OFFSET, MATCH and COUNTIF are known to Excel and to LibreOffice, and need no name for
    each kecamatan, which a blank or a sign in its name would make invalid.
    """
    district = f"${_letter(list(form.columns).index('districts'))}2"
    first = f"{LISTS}!${_letter(list(form.lists).index('villages'))}$1"
    all_of_them = _cells(form, "district_of_village")
    return (
        f"=OFFSET({first},MATCH({district},{all_of_them},0),0,COUNTIF({all_of_them},{district}),1)"
    )


def _letter(column: int) -> str:
    """Return the letter of a column; no form has more than 26.

    Examples
    --------
    >>> _letter(0), _letter(25)
    ('A', 'Z')
    """
    return "ABCDEFGHIJKLMNOPQRSTUVWXYZ"[column]


def _short(text: str) -> str:
    return text if len(text) <= 255 else f"{text[:252]}..."


def _write_guide(
    book: Any, form: _Form, places: Mapping[str, Sequence[str]], types: Mapping[str, str]
) -> None:
    sheet = book.add_worksheet(GUIDE)
    wrap = book.add_format({"text_wrap": True, "valign": "top"})
    head = book.add_format({"bold": True, "bg_color": "#E3E8EE", "valign": "top"})
    # The language of the form stands first.
    langs: tuple[Language, ...] = ("id", "en") if form.lang == "id" else ("en", "id")
    rows = [["kolom / column", "wajib / required", *(TEXTS[lang]["meaning"] for lang in langs)]]
    for name, column in form.columns.items():
        meaning = contract()["fields"][name]["meaning"]
        is_required = "ya / yes" if name in form.required else ""
        rows.append([column, is_required, *(meaning[lang] for lang in langs)])
    notes = [key for key in NOTES["id"] if key in ("all", form.kind) or key.startswith("all.")]
    if form.kind in OF_A_VILLAGE:
        notes.append("village")
    if any(len(set(villages)) < len(villages) for villages in places.values()):
        notes.append("twins")
    rows += [["catatan / note", "", *(NOTES[lang][key] for lang in langs)] for key in notes]
    if "type" in form.columns:
        rows += [[f"{form.columns['type']}: {name}", "", types[name], ""] for name in types]
    for row, cells in enumerate(rows):
        for number, cell in enumerate(cells):
            if cell:
                sheet.write_string(row, number, cell, wrap if row else head)
    sheet.set_column(0, 0, 34)
    sheet.set_column(1, 1, 16)
    sheet.set_column(2, 3, 70)
    sheet.freeze_panes(1, 0)


def _write_lists(book: Any, form: _Form) -> None:
    sheet = book.add_worksheet(LISTS)
    for number, (name, values) in enumerate(form.lists.items()):
        sheet.write_string(0, number, name)
        for row, value in enumerate(values, start=1):
            sheet.write_string(row, number, value)
    sheet.hide()
