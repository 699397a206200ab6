"""Pictures of screens made small: a PNG of 256 colours instead of 16 million.

Owns reading and writing the PNG that browsers and typesetters make (8 bit, RGB or RGBA, not
interlaced); which pictures there are is `pictures.py`.
"""

import struct
import zlib
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

Bytes = NDArray[np.uint8]

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_CHANNELS = {2: 3, 6: 4}  # colour type: bytes a pixel
_COLOURS = 256
_KEPT_BITS = 0xF8  # colours that differ by less are one


def small(png: bytes) -> bytes:
    """Return a picture with at most 256 colours; what is transparent becomes white.

    Raises
    ------
    ValueError
        If it is no PNG of 8 bit RGB or RGBA.
    """
    pixels = _pixels(png)
    height, width, _ = pixels.shape
    flat = pixels.reshape(-1, 3)
    coarse = (flat & _KEPT_BITS).astype(np.uint32)
    keys = coarse[:, 0] << 16 | coarse[:, 1] << 8 | coarse[:, 2]
    _, first, place, counts = np.unique(
        keys, return_index=True, return_inverse=True, return_counts=True
    )
    # The commonest colours stay as they first appear; each other one becomes the nearest.
    commonest = np.argsort(-counts, kind="stable")[:_COLOURS]
    palette = flat[first[commonest]].astype(np.int32)
    every = flat[first].astype(np.int32)
    nearest = np.array([((palette - colour) ** 2).sum(axis=1).argmin() for colour in every])
    lines = nearest[place.reshape(-1)].astype(np.uint8).reshape(height, width)
    rows = np.hstack([np.zeros((height, 1), np.uint8), lines])
    return b"".join(
        (
            _SIGNATURE,
            _chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0)),
            _chunk(b"PLTE", palette.astype(np.uint8).tobytes()),
            _chunk(b"IDAT", zlib.compress(rows.tobytes(), 9)),
            _chunk(b"IEND", b""),
        )
    )


def _pixels(png: bytes) -> Bytes:
    """Return the colours of a picture: height, width, red green blue."""
    chunks = list(_chunks(png))
    if not chunks or chunks[0][0] != b"IHDR":
        raise ValueError("not a PNG")
    width, height, depth, kind, _, _, interlaced = struct.unpack(">IIBBBBB", chunks[0][1])
    if depth != 8 or kind not in _CHANNELS or interlaced:
        raise ValueError("a PNG of 8 bit RGB or RGBA, not interlaced, is needed")
    size = _CHANNELS[kind]
    raw = zlib.decompress(b"".join(content for name, content in chunks if name == b"IDAT"))
    rows = np.frombuffer(raw, np.uint8).reshape(height, 1 + width * size)
    found = np.zeros((height, width * size), np.uint8)
    above = np.zeros(width * size, np.uint8)
    for line, row in enumerate(rows):
        above = found[line] = _unfiltered(int(row[0]), row[1:], above, size)
    pixels = found.reshape(height, width, size)
    if size == 3:
        return pixels
    share = pixels[..., 3:].astype(np.float64) / 255
    return np.asarray((pixels[..., :3] * share + 255 * (1 - share)).round(), dtype=np.uint8)


def _unfiltered(method: int, row: Bytes, above: Bytes, size: int) -> Bytes:
    """Undo what PNG does to a line so that it packs better (PNG specification, 9.2)."""
    if method == 0:
        return row
    if method == 1:
        return np.cumsum(row.reshape(-1, size), axis=0, dtype=np.uint8).reshape(-1)
    if method == 2:
        return row + above
    found = bytearray(size) + bytearray(row.tobytes())
    up = bytes(size) + above.tobytes()
    guess = _paeth if method == 4 else _average
    for i in range(size, len(found)):
        found[i] = (found[i] + guess(found[i - size], up[i], up[i - size])) & 255
    return np.frombuffer(bytes(found[size:]), np.uint8)


def _average(left: int, up: int, _: int) -> int:
    return (left + up) // 2


def _paeth(left: int, up: int, corner: int) -> int:
    guess = left + up - corner
    away = (abs(guess - left), abs(guess - up), abs(guess - corner))
    return (left, up, corner)[away.index(min(away))]


def _chunks(png: bytes) -> Iterator[tuple[bytes, bytes]]:
    if not png.startswith(_SIGNATURE):
        return
    at = len(_SIGNATURE)
    while at + 8 <= len(png):
        (length,) = struct.unpack(">I", png[at : at + 4])
        yield png[at + 4 : at + 8], png[at + 8 : at + 8 + length]
        at += 12 + length


def _chunk(name: bytes, content: bytes) -> bytes:
    check = zlib.crc32(name + content)
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", check)
