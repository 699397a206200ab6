"""A kill at any moment of ingest loses nothing and repeats nothing.

A process ingests an inbox of several kinds of files, and is killed (SIGKILL) at a random
moment; then the next one goes on where it was, and so on until one ends by itself. Then all
that came in, and all that lies in the inbox, must be exactly that of a run without a kill.
As a run that was killed leaves less to do for the next, the inbox is full and the warehouse
empty again each time that one has ended, until the kills are as many as wanted.

Moments are drawn in two ways, in turn: over the whole time that the process has left to
work, and between two of the marks that it sets on its way (a batch was read, a file was
stored for good), so that the short parts of the way are met as often as the long ones:
opening, inserting, committing, and moving at the end, after the last mark.
"""

import os
import random
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import polars as pl
import pytest
import xlsxwriter

from rawan.settings import load_settings
from rawan.sources.contract import contract
from rawan.warehouse import open_warehouse
from tests.journeys.conftest import ROOT

pytestmark = pytest.mark.skipif(os.name != "posix", reason="SIGKILL")

SEED = 20241127
LARGE = 30_000
DAY = "obtained_on = 2024-10-01\n"

CONFIG = """
[inputs]
inbox = "inbox"
use_public_record = false

[warehouse]
path = "var/rawan.duckdb"
key_file = "var/warehouse.key"
wait_seconds = 10
"""

# It imports, says so, and waits to be told to begin: no kill is wasted on the imports.
WORKER = """
import os, sys
from pathlib import Path
from rawan.settings import load_settings
from rawan.sources.inbox import ingest
from rawan.warehouse import open_warehouse
# What they import at their first use; DuckDB looks for pandas when it is given a parameter.
import pandas, python_calamine, rawan.sources.mapping_files, rawan.sources.selecting

print("ready", flush=True)
settings = load_settings(Path(sys.stdin.readline().strip()))
with open_warehouse(settings) as warehouse:
    ingest(warehouse, settings, lambda line: print(line, flush=True))
    print("moved", flush=True)
# At once: a kill that hits, hits the work and not what Python does at its end.
os._exit(0)
"""


def fill(inbox: Path) -> None:
    """Write files of several kinds and formats, in folders, with sidecars, and a bad one."""
    inbox.mkdir(parents=True)
    (inbox / "polsek").mkdir()
    incidents = ["nomor", "tanggal", "jenis", "desa", "kecamatan", "uraian"]

    def incident(n: int) -> list[str]:
        day = f"20{10 + n % 14}-{1 + n % 12:02}-{1 + n % 28:02}"
        return [f"I-{n}", day, "bentrok_warga", f"Desa {n % 260}", f"Kec {n % 17}", f"uraian {n}"]

    def csv(name: str, header: list[str], rows: Iterator[list[str]]) -> None:
        lines = (",".join(cells) for cells in (header, *rows))
        (inbox / name).write_text("\n".join(lines) + "\n", encoding="utf-8")

    csv("insiden-besar.csv", incidents, (incident(n) for n in range(LARGE)))
    csv("polsek/insiden.csv", incidents, (incident(n) for n in range(LARGE, LARGE + 300)))
    csv(
        "penduduk.csv",
        ["tahun", "penduduk", "desa", "kecamatan"],
        (["2023", str(1000 + n), f"Desa {n}", f"Kec {n % 17}"] for n in range(260)),
    )
    csv("insiden-keliru.csv", ["tangal", "jenis"], (["2024-01-01", "x"] for _ in range(200)))
    with (inbox / "laporan.jsonl").open("w", encoding="utf-8") as stream:
        for n in range(400):
            stream.write(
                f'{{"nomor": "R-{n}", "tanggal": "2024-09-0{1 + n % 9}", "isi": "a {n}"}}\n'
            )
        stream.write("{ini bukan JSON\n")
    with xlsxwriter.Workbook(str(inbox / "polsek" / "rekap.xlsx")) as book:
        sheet = book.add_worksheet("Insiden")
        for at, cells in enumerate((incidents, *map(incident, range(50_000, 50_300)))):
            sheet.write_row(at, 0, cells)
        sheet = book.add_worksheet("Nihil")
        for at, cells in enumerate((["tanggal", "satuan"], *([["2024-09", "Polsek X"]] * 200))):
            sheet.write_row(at, 0, cells)
    for path in [path for path in inbox.rglob("*.*") if path.is_file()]:
        path.with_name(f"{path.name}.meta.toml").write_text(DAY, encoding="utf-8")


@dataclass(frozen=True)
class Outcome:
    """All that came in, without the time of loading, and all that lies in the inbox."""

    tables: dict[str, pl.DataFrame]
    files: dict[str, bytes]

    def differences(self, other: "Outcome") -> list[str]:
        found = [name for name in self.tables if not self.tables[name].equals(other.tables[name])]
        names = self.files.keys() | other.files.keys()
        return found + [n for n in sorted(names) if self.files.get(n) != other.files.get(n)]


