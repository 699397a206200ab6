"""Where files lie after they were looked at: done/, rejected/ with the reason, or nowhere."""

import os
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from rawan.errors import RawanError, TemporaryError
from rawan.settings import Inputs, Settings
from rawan.sources import shelf
from rawan.sources.inbox import Intake, ingest
from rawan.warehouse import Warehouse

Bench = Any  # see conftest.py
TakeIn = Callable[[], Intake]

ROW = {"tanggal": "2019-01-01", "jenis": "bentrok", "desa": "Tirtakhayal"}
OTHER = {"tanggal": "2019-02-02", "jenis": "bentrok", "desa": "Margamisal"}
OBTAINED = "obtained_on = 2019-03-04"
BAD = "salah\n1\n"

posix = pytest.mark.skipif(os.name != "posix", reason="links, pipes and names of POSIX")


@pytest.fixture
def take_in(warehouse: Warehouse, settings: Settings) -> TakeIn:
    return lambda: ingest(warehouse, settings)


def deleting(settings: Settings) -> Settings:
    inputs = settings.inputs.model_copy(update={"after_ingest": "delete"})
    return settings.model_copy(update={"inputs": inputs})


def lying(folder: Path) -> list[str]:
    """Return what lies under a folder, folders apart."""
    return sorted(
        path.relative_to(folder).as_posix()
        for path in folder.rglob("*")
        if path.is_symlink() or not path.is_dir()
    )


# done/


def test_a_file_that_came_in_moves_to_done_with_its_sidecar_from_whatever_folder(
    bench: Bench, take_in: TakeIn
) -> None:
    (bench.inbox / "2019" / "natar").mkdir(parents=True)
    held = bench.drop("2019/natar/insiden.csv", [ROW]).read_bytes()
    (bench.inbox / "2019/natar/insiden.csv.meta.toml").write_text(OBTAINED, "utf-8")
    bench.drop("insiden.csv", [OTHER])
    take_in()
    assert lying(bench.inbox) == [
        "done/2019/natar/insiden.csv",
        "done/2019/natar/insiden.csv.meta.toml",
        "done/insiden.csv",
    ]
    assert (bench.inbox / "done/2019/natar/insiden.csv").read_bytes() == held


def test_a_name_that_is_taken_by_another_content_gets_the_hash(
    bench: Bench, warehouse: Warehouse, take_in: TakeIn
) -> None:
    for row in (ROW, OTHER):
        bench.drop("insiden.csv", [row])
        (bench.inbox / "insiden.csv.meta.toml").write_text(OBTAINED, "utf-8")
        take_in()
    digest = warehouse.value("SELECT file_hash FROM raw.files WHERE is_current")
    other = f"insiden-{digest[:8]}.csv"
    assert lying(bench.inbox / "done") == sorted(
        ["insiden.csv", "insiden.csv.meta.toml", other, f"{other}.meta.toml"]
    )
    assert b"Tirtakhayal" in (bench.inbox / "done/insiden.csv").read_bytes()
    assert b"Margamisal" in (bench.inbox / "done" / other).read_bytes()


def test_the_same_content_again_lies_there_once(bench: Bench, take_in: TakeIn) -> None:
    for row in (ROW, OTHER, ROW, OTHER):
        bench.drop("insiden.csv", [row])
        take_in()
    assert len(lying(bench.inbox)) == 2


def test_after_ingest_delete_keeps_no_file_and_no_sidecar(
    bench: Bench, warehouse: Warehouse, settings: Settings
) -> None:
    bench.drop("insiden.csv", [ROW])
    (bench.inbox / "insiden.csv.meta.toml").write_text(OBTAINED, "utf-8")
    (bench.inbox / "insiden-2.csv").write_text(BAD, encoding="utf-8")
    ingest(warehouse, deleting(settings))
    assert warehouse.value("SELECT count(*) FROM raw.incidents") == 1
    assert lying(bench.inbox) == ["rejected/insiden-2.csv", "rejected/insiden-2.csv.reason.txt"]


