"""Text and JSON as files of a run, and the copy of a run for people.

The same bytes on every system, on the disk when the writing returns.
"""

import json
import os
import shutil
from pathlib import Path
from typing import Any

from rawan.errors import TemporaryError
from rawan.publishing.runs import BUILDING


def write_text(path: Path, content: str) -> None:
    """Write a text; a power cut after it returns leaves it whole."""
    with path.open("w", encoding="utf-8", newline="\n") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())


def write_json(path: Path, content: Any) -> None:
    """Write a value as JSON that people can read too; days stand as ISO 8601."""
    write_text(path, json.dumps(content, indent=2, ensure_ascii=False, default=str) + "\n")


def copy_to_latest(source: Path) -> None:
    """Make `latest/`, beside a published folder, a copy of it.

    Raises
    ------
    TemporaryError
        If a program holds one of the old copy's files open, as Windows lets it.
    """
    parent = source.parent
    latest, new, old = parent / "latest", parent / f"{BUILDING}latest", parent / f"{BUILDING}old"
    shutil.copytree(source, new)
    try:
        if latest.exists():
            latest.replace(old)
        new.replace(latest)
    except PermissionError as error:
        raise TemporaryError(
            f"{latest}: cannot be replaced while a program holds one of its files open. Close it, "
            f"then try again. What was made is complete: {source}"
        ) from error
    shutil.rmtree(old, ignore_errors=True)
