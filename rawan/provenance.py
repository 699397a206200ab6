"""Where a file comes from: its hash, and the sidecar that describes it."""

import hashlib
import tomllib
from datetime import date
from pathlib import Path
from typing import Any

from rawan.errors import RawanError


def file_hash(path: Path) -> str:
    """Return the SHA-256 of a file's bytes, in hexadecimal."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def sidecar(path: Path) -> dict[str, Any]:
    """Return the sidecar of a data file (who, where from, when), or {} where it has none."""
    file = path.with_name(path.name + ".meta.toml")
    if not file.is_file():
        return {}
    try:
        content = tomllib.loads(file.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise RawanError(f"{file}: is not valid TOML: {error}.") from None
    if not isinstance(content.get("obtained_on", date.min), date):
        raise RawanError(f"{file}: obtained_on must be a date.")
    return content
