"""The queue as a workbook: filled in, read back, whole or not at all, and as often as one likes."""

import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from rawan.errors import RawanError
from rawan.review.decisions import decide, decided, history, pending, undo
from rawan.review.filled import choices
from rawan.review.items import SUBJECTS, write_items
from rawan.review.words import word
from rawan.review.workbook import Imported, export_queue, import_queue
from rawan.warehouse import Warehouse

Makers = Any  # see conftest.py
Cells = Mapping[str, object]

ANSWERS: dict[str, Cells] = {
    "place": {"decision": "accept 2", "note": "menurut polsek"},
    "same event": {"decision": "same"},
    "report type": {"decision": "other type", "value": "sengketa_lahan"},
    "quarantined row": {"decision": "correct", "value": "28/02/2019"},
}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "antrean.xlsx"


def fill(path: Path, answers: Mapping[str, Cells], row: int = 2) -> None:
    """Fill in one row of each sheet, with a program of its own as a person would."""
    book = openpyxl.load_workbook(path)
    for name, cells in answers.items():
        sheet = book[name]
        header = [cell.value for cell in sheet[1]]
        for column, value in cells.items():
            sheet.cell(row, header.index(column) + 1).value = value
    book.save(path)


@pytest.fixture
def take(queue: Warehouse, path: Path, places: Any) -> Callable[..., Imported]:
    return lambda by="Analis A": import_queue(queue, path, by, places)


Take = Callable[..., Imported]


@pytest.mark.parametrize("lang", ["id", "en"])
def test_a_workbook_filled_in_in_either_language_comes_back(
    queue: Warehouse, path: Path, take: Take, lang: Any
) -> None:
    assert export_queue(queue, path, lang) == 4
    keys = {"accept 2", "same", "other type", "correct"}
    words = {"other type": "choice.type"} | {k: f"choice.{k}" for k in keys - {"other type"}}
    answers: dict[str, Cells] = {}
    for subject in SUBJECTS:
        english = ANSWERS[word(f"subject.{subject}", "en")]
        answers[word(f"subject.{subject}", lang)] = {
            word(name, lang): word(words[str(cell)], lang) if name == "decision" else cell
            for name, cell in english.items()
        }
    fill(path, answers)
    taken = take()
    assert len(taken.taken) == 4
    assert (taken.unchanged, taken.left_out) == (0, [])
    assert pending(queue) == []
    (place,) = decided(queue, "place").values()
    assert (place.action, place.value) == ("accept", {"code": "99.99.01.2004"})
    assert (place.decided_by, place.note) == ("Analis A", "menurut polsek")
    (report,) = decided(queue, "report_type").values()
    assert report.value == {"type": "sengketa_lahan"}
    (row,) = decided(queue, "row").values()
    assert row.value == {"tanggal": "28/02/2019"}


def test_reading_it_a_second_time_changes_nothing(queue: Warehouse, path: Path, take: Take) -> None:
    export_queue(queue, path, "en")
    fill(path, ANSWERS)
    take()
    before = history(queue)
    again = take()
    assert again.lines() == ["0 decisions taken, 4 known already"]
    assert (again.taken, again.unchanged, again.left_out) == ([], 4, [])
    assert history(queue) == before


def test_a_workbook_that_nobody_filled_in_decides_nothing(
    queue: Warehouse, path: Path, take: Take
) -> None:
    export_queue(queue, path, "id")
    assert take() == Imported([], 0, [])


def test_all_mistakes_are_told_at_once_and_nothing_is_taken(
    queue: Warehouse, path: Path, take: Take
) -> None:
    export_queue(queue, path, "en")
    fill(
        path,
        {
            "place": {"decision": "correct", "value": "Nowhere"},
            "same event": {"decision": "perhaps"},
            "report type": {"note": "later"},
            "quarantined row": {"decision": "leave row out", "value": "x"},
        },
    )
    with pytest.raises(RawanError) as caught:
        take()
    told = str(caught.value)
    for sheet, column, what in (
        ("place", "value", '"Nowhere" is neither a code nor a name'),
        ("same event", "decision", '"perhaps" cannot be chosen here. Known: same, different.'),
        ("report type", "note", "stands without a decision"),
        ("quarantined row", "value", '"leave row out" takes no value'),
    ):
        assert f'antrean.xlsx, sheet "{sheet}", row 2, column "{column}": {what}' in told
    assert history(queue) == []