@pytest.mark.parametrize("after", ["done", "delete"])
def test_a_stop_between_sidecar_and_file_leaves_no_sidecar_for_the_next_of_that_name(
    bench: Bench,
    warehouse: Warehouse,
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
    after: str,
) -> None:
    settings = deleting(settings) if after == "delete" else settings
    bench.drop("insiden.csv", [ROW])
    (bench.inbox / "insiden.csv.meta.toml").write_text(OBTAINED, "utf-8")
    calls: list[Any] = []

    def stopped(real: Callable[..., None]) -> Callable[..., None]:
        def once(*given: Any, **named: Any) -> None:
            if calls:
                raise KeyboardInterrupt
            calls.append(given)
            real(*given, **named)

        return once

    monkeypatch.setattr(os, "replace", stopped(os.replace))
    monkeypatch.setattr(Path, "unlink", stopped(Path.unlink))
    with pytest.raises(KeyboardInterrupt):
        ingest(warehouse, settings)
    assert len(calls) == 1
    monkeypatch.undo()
    assert lying(bench.inbox)[-1] == "insiden.csv"
    again = ingest(warehouse, settings)
    assert (again.loaded, again.unchanged) == ([], ["inbox/insiden.csv"])
    kept = ["done/insiden.csv", "done/insiden.csv.meta.toml"] if after == "done" else []
    assert lying(bench.inbox) == kept
    assert str(warehouse.value("SELECT obtained_on FROM raw.files")) == "2019-03-04"


def test_what_is_dropped_while_others_are_read_is_not_moved_away_unread(
    bench: Bench, warehouse: Warehouse, settings: Settings
) -> None:
    """A mended file takes the place of the one just read: it waits for the next run."""
    bench.drop("insiden-1.csv", [ROW])
    bench.drop("insiden-2.csv", [ROW])
    (bench.inbox / "insiden-0.csv").write_text(BAD, encoding="utf-8")

    def tell(line: str) -> None:
        if line.startswith("inbox/insiden-2.csv"):
            bench.drop("insiden-0.csv", [OTHER])
            bench.drop("insiden-1.csv", [OTHER])

    intake = ingest(warehouse, settings, tell)
    assert lying(bench.inbox) == ["done/insiden-2.csv", "insiden-0.csv", "insiden-1.csv"]
    assert [line for line in intake.warnings if line.startswith("inbox/insiden-1.csv: was changed")]
    assert ingest(warehouse, settings).loaded == ["inbox/insiden-0.csv", "inbox/insiden-1.csv"]
    assert "insiden-1.csv" not in lying(bench.inbox)


def test_a_name_at_the_length_limit_is_shortened_and_not_in_the_way(
    bench: Bench, take_in: TakeIn
) -> None:
    good, bad = f"insiden-{'b' * 237}.csv", f"insiden-{'é' * 118}.csv"
    bench.drop("insiden.csv", [ROW])
    bench.drop(good, [OTHER])
    (bench.inbox / bad).write_text(BAD, encoding="utf-8")
    intake = take_in()
    assert len(intake.loaded) == 2
    done, reject = lying(bench.inbox / "done"), lying(bench.inbox / "rejected")
    assert [len(done), len(reject)] == [2, 2]
    assert reject[1] == f"{reject[0]}.reason.txt"
    assert all(name.startswith("insiden") for name in [*done, *reject])


def test_a_done_that_cannot_be_written_is_told_and_the_next_run_moves_the_file(
    bench: Bench, warehouse: Warehouse, take_in: TakeIn
) -> None:
    (bench.inbox / "done").mkdir()
    (bench.inbox / "done" / "2019").write_text("a file where a folder should be", "utf-8")
    (bench.inbox / "2019").mkdir()
    bench.drop("2019/insiden.csv", [ROW])
    with pytest.raises(TemporaryError, match=r"insiden\.csv: cannot be moved .* came in all the"):
        take_in()
    assert warehouse.value("SELECT count(*) FROM raw.incidents") == 1
    (bench.inbox / "done" / "2019").unlink()
    assert take_in().unchanged == ["inbox/2019/insiden.csv"]
    assert lying(bench.inbox) == ["done/2019/insiden.csv"]


# rejected/


def test_a_rejected_file_lies_with_its_reason_and_can_be_mended_and_put_back(
    bench: Bench, warehouse: Warehouse, settings: Settings, take_in: TakeIn
) -> None:
    (bench.inbox / "2019").mkdir()
    bad = bench.drop("2019/insiden.csv", [{"tangal": "2019-01-01", "jenis": "bentrok"}])
    (bench.inbox / "2019/insiden.csv.meta.toml").write_text(OBTAINED, "utf-8")
    bench.drop("laporan.csv", [{"tanggal": "2019-01-01", "isi": "aman"}])
    intake = take_in()
    folder = bench.inbox / "rejected" / "2019"
    assert lying(folder) == ["insiden.csv", "insiden.csv.meta.toml", "insiden.csv.reason.txt"]
    reason = (folder / "insiden.csv.reason.txt").read_text(encoding="utf-8")
    assert reason == (
        f"{intake.rejected['inbox/2019/insiden.csv']}\n"
        "Mend the file and put it back into the inbox.\n"
    )
    assert 'Did you mean "tanggal"?' in reason
    assert not bad.exists()
    assert shelf.rejected(settings.inputs) == ["2019/insiden.csv"]
    assert take_in().rejected == {}

    mended = folder / "insiden.csv"
    mended.write_text(mended.read_text("utf-8").replace("tangal", "tanggal"), "utf-8")
    mended.rename(bad)
    assert take_in().loaded == ["inbox/2019/insiden.csv"]
    assert shelf.rejected(settings.inputs) == []


