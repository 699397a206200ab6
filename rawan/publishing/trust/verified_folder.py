"""One published folder held against its manifest: what was changed, added or is missing.

Owns the reading of a manifest, of either version, and of what lies in a folder; nothing that a
manifest names is ever opened by that name, and no link is followed. The chain between folders is
in `verify.py`.
"""

import json
import os
import re
import stat
from dataclasses import dataclass
from datetime import date
from pathlib import Path, PurePosixPath
from typing import Any

from rawan.provenance import file_hash
from rawan.publishing.runs import MANIFEST, REMOVED
from rawan.publishing.texts import text
from rawan.publishing.trust.signing import SIGNATURE_SUFFIX, PublicKeys, is_well_formed
from rawan.review.visible import visible
from rawan.settings import Language

SIGNATURE = MANIFEST + SIGNATURE_SUFFIX
_LARGEST_JSON = 32 * 1024 * 1024
_HASH = re.compile(r"[0-9a-f]{64}")
_LONGEST = 200


@dataclass(frozen=True)
class Finding:
    """One thing that was found: the key of its sentence, and what is filled in.

    Attributes
    ----------
    kind : as in `words/trust.toml` under `verify`, such as `file.changed`.
    where : the published folder, or the folder that was verified.
    name : the file or folder that it is about.
    other : what it is held against, or why.
    """

    kind: str
    where: str
    name: str = MANIFEST
    other: str = ""

    def told(self, lang: Language) -> str:
        """Return the sentence; what a file brought in cannot act on a terminal."""
        where, name, other = (visible(v, _LONGEST) for v in (self.where, self.name, self.other))
        return text(f"verify.{self.kind}", lang).format(where=where, name=name, other=other)


@dataclass(frozen=True)
class Manifest:
    """What a manifest says; `issue`, `audience` and `status` are of version 2.

    Attributes
    ----------
    files : SHA-256 by path.
    previous : folder and manifest's hash of what was published before, if anything was.
    """

    run_id: str
    issue: int
    audience: str | None
    status: str | None
    files: dict[str, str]
    previous: tuple[str, str] | None

    @property
    def folder(self) -> str:
        """The name that its folder has."""
        return self.run_id if self.issue == 1 else f"{self.run_id}.{self.issue}"


@dataclass(frozen=True)
class Listing:
    """What lies in a folder: the hashes of plain files, and what is wrong with the rest."""

    files: dict[str, str]
    wrong: list[Finding]


class Malformed(ValueError):
    """A file is not as it was written; the message says how, in a few words."""


def list_folder(folder: Path, where: str) -> Listing:
    """Return every file under a folder with its SHA-256; folders that hold nothing are told."""
    files: dict[str, str] = {}
    wrong: list[Finding] = []
    waiting = [(folder, "")]
    while waiting:
        inside, prefix = waiting.pop()
        try:
            with os.scandir(inside) as found:
                entries = sorted(found, key=lambda entry: entry.name)
        except OSError as error:
            name = prefix or inside.name
            wrong.append(Finding("file.unreadable", where, name, error.strerror or ""))
            continue
        if not entries and prefix:
            wrong.append(Finding("file.added", where, prefix))
        for entry in entries:
            name = prefix + entry.name
            if entry.is_dir(follow_symlinks=False):
                waiting.append((Path(entry.path), f"{name}/"))
            elif not entry.is_file(follow_symlinks=False):
                wrong.append(Finding("file.link", where, name))
            else:
                try:
                    files[name] = file_hash(Path(entry.path))
                except OSError as error:
                    wrong.append(Finding("file.unreadable", where, name, error.strerror or ""))
    return Listing(files, wrong)


def read_manifest(folder: Path, where: str) -> tuple[Manifest | None, list[Finding]]:
    """Return what a folder's manifest says, or None, and what is wrong with it."""
    try:
        content = read_json(folder / MANIFEST)
        version = content.get("manifest_version")
        if isinstance(version, int) and version > 2:
            return None, [Finding("manifest.version", where, other=str(version))]
        manifest = _manifest(content)
    except Malformed as error:
        return None, [Finding("manifest.bad", where, other=str(error))]
    wrong = [Finding("manifest.path", where, n) for n in manifest.files if not is_inside(n)]
    by_folded: dict[str, str] = {}
    for name in manifest.files:
        twin = by_folded.setdefault(name.casefold(), name)
        if twin != name:
            wrong.append(Finding("manifest.case", where, name, twin))
    return manifest, wrong


