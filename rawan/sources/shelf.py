"""Where a file of the inbox goes: to done/ once it came in, to rejected/ with its reason.

A file is moved only after the warehouse has it for good: a crash in between leaves it in
the inbox, where it is known by its content and only moved.
"""

import os
from pathlib import Path

from rawan.errors import TemporaryError
from rawan.provenance import file_hash
from rawan.review.visible import visible
from rawan.settings import Inputs

DONE, REJECTED = "done", "rejected"
FOLDERS = (DONE, REJECTED)
SIDECAR = ".meta.toml"
REASON = ".reason.txt"
LONGEST_NAME = 200  # bytes; a hash and an ending may be added, and a name has 255 at most


def keep(inputs: Inputs, path: Path) -> None:
    """Move a file that came in to done/, or delete it where the configuration says so."""
    sidecar = path.with_name(path.name + SIDECAR)
    if inputs.after_ingest == "delete":
        for file in (path, sidecar):
            file.unlink(missing_ok=True)
        return
    target = _free(inputs.inbox / DONE / path.relative_to(inputs.inbox), path)
    _move(path, target)
    if os.path.isfile(sidecar):  # also says no where its name would be too long
        _move(sidecar, target.with_name(target.name + SIDECAR))


def reject(inputs: Inputs, name: str, reason: str) -> None:
    """Move a file of the inbox to rejected/, with the reason in a text file beside it."""
    path = inputs.inbox / name.split("/", 1)[1]
    if not os.path.lexists(path):
        return
    target = inputs.inbox / REJECTED / path.relative_to(inputs.inbox)
    target = _free(target.with_name(_cut(target.name)), path)
    target.parent.mkdir(parents=True, exist_ok=True)
    # The reason comes first: a crash in between leaves a reason too many, never one too few.
    target.with_name(target.name + REASON).write_text(
        f"{reason}\nMend the file and put it back into the inbox.\n", encoding="utf-8"
    )
    _move(path, target)
    sidecar = path.with_name(path.name + SIDECAR)
    if os.path.isfile(sidecar):  # also says no where its name would be too long
        _move(sidecar, target.with_name(target.name + SIDECAR))


def rejected(inputs: Inputs) -> list[str]:
    """Return the names of the files that lie in rejected/ and wait to be mended."""
    folder = inputs.inbox / REJECTED
    return sorted(
        visible(path.relative_to(folder).as_posix())
        for path in folder.rglob("*")
        if path.is_file() and not path.name.endswith((REASON, SIDECAR))
    )


def _cut(name: str) -> str:
    """Return a name short enough to stand with an ending of ours, its own ending kept."""
    whole = os.fsencode(name)
    if len(whole) <= LONGEST_NAME:
        return name
    end = os.fsencode(Path(name).suffix)[-20:]
    return os.fsdecode(whole[: LONGEST_NAME - len(end)] + end)


def _free(target: Path, path: Path) -> Path:
    """Return a place for a file: its own name or, where another content lies there, with its hash.

    The same content may take its own place again.
    """
    if not os.path.lexists(target):
        return target
    if target.is_symlink() or path.is_symlink() or not path.is_file() or not target.is_file():
        number = 2
        while os.path.lexists(other := target.with_name(f"{target.stem}-{number}{target.suffix}")):
            number += 1
        return other
    if file_hash(target) == (digest := file_hash(path)):
        return target
    return target.with_name(f"{target.stem}-{digest[:8]}{target.suffix}")


def _move(path: Path, target: Path) -> None:
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        os.replace(path, target)
    except OSError as error:
        raise TemporaryError(
            f"{path}: cannot be moved to {target.parent} ({error.strerror}). It came in all the "
            "same; the next run moves it."
        ) from error
