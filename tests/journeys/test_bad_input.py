"""What goes wrong is one clear sentence and its exit code; the last good run stays."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from rawan.errors import GateStopped, RawanError
from rawan.settings import load_settings
from rawan.warehouse import open_warehouse
from tests.journeys.conftest import ROOT, Done, Project


@pytest.fixture
def published(
    first_run: tuple[Project, Done], tmp_path: Path, prefect_server: dict[str, str]
) -> Project:
    """A project with a good run in place."""
    folder = tmp_path / "published"
    shutil.copytree(first_run[0].folder, folder)
    return Project(folder, prefect_server)


def told(done: Done) -> str:
    """Return what was told of a failure; there must be no traceback."""
    assert "Traceback" not in done.err
    return done.err.partition("rawan: ")[2]


def test_a_wrong_key_is_told_with_the_nearest_and_all_mistakes_at_once(published: Project) -> None:
    before = published.published()
    text = published.config.read_text(encoding="utf-8")
    published.config.write_text(
        text.replace("cutoff =", "cutof =").replace("draws = 500", "draws = 1")
    )
    done = published.rawan("run")
    assert done.code == 2
    assert 'Did you mean "cutoff"?' in told(done)
    assert "uncertainty.draws" in told(done)
    assert published.published() == before


def test_an_empty_inbox_without_a_record_is_told(project: Project) -> None:
    text = project.config.read_text(encoding="utf-8")
    project.config.write_text(text.replace("[inputs]", "[inputs]\nuse_public_record = false"))
    done = project.rawan("ingest")
    assert done.code == 1
    assert "the inbox holds no file that can be read" in told(done)


def test_a_bad_file_is_rejected_with_its_reason_and_the_run_goes_on_and_tells_of_it(
    published: Project, run_in_process: Callable[[Path], object]
) -> None:
    before = published.published()
    (published.inbox / "insiden.csv").write_text("tanggal,jennis\n2024-01-01,bentrok_warga\n")
    (published.inbox / "insiden-baik.csv").write_text(
        "tanggal,jenis,kode_desa\n2024-06-01,bentrok_warga,18.01.04.2001\n"
    )
    run_in_process(published.config)
    rejected = published.inbox / "rejected"
    reason = (rejected / "insiden.csv.reason.txt").read_text(encoding="utf-8")
    assert 'inbox/insiden.csv: column "jennis" is not in the mapping' in reason
    assert 'Did you mean "jenis"?' in reason
    assert (rejected / "insiden.csv").exists()
    assert (published.inbox / "done" / "insiden-baik.csv").exists()
    page = (published.out / "latest" / "index.html").read_text(encoding="utf-8")
    assert "1 berkas ditolak dan tidak dipakai" in page
    facts = json.loads((published.kept / "facts.json").read_text(encoding="utf-8"))
    named = [w["sensitivity"] for w in facts["warnings"] if "insiden.csv" in w["id"]]
    assert named == ["internal"]
    assert published.published() != before
    # Mended and put back, it counts, and is told of no longer.
    mended = (rejected / "insiden.csv").read_text(encoding="utf-8").replace("jennis", "jenis")
    (published.inbox / "insiden.csv").write_text(mended, encoding="utf-8")
    (rejected / "insiden.csv").unlink()
    run_in_process(published.config)
    page = (published.out / "latest" / "index.html").read_text(encoding="utf-8")
    assert "berkas ditolak" not in page


def test_a_missing_reference_file_is_told(published: Project) -> None:
    before = published.published()
    (published.folder / "data/reference/geography.csv").unlink()
    done = published.rawan("run")
    assert done.code == 1
    assert "geography.csv: this reference table is missing" in told(done)
    assert published.published() == before


def test_a_missing_configuration_or_file_is_told(project: Project) -> None:
    missing = Project(project.folder / "nowhere")
    assert missing.rawan("run").code == 2
    done = project.rawan("check", str(project.folder / "nothing.csv"))
    assert done.code == 1
    assert "there is no such file" in told(done)


def test_wrong_usage_exits_2(project: Project) -> None:
    for arguments in (["run", "--nope"], ["bogus"], ["explain"], ["run", "--lang", "xx"]):
        done = project.rawan(*arguments)
        assert done.code == 2, arguments
        told(done)


def test_a_hard_gate_stops_with_3_and_leaves_the_last_run(published: Project) -> None:
    before = published.published()
    villages = published.folder / "data/reference/villages.csv"
    lines = villages.read_text(encoding="utf-8").splitlines(keepends=True)
    villages.write_text("".join(lines[:-1]), encoding="utf-8")
    done = published.rawan("run")
    assert done.code == 3
    assert "there are 260 villages (observed 259)" in told(done)
    assert published.published() == before
    assert (published.folder / "var" / "gates-stopped.html").exists()


def test_a_soft_gate_warns_in_the_run_and_on_the_page(first_run: tuple[Project, Done]) -> None:
    project, done = first_run
    assert (
        "warning: marts.ranking (shares): at most 50% of the villages are blind spots" in done.err
    )
    page = (project.out / "latest" / "index.html").read_text(encoding="utf-8")
    assert "paling banyak 50% desa merupakan titik buta" in page


HOLDER = """
import sys, pathlib
from rawan.settings import load_settings
from rawan.warehouse import open_warehouse
with open_warehouse(load_settings(pathlib.Path(sys.argv[1])), is_read_only=READ_ONLY) as warehouse:
    print(warehouse.value("SELECT count(*) FROM raw.incidents"), flush=True)
    sys.stdin.read()
