"""Archives (ZIP) before anything opens them.

Owns the refusal of what an archive should not be: a bomb, a patchwork whose entries overlap
or lie about their size, an entry whose name leads out of it. Each entry is unpacked once,
piece by piece and to nowhere, up to the size it claims. What is in it is the readers' matter.
"""

import copy
import zipfile
import zlib
from pathlib import PurePosixPath

from rawan.errors import RawanError
from rawan.sources.limits import MEGABYTE, Guard

MOST_ENTRIES = 20_000
AGAIN = "Get the whole file from its source and drop it again."


def check_archive(guard: Guard) -> frozenset[str]:
    """Return the names of an archive's entries, all of them sound.

    Raises
    ------
    RawanError
        If the archive is damaged, protected by a password, dangerous, or beyond a limit.
    """
    try:
        with zipfile.ZipFile(guard.path) as archive:
            entries = archive.infolist()
            _check_directory(entries, guard)
            for entry in entries:
                _check_entry(archive, entry, guard)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, ValueError) as error:
        raise RawanError(
            f"{guard.where()}: is a damaged archive ({_one_line(error)}). {AGAIN}"
        ) from None
    return frozenset(entry.filename for entry in entries)


def _check_directory(entries: list[zipfile.ZipInfo], guard: Guard) -> None:
    where = guard.where()
    if len(entries) > MOST_ENTRIES:
        raise RawanError(
            f"{where}: is an archive of {len(entries)} entries, where {MOST_ENTRIES} are allowed."
        )
    unpacked = sum(entry.file_size for entry in entries)
    if unpacked > guard.limits.unpacked_mb * MEGABYTE:
        raise guard.over(f"unpacks to {unpacked // MEGABYTE} MB", "unpacked_mb")
    packed = max(1, guard.path.stat().st_size)
    if unpacked > packed * guard.limits.archive_ratio:
        raise guard.over(f"unpacks to {unpacked // packed} times its size", "archive_ratio")
    end, last = 0, ""
    names: set[str] = set()
    for entry in sorted(entries, key=lambda entry: entry.header_offset):
        name = entry.filename
        parts = PurePosixPath(name.replace("\\", "/")).parts
        if name.startswith(("/", "\\")) or ".." in parts or ":" in name:
            raise RawanError(f"{where}: has an entry that leads out of the archive: {name[:80]!r}.")
        if name in names:
            raise RawanError(
                f"{where}: is an archive with two entries named {name[:80]!r}. {AGAIN}"
            )
        if entry.header_offset < end:
            raise RawanError(
                f"{where}: is an archive whose entries overlap ({last[:80]!r}, {name[:80]!r}). "
                f"{AGAIN}"
            )
        if entry.flag_bits & 1:
            raise RawanError(f"{where}: is protected by a password. Remove it and drop it again.")
        names.add(name)
        end, last = entry.header_offset + entry.compress_size, name


def _check_entry(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, guard: Guard) -> None:
    """Unpack an entry to nowhere, to see that it is sound and as large as it says."""
    if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise RawanError(
            f"{guard.where()}: is packed in a way that no office program uses "
            f"(entry {entry.filename[:80]!r}). {AGAIN}"
        )
    longer = copy.copy(entry)
    longer.file_size += 1  # else the reader stops where the entry claims to end
    size = 0
    with archive.open(longer) as stream:
        while piece := stream.read(MEGABYTE):
            size += len(piece)
            guard.check_time()
    if size != entry.file_size:
        raise RawanError(
            f"{guard.where()}: is an archive that lies about its size (entry "
            f"{entry.filename[:80]!r}). {AGAIN}"
        )


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())[:200].rstrip(".")
