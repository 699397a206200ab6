"""Published folders encrypted to readers' keys (age), and opened again.

Owns the one file that a sealed folder is, and what is refused when it is opened. Inside is a ZIP
that is the same for the same folder; it never lies on the disk unencrypted. Keys are read in
`sealing_keys.py`; what may go to which reader was decided when the folder was published.
"""

import io
import os
import re
import shutil
import stat
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO, TYPE_CHECKING

from rawan.errors import RawanError, UsageError
from rawan.publishing.trust.sealing_keys import identities_of, recipients_of
from rawan.publishing.trust.verified_folder import is_inside, list_folder, read_manifest
from rawan.review.visible import visible

if TYPE_CHECKING:
    from pyrage.x25519 import Identity

_PIECE = 1 << 20
_MOST_FILES = 20_000
# More than published files ever shrink to; below the floor a small folder may be of any kind.
_LARGEST_RATIO, _FLOOR = 100, 64 << 20
_RESERVED = re.compile(r"(con|prn|aux|nul|com[0-9]|lpt[0-9])(\..*)?", re.IGNORECASE)


def seal(folder: Path, recipients: list[str], target: Path) -> Path:
    """Encrypt a folder, as one ZIP, to all of the recipients; return the file that was written.

    Parameters
    ----------
    recipients : public keys (age1…) or files that hold them, one a line; any of their owners can
        open the file, and nobody else, not even who sealed it.

    Raises
    ------
    UsageError
        If a key is no public key, there is none, or the target is there already.
    RawanError
        If the folder holds a link or a file that cannot be read.
    """
    import pyrage

    keys = recipients_of(recipients)
    if os.path.lexists(target):
        raise UsageError(f"{target}: is there already. Name another file, or move it away.")
    if target.resolve().is_relative_to(folder.resolve()):
        raise UsageError(f"{target}: lies in the folder that is sealed. Name a file outside it.")
    listing = list_folder(folder, folder.name)
    if listing.wrong:
        raise RawanError(f"{listing.wrong[0].told('en')}. Nothing was sealed.")
    plain = _ZipReader(folder, name_of(folder), sorted(listing.files))
    fresh = target.with_name(f".{target.name}.{os.getpid()}.new")
    try:
        with fresh.open("xb") as stream:
            try:
                pyrage.encrypt_io(plain, stream, keys)
            except Exception as error:
                # What went wrong while the folder was read comes back under another name.
                raise plain.error or _disk_error(error, target) from error
            stream.flush()
            os.fsync(stream.fileno())
        os.replace(fresh, target)
    finally:
        fresh.unlink(missing_ok=True)
    return target


def unseal(file: Path, identity: Path, target: Path) -> Path:
    """Open a sealed folder into a new folder, whole or not at all; return the new folder.

    Parameters
    ----------
    identity : file with the reader's private key (AGE-SECRET-KEY-1…).

    Raises
    ------
    UsageError
        If the target is there already, or the key file holds no private key.
    RawanError
        If the file is not sealed to this key, damaged, or holds what no published folder holds.
    """
    if os.path.lexists(target):
        raise UsageError(f"{target}: is there already. Name a new folder with: --to DIR")
    keys = identities_of(identity)
    target.parent.mkdir(parents=True, exist_ok=True)
    building = Path(tempfile.mkdtemp(prefix=f".{target.name}-", dir=target.parent))
    try:
        # Without a name on most systems: a kill leaves nothing of it.
        with tempfile.TemporaryFile(dir=building) as plain:
            _decrypt(file, keys, plain)
            _unpack(plain, file, building / "content")
        os.replace(building / "content", target)
    finally:
        shutil.rmtree(building, ignore_errors=True)
    return target


def name_of(folder: Path) -> str:
    """Return what a published folder is called, also where it is the copy called `latest`."""
    manifest, _ = read_manifest(folder, folder.name)
    is_name = manifest is not None and re.fullmatch(r"[\w-]+(\.\d+)?", manifest.folder)
    return manifest.folder if manifest is not None and is_name else folder.resolve().name