def test_one_mistake_holds_back_what_is_right(queue: Warehouse, path: Path, take: Take) -> None:
    export_queue(queue, path, "en")
    fill(path, ANSWERS | {"report type": {"decision": "accept 3"}})
    with pytest.raises(RawanError, match="there are 2 candidates"):
        take()
    assert history(queue) == []


def test_a_question_that_is_gone_is_told_and_the_others_are_taken(
    queue: Warehouse, path: Path, take: Take, make: Makers
) -> None:
    export_queue(queue, path, "en")
    fill(path, ANSWERS)
    write_items(queue, [make["place"]()])
    taken = take()
    assert [decision.subject for decision in taken.taken] == ["place"]
    assert len(taken.left_out) == 3
    assert 'sheet "same event", row 2: unknown id; left out' in taken.left_out[0]
    write_items(queue, [])
    assert "no longer in the queue" in take().left_out[0]


def test_what_somebody_else_decided_meanwhile_is_not_overwritten(
    queue: Warehouse, path: Path, take: Take, make: Makers
) -> None:
    export_queue(queue, path, "en")
    theirs = decide(queue, make["place"](), "reject", {"as": "outside"}, "Analis B")
    fill(path, {"place": {"decision": "accept 1"}})
    (told,) = take().left_out
    assert "decided otherwise by Analis B" in told
    assert f"--undo {theirs.decision_id}" in told
    assert history(queue) == [theirs]


def test_what_the_same_user_corrects_in_the_workbook_is_taken(
    queue: Warehouse, path: Path, take: Take
) -> None:
    export_queue(queue, path, "en")
    fill(path, {"place": {"decision": "accept 1"}})
    take()
    fill(path, {"place": {"decision": "accept 2"}})
    assert len(take().taken) == 1
    (place,) = decided(queue, "place").values()
    assert place.value == {"code": "99.99.01.2004"}


def test_an_old_workbook_does_not_bring_back_what_was_undone_or_changed(
    queue: Warehouse, path: Path, take: Take, make: Makers
) -> None:
    export_queue(queue, path, "en")
    fill(path, {"place": {"decision": "accept 1"}})
    take()
    undo(queue, "Analis A")
    assert "undone or changed since" in take().left_out[0]
    decide(queue, make["place"](), "reject", {"as": "outside"}, "Analis A")
    assert "undone or changed since" in take().left_out[0]
    assert decided(queue, "place")[make["place"]().key].action == "reject"


def test_a_row_copied_in_the_workbook_must_say_the_same(
    queue: Warehouse, path: Path, take: Take
) -> None:
    export_queue(queue, path, "en")
    book = openpyxl.load_workbook(path)
    sheet = book["same event"]
    values = [cell.value for cell in sheet[2]]
    for row, decision in ((2, "same"), (3, "different")):
        values[7] = decision
        for at, value in enumerate(values, 1):
            sheet.cell(row, at).value = value
    book.save(path)
    with pytest.raises(RawanError, match=r'row 3, column "decision": .*row 2 says otherwise'):
        take()


def test_columns_may_be_moved_and_added(queue: Warehouse, path: Path, take: Take) -> None:
    export_queue(queue, path, "en")
    fill(path, ANSWERS)
    book = openpyxl.load_workbook(path)
    for sheet in book:
        sheet.insert_cols(1)
        sheet["A1"] = "my own"
    book.save(path)
    assert len(take().taken) == 4


def test_a_sheet_without_its_columns_is_a_mistake(queue: Warehouse, path: Path, take: Take) -> None:
    export_queue(queue, path, "en")
    book = openpyxl.load_workbook(path)
    book["place"]["A1"] = "kodee"
    book.save(path)
    with pytest.raises(RawanError, match='sheet "place", row 1: no column id'):
        take()


def test_a_code_that_the_spreadsheet_took_for_a_number_is_a_mistake_not_a_guess(
    queue: Warehouse, path: Path, take: Take
) -> None:
    export_queue(queue, path, "en")
    fill(path, {"place": {"decision": "correct", "value": 99.99}})
    with pytest.raises(RawanError, match=r'"99\.99" is neither'):
        take()


