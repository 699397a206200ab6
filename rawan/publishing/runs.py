"""The runs that are there: the complete ones, and the issues of them that were published."""

import json
import re
from datetime import date
from pathlib import Path
from typing import Any

from rawan.errors import RawanError, did_you_mean
from rawan.settings import Audience, Settings

MANIFEST = "manifest.json"
LATEST = "latest.json"
REMOVED = "removed.json"
"""Says in a run's folder that its files were given up, when and why."""
AUDITS = "audits"
"""Where reckonings lie, within the folder of complete runs."""
BUILDING = ".building-"
"""What the name of a folder begins with that is being written."""
_RUN = re.compile(r"\d{8}-[0-9a-f]{12}")


def latest_run(private: Path) -> Path:
    """Return the folder of the newest complete run.

    Raises
    ------
    RawanError
        If there is none yet.
    """
    pointer = private / LATEST
    try:
        run_id = json.loads(pointer.read_text(encoding="utf-8"))["run_id"]
    except FileNotFoundError:
        raise RawanError(f"{private}: nothing was published yet. Run first: rawan run") from None
    except (json.JSONDecodeError, KeyError, TypeError):
        raise RawanError(f"{pointer}: cannot be read. Make it anew with: rawan run") from None
    folder = private / str(run_id)
    if not (folder / MANIFEST).is_file():
        raise RawanError(f"{folder}: the latest run is gone. Make it anew with: rawan run")
    return folder


def complete_run(private: Path, run_id: str) -> Path:
    """Return the folder of a complete run; "latest" is the newest, a unique beginning is enough.

    Raises
    ------
    RawanError
        If there is no such run, or several begin like this.
    """
    if run_id == "latest":
        return latest_run(private)
    known = [folder.name for folder in complete_runs(private)]
    found = [name for name in known if name == run_id] or [
        name for name in known if run_id and name.startswith(run_id)
    ]
    if len(found) == 1:
        return private / found[0]
    if found:
        raise RawanError(f'"{run_id}": several runs begin like this: {", ".join(found[:5])}.')
    raise RawanError(f'"{run_id}" is no run of {private}.{did_you_mean(run_id, known)}')


def complete_runs(private: Path) -> list[Path]:
    """Return the folders of all complete runs, by name."""
    return [
        file.parent
        for file in sorted(private.glob(f"*/{MANIFEST}"))
        if _RUN.fullmatch(file.parent.name)
    ]


def folder_of(settings: Settings, audience: Audience) -> Path:
    """Return where an audience's editions lie: a folder holds those of one audience alone."""
    out = settings.output.folder
    return out if audience == settings.output.audience else out.with_name(f"{out.name}-{audience}")


def issues_of(out: Path, run_id: str) -> list[Path]:
    """Return the issues of a run that were published in a folder, first to newest."""
    numbered = {}
    for folder in out.glob(f"{run_id}*"):
        number = folder.name.removeprefix(run_id)
        if (folder / MANIFEST).is_file() and re.fullmatch(r"(\.\d+)?", number):
            numbered[int(number[1:] or 1)] = folder
    return [numbered[number] for number in sorted(numbered)]


def read_manifest(run: Path) -> dict[str, Any]:
    """Return the manifest of a run or an issue.

    Raises
    ------
    RawanError
        If it cannot be read.
    """
    path = run / MANIFEST
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise RawanError(f"{path}: cannot be read ({type(error).__name__}).") from error
    if not isinstance(content, dict):
        raise RawanError(f"{path}: is no manifest.")
    return content


def earlier_runs(private: Path, settings: Settings) -> list[Path]:
    """Return the complete runs of this region at earlier cutoffs, oldest first.

    Of several at one cutoff the one that was made last.
    """
    newest: dict[str, tuple[str, Path]] = {}
    for folder in complete_runs(private):
        content = read_manifest(folder)
        cutoff, made = content["cutoff"], content["created_at"]
        if content["region"] != settings.region.name:
            continue
        if date.fromisoformat(cutoff) < settings.calendar.cutoff:
            newest[cutoff] = max(newest.get(cutoff, ("", folder)), (made, folder))
    return [newest[cutoff][1] for cutoff in sorted(newest)]
