"""The door: what comes in, what comes in again, and what is turned away whole."""

import json
import re
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from rawan.errors import RawanError, TemporaryError
from rawan.provenance import sidecar
from rawan.settings import Settings
from rawan.sources.inbox import File, Intake, find_files, ingest, ingest_files
from rawan.warehouse import Warehouse

Bench = Any  # see conftest.py
TakeIn = Callable[[], Intake]

ROW = {"tanggal": "2019-01-01", "jenis": "bentrok", "desa": "Tirtakhayal"}
OTHER = {"tanggal": "2019-02-02", "jenis": "bentrok", "desa": "Margamisal"}


@pytest.fixture
def take_in(warehouse: Warehouse, settings: Settings) -> TakeIn:
    return lambda: ingest(warehouse, settings.inputs)


@pytest.fixture
def with_record(settings: Settings) -> Settings:
    inputs = settings.inputs.model_copy(update={"use_public_record": True})
    return settings.model_copy(update={"inputs": inputs})


def stored(warehouse: Warehouse) -> list[tuple[Any, ...]]:
    """Return everything in `raw`, but not the time of loading."""
    return [
        *warehouse.rows("SELECT * EXCLUDE (loaded_at) FROM raw.files ORDER BY file, file_hash"),
        *warehouse.rows("SELECT * EXCLUDE (loaded_at) FROM raw.rows ORDER BY row_id"),
    ]


def current(warehouse: Warehouse) -> list[str]:
    """Return what the rows that count say of their village."""
    return [
        json.loads(cells)["desa"]
        for (cells,) in warehouse.rows(
            "SELECT cells FROM raw.rows JOIN raw.files USING (file, file_hash)"
            ' WHERE is_current ORDER BY file, "row"'
        )
    ]


def test_cells_are_stored_as_they_came_with_file_and_row(
    bench: Bench, warehouse: Warehouse, take_in: TakeIn
) -> None:
    odd = ROW | {"uraian": ' "kutip"\n’é  '}
    bench.drop("insiden.csv", [odd])
    intake = take_in()
    assert (intake.loaded, intake.rows) == (["inbox/insiden.csv"], 1)
    ((file, sheet, row, cells),) = warehouse.rows('SELECT file, sheet, "row", cells FROM raw.rows')
    assert (file, sheet, row, json.loads(cells)) == ("inbox/insiden.csv", None, 2, odd)


def test_the_same_file_again_changes_nothing(
    bench: Bench, warehouse: Warehouse, take_in: TakeIn
) -> None:
    bench.drop("insiden.csv", [ROW, OTHER])
    take_in()
    before = stored(warehouse)
    again = take_in()
    assert (again.loaded, again.unchanged, again.rows) == ([], ["inbox/insiden.csv"], 0)
    assert stored(warehouse) == before


def test_a_row_keeps_its_id_in_another_warehouse(
    bench: Bench, settings: Settings, warehouse: Warehouse, take_in: TakeIn
) -> None:
    from rawan.warehouse import open_warehouse

    bench.drop("insiden.csv", [ROW, OTHER])
    take_in()
    with open_warehouse(settings, ":memory:") as elsewhere:
        ingest(elsewhere, settings.inputs)
        assert stored(elsewhere) == stored(warehouse)


def test_two_files_that_say_the_same_have_rows_of_their_own(
    bench: Bench, warehouse: Warehouse, take_in: TakeIn
) -> None:
    bench.drop("insiden-a.csv", [ROW])
    bench.drop("insiden-b.csv", [ROW])
    take_in()
    assert warehouse.value("SELECT count(DISTINCT row_id) FROM raw.rows") == 2


def test_a_new_content_takes_the_place_of_the_old_one_which_stays(
    bench: Bench, warehouse: Warehouse, take_in: TakeIn
) -> None:
    bench.drop("insiden.csv", [ROW])
    take_in()
    bench.drop("insiden.csv", [OTHER])
    assert take_in().loaded == ["inbox/insiden.csv"]
    assert current(warehouse) == ["Margamisal"]
    assert warehouse.value("SELECT count(*) FROM raw.rows") == 2


def test_an_old_content_put_back_counts_again(
    bench: Bench, warehouse: Warehouse, take_in: TakeIn
) -> None:
    for row in (ROW, OTHER, ROW):
        bench.drop("insiden.csv", [row])
        take_in()
    assert current(warehouse) == ["Tirtakhayal"]
    assert warehouse.value("SELECT count(*) FROM raw.rows") == 2


def test_a_file_moved_out_of_the_inbox_still_counts(
    bench: Bench, warehouse: Warehouse, take_in: TakeIn
) -> None:
    bench.drop("insiden-lama.csv", [ROW]).rename(bench.folder / "arsip.csv")
    bench.drop("insiden-lama.csv", [ROW])
    take_in()
    (bench.inbox / "insiden-lama.csv").unlink()
    bench.drop("insiden-baru.csv", [OTHER])
    take_in()
    assert sorted(current(warehouse)) == ["Margamisal", "Tirtakhayal"]


