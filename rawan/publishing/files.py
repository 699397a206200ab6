"""Text and JSON as files of a run: the same bytes on every system, on the disk when it returns."""

import json
import os
from pathlib import Path
from typing import Any


def write_text(path: Path, content: str) -> None:
    """Write a text; a power cut after it returns leaves it whole."""
    with path.open("w", encoding="utf-8", newline="\n") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())


def write_json(path: Path, content: Any) -> None:
    """Write a value as JSON that people can read too; days stand as ISO 8601."""
    write_text(path, json.dumps(content, indent=2, ensure_ascii=False, default=str) + "\n")
