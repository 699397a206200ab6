"""The file of people's decisions: JSON lines, only ever added to, chained by hash.

Owns how a line is written so that a kill or a full disk leaves no half of it unseen, that one
writer writes at a time, and what shows that a line was changed. What a line means, and which of
them count, is in `decided.py`.
"""

import hashlib
import json
import os
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from rawan.errors import RawanError, TemporaryError

PEOPLE = "people.jsonl"
_WAIT_SECONDS = 10.0
_LARGEST = 64 * 1024 * 1024


def read_records(path: Path) -> tuple[list[dict[str, Any]], list[str]]:
    """Return the records, oldest first, and what is wrong with them, one sentence each.

    A record that cannot be read is left out of the first and told in the second.
    """
    try:
        if path.stat().st_size > _LARGEST:
            return [], [f"{path}: is larger than any record of decisions. {_from_copy(path)}"]
        content = path.read_bytes()
    except FileNotFoundError:
        return [], []
    lines = content.split(b"\n")
    is_open = lines[-1] != b""
    if not is_open:
        lines.pop()
    records: list[dict[str, Any]] = []
    wrong: list[str] = []
    previous = ""
    for number, line in enumerate(lines, start=1):
        where = f"{path}, line {number}"
        record = _parsed(line)
        if record is None:
            if is_open and number == len(lines):
                wrong.append(
                    f"{where}: is cut off; the machine stopped while it was written, so this last "
                    "decision does not count. Keep a copy of the file, delete this line in a text "
                    "editor, then decide anew."
                )
            else:
                wrong.append(f"{where}: cannot be read. {_from_copy(path)}")
            continue
        if record["number"] != number or record["previous_hash"] != previous:
            wrong.append(
                f"{where}: what stood before it was changed or taken out. {_from_copy(path)}"
            )
        if record["hash"] != _hash(record) or written(record) != line:
            wrong.append(f"{where}: its content was changed. {_from_copy(path)}")
        previous = record["hash"]
        records.append(record)
    return records, wrong


def trusted_records(path: Path) -> list[dict[str, Any]]:
    """Return the records, oldest first.

    Raises
    ------
    RawanError
        If anything is wrong with one of them; the first thing is told.
    """
    records, wrong = read_records(path)
    if wrong:
        raise RawanError(wrong[0])
    return records


def add_record(
    path: Path, make: Callable[[list[dict[str, Any]]], Mapping[str, Any]]
) -> dict[str, Any]:
    """Add one record, made while nobody else writes from all that came before; return it.

    Numbers and hashes are set here. When this returns, the record is on the disk.

    Raises
    ------
    RawanError
        If the file was changed or is cut off, the disk is full, or another process writes for
        longer than ten seconds; nothing was added.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with _one_writer(path):
        records = trusted_records(path)
        previous = records[-1]["hash"] if records else ""
        record = {"number": len(records) + 1, **make(records), "previous_hash": previous}
        record["hash"] = _hash(record)
        _append(path, written(record))
    return record


def written(record: Mapping[str, Any]) -> bytes:
    """Return a record as the bytes of its line, without the end of the line."""
    return json.dumps(record, ensure_ascii=False, separators=(",", ":")).encode()


def _hash(record: Mapping[str, Any]) -> str:
    """Return the SHA-256 of a record's line as it would be without its hash."""
    without = {name: value for name, value in record.items() if name != "hash"}
    return hashlib.sha256(written(without)).hexdigest()


def _parsed(line: bytes) -> dict[str, Any] | None:
    try:
        record = json.loads(line.decode("utf-8"))
        written(record)  # half a character cannot be written, nor hashed
        texts = [record[name] for name in ("kind", "previous_hash", "hash")]
        is_record = type(record["number"]) is int and all(isinstance(t, str) for t in texts)
    except (ValueError, RecursionError, KeyError, TypeError):
        return None
    return record if is_record else None


def _append(path: Path, line: bytes) -> None:
    """Add a line in one piece and see it on the disk; what was written by half is taken back."""
    binary = getattr(os, "O_BINARY", 0)  # Windows would end lines otherwise
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | binary, 0o600)
    try:
        before = os.lseek(descriptor, 0, os.SEEK_END)
        # A kill may have come just before the end of the last line, which is whole then.
        if before and _last_byte(path) != b"\n":
            line = b"\n" + line
        try:
            _write(descriptor, line + b"\n")
            os.fsync(descriptor)
        except OSError as error:
            os.ftruncate(descriptor, before)
            raise RawanError(
                f"{path}: the decision could not be kept ({error.strerror or error}). Nothing "
                "changed. Free some space or give the right to write, then decide again."
            ) from error
    finally:
        os.close(descriptor)


def _write(descriptor: int, content: bytes) -> None:
    while content:
        content = content[os.write(descriptor, content) :]


def _last_byte(path: Path) -> bytes:
    with path.open("rb") as stream:
        stream.seek(-1, os.SEEK_END)
        return stream.read(1)


@contextmanager
def _one_writer(path: Path) -> Iterator[None]:
    """Hold the file against other writers; the system lets go of it when a process is killed."""
    lock = path.with_name(f"{path.name}.lock")
    deadline = time.monotonic() + _WAIT_SECONDS
    descriptor = os.open(lock, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        while not _is_locked(descriptor):
            if time.monotonic() > deadline:
                raise TemporaryError(
                    f"{path}: another process writes decisions. Nothing was kept. "
                    "Wait until it ends, then try again."
                )
            time.sleep(0.05)
        yield
    finally:
        os.close(descriptor)  # and with it the lock


def _is_locked(descriptor: int) -> bool:
    """Try to lock a file; closing it unlocks it."""
    try:
        if sys.platform == "win32":
            import msvcrt

            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def _from_copy(path: Path) -> str:
    return f"Put {path.name} back from your copy; nothing is decided until it is whole."