def test_one_bad_file_stops_all_and_nothing_is_stored(
    bench: Bench, warehouse: Warehouse, take_in: TakeIn
) -> None:
    bench.drop("insiden-1.csv", [ROW])
    bench.drop("insiden-2.csv", [{"tangal": "2019-01-01", "jenis": "bentrok"}])
    bench.drop("rahasia.csv", [ROW])
    (bench.inbox / "laporan.jsonl").write_text('{"tanggal": "2019"}\n{', encoding="utf-8")
    with pytest.raises(RawanError) as told:
        take_in()
    assert stored(warehouse) == []
    for mistake in (
        r'inbox/insiden-2\.csv: column "tangal" is not in .* Did you mean "tanggal"\?',
        r'inbox/insiden-2\.csv: column "tanggal" \(occurred_on\) is missing',
        r"inbox/rahasia\.csv: no column mapping fits this name",
        r"laporan\.jsonl, row 2: is not JSON",
    ):
        assert re.search(mistake, str(told.value)), mistake
    assert len(str(told.value).splitlines()) == 4


def test_a_bad_file_leaves_what_was_known_before_as_it_was(
    bench: Bench, warehouse: Warehouse, take_in: TakeIn
) -> None:
    bench.drop("insiden-1.csv", [ROW])
    take_in()
    before = stored(warehouse)
    bench.drop("insiden-1.csv", [OTHER])
    bench.drop("insiden-2.csv", [{"salah": "1"}])
    with pytest.raises(RawanError):
        take_in()
    assert stored(warehouse) == before


def test_who_reported_never_gets_into_the_warehouse(
    bench: Bench, warehouse: Warehouse, take_in: TakeIn
) -> None:
    bench.drop(
        "laporan.csv",
        [{"tanggal": "2019-01-01", "isi": "aman", "pelapor": "Umpamawan", "sumber": "Andaiwati"}],
    )
    take_in()
    everything = repr(stored(warehouse))
    assert "aman" in everything
    for secret in ("Umpamawan", "Andaiwati", "pelapor", '"sumber"'):
        assert secret not in everything


def test_links_and_hidden_files_are_not_read(
    bench: Bench, warehouse: Warehouse, take_in: TakeIn, tmp_path: Path
) -> None:
    outside = tmp_path / "insiden-luar.csv"
    outside.write_text("salah\n1\n", encoding="utf-8")
    folder = tmp_path / "luar"
    folder.mkdir()
    (folder / "insiden.csv").write_text("salah\n1\n", encoding="utf-8")
    (bench.inbox / "insiden-tautan.csv").symlink_to(outside)
    (bench.inbox / "tautan").symlink_to(folder)
    bench.drop(".insiden.csv", [{"salah": "1"}])
    bench.drop("~$insiden.csv", [{"salah": "1"}])
    bench.drop("insiden.csv", [ROW])
    intake = take_in()
    assert (intake.loaded, intake.skipped) == (["inbox/insiden.csv"], [])
    assert current(warehouse) == ["Tirtakhayal"]


def test_what_lies_in_a_hidden_folder_is_not_read(bench: Bench, take_in: TakeIn) -> None:
    """A memory stick brings its own waste basket along."""
    (bench.inbox / ".Trash-1000").mkdir()
    bench.drop(".Trash-1000/insiden.csv", [OTHER])
    bench.drop("insiden.csv", [ROW])
    assert take_in().loaded == ["inbox/insiden.csv"]


def test_folders_in_the_inbox_are_read_and_named(
    bench: Bench, warehouse: Warehouse, take_in: TakeIn
) -> None:
    for folder in ("2018", "2019"):
        (bench.inbox / folder).mkdir()
        bench.drop(f"{folder}/insiden.csv", [ROW])
    assert take_in().loaded == ["inbox/2018/insiden.csv", "inbox/2019/insiden.csv"]
    assert current(warehouse) == ["Tirtakhayal", "Tirtakhayal"]


def test_what_cannot_be_read_is_named_and_does_not_stop_the_rest(
    bench: Bench, take_in: TakeIn
) -> None:
    bench.drop("insiden.csv", [ROW])
    (bench.inbox / "surat.docx").write_bytes(b"x")
    (bench.inbox / "insiden.csv.meta.toml").write_text("", encoding="utf-8")
    intake = take_in()
    assert intake.skipped == ["inbox/surat.docx"]
    assert intake.lines() == [
        "1 new files with 1 rows, 0 known already",
        "not read: inbox/surat.docx (not CSV, XLSX, JSONL)",
    ]


def test_an_empty_inbox_is_told_with_what_may_go_there(bench: Bench, take_in: TakeIn) -> None:
    (bench.inbox / "surat.docx").write_bytes(b"x")
    with pytest.raises(RawanError, match=r"holds no file that can be read \(CSV, XLSX, JSONL\)"):
        take_in()


def test_a_missing_inbox_is_told(bench: Bench, take_in: TakeIn) -> None:
    bench.inbox.rmdir()
    with pytest.raises(RawanError, match="there is no such folder"):
        take_in()