def test_a_stop_after_a_rejected_file_leaves_no_sidecar_for_the_next_of_that_name(
    bench: Bench, take_in: TakeIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench.drop("penduduk.csv", [{"tahun": "2019", "penduduk": "10", "desa": "Tirtakhayal"}])
    bad, sidecar = bench.inbox / "insiden.csv", bench.inbox / "insiden.csv.meta.toml"
    bad.write_text(BAD, "utf-8")
    sidecar.write_text(OBTAINED, "utf-8")
    move = shelf._move

    def killed(path: Path, target: Path, told: str) -> None:
        move(path, target, told)
        if path == bad:
            raise KeyboardInterrupt

    monkeypatch.setattr(shelf, "_move", killed)
    with pytest.raises(KeyboardInterrupt):
        take_in()
    assert sidecar.exists()
    monkeypatch.undo()
    take_in()
    assert not sidecar.exists()
    assert (bench.inbox / "rejected/insiden.csv.meta.toml").read_text("utf-8") == OBTAINED
    # A sidecar that says something else was put there by someone, for a file that is to come.
    sidecar.write_text("obtained_on = 2020-01-01", "utf-8")
    take_in()
    assert sidecar.exists()


def test_two_bad_contents_of_one_name_are_both_kept_with_their_reasons(
    bench: Bench, settings: Settings, take_in: TakeIn
) -> None:
    bench.drop("laporan.csv", [{"tanggal": "2019-01-01", "isi": "aman"}])
    for content in ("tangal\n1\n", "tanggall\n1\n", "tangal\n1\n"):
        (bench.inbox / "insiden.csv").write_text(content, encoding="utf-8")
        take_in()
    names = shelf.rejected(settings.inputs)
    assert len(names) == 2
    for name in names:
        content = (bench.inbox / "rejected" / name).read_text(encoding="utf-8")
        reason = (bench.inbox / "rejected" / f"{name}.reason.txt").read_text(encoding="utf-8")
        assert reason.startswith(f'inbox/insiden.csv: column "{content.split()[0]}"')


def test_nothing_is_rejected_where_nothing_was(settings: Settings) -> None:
    assert shelf.rejected(settings.inputs) == []


def test_a_rejected_that_cannot_be_written_is_told_with_the_reason(
    bench: Bench, take_in: TakeIn
) -> None:
    bench.drop("laporan.csv", [{"tanggal": "2019-01-01", "isi": "aman"}])
    (bench.inbox / "2019").mkdir()
    (bench.inbox / "2019" / "insiden.csv").write_text(BAD, encoding="utf-8")
    (bench.inbox / "rejected").mkdir()
    (bench.inbox / "rejected" / "2019").write_text("a file where a folder should be", "utf-8")
    with pytest.raises(TemporaryError, match=r"insiden\.csv: cannot be moved .*missing") as told:
        take_in()
    assert "came in all the same" not in str(told.value)
    assert (bench.inbox / "2019" / "insiden.csv").exists()


def test_a_file_in_the_place_of_rejected_is_told(bench: Bench, take_in: TakeIn) -> None:
    (bench.inbox / "rejected").write_text("a file where a folder should be", "utf-8")
    bench.drop("insiden.csv", [ROW])
    with pytest.raises(RawanError, match=r"rejected: is a link or a file\. Remove it"):
        take_in()


# What is refused unread


@posix
def test_links_devices_pipes_and_unknown_endings_are_refused_and_never_opened(
    bench: Bench, warehouse: Warehouse, settings: Settings, take_in: TakeIn, tmp_path: Path
) -> None:
    outside = tmp_path / "rahasia"
    outside.mkdir()
    (outside / "insiden.csv").write_text("tanggal,jenis\n2019-01-01,bentrok\n", "utf-8")
    (bench.inbox / "insiden-tautan.csv").symlink_to(outside / "insiden.csv")
    (bench.inbox / "insiden-putus.csv").symlink_to(tmp_path / "nowhere")
    (bench.inbox / "insiden-nol.csv").symlink_to("/dev/zero")
    (bench.inbox / "arsip").symlink_to(outside)
    os.mkfifo(bench.inbox / "insiden-pipa.csv")
    (bench.inbox / "surat.doc").write_bytes(b"x")
    bench.drop("insiden.csv", [ROW])
    intake = take_in()
    assert intake.loaded == ["inbox/insiden.csv"]
    reasons = {name.removeprefix("inbox/"): told for name, told in intake.rejected.items()}
    links = ("insiden-tautan.csv", "insiden-putus.csv", "insiden-nol.csv", "arsip")
    assert sorted(reasons) == sorted([*links, "insiden-pipa.csv", "surat.doc"])
    for name in links:
        assert "is a link. Put the file itself into the inbox." in reasons[name]
    assert "a device or a pipe" in reasons["insiden-pipa.csv"]
    assert "is not of a form that can be read" in reasons["surat.doc"]
    assert shelf.rejected(settings.inputs) == sorted(reasons)
    assert (bench.inbox / "rejected/arsip").is_symlink()
    assert lying(outside) == ["insiden.csv"]
    assert warehouse.value("SELECT count(*) FROM raw.incidents") == 1
    assert lying(bench.inbox / "done") == ["insiden.csv"]


@posix
def test_a_socket_is_refused(
    bench: Bench, take_in: TakeIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench.drop("insiden.csv", [ROW])
    monkeypatch.chdir(bench.inbox)  # the whole path is too long for a socket
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind("laporan.csv")
        assert "a device or a pipe" in take_in().rejected["inbox/laporan.csv"]


@posix
@pytest.mark.parametrize("what", ["link", "pipe", "folder"])
def test_a_sidecar_that_is_no_file_is_refused_with_its_file(
    bench: Bench, take_in: TakeIn, what: str
) -> None:
    bench.drop("insiden.csv", [ROW])
    bench.drop("laporan.csv", [{"tanggal": "2019-01-01", "isi": "aman"}])
    beside = bench.inbox / "insiden.csv.meta.toml"
    if what == "link":
        beside.symlink_to("/dev/zero")
    elif what == "pipe":
        os.mkfifo(beside)
    else:
        beside.mkdir()
    assert "insiden.csv.meta.toml" in take_in().rejected["inbox/insiden.csv"]
    assert os.path.lexists(bench.inbox / "rejected/insiden.csv.meta.toml")
    assert not os.path.lexists(beside)


@posix
@pytest.mark.parametrize("folder", shelf.FOLDERS)
def test_a_link_in_the_place_of_done_or_rejected_leads_nothing_out(
    bench: Bench, take_in: TakeIn, tmp_path: Path, folder: str
) -> None:
    outside = tmp_path / "luar"
    outside.mkdir()
    (bench.inbox / folder).symlink_to(outside)
    bench.drop("insiden.csv", [ROW])
    (bench.inbox / "insiden-2.csv").write_text(BAD, encoding="utf-8")
    if folder == "rejected":
        with pytest.raises(RawanError, match=r"is a link or a file\. Remove it"):
            take_in()
    else:
        take_in()
        assert lying(bench.inbox / "done") == ["insiden.csv"]
    assert lying(outside) == []


@posix
@pytest.mark.parametrize("name", ["insiden\udcff.csv", "insiden\n.csv", "insiden\x1b[2J.csv"])
def test_a_name_that_cannot_be_shown_is_refused_and_shown_safely(
    bench: Bench, settings: Settings, take_in: TakeIn, name: str
) -> None:
    bench.drop("insiden.csv", [ROW])
    bench.drop(name, [OTHER])
    intake = take_in()
    assert intake.loaded == ["inbox/insiden.csv"]
    assert len(intake.rejected) == 1
    for line in [*intake.lines(), *shelf.rejected(settings.inputs)]:
        line.encode("utf-8")
        assert line.isprintable()
    assert len(shelf.rejected(settings.inputs)) == 1


@posix
def test_a_link_in_the_public_record_stops_all_and_moves_nothing_of_the_inbox(
    bench: Bench, warehouse: Warehouse, settings: Settings
) -> None:
    inputs = settings.inputs.model_copy(update={"use_public_record": True})
    path = bench.drop("incidents.csv", [ROW])
    (bench.folder / "record" / "incidents.csv").symlink_to(path)
    with pytest.raises(RawanError, match=r"record/incidents\.csv: is a link"):
        ingest(warehouse, settings.model_copy(update={"inputs": inputs}))
    assert lying(bench.inbox) == ["incidents.csv"]


def test_a_path_out_of_the_inbox_is_never_made(inbox_with_file: tuple[Inputs, Path]) -> None:
    inputs, outside = inbox_with_file
    with pytest.raises(ValueError, match="is not in the subpath"):
        shelf.keep(inputs, outside)
    with pytest.raises(ValueError, match="is not in the subpath"):
        shelf.reject(inputs, outside, "-")
    assert outside.exists()


@pytest.fixture
def inbox_with_file(settings: Settings, tmp_path: Path) -> tuple[Inputs, Path]:
    outside = tmp_path / "insiden.csv"
    outside.write_text("tanggal\n", encoding="utf-8")
    return settings.inputs, outside