class _ZipReader:
    """A folder as the bytes of a ZIP, made as they are read; the same for the same files."""

    def __init__(self, folder: Path, root: str, names: list[str]) -> None:
        self._sink = _Sink()
        self._pieces = self._made(folder, root, names)
        self._piece = memoryview(b"")
        self.error: BaseException | None = None

    def read(self, size: int) -> bytes:
        """Return at most so many bytes, none at the end."""
        try:
            while not self._piece:
                self._piece = memoryview(next(self._pieces))
        except StopIteration:
            return b""
        except BaseException as error:
            self.error = error
            raise
        given, self._piece = self._piece[:size], self._piece[size:]
        return bytes(given)

    def _made(self, folder: Path, root: str, names: list[str]) -> Iterator[bytes]:
        with zipfile.ZipFile(self._sink, "w", zipfile.ZIP_DEFLATED) as archive:  # type: ignore[call-overload]  # all that is asked of it is to write
            for name in names:
                entry = zipfile.ZipInfo(f"{root}/{name}", (1980, 1, 1, 0, 0, 0))
                entry.compress_type = zipfile.ZIP_DEFLATED
                entry.create_system = 3  # the same on every system
                entry.external_attr = (stat.S_IFREG | 0o644) << 16
                with (folder / name).open("rb") as source:
                    entry.file_size = os.fstat(source.fileno()).st_size
                    with archive.open(entry, "w") as packed:
                        while piece := source.read(_PIECE):
                            packed.write(piece)
                            yield self._sink.taken()
        yield self._sink.taken()


class _Sink:
    """Takes bytes until they are taken from it."""

    def __init__(self) -> None:
        self._held = bytearray()

    def write(self, content: bytes) -> int:
        self._held += content
        return len(content)

    def flush(self) -> None:
        pass

    def taken(self) -> bytes:
        content = bytes(self._held)
        self._held.clear()
        return content


def _decrypt(file: Path, keys: "list[Identity]", plain: IO[bytes]) -> None:
    import pyrage

    try:
        sealed = file.open("rb")
    except OSError as error:
        raise RawanError(f"{file}: cannot be read ({error.strerror}).") from error
    damaged = f"{file}: is damaged, or was not sealed with age. Get it again from who sent it."
    with sealed:
        try:
            pyrage.decrypt_io(sealed, plain, keys)
        except pyrage.DecryptError as error:
            if "atching" in str(error):
                raise RawanError(
                    f"{file}: is not sealed to this key. Ask who sent it to seal it to your "
                    "public key, or give the right key with: --identity FILE"
                ) from error
            raise RawanError(damaged) from error
        except OSError as error:
            if error.errno is not None:
                raise
            raise RawanError(damaged) from error


def _unpack(plain: IO[bytes], file: Path, content: Path) -> None:
    """Write the files of a ZIP of unknown origin into a new folder."""
    size = plain.seek(0, io.SEEK_END)
    most = max(_FLOOR, size * _LARGEST_RATIO)
    try:
        with zipfile.ZipFile(plain) as archive:
            entries = archive.infolist()
            if len(entries) > _MOST_FILES or sum(entry.file_size for entry in entries) > most:
                raise RawanError(
                    f"{file}: unpacks to more than {most >> 20} MB or {_MOST_FILES} files, which "
                    "no published folder does. Nothing was unpacked."
                )
            if why := _refusal(entries):
                raise RawanError(f"{file}: {why}. Nothing was unpacked.")
            content.mkdir()
            for entry in entries:
                path = content / entry.filename
                path.parent.mkdir(parents=True, exist_ok=True)
                # The reader stops where an entry claims to end, so it cannot exceed its size.
                with archive.open(entry) as source, path.open("xb") as stream:
                    shutil.copyfileobj(source, stream, _PIECE)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, ValueError) as error:
        raise RawanError(
            f"{file}: holds no folder as Rawan seals it ({visible(str(error), 80)}). "
            "Nothing was unpacked."
        ) from error


def _refusal(entries: list[zipfile.ZipInfo]) -> str | None:
    """Return why an archive is not unpacked, if there is a reason."""
    seen: set[str] = set()
    folders = {part for e in entries for part in _above(e.filename.casefold())}
    for entry in entries:
        shown = f'"{visible(entry.filename, 80)}"'
        kind = stat.S_IFMT(entry.external_attr >> 16)
        parts = entry.filename.split("/")
        folded = entry.filename.casefold()
        if not is_inside(entry.filename):
            return f"holds a path that leads out of it or names no file: {shown}"
        if any(_RESERVED.fullmatch(p) or p != p.rstrip(" .") for p in parts):
            return f"holds a name that not every system takes: {shown}"
        if kind not in (0, stat.S_IFREG):
            return f"holds a link or no plain file: {shown}"
        if folded in seen or folded in folders:
            return f"holds two files of one name: {shown}"
        if entry.flag_bits & 1 or entry.compress_type not in (0, zipfile.ZIP_DEFLATED):
            return f"holds a file packed in another way: {shown}"
        seen.add(folded)
    return None


def _above(name: str) -> Iterator[str]:
    parts = name.split("/")
    return ("/".join(parts[:end]) for end in range(1, len(parts)))


def _disk_error(error: Exception, target: Path) -> RawanError:
    return RawanError(
        f"{target}: could not be written ({visible(str(error), 200)}). Nothing was sealed."
    )
