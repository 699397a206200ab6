"""A published model as a file: saved and read without ever running what a file says.

Owns the form of `model-<hash>.skops`. The file holds plain dictionaries, lists, strings,
numbers and arrays of numbers, in skops' archive; what they mean is `kept_values`. A file
from outside is untrusted: it is checked whole, and refused with a sentence, before anything
is made of it.
"""

import io
import json
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import skops.io  # type: ignore[import-untyped] # it ships no types

from rawan.errors import RawanError
from rawan.kept_values import KeptModel, plain, read

MAX_BYTES = 64 * 2**20
_MAX_MEMBERS = 100_000
_FIRST_DAY = (1980, 1, 1, 0, 0, 0)
_SCHEMA = "schema.json"
# What a file may be made of: skops' loader, module and class.
_PLAIN = {
    ("DictNode", "builtins", "dict"),
    ("ListNode", "builtins", "list"),
    ("JsonNode", "builtins", "str"),  # strings and numbers alike
    ("TypeNode", "builtins", "str"),
    ("NdArrayNode", "numpy", "ndarray"),
}
_BROKEN = (
    zipfile.BadZipFile,
    ArithmeticError,
    AttributeError,
    EOFError,
    LookupError,
    MemoryError,
    OSError,
    RuntimeError,  # an encrypted archive, too deep a nesting, an unknown compression
    TypeError,
    ValueError,
)


def save(folder: Path, kept: KeptModel, identity_hash: str, name: str = "model") -> Path:
    """Write a model to `<name>-<first 12 digits of the hash>.skops` and return its path.

    The same model gives the same bytes, on every machine and at every time.

    Parameters
    ----------
    folder : where to write; it exists.
    identity_hash : hash of data, code and configuration, at least 12 hexadecimal digits;
        the digits that end the run's id.

    Raises
    ------
    ValueError
        If the hash is none, the score is of a kind that cannot be kept, or a number is
        not finite.
    """
    if not re.fullmatch(r"[0-9a-f]{12,}", identity_hash):
        raise ValueError(f"{identity_hash!r} is not a hash in hexadecimal")
    path = folder / f"{name}-{identity_hash[:12]}.skops"
    path.write_bytes(_settled(skops.io.dumps(plain(kept))))
    return path


def load(path: Path) -> KeptModel:
    """Read a model that `save` wrote.

    Raises
    ------
    RawanError
        If the file is none, is damaged or too large, holds any type but plain values and
        arrays, or tells of a model that cannot be.
    """
    try:
        if path.stat().st_size > MAX_BYTES:
            raise RawanError(
                f"{path}: is larger than {MAX_BYTES // 2**20} MiB, which no kept model is. "
                "Give the file model-....skops of a published run."
            )
        data = path.read_bytes()
    except OSError as error:
        raise RawanError(f"{path}: cannot be read ({error.strerror or error}).") from None
    try:
        _check_archive(data)
        strange = skops.io.get_untrusted_types(data=data) or _strange_nodes(data)
        if not strange:
            _check_arrays(data)
            return read(skops.io.loads(data, trusted=[]))
    except _BROKEN as error:
        said = " ".join(str(error).split())[:200] or type(error).__name__
        raise RawanError(
            f"{path}: is not a whole model kept by rawan ({said}). "
            "Give the file model-....skops of a published run."
        ) from None
    raise RawanError(
        f"{path}: holds types that a kept model never holds ({', '.join(strange)[:200]}); "
        "nothing of it was loaded. Give the file model-....skops of a published run."
    )


def _settled(data: bytes) -> bytes:
    """Return skops' archive without what differs from run to run: object numbers and dates."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    schema = json.loads(members[_SCHEMA])
    settled: dict[str, bytes] = {}
    for number, node in enumerate(_nodes(schema), 1):
        node["__id__"] = number
        if "file" in node:
            name = f"{len(settled)}.npy"
            settled[name] = members[node["file"]]
            node["file"] = name
    settled[_SCHEMA] = json.dumps(schema, indent=1, sort_keys=True).encode()
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in settled.items():
            entry = zipfile.ZipInfo(name, date_time=_FIRST_DAY)
            entry.create_system = 3  # or Windows would write another byte
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, content)
    return buffer.getvalue()


def _nodes(node: Any) -> Iterator[dict[str, Any]]:
    """Return every node of skops' tree, in the order of the file."""
    waiting = [node]
    while waiting:
        found = waiting.pop()
        if isinstance(found, list):
            waiting.extend(reversed(found))
        elif isinstance(found, dict):
            if "__loader__" in found:
                yield found
            waiting.extend(reversed(list(found.values())))


def _check_archive(data: bytes) -> None:
    """Refuse an archive that would unpack to more than it is, before unpacking it."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        members = archive.infolist()
        if len(members) > _MAX_MEMBERS or sum(m.file_size for m in members) > MAX_BYTES:
            raise ValueError("it unpacks to more than a kept model is")
        for member in members:
            if member.compress_type != zipfile.ZIP_STORED:
                raise ValueError("it is compressed, which a kept model is not")


def _check_arrays(data: bytes) -> None:
    """Refuse an array whose header claims another size than there is: it would be made first."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        for name in archive.namelist():
            if name == _SCHEMA:
                continue
            content = archive.read(name)
            stream = io.BytesIO(content)
            if np.lib.format.read_magic(stream) != (1, 0):
                raise ValueError("an array of an unknown form")
            shape, _, dtype = np.lib.format.read_array_header_1_0(stream)
            there = len(content) - stream.tell()
            if dtype != np.dtype("<f8") or len(shape) != 1 or 8 * shape[0] != there:
                raise ValueError("an array that is no row of numbers, or is cut off")


def _strange_nodes(data: bytes) -> list[str]:
    """Return the types in a file that skops would trust, but that no kept model holds."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        schema = json.loads(archive.read(_SCHEMA))
    nodes = [(n.get("__loader__"), n.get("__module__"), n.get("__class__")) for n in _nodes(schema)]
    return sorted(
        {
            f"{module}.{name}"
            for loader, module, name in nodes
            if (loader, module, name) not in _PLAIN
        }
    )