def judge_files(
    folder: Path, where: str, manifest: Manifest, listing: Listing
) -> tuple[list[Finding], Finding | None]:
    """Return what differs from the manifest, and that the files were given up, if they were."""
    wrong = list(listing.wrong)
    told = {finding.name for finding in wrong}
    given_up: Finding | None = None
    beside = {MANIFEST, SIGNATURE}
    if REMOVED in listing.files and REMOVED not in manifest.files:
        beside.add(REMOVED)
        try:
            given_up = _given_up(folder / REMOVED, where)
        except Malformed as error:
            wrong.append(Finding("given_up.bad", where, REMOVED, str(error)))
    for name, digest in sorted(manifest.files.items()):
        if name in listing.files:
            if listing.files[name] != digest:
                wrong.append(Finding("file.changed", where, name))
        elif given_up is None and name not in told and is_inside(name):
            wrong.append(Finding("file.missing", where, name))
    added = sorted(set(listing.files) - set(manifest.files) - beside)
    wrong += [Finding("file.added", where, name) for name in added]
    if given_up is not None and manifest.status == "approved":
        wrong.append(Finding("given_up.approved", where))
    return wrong, given_up


def judge_signature(
    folder: Path, where: str, listing: Listing, keys: PublicKeys | None
) -> Finding | None:
    """Return how the signature of a folder's manifest stands; None if it was found right.

    Without keys a signature is `signature.unchecked`, and none at all is nothing to tell.
    """
    if SIGNATURE not in listing.files:
        return None if keys is None else Finding("signature.missing", where, SIGNATURE)
    if keys is not None:
        state = keys.state(folder / MANIFEST)
        return None if state == "right" else Finding(f"signature.{state}", where, SIGNATURE)
    with (folder / SIGNATURE).open("rb") as stream:
        is_well = is_well_formed(stream.read(1024))
    return Finding(f"signature.{'unchecked' if is_well else 'malformed'}", where, SIGNATURE)


def read_json(path: Path, is_ours: bool = False) -> dict[str, Any]:
    """Return the table that a JSON file of unknown origin holds.

    Parameters
    ----------
    is_ours : it must be written byte by byte as Rawan writes it.

    Raises
    ------
    Malformed
        If it is not plain, too large, no JSON, no table, or names a key twice.
    """
    try:
        found = path.lstat()
        if not stat.S_ISREG(found.st_mode):
            raise Malformed("no plain file")
        if found.st_size > _LARGEST_JSON:
            raise Malformed(f"{found.st_size} bytes")
        written = path.read_bytes()
    except FileNotFoundError:
        raise Malformed("missing") from None
    except OSError as error:
        raise Malformed(error.strerror or "cannot be read") from None
    try:
        content = json.loads(written.decode("utf-8"), object_pairs_hook=_once)
        again = json.dumps(content, indent=2, ensure_ascii=False).encode() + b"\n"
    except Malformed:
        raise
    except (ValueError, RecursionError) as error:
        raise Malformed(" ".join(str(error).split())[:80] or "no JSON") from None
    if not isinstance(content, dict):
        raise Malformed("no table")
    if is_ours and again != written:
        raise Malformed("other spaces, order or numbers")
    return content


def text_of(content: dict[str, Any], name: str) -> str:
    """Return an entry that must be a text."""
    value = content.get(name)
    if not isinstance(value, str) or not value:
        raise Malformed(f"no {name}")
    return value


def hash_in(content: dict[str, Any], name: str) -> str:
    """Return an entry that must be a SHA-256."""
    value = text_of(content, name)
    if not _HASH.fullmatch(value):
        raise Malformed(f"{name} is no SHA-256")
    return value


def _manifest(content: dict[str, Any]) -> Manifest:
    version = content.get("manifest_version")
    if version not in (1, 2) or isinstance(version, bool):
        raise Malformed("no manifest_version")
    files = content.get("files")
    if not isinstance(files, dict):
        raise Malformed("no files")
    for name in files:
        hash_in(files, name)
    before = content.get("previous")
    if before is not None and not isinstance(before, dict):
        raise Malformed("previous is no table")
    named = "folder" if version == 2 else "run_id"
    previous = (
        None if before is None else (text_of(before, named), hash_in(before, "manifest_sha256"))
    )
    if "previous" not in content:
        raise Malformed("no previous")
    if version == 1:
        return Manifest(text_of(content, "run_id"), 1, None, None, files, previous)
    issue = content.get("issue")
    if not isinstance(issue, int) or isinstance(issue, bool) or issue < 1:
        raise Malformed("no issue")
    return Manifest(
        text_of(content, "run_id"),
        issue,
        text_of(content, "audience"),
        text_of(content, "status"),
        files,
        previous,
    )


def _given_up(path: Path, where: str) -> Finding:
    content = read_json(path, is_ours=True)
    day, reason = text_of(content, "removed_on"), text_of(content, "reason")
    try:
        date.fromisoformat(day)
    except ValueError:
        raise Malformed("removed_on is no day") from None
    return Finding("given_up.told", where, day, reason)


def is_inside(name: str) -> bool:
    """Tell whether a path of a manifest or an archive stays in its folder on every system."""
    parts = PurePosixPath(name).parts
    is_plain = not re.search(r"[\\:\x00-\x1f]", name) and name == "/".join(parts)
    return is_plain and bool(parts) and ".." not in parts and not name.startswith("/")


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    table = dict(pairs)
    if len(table) != len(pairs):
        raise Malformed("a key stands twice")
    return table
