"""The keys of age: whom a folder is sealed to, and what opens it.

Owns how keys are given and what is said of one that is none. A private key is never shown.
"""

import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from rawan.errors import UsageError
from rawan.review.visible import visible

if TYPE_CHECKING:
    from pyrage.x25519 import Identity, Recipient

_LARGEST_KEY_FILE = 1 << 16


def make_identity(path: Path) -> str:
    """Make a key that folders are sealed to, readable by its owner only; return its public part.

    Raises
    ------
    UsageError
        If the file is there already.
    """
    from pyrage.x25519 import Identity

    identity = Identity.generate()
    public = str(identity.to_public())
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise UsageError(f"{path}: is there already. Name another file.") from None
    with os.fdopen(descriptor, "w", encoding="ascii", newline="\n") as stream:
        stream.write(f"# public key: {public}\n{identity}\n")
        stream.flush()
        os.fsync(stream.fileno())
    return public


def recipients_of(given: list[str]) -> "list[Recipient]":
    """Return the public keys that are given, or that stand in the files that are given.

    Raises
    ------
    UsageError
        If one is no public key, with file and line, or there is none.
    """
    from pyrage import RecipientError
    from pyrage.x25519 import Recipient

    found: dict[str, Recipient] = {}

    def one(word: str, where: str) -> None:
        if word.upper().startswith("AGE-SECRET-KEY-"):
            raise UsageError(
                f"{where}: is a private key, which stays with its owner. Give the public one "
                "(age1…); if others may have seen the private one, make a new pair."
            )
        try:
            found[word] = Recipient.from_str(word)
        except RecipientError:
            raise UsageError(
                f'{where}: "{visible(word, 70)}" is no public key of age (age1…), or was not '
                "copied whole."
            ) from None

    for number, word in enumerate(given, start=1):
        if word.startswith("age1") or word.upper().startswith("AGE-SECRET-KEY-"):
            one(word.strip(), f"--to, key {number}")
        else:
            _each_line(Path(word), one)
    if not found:
        raise UsageError("No key to seal to. Give a reader's public key: --to age1…")
    return list(found.values())


def identities_of(path: Path) -> "list[Identity]":
    """Return the private keys of a file.

    Raises
    ------
    UsageError
        If one is no private key, with its line, or there is none.
    """
    from pyrage import IdentityError
    from pyrage.x25519 import Identity

    found: list[Identity] = []

    def one(word: str, where: str) -> None:
        if word.startswith("age1"):
            raise UsageError(f"{where}: is a public key. A sealed file opens with the private one.")
        if word.startswith(("age-encryption.org/", "-----BEGIN AGE ENCRYPTED")):
            raise UsageError(
                f"{where}: the key has a passphrase. Open it first: age -d {path} > key.txt"
            )
        try:
            found.append(Identity.from_str(word))
        except IdentityError:
            # What stands there may be a key: it is not shown.
            raise UsageError(
                f"{where}: is no private key of age (AGE-SECRET-KEY-1…), or was not copied whole."
            ) from None

    _each_line(path, one)
    if not found:
        raise UsageError(f"{path}: holds no private key (AGE-SECRET-KEY-1…).")
    return found


def _each_line(path: Path, take: Callable[[str, str], None]) -> None:
    """Read a file of keys: one a line, lines that start with # are remarks."""
    try:
        with path.open("rb") as stream:
            content = stream.read(_LARGEST_KEY_FILE)
    except OSError as error:
        raise UsageError(
            f"{visible(str(path), 200)}: is no public key (age1…), and no file of keys that can be "
            f"read ({error.strerror})."
        ) from None
    for number, line in enumerate(content.decode("utf-8-sig", "replace").splitlines(), start=1):
        word = line.strip()
        if word and not word.startswith("#"):
            take(word, f"{path}, line {number}")
