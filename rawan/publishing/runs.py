"""The runs that are published: which is the latest, and which came before."""

import json
from datetime import date
from pathlib import Path

from rawan.errors import RawanError
from rawan.settings import Settings

MANIFEST = "manifest.json"


def latest_run(out: Path) -> Path:
    """Return the folder of the newest complete run.

    Raises
    ------
    RawanError
        If nothing was published yet.
    """
    pointer = out / "latest.json"
    try:
        run_id = json.loads(pointer.read_text(encoding="utf-8"))["run_id"]
    except FileNotFoundError:
        raise RawanError(f"{out}: nothing was published yet. Run first: rawan run") from None
    except (json.JSONDecodeError, KeyError, TypeError):
        raise RawanError(f"{pointer}: cannot be read. Make it anew with: rawan run") from None
    folder = out / str(run_id)
    if not (folder / MANIFEST).is_file():
        raise RawanError(f"{folder}: the latest run is gone. Make it anew with: rawan run")
    return folder


def previous_run(out: Path, settings: Settings) -> Path | None:
    """Return the last published run of this region at an earlier cutoff, if there is one."""
    found = []
    for file in sorted(out.glob(f"*/{MANIFEST}")):
        if file.parent.name == "latest":
            continue
        content = json.loads(file.read_text(encoding="utf-8"))
        if (
            content["region"] == settings.region.name
            and date.fromisoformat(content["cutoff"]) < settings.calendar.cutoff
        ):
            found.append((content["cutoff"], content["created_at"], file.parent))
    return max(found)[2] if found else None