def test_a_file_that_vanishes_meanwhile_is_tried_again_later(
    bench: Bench, warehouse: Warehouse, settings: Settings
) -> None:
    path = bench.drop("insiden.csv", [ROW])
    files, _ = find_files(settings.inputs)
    path.unlink()
    with pytest.raises(TemporaryError, match=re.escape("insiden.csv")):
        ingest_files(warehouse, settings.inputs, files)
    assert stored(warehouse) == []


def test_a_header_without_rows_is_a_file_without_rows(
    bench: Bench, warehouse: Warehouse, take_in: TakeIn
) -> None:
    (bench.inbox / "insiden.csv").write_text("tanggal,jenis\n", encoding="utf-8")
    assert take_in().rows == 0
    assert warehouse.rows("SELECT rows, is_current FROM raw.files") == [(0, True)]


def test_a_row_cut_short_is_taken_in_and_not_told_as_a_missing_column(
    bench: Bench, warehouse: Warehouse, take_in: TakeIn
) -> None:
    (bench.inbox / "insiden.csv").write_text(
        "desa,tanggal,jenis\nTirtakhayal,2019-01-01,bentrok\nMargamisal\n", encoding="utf-8"
    )
    assert take_in().rows == 2
    assert current(warehouse) == ["Tirtakhayal", "Margamisal"]


def test_a_line_of_json_may_leave_out_what_it_does_not_know(
    bench: Bench, warehouse: Warehouse, take_in: TakeIn
) -> None:
    (bench.inbox / "laporan.jsonl").write_text(
        '{"tanggal": "2019-01-01", "desa": "Tirtakhayal"}\n{"desa": "Margamisal"}\n',
        encoding="utf-8",
    )
    assert take_in().rows == 2
    assert current(warehouse) == ["Tirtakhayal", "Margamisal"]


def test_a_strange_key_in_a_line_of_json_is_told_with_its_row(
    bench: Bench, take_in: TakeIn
) -> None:
    (bench.inbox / "laporan.jsonl").write_text(
        '{"tanggal": "2019-01-01"}\n{"tanggal": "2019-01-01", "dessa": "x"}\n', encoding="utf-8"
    )
    with pytest.raises(RawanError, match=r'row 2: column "dessa" .* Did you mean "desa"\?'):
        take_in()


def test_a_line_of_json_with_half_a_character_is_told(bench: Bench, take_in: TakeIn) -> None:
    (bench.inbox / "laporan.jsonl").write_text(
        '{"tanggal": "2019-01-01", "isi": "\\ud800"}\n', encoding="utf-8"
    )
    with pytest.raises(RawanError, match=r"laporan\.jsonl"):
        take_in()


def test_the_sidecar_says_when_a_file_was_obtained(
    bench: Bench, warehouse: Warehouse, take_in: TakeIn
) -> None:
    bench.drop("insiden.csv", [ROW])
    (bench.inbox / "insiden.csv.meta.toml").write_text("obtained_on = 2019-03-04", encoding="utf-8")
    take_in()
    assert warehouse.value("SELECT obtained_on FROM raw.files") == date(2019, 3, 4)


@pytest.mark.parametrize("content", ['obtained_on = "kemarin"', "obtained_on = kemarin"])
def test_a_broken_sidecar_is_told_by_name_and_nothing_is_stored(
    bench: Bench, warehouse: Warehouse, take_in: TakeIn, content: str
) -> None:
    path = bench.drop("insiden.csv", [ROW])
    (bench.inbox / "insiden.csv.meta.toml").write_text(content, encoding="utf-8")
    with pytest.raises(RawanError, match=r"insiden\.csv\.meta\.toml"):
        take_in()
    assert stored(warehouse) == []
    with pytest.raises(RawanError, match=r"insiden\.csv\.meta\.toml"):
        sidecar(path)


def test_the_public_record_counts_only_while_it_is_in_use(
    bench: Bench, warehouse: Warehouse, settings: Settings, with_record: Settings
) -> None:
    bench.drop("insiden.csv", [ROW])
    (bench.folder / "record" / "incidents.csv").write_text(
        "occurred_on,type,villages\n2018-01-01,bentrok,Margamisal\n", encoding="utf-8"
    )
    assert len(ingest(warehouse, with_record.inputs).loaded) == 2

    def counting() -> list[str]:
        return [
            file
            for (file,) in warehouse.rows("SELECT file FROM raw.files WHERE is_current ORDER BY 1")
        ]

    assert counting() == ["inbox/insiden.csv", "record/incidents.csv"]
    ingest(warehouse, settings.inputs)
    assert counting() == ["inbox/insiden.csv"]
    ingest(warehouse, with_record.inputs)
    assert counting() == ["inbox/insiden.csv", "record/incidents.csv"]


def test_a_single_file_is_taken_in_under_the_name_it_is_given(
    bench: Bench, warehouse: Warehouse, settings: Settings
) -> None:
    path = bench.drop("insiden.csv", [ROW])
    intake = ingest_files(warehouse, settings.inputs, [File("inbox/insiden-x.csv", path, "inbox")])
    assert intake.loaded == ["inbox/insiden-x.csv"]
