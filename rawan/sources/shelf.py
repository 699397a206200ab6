"""Where a file of the inbox goes: to done/ once it came in, to rejected/ with its reason.

A file is moved only after the warehouse has it for good: a crash in between leaves it in
the inbox, where it is known by its content and only moved.
"""

import hashlib
import os
import re
import shutil
from contextlib import suppress
from pathlib import Path

from rawan.errors import RawanError, TemporaryError
from rawan.provenance import file_hash
from rawan.settings import Inputs

DONE, REJECTED = "done", "rejected"
FOLDERS = (DONE, REJECTED)
SIDECAR = ".meta.toml"
REASON = ".reason.txt"

# Most systems allow names of 255 bytes; this leaves room for a hash and for `REASON`.
_LONGEST = 230

# Control characters, those that break a line or turn its direction, and what stands for bytes
# that are no character.
_UNSEEN = re.compile(
    r"[\x00-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff]"
)


def keep(inputs: Inputs, path: Path) -> None:
    """Move a file that came in to done/, or delete it where the configuration says so.

    The sidecar goes first: what it says is in the warehouse, and without it the file is still
    known. Left alone in the inbox it would speak for the next file of the same name.
    """
    sidecar = path.with_name(path.name + SIDECAR)
    if inputs.after_ingest == "delete":
        for file in (sidecar, path):
            if os.path.lexists(file):
                _delete(file)
        return
    target = _free(_folder(inputs, DONE) / path.relative_to(inputs.inbox), path)
    told = "It came in all the same; the next run moves it."
    if os.path.lexists(sidecar):
        _move(sidecar, target.with_name(target.name + SIDECAR), told)
    _move(path, target, told)


def reject(inputs: Inputs, path: Path, reason: str) -> None:
    """Move a file of the inbox to rejected/, with the reason in a text file beside it."""
    target = _free(_folder(inputs, REJECTED) / path.relative_to(inputs.inbox), path)
    told = f"It was rejected: {reason}"
    # The reason comes first: a crash in between leaves a reason too many, never one too few.
    beside = target.with_name(target.name + REASON)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        beside.write_text(
            f"{reason}\nMend the file and put it back into the inbox.\n", encoding="utf-8"
        )
    except OSError as error:
        raise _stuck(path, target, error, told) from error
    sidecar, kept = (file.with_name(file.name + SIDECAR) for file in (path, target))
    is_plain = os.path.isfile(sidecar) and not os.path.islink(sidecar)
    if is_plain:
        # A copy first: whatever a crash leaves undone, `settle` can tell by its content.
        try:
            shutil.copyfile(sidecar, kept)
        except OSError as error:
            raise _stuck(sidecar, kept, error, told) from error
    _move(path, target, told)
    if is_plain:
        with suppress(OSError):  # the next run removes it
            sidecar.unlink()
    elif os.path.lexists(sidecar):
        _move(sidecar, kept, told)


def settle(inputs: Inputs, sidecar: Path) -> None:
    """Remove a sidecar whose file was rejected, where a crash kept it from following.

    It lies beside the rejected file already; left in the inbox it would speak for the next file
    of that name.
    """
    kept = inputs.inbox / REJECTED / sidecar.relative_to(inputs.inbox)
    if os.path.lexists(sidecar.with_name(sidecar.name.removesuffix(SIDECAR))):
        return
    if any(os.path.islink(file) or not os.path.isfile(file) for file in (sidecar, kept)):
        return
    if file_hash(sidecar) == file_hash(kept):
        with suppress(OSError):
            sidecar.unlink()


def rejected(inputs: Inputs) -> list[str]:
    """Return the names of the files that lie in rejected/ and wait to be mended."""
    folder = inputs.inbox / REJECTED
    return sorted(
        shown(path.relative_to(folder))
        for path in folder.rglob("*")
        if (path.is_symlink() or not path.is_dir()) and not path.name.endswith((REASON, SIDECAR))
    )


def shown(path: Path) -> str:
    r"""Return a path as it can be printed and stored: what is no character to be seen is escaped.

    Examples
    --------
    >>> shown(Path("polsek/insiden\n.csv"))
    'polsek/insiden\\n.csv'
    """
    return _UNSEEN.sub(lambda found: ascii(found[0])[1:-1], path.as_posix())


def _folder(inputs: Inputs, name: str) -> Path:
    """Return done/ or rejected/, which must not lead out of the inbox."""
    folder = inputs.inbox / name
    if os.path.lexists(folder) and (folder.is_symlink() or not folder.is_dir()):
        raise RawanError(f"{folder}: is a link or a file. Remove it; the folder is made anew.")
    return folder


def _free(target: Path, path: Path) -> Path:
    """Return a place for a file: its own name or, where another content lies there, with its hash.

    The same content may take its own place again.
    """
    if len(os.fsencode(target.name)) > _LONGEST:
        kept = os.fsencode(target.stem)[: _LONGEST // 2].decode("utf-8", "ignore")
        digest = hashlib.sha256(os.fsencode(target.name)).hexdigest()
        target = target.with_name(f"{kept}-{digest[:8]}{target.suffix[:20]}")
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


def _move(path: Path, target: Path, told: str) -> None:
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        os.replace(path, target)
    except OSError as error:
        raise _stuck(path, target, error, told) from error


def _delete(file: Path) -> None:
    try:
        file.unlink()
    except OSError as error:
        raise TemporaryError(
            f"{file}: cannot be deleted ({error.strerror}). It came in all the same; the next run "
            "deletes it."
        ) from error


def _stuck(path: Path, target: Path, error: OSError, told: str) -> TemporaryError:
    where = f"{shown(path)}: cannot be moved to {shown(target.parent)}"
    return TemporaryError(f"{where} ({error.strerror}). {told}")
