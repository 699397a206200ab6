"""What the journeys share: the project's own command, run as a user would run it."""

import contextlib
import io
import json
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from rawan.cli import main
from rawan.settings import load_settings
from rawan.warehouse import open_warehouse
from tests.conftest import write_bench

ROOT = Path(__file__).resolve().parents[2]


# The days of the tests stay where they are while the clock goes on.
KEEPS_LONG = "\n[reports]\nretention_days = 36500\n"


@dataclass(frozen=True)
class Done:
    code: int
    out: str
    err: str


class Project:
    """A copy of the record and the configuration in a folder of its own."""

    def __init__(self, folder: Path, environment: dict[str, str] | None = None) -> None:
        self.folder = folder
        self.environment = environment or {}
        self.config = folder / "rawan.toml"
        self.out = folder / "out"
        self.inbox = folder / "inbox"

    def rawan(self, *arguments: str, patience: int = 240) -> Done:
        """Run a command; `patience` is how many seconds a busy machine may take."""
        done = subprocess.run(
            [sys.executable, "-m", "rawan", *arguments, "--config", str(self.config)],
            cwd=ROOT,
            env={**os.environ, **self.environment},
            capture_output=True,
            text=True,
            timeout=patience,
        )
        return Done(done.returncode, done.stdout, done.stderr)

    def here(self, *arguments: str, typed: str = "", **environment: str) -> Done:
        """Run a command as `rawan` does, in this process: the same words in, the same words out.

        `typed` is what a person types; `environment` holds variables of this command alone.
        """
        out, err = io.StringIO(), io.StringIO()
        with pytest.MonkeyPatch.context() as patch:
            for name, value in {"RAWAN_USER": "Penguji", **self.environment, **environment}.items():
                patch.setenv(name, value)
            patch.setattr(sys, "argv", ["rawan", *arguments, "--config", str(self.config)])
            patch.setattr(sys, "stdin", io.StringIO(typed))
            with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
                try:
                    main()
                except SystemExit as left:
                    code = left.code
        assert isinstance(code, int | None)
        assert "Traceback" not in err.getvalue()
        assert "should not" not in err.getvalue(), err.getvalue()
        return Done(code or 0, out.getvalue(), err.getvalue())

    def start(self, *arguments: str, **environment: str) -> subprocess.Popen[str]:
        """Start a command in a process of its own, and leave it running."""
        return subprocess.Popen(
            [sys.executable, "-m", "rawan", *arguments, "--config", str(self.config)],
            cwd=ROOT,
            env={**os.environ, **self.environment, **environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def drop(self, name: str, content: str | bytes) -> Path:
        """Put a file into the inbox."""
        path = self.inbox / name
        path.write_bytes(content.encode("utf-8") if isinstance(content, str) else content)
        return path

    def ask(self, sql: str) -> list[tuple[Any, ...]]:
        """Return rows of the warehouse."""
        with open_warehouse(load_settings(self.config), is_read_only=True) as warehouse:
            return warehouse.rows(sql)

    def tables_that_hold(self, text: str) -> dict[str, list[str]]:
        """Return the rows of the kept and the staging tables that hold a text, by table."""
        found = {}
        with open_warehouse(load_settings(self.config), is_read_only=True) as warehouse:
            tables = warehouse.rows(
                "SELECT schema_name || '.' || table_name FROM duckdb_tables()"
                " WHERE database_name = 'warehouse' AND schema_name IN ('raw', 'staging')"
            )
            assert len(tables) > 20
            for (table,) in tables:
                rows = warehouse.rows(
                    f"SELECT t::VARCHAR FROM {table} AS t"
                    " WHERE contains(lower(t::VARCHAR), lower(?))",
                    [text],
                )
                if rows:
                    found[table] = [row for (row,) in rows]
        return found

    def copied(self, folder: Path) -> "Project":
        """Return a copy of the whole project, its warehouse included."""
        shutil.copytree(self.folder, folder)
        return Project(folder, self.environment)

    @property
    def kept(self) -> Path:
        """The newest complete run, which is for the owner of the machine alone."""
        private = self.folder / "private"
        latest = json.loads((private / "latest.json").read_text(encoding="utf-8"))
        return private / str(latest["run_id"])

    def published(self) -> dict[str, bytes]:
        """Return every published file but the manifest, which holds the time."""
        return {
            path.relative_to(self.out).as_posix(): path.read_bytes()
            for path in sorted(self.out.rglob("*"))
            if path.is_file()
        }


def _make(folder: Path) -> Project:
    shutil.copytree(ROOT / "data" / "reference", folder / "data" / "reference")
    shutil.copy(ROOT / "rawan.toml", folder / "rawan.toml")
    (folder / "inbox").mkdir()
    return Project(folder)


def invented(folder: Path) -> Project:
    """Make a project of the invented region, with mappings of its own and an empty inbox."""
    bench = write_bench(folder)
    shutil.copytree(ROOT / "data" / "mappings", folder / "mappings")
    text = bench.config.read_text(encoding="utf-8")
    text = text.replace("[inputs]", '[inputs]\nmappings = "mappings"') + KEEPS_LONG
    bench.config.write_text(text, encoding="utf-8")
    return Project(folder)


@pytest.fixture
def village_project(tmp_path: Path) -> Project:
    return invented(tmp_path / "region")


@pytest.fixture
def shipped(tmp_path: Path) -> Project:
    """The record that ships, for commands that need no Prefect."""
    return _make(tmp_path)


@pytest.fixture
def project(tmp_path: Path, prefect_server: dict[str, str]) -> Project:
    made = _make(tmp_path)
    made.environment = prefect_server
    return made


@pytest.fixture(scope="session")
def first_run(tmp_path_factory: pytest.TempPathFactory) -> tuple[Project, Done]:
    """The main job, run once on the record that ships; tests only read it."""
    project = _make(tmp_path_factory.mktemp("first_run"))
    return project, project.rawan("run", "--json")


@pytest.fixture(scope="session")
def prefect_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """A Prefect server that runs already, as on a machine with a schedule: no start to wait for."""
    home = tmp_path_factory.mktemp("prefect")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = {
        "PREFECT_HOME": str(home),
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "PREFECT_API_URL": f"http://127.0.0.1:{port}/api",
    }
    address = ["--host", "127.0.0.1", "--port", str(port)]
    server = subprocess.Popen(
        [sys.executable, "-m", "prefect", "server", "start", "--no-services", *address],
        env={**os.environ, **environment},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        _wait_for(f"http://127.0.0.1:{port}/api/health", server)
        yield environment
    finally:
        server.terminate()
        server.wait(timeout=30)


def _wait_for(address: str, server: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + 120
    while time.monotonic() < until:
        assert server.poll() is None, "the Prefect server stopped"
        try:
            with urllib.request.urlopen(address, timeout=2):  # noqa: S310 - loopback
                return
        except OSError:
            time.sleep(0.3)
    raise TimeoutError(address)


@pytest.fixture
def run_in_process() -> Callable[..., object]:
    """The main job without Prefect's start, for tests that need many runs."""
    from flows import pipeline, steps
    from rawan.progress import Progress

    def run(config: Path, *audiences: str) -> object:
        undecorated = {
            name: getattr(step, "fn", step)
            for name, step in vars(steps).items()
            if hasattr(step, "fn")
        }
        with pytest.MonkeyPatch.context() as patch:
            for name, function in undecorated.items():
                patch.setattr(steps, name, function)
            patch.setattr(steps, "create_table_artifact", lambda **_: None)
            patch.setattr(steps, "create_markdown_artifact", lambda **_: None)
            return pipeline.run.fn(config, None, Progress(quiet=True), audiences)

    return run