"""


@contextmanager
def holder(project: Project, is_read_only: bool) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """Hold the warehouse open in another process; give what it read."""
    with subprocess.Popen(
        [
            sys.executable,
            "-c",
            HOLDER.replace("READ_ONLY", str(is_read_only)),
            str(project.config),
        ],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        try:
            yield process, process.stdout.readline().strip()
        finally:
            process.communicate(input="")


def test_a_second_writer_waits_and_leaves_with_a_sentence_that_names_the_holder(
    published: Project,
) -> None:
    before = published.published()
    published.environment = {**published.environment, "RAWAN_WAREHOUSE__WAIT_SECONDS": "1"}
    with holder(published, is_read_only=False) as (process, _):
        done = published.rawan("ingest")
    assert done.code == 1
    assert f"the warehouse is in use by another run (process {process.pid}); waiting" in done.err
    assert told(done).endswith(
        f"in use by another run (process {process.pid}). Wait until it ends, then try again.\n"
    )
    assert published.published() == before


def test_two_read_at_once_while_a_writer_is_turned_away(published: Project) -> None:
    settings = load_settings(published.config)
    held = settings.warehouse.model_copy(update={"wait_seconds": 0})
    settings = settings.model_copy(update={"warehouse": held})
    with (
        holder(published, is_read_only=True) as (_, first),
        holder(published, is_read_only=True) as (_, second),
    ):
        assert first == second
        assert int(first) > 0
        with open_warehouse(settings, is_read_only=True) as warehouse:
            assert str(warehouse.value("SELECT count(*) FROM raw.incidents")) == first
        with pytest.raises(RawanError, match="in use by another run"), open_warehouse(settings):
            pass


def test_a_killed_run_leaves_the_last_one_and_the_next_succeeds(
    published: Project, run_in_process: Callable[[Path], object]
) -> None:
    before = published.published()
    (published.inbox / "insiden.csv").write_text(
        "tanggal,jenis,kode_desa\n2024-06-01,bentrok_warga,18.01.04.2001\n"
    )
    running = subprocess.Popen(
        [sys.executable, "-m", "rawan", "run", "--config", str(published.config)],
        cwd=ROOT,
        env={**os.environ, **published.environment},
        stderr=subprocess.PIPE,
        text=True,
    )
    assert running.stderr is not None
    for line in running.stderr:
        if "ingest the inbox" in line:
            break
    running.send_signal(signal.SIGKILL)
    running.wait()
    running.stderr.close()
    assert published.published() == before
    run_in_process(published.config)
    assert published.published() != before


def test_ctrl_c_leaves_the_last_run_and_says_so(published: Project) -> None:
    before = published.published()
    running = subprocess.Popen(
        [sys.executable, "-m", "rawan", "run", "--config", str(published.config)],
        cwd=ROOT,
        env={**os.environ, **published.environment},
        stderr=subprocess.PIPE,
        text=True,
    )
    assert running.stderr is not None
    lines = []
    for line in running.stderr:
        lines.append(line)
        if "load the reference tables" in line:
            break
    running.send_signal(signal.SIGINT)
    rest = running.stderr.read()
    running.stderr.close()
    assert running.wait(timeout=60) == 130, rest
    assert "Interrupted" in rest
    assert published.published() == before


@pytest.mark.parametrize(("folder", "size"), [("out", "600k"), ("var", "400k")])
def test_a_full_disk_is_told_and_leaves_the_last_run(
    published: Project, folder: str, size: str
) -> None:
    """A file system of half a megabyte stands in for the disk of the lists or the warehouse."""
    can_mount = subprocess.run(
        ["unshare", "-rm", "sh", "-c", "mount -t tmpfs -o size=1m none /mnt"], capture_output=True
    )
    if can_mount.returncode:
        pytest.skip("this system lets nobody mount a small file system")
    before = published.published()
    small = published.folder / "small"
    small.mkdir()
    text = published.config.read_text(encoding="utf-8")
    if folder == "out":
        text = text.replace('folder = "out"', 'folder = "small"')
    else:
        text += '\n[warehouse]\npath = "small/rawan.duckdb"\n'
    published.config.write_text(text, encoding="utf-8")
    script = (
        f"mount -t tmpfs -o size={size} none '{small}' && "
        f"'{sys.executable}' -m rawan run --config '{published.config}'; "
        f"code=$?; ls -A '{small}'; exit $code"
    )
    done = subprocess.run(
        ["unshare", "-rm", "sh", "-c", script],
        cwd=ROOT,
        env={**os.environ, **published.environment},
        capture_output=True,
        text=True,
        timeout=240,
    )
    assert done.returncode == 1, done.stderr
    assert "the disk is full" in done.stderr
    assert "Traceback" not in done.stderr
    if folder == "out":
        assert done.stdout.strip() == ""
    assert published.published() == before


def test_a_published_file_that_was_changed_is_noticed_by_the_same_run(
    published: Project, run_in_process: Callable[[Path], object]
) -> None:
    run_in_process(published.config)
    run_id = next(p.name for p in published.out.iterdir() if p.name.startswith("2024"))
    page = published.out / run_id / "ranking.csv"
    page.write_bytes(page.read_bytes().replace(b"Natar", b"Nator", 1))
    with pytest.raises(RawanError, match=r"came out differently now \(ranking.csv\)"):
        run_in_process(published.config)


def test_a_check_that_raises_is_not_a_check_that_fails(
    published: Project, run_in_process: Callable[[Path], object], monkeypatch: pytest.MonkeyPatch
) -> None:
    from rawan.errors import CheckRaised
    from rawan.gates import suites
    from rawan.gates.checks import Suite

    broken = Suite("reference.villages", "FROM reference.villages").soft(
        "ExpectColumnValuesToNotBeNull", "-", "-", column="no_such_column"
    )
    monkeypatch.setitem(suites.FLOORS, "raw", lambda *_: [broken])
    with pytest.raises(CheckRaised, match="could not be carried out"):
        run_in_process(published.config)
    assert issubclass(CheckRaised, GateStopped)


def test_debug_shows_the_traceback(project: Project) -> None:
    project.config.write_text("nonsense = 1")
    done = project.rawan("--debug", "run")
    assert "Traceback" in done.err


def test_the_network_is_not_needed(published: Project) -> None:
    """Only loopback is up: Prefect's temporary server lives there."""
    if shutil.which("unshare") is None or os.name != "posix":
        pytest.skip("needs network namespaces")
    command = f"ip link set lo up && '{sys.executable}' -m rawan run --config '{published.config}'"
    started = time.monotonic()
    done = subprocess.run(
        ["unshare", "-rn", "sh", "-c", command],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=240,
    )
    if "Operation not permitted" in done.stderr:
        pytest.skip("this system lets nobody make network namespaces")
    assert done.returncode == 0, done.stderr
    assert time.monotonic() - started < 200
