"""What the journeys share: the project's own command, run as a user would run it."""

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

import pytest

ROOT = Path(__file__).resolve().parents[2]


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

    def rawan(self, *arguments: str) -> Done:
        done = subprocess.run(
            [sys.executable, "-m", "rawan", *arguments, "--config", str(self.config)],
            cwd=ROOT,
            env={**os.environ, **self.environment},
            capture_output=True,
            text=True,
            timeout=240,
        )
        return Done(done.returncode, done.stdout, done.stderr)

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

    def run(config: Path) -> object:
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
            return pipeline.run.fn(config, None, Progress(quiet=True))

    return run