def outcome(folder: Path) -> Outcome:
    settings = load_settings(folder / "rawan.toml")
    with open_warehouse(settings) as warehouse:
        tables = {
            name: warehouse.frame(f"SELECT {columns} FROM raw.{name} ORDER BY ALL")
            for name, columns in [
                ("files", "* EXCLUDE (loaded_at)"),
                *((name, "*") for name in ("sheets", "damaged", *contract()["kinds"])),
            ]
        }
    left = sorted(path.name for path in settings.warehouse.path.parent.iterdir())
    assert left == ["rawan.duckdb", "warehouse.key"], left
    inbox = settings.inputs.inbox
    files = {
        path.relative_to(inbox).as_posix(): path.read_bytes()
        for path in inbox.rglob("*")
        if path.is_file()
    }
    return Outcome(tables, files)


class Workers:
    """Processes that ingest; the next one imports while the one before is at work."""

    def __init__(self, cache: Path) -> None:
        # Where modules may not be cached beside their source, each start would compile them all.
        self._environment = {**os.environ, "PYTHONPYCACHEPREFIX": str(cache)}
        self._environment.pop("PYTHONDONTWRITEBYTECODE", None)
        self._next = self._start()

    def _start(self) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-c", WORKER],
            cwd=ROOT,
            env=self._environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    @contextmanager
    def begun(self, folder: Path) -> Iterator[subprocess.Popen[str]]:
        """Tell a process that is ready to ingest the inbox of a folder."""
        worker, self._next = self._next, self._start()
        assert worker.stdin is not None
        assert worker.stdout is not None
        with worker:
            assert worker.stdout.readline() == "ready\n"
            worker.stdin.write(f"{folder / 'rawan.toml'}\n")
            worker.stdin.flush()
            yield worker

    def close(self) -> None:
        self._next.kill()
        self._next.communicate()


@pytest.fixture
def workers(tmp_path: Path) -> Iterator[Workers]:
    made = Workers(tmp_path / "modules")
    yield made
    made.close()


@pytest.fixture
def make_folder(tmp_path: Path) -> Callable[[], Path]:
    """Give a project with a full inbox and an empty warehouse, each time the same."""
    full = tmp_path / "full"
    fill(full / "inbox")
    (full / "rawan.toml").write_text(CONFIG, encoding="utf-8")
    with open_warehouse(load_settings(full / "rawan.toml")):
        pass
    numbers = iter(range(10_000))

    def made() -> Path:
        return shutil.copytree(full, tmp_path / f"region-{next(numbers)}")

    return made


def undisturbed(workers: Workers, folder: Path) -> list[float]:
    """Let one process end; return when it set its marks, in seconds, the last at its end."""
    with workers.begun(folder) as worker:
        started = time.monotonic()
        assert worker.stdout is not None
        marks = [time.monotonic() - started for _ in worker.stdout]
        assert worker.stderr is not None
        told = worker.stderr.read()
        assert worker.wait() == 0, told
    return [*marks, time.monotonic() - started]


def killed(
    workers: Workers, folder: Path, chance: random.Random, marks: list[float], between: bool
) -> bool:
    """Kill a process at a random moment; return False if it had ended before."""
    with workers.begun(folder) as worker:
        assert worker.stdout is not None
        if between:
            # What came in already sets no mark again: wait for as many as there may be.
            passed = chance.randrange(len(marks))
            seen = sum(1 for _, _line in zip(range(passed), worker.stdout, strict=False))
            gap = marks[seen] - (marks[seen - 1] if seen else 0.0)
            time.sleep(chance.uniform(0, gap))
        else:
            time.sleep(chance.uniform(0, marks[-1]))
        worker.kill()
        _, told = worker.communicate()
    assert worker.returncode in (0, -9), told
    return worker.returncode == -9


@pytest.mark.timeout(900)  # 45 s for fifty on two idle cores
@pytest.mark.parametrize("kills", [12, pytest.param(50, marks=pytest.mark.slow)])
def test_ingest_killed_at_random_moments_ends_with_the_rows_of_an_undisturbed_run(
    workers: Workers, make_folder: Callable[[], Path], kills: int
) -> None:
    folder = make_folder()
    undisturbed(workers, folder)  # the first one also warms up the disk
    whole = outcome(folder)
    assert whole.tables["incidents"].height == LARGE + 600
    assert [whole.tables[kind].height for kind in ("reports", "demographics", "nil_returns")] == [
        400,
        260,
        200,
    ]
    assert whole.tables["damaged"].height == 1
    assert sorted(name for name in whole.files if not name.startswith("done/")) == [
        "rejected/insiden-keliru.csv",
        "rejected/insiden-keliru.csv.meta.toml",
        "rejected/insiden-keliru.csv.reason.txt",
    ]
    folder = make_folder()
    marks = undisturbed(workers, folder)
    assert outcome(folder).differences(whole) == []

    chance, hits = random.Random(SEED), 0
    while hits < kills:
        folder = make_folder()
        while killed(workers, folder, chance, marks, between=hits % 2 == 1):
            hits += 1
            if hits == kills:
                undisturbed(workers, folder)
                break
        assert outcome(folder).differences(whole) == [], f"after kill {hits}"
        shutil.rmtree(folder)
    assert hits == kills
