"""Can this machine run the job? One finding a thing that may be wrong, with the way out."""

import importlib.metadata
import os
import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from rawan.errors import RawanError
from rawan.settings import Settings, load_settings

_LEAST_FREE_MB = 500


@dataclass(frozen=True)
class Examined:
    """One thing looked at: whether it is well, and what was seen or has to be done."""

    what: str
    is_well: bool
    detail: str


def examine(config: Path) -> list[Examined]:
    """Look at Python, packages, configuration, reference files, disk and warehouse."""
    findings = [_python(), _packages()]
    try:
        settings = load_settings(config)
    except RawanError as error:
        return [*findings, Examined("configuration", False, str(error))]
    findings.append(Examined("configuration", True, str(config)))
    checks: dict[str, Callable[[Settings], str]] = {
        "reference tables": _reference,
        "inbox": _inbox,
        "encryption": _encryption,
        "disk": _disk,
        "warehouse": _warehouse,
    }
    return findings + [_examined(what, look, settings) for what, look in checks.items()]


def _examined(what: str, look: Callable[[Settings], str], settings: Settings) -> Examined:
    try:
        return Examined(what, True, look(settings))
    except RawanError as error:
        return Examined(what, False, str(error))
    except OSError as error:
        return Examined(what, False, f"{error.filename or ''}: {error.strerror}")


def _python() -> Examined:
    version = sys.version.split()[0]
    is_well = (3, 11) <= sys.version_info[:2] < (3, 14)
    return Examined("Python", is_well, version if is_well else f"{version}; 3.11 to 3.13 is needed")


def _packages() -> Examined:
    names = ("duckdb", "polars", "prefect", "scikit-learn", "great-expectations")
    try:
        seen = ", ".join(f"{name} {importlib.metadata.version(name)}" for name in names)
    except importlib.metadata.PackageNotFoundError as error:
        return Examined("packages", False, f"{error.name} is missing. Set up with: uv sync")
    return Examined("packages", True, seen)


def _reference(settings: Settings) -> str:
    from rawan.preparation import load_region
    from rawan.warehouse import open_warehouse

    with open_warehouse(settings, ":memory:") as warehouse:
        _, changed = load_region(warehouse, settings)
        villages = warehouse.value("SELECT count(*) FROM reference.villages")
    if changed:
        raise RawanError("; ".join(changed))
    return f"{villages} villages; every file is the one that its sidecar describes"


def _inbox(settings: Settings) -> str:
    from rawan.sources.inbox import find_files
    from rawan.sources.mapping import load_mappings

    files, refused = find_files(settings.inputs)
    load_mappings(settings.inputs.mappings)
    return f"{len(files)} files to read, {len(refused)} that will be refused"


def _encryption(settings: Settings) -> str:
    from rawan.warehouse import encryption_extension

    encryption_extension()
    if os.environ.get("RAWAN_KEY"):
        return "key from RAWAN_KEY; keep a copy of it elsewhere: without it nothing opens"
    file = settings.warehouse.key_file
    if not file.exists():
        return f"key file {file} (made at the first run); keep a copy of it elsewhere then"
    return (
        f"key file {file}. To back up: copy this file and {settings.warehouse.path}, each to a "
        "place of its own, while no run is under way; one is of no use without the other"
    )


def _disk(settings: Settings) -> str:
    for folder in (settings.output.folder, settings.warehouse.path.parent):
        folder.mkdir(parents=True, exist_ok=True)
        if not os.access(folder, os.W_OK):
            raise RawanError(f"{folder}: may not be written.")
    free = shutil.disk_usage(settings.output.folder).free // 2**20
    if free < _LEAST_FREE_MB:
        raise RawanError(f"only {free} MB are free; {_LEAST_FREE_MB} MB are needed")
    return f"{free} MB free"


def _warehouse(settings: Settings) -> str:
    from rawan.warehouse import open_warehouse

    if not settings.warehouse.path.exists():
        return "made at the first run"
    with open_warehouse(settings, is_read_only=True) as warehouse:
        rows = warehouse.value("SELECT coalesce(sum(rows), 0)::BIGINT FROM raw.sheets")
    return f"opens; {rows} rows came in so far"