@pytest.mark.parametrize("nasty", ['=HYPERLINK("http://x.example")', "+1", "@SUM(A1)", "-2+3"])
def test_no_cell_is_a_formula(queue: Warehouse, path: Path, make: Makers, nasty: str) -> None:
    write_items(queue, [make["place"](written=nasty, reason=nasty, file=nasty)])
    export_queue(queue, path, "en")
    cells = {cell.value: cell for cell in openpyxl.load_workbook(path)["place"][2] if cell.value}
    assert cells[nasty].data_type == "s"
    assert cells[nasty].quotePrefix
    assert "f" not in {cell.data_type for cell in cells.values()}


def test_the_workbook_holds_no_text_of_a_report_and_no_secret_cell(
    queue: Warehouse, path: Path, make: Makers
) -> None:
    write_items(queue, [make["report_type"](), make["row"](cell=None)])
    export_queue(queue, path, "en")
    book = openpyxl.load_workbook(path)
    header = [cell.value for cell in book["report type"][1]]
    assert not {"text", "text of the report"} & set(header)
    assert "LI-7" not in [cell.value for cell in book["report type"][2]]
    assert "(kept secret)" in [cell.value for cell in book["quarantined row"][2]]


def test_the_drop_down_lists_offer_what_can_be_read_back(queue: Warehouse, path: Path) -> None:
    export_queue(queue, path, "id")
    book = openpyxl.load_workbook(path)
    for subject in SUBJECTS:
        (rule,) = book[word(f"subject.{subject}", "id")].data_validations.dataValidation
        offered = rule.formula1.strip('"').split(",")
        assert offered == [word(f"choice.{choice}", "id") for choice in choices(subject)]


def test_very_long_texts_fit_into_their_cells(
    queue: Warehouse, path: Path, take: Take, make: Makers
) -> None:
    write_items(queue, [make["place"](written="x" * 100_000)])
    export_queue(queue, path, "en")
    fill(path, {"place": {"decision": "reject (outside)"}})
    assert len(take().taken) == 1


@given(
    written=st.text(max_size=40),
    note=st.text(
        st.characters(exclude_categories=["Cs", "Cc", "Co", "Cn"]), min_size=1, max_size=40
    ).filter(lambda text: text.strip() == text and not text.startswith("=")),
)
@hypothesis_settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_was_written_the_answer_finds_its_question(
    queue: Warehouse, path: Path, take: Take, make: Makers, written: str, note: str
) -> None:
    queue.execute("DELETE FROM raw.decisions")
    item = make["place"](written=written, file=written, reason=written, district=written)
    write_items(queue, [item])
    export_queue(queue, path, "en")
    fill(path, {"place": {"decision": "reject (outside)", "note": note}})
    (taken,) = take().taken
    assert (taken.key, taken.note) == (item.key, note)


def broken(path: Path, kind: str) -> None:
    if kind == "missing":
        return
    if kind == "folder":
        path.mkdir()
        return
    book = openpyxl.Workbook()
    if kind == "far":
        book.active["XFD1048576"] = "x"
    book.save(path)
    if kind == "cut":
        path.write_bytes(path.read_bytes()[:-300])
    elif kind == "text":
        path.write_text("kode;keputusan\n", encoding="utf-8")
    elif kind == "empty":
        path.write_bytes(b"")
    elif kind == "other archive":
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("x.txt", "x")
    elif kind == "bomb":
        with (
            zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED, compresslevel=1) as archive,
            archive.open("xl/worksheets/sheet9.xml", "w", force_zip64=True) as stream,
        ):
            for _ in range(257):
                stream.write(bytes(1024 * 1024))
    elif kind == "flipped":
        content = bytearray(path.read_bytes())
        for at in range(60, len(content), 97):
            content[at] ^= 0x55
        path.write_bytes(bytes(content))


@pytest.mark.parametrize(
    ("kind", "told"),
    [
        ("missing", "cannot be read"),
        ("folder", "cannot be read"),
        ("cut", "is no XLSX workbook"),
        ("text", "is no XLSX workbook"),
        ("empty", "is no XLSX workbook"),
        ("other archive", "is no XLSX workbook"),
        ("bomb", "unpacks to more"),
        ("flipped", "is no XLSX workbook"),
        ("far", "row 1048576 and one in column 16384"),
        ("strange", "has none of the sheets of the queue"),
    ],
)
def test_a_file_that_is_no_workbook_of_the_queue_is_told_so(
    queue: Warehouse, path: Path, take: Take, kind: str, told: str
) -> None:
    broken(path, kind)
    with pytest.raises(RawanError, match=told):
        take()
    assert history(queue) == []
