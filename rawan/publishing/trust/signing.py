"""Signatures of published runs: who has the public key can tell who published a run.

Owns keys and `manifest.json.sig`: one line of base64, the Ed25519 signature of the bytes of
`manifest.json`, which names every other file by its hash. The signature is not among those files.
"""

import base64
import binascii
import os
import re
import stat
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from rawan.errors import RawanError, UsageError

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

SIGNATURE_SUFFIX = ".sig"
SignatureState = Literal["right", "missing", "malformed", "wrong"]

_SIGNATURE_BYTES = 64
_LARGEST_KEY_FILE = 64 * 1024
_PUBLIC = re.compile(rb"-----BEGIN PUBLIC KEY-----.*?-----END PUBLIC KEY-----", re.DOTALL)
_TOLD = {
    "missing": "is not signed.",
    "malformed": "the signature is no line of base64 as Rawan writes it.",
    "wrong": "the signature does not fit: the manifest was changed, or another key signed it.",
}


def make_key(path: Path, public_path: Path) -> None:
    """Make a key to sign with, readable by its owner only, and the public key that goes with it.

    Where only the private key is there, its public key is written again.

    Raises
    ------
    UsageError
        If one of the files is there already.
    RawanError
        If others can read the private key.
    """
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import (
        Encoding,
        NoEncryption,
        PrivateFormat,
        PublicFormat,
    )

    if public_path.exists():
        raise UsageError(f"{public_path}: is there already. Name another file, or move it away.")
    if path.exists():
        key = _private_key(path)
    else:
        key = Ed25519PrivateKey.generate()
        pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        _write_new(path, pem, 0o600)
    public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    _write_new(public_path, public, 0o644)


def sign(manifest: Path, key: Path) -> Path:
    """Write the signature of a manifest beside it and return its path; a second time is the same.

    Raises
    ------
    RawanError
        If the key is missing, no key to sign with, or readable by others.
    """
    signature = base64.b64encode(_private_key(key).sign(manifest.read_bytes())) + b"\n"
    target = signature_of(manifest)
    fresh = target.with_name(f".{target.name}.{os.getpid()}.new")
    try:
        _write_new(fresh, signature, 0o644)
        os.replace(fresh, target)
    finally:
        fresh.unlink(missing_ok=True)
    return target


def signature_of(manifest: Path) -> Path:
    """Return where the signature of a manifest lies."""
    return manifest.with_name(manifest.name + SIGNATURE_SUFFIX)


def check(manifest: Path, public_key: Path) -> str | None:
    """Return what is wrong with the signature of a manifest in a sentence; None if it is right.

    Raises
    ------
    RawanError
        If the public key cannot be used.
    """
    state = PublicKeys(public_key).state(manifest)
    return None if state == "right" else f"{manifest}: {_TOLD[state]}"


def is_well_formed(content: bytes) -> bool:
    """Tell whether a signature is written as Rawan writes it, whatever key made it."""
    return _decoded(content) is not None


class PublicKeys:
    """The public keys of a file, one or more: of who published runs over the years."""

    def __init__(self, path: Path) -> None:
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
        from cryptography.hazmat.primitives.serialization import load_pem_public_key

        content = _key_file(path, "public")
        if b"PRIVATE KEY" in content:
            raise UsageError(
                f"{path}: is a private key, which stays with who signs. Give the public one."
            )
        self._keys: list[Ed25519PublicKey] = []
        for block in _PUBLIC.findall(content):
            try:
                key = load_pem_public_key(block)
            except Exception as error:  # what it raises differs from version to version
                raise _no_key(path, "public") from error
            if not isinstance(key, Ed25519PublicKey):
                raise _no_key(path, "public")
            self._keys.append(key)
        if not self._keys:
            raise _no_key(path, "public")

    def state(self, manifest: Path) -> SignatureState:
        """Return how the signature of a manifest stands to these keys."""
        from cryptography.exceptions import InvalidSignature

        try:
            with signature_of(manifest).open("rb") as stream:
                written = stream.read(_SIGNATURE_BYTES * 4)
        except FileNotFoundError:
            return "missing"
        signature = _decoded(written)
        if signature is None:
            return "malformed"
        content = manifest.read_bytes()
        for key in self._keys:
            try:
                key.verify(signature, content)
            except InvalidSignature:
                continue
            return "right"
        return "wrong"


def _decoded(content: bytes) -> bytes | None:
    """Return the bytes of a signature, or None if it is written in any other way than ours."""
    try:
        signature = base64.b64decode(content.strip(), validate=True)
    except (binascii.Error, ValueError):
        return None
    is_ours = base64.b64encode(signature) + b"\n" == content
    return signature if is_ours and len(signature) == _SIGNATURE_BYTES else None


def _private_key(path: Path) -> "Ed25519PrivateKey":
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    content = _key_file(path, "private")
    if os.name == "posix" and path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise RawanError(
            f"{path}: others can read the key that signs. Close it with: chmod 600 {path}"
        )
    try:
        key = load_pem_private_key(content, password=None)
    except Exception as error:  # what it raises differs from version to version
        raise _no_key(path, "private") from error
    if not isinstance(key, Ed25519PrivateKey):
        raise _no_key(path, "private")
    return key


def _key_file(path: Path, kind: str) -> bytes:
    try:
        with path.open("rb") as stream:
            return stream.read(_LARGEST_KEY_FILE)
    except OSError as error:
        raise RawanError(
            f"{path}: the {kind} key cannot be read ({error.strerror}). "
            "Make one with: rawan signing-key PATH"
        ) from error


def _no_key(path: Path, kind: str) -> RawanError:
    return RawanError(
        f"{path}: is no {kind} Ed25519 key in PEM without a password. "
        "Make one with: rawan signing-key PATH"
    )


def _write_new(path: Path, content: bytes, mode: int) -> None:
    """Write a file that is not there yet, whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    binary = getattr(os, "O_BINARY", 0)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | binary, mode)
    try:
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
    except OSError:
        path.unlink(missing_ok=True)
        raise
