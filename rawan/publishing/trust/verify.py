"""Whether anything was changed, added or is missing in what was published since publication.

Owns the chain: each folder names the one published before it by the hash of its manifest, and
`latest.json` names the one published last, so that none can vanish, change or appear unseen.
Whoever can write to the whole folder can still make a whole new chain: that shows against a
signature, or a hash kept elsewhere. One folder and its manifest are in `verified_folder.py`.
"""

import os
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rawan.errors import RawanError, UsageError
from rawan.publishing.runs import BUILDING, LATEST, MANIFEST
from rawan.publishing.texts import text
from rawan.publishing.trust.people_record import PEOPLE
from rawan.publishing.trust.signing import PublicKeys
from rawan.publishing.trust.verified_folder import (
    SIGNATURE,
    Finding,
    Listing,
    Malformed,
    Manifest,
    hash_in,
    judge_files,
    judge_signature,
    list_folder,
    read_json,
    read_manifest,
    text_of,
)
from rawan.settings import Language

COPY = "latest"
_POINTER = {"run_id", "audience", "folder", "manifest_sha256", "head"}
_RUN = re.compile(r"[0-9]{8}-[0-9a-f]{12}(\.[0-9]+)?")
_MOST_TOLD = 100


@dataclass(frozen=True)
class Verification:
    """What was found in a published folder.

    Attributes
    ----------
    runs : the published folders that were looked at.
    files : files that are as their manifests say.
    is_chain_judged : False for a single published folder.
    problems : what is not as it was published.
    notes : what a reader should know, and is in order.
    """

    folder: Path
    runs: tuple[str, ...]
    files: int
    is_chain_judged: bool
    problems: tuple[Finding, ...]
    notes: tuple[Finding, ...]

    @property
    def is_right(self) -> bool:
        """Whether all is as it was published."""
        return not self.problems

    def lines(self, lang: Language) -> list[str]:
        """Return it as lines for a terminal; of very many problems, the first."""
        lines = [finding.told(lang) for finding in self.problems[:_MOST_TOLD]]
        if (more := len(self.problems) - _MOST_TOLD) > 0:
            lines.append(text("verify.more", lang).format(number=more))
        lines += [finding.told(lang) for finding in self.notes]
        if self.is_right:
            last = text("verify.right", lang).format(runs=len(self.runs), files=self.files)
        else:
            last = text("verify.wrong", lang).format(problems=len(self.problems))
        return [*lines, last]

    def as_json(self, lang: Language) -> dict[str, Any]:
        """Return it for programs."""

        def rows(findings: tuple[Finding, ...]) -> list[dict[str, str]]:
            return [
                {"kind": f.kind, "folder": f.where, "name": f.name, "sentence": f.told(lang)}
                for f in findings
            ]

        return {
            "folder": str(self.folder),
            "is_right": self.is_right,
            "is_chain_judged": self.is_chain_judged,
            "runs": list(self.runs),
            "files": self.files,
            "problems": rows(self.problems),
            "notes": rows(self.notes),
        }


@dataclass
class _Run:
    """A published folder: what lies in it, and what its manifest says if that can be read."""

    folder: Path
    listing: Listing
    manifest: Manifest | None
    is_given_up: bool = False

    @property
    def digest(self) -> str | None:
        """The hash of its manifest."""
        return self.listing.files.get(MANIFEST)


@dataclass(frozen=True)
class _Pointer:
    """What latest.json names: the folder for people, the one published last, and for whom."""

    folder: str
    head: str
    audience: str | None


@dataclass
class _Found:
    keys: PublicKeys | None
    problems: list[Finding] = field(default_factory=list)
    notes: list[Finding] = field(default_factory=list)
    files: int = 0


def verify(folder: Path, public_key: Path | None = None) -> Verification:
    """Hold a folder of published runs, or one of them, against its manifests.

    Parameters
    ----------
    folder : what `[output] folder` names, or a copy of it, or one published folder; of one alone
        the chain is not judged.
    public_key : of who signs; then the newest folder must be signed, and every signature be right.

    Raises
    ------
    UsageError
        If there is nothing published in the folder, or the key is no public key.
    """
    found = _Found(PublicKeys(public_key) if public_key is not None else None)
    if not folder.is_dir():
        raise UsageError(f"{folder}: no such folder. Name one that was published, such as: out")
    if os.path.lexists(folder / PEOPLE):
        raise UsageError(
            f"{folder}: holds the complete runs, not what was published of them. Name what was "
            "published, such as: out"
        )
    # What the folder is called, even where it is given as ".".
    name = folder.resolve().name or str(folder)
    if os.path.lexists(folder / MANIFEST):
        runs = {name: _look(folder, name, found)}
        _sign(runs, name, found, is_alone=True)
        found.notes.append(Finding("alone.told", name))
        return _result(folder, runs, found, is_chain_judged=False)
    runs = _runs(folder, name, found)
    pointer = _pointer(folder, name, runs, found)
    if not runs and not os.path.lexists(folder / LATEST):
        raise UsageError(f"{folder}: nothing was published here. Name the folder of a run, or out.")
    head = pointer.head if pointer is not None else None
    _chain(runs, head, found)
    if pointer is not None:
        _audiences(runs, pointer.audience, found)
        _latest(folder, name, runs[pointer.folder], found)
        if runs[pointer.folder].is_given_up:
            found.problems.append(Finding("given_up.newest", pointer.folder))
    _sign(runs, head, found, is_alone=False)
    return _result(folder, runs, found, is_chain_judged=True)


def _result(
    folder: Path, runs: dict[str, _Run], found: _Found, is_chain_judged: bool
) -> Verification:
    problems, notes = tuple(dict.fromkeys(found.problems)), tuple(dict.fromkeys(found.notes))
    return Verification(folder, tuple(runs), found.files, is_chain_judged, problems, notes)


def _runs(folder: Path, where: str, found: _Found) -> dict[str, _Run]:
    """Look at every published folder; tell what else lies beside them."""
    runs: dict[str, _Run] = {}
    try:
        with os.scandir(folder) as scanned:
            entries = sorted(scanned, key=lambda entry: entry.name)
    except OSError as error:
        raise RawanError(f"{folder}: cannot be read ({error.strerror}).") from error
    for entry in entries:
        path, is_folder = Path(entry.path), entry.is_dir(follow_symlinks=False)
        if entry.name in (COPY, LATEST):
            continue
        if entry.name.startswith(BUILDING):
            found.problems.append(Finding("folder.left_over", where, entry.name))
        elif is_folder and os.path.lexists(path / MANIFEST):
            runs[entry.name] = _look(path, entry.name, found)
        elif is_folder and _RUN.fullmatch(entry.name):
            found.problems.append(Finding("file.missing", entry.name))
        else:
            found.problems.append(Finding("folder.foreign", where, entry.name))
    return runs


def _look(folder: Path, name: str, found: _Found) -> _Run:
    """Hold one published folder against its manifest."""
    listing = list_folder(folder, name)
    manifest, wrong = read_manifest(folder, name)
    run = _Run(folder, listing, manifest)
    if manifest is None:
        found.problems += [*listing.wrong, *wrong]
        return run
    different, given_up = judge_files(folder, name, manifest, listing)
    found.problems += wrong + different
    found.files += sum(listing.files.get(n) == digest for n, digest in manifest.files.items())
    if given_up is not None:
        found.notes.append(given_up)
        run.is_given_up = True
    return run


def _pointer(folder: Path, where: str, runs: dict[str, _Run], found: _Found) -> _Pointer | None:
    """Return what latest.json names; None if that cannot be trusted."""
    if not os.path.lexists(folder / LATEST):
        found.problems.append(Finding("pointer.missing", where, LATEST))
        return None
    try:
        content = read_json(folder / LATEST, is_ours=True)
        # The first version of the form names a run, which has one folder only.
        is_old = set(content) == {"run_id", "manifest_sha256"}
        if not is_old and set(content) != _POINTER:
            raise Malformed("other entries")
        run_id, digest = text_of(content, "run_id"), hash_in(content, "manifest_sha256")
        name = run_id if is_old else text_of(content, "folder")
        audience = None if is_old else text_of(content, "audience")
        newest = {"folder": name, "manifest_sha256": digest} if is_old else content["head"]
        if not isinstance(newest, dict) or set(newest) != {"folder", "manifest_sha256"}:
            raise Malformed("head")
        head, head_digest = text_of(newest, "folder"), hash_in(newest, "manifest_sha256")
    except Malformed as error:
        found.problems.append(Finding("pointer.bad", where, LATEST, str(error)))
        return None
    for one, own_digest in ((name, digest), (head, head_digest)):
        if one not in runs:
            found.problems.append(Finding("pointer.elsewhere", where, LATEST, one))
            return None
        if runs[one].digest != own_digest:
            found.problems.append(Finding("pointer.differs", where, LATEST, one))
    manifest = runs[name].manifest
    if manifest is not None:
        if (manifest.run_id, manifest.audience) != (run_id, audience):
            found.problems.append(Finding("pointer.differs", where, LATEST, name))
        others = [r.manifest for r in runs.values() if r.manifest is not None]
        issue = max(m.issue for m in others if m.run_id == manifest.run_id)
        if issue > manifest.issue:
            found.problems.append(Finding("pointer.older", where, LATEST, f"{run_id}.{issue}"))
    if head != name:
        found.notes.append(Finding("pointer.apart", where, name, head))
    return _Pointer(name, head, audience)


def _chain(runs: dict[str, _Run], tip: str | None, found: _Found) -> None:
    """Judge what each folder says of the one before it, and which lead to the newest."""
    for name, run in runs.items():
        if run.manifest is None:
            continue
        if run.manifest.folder != name:
            found.problems.append(Finding("manifest.folder", name, other=run.manifest.folder))
        if run.manifest.previous is None:
            continue
        before, digest = run.manifest.previous
        if before not in runs:
            found.problems.append(Finding("chain.gap", name, other=before))
        elif runs[before].digest != digest:
            found.problems.append(Finding("chain.changed", before, other=name))
    on_chain: set[str] = set()
    step: str | None = tip
    while step is not None and step in runs and step not in on_chain:
        on_chain.add(step)
        manifest = runs[step].manifest
        if manifest is None:
            return  # told already; what came before it cannot be known
        if manifest.previous is None:
            aside = sorted(set(runs) - on_chain)
            found.problems += [Finding("chain.aside", n, other=tip or "") for n in aside]
            return
        step = manifest.previous[0]


def _audiences(runs: dict[str, _Run], audience: str | None, found: _Found) -> None:
    """Judge that no folder is made for other readers than the newest."""
    for name, run in runs.items():
        own = run.manifest.audience if run.manifest is not None else None
        if audience is not None and own is not None and own != audience:
            found.problems.append(Finding("manifest.audience", name, own, audience))


def _latest(folder: Path, where: str, run: _Run, found: _Found) -> None:
    """Judge the copy of the folder that people are pointed to."""
    copy = folder / COPY
    if not os.path.lexists(copy):
        found.problems.append(Finding("folder.latest", where, COPY))
        return
    if copy.is_symlink() or not copy.is_dir():
        found.problems.append(Finding("file.link", where, COPY))
        return
    listing = list_folder(copy, COPY)
    for name in (MANIFEST, SIGNATURE):
        was, now = run.listing.files.get(name), listing.files.get(name)
        if was is None and now is not None:
            found.problems.append(Finding("file.added", COPY, name))
        elif was != now:
            kind = "file.missing" if now is None else "file.changed"
            found.problems.append(Finding(kind, COPY, name))
    if run.manifest is not None:
        found.problems += judge_files(copy, COPY, run.manifest, listing)[0]


def _sign(runs: dict[str, _Run], tip: str | None, found: _Found, is_alone: bool) -> None:
    """Judge signatures: a newest folder that is signed vouches by the chain for those before."""
    findings = {
        name: judge_signature(run.folder, name, run.listing, found.keys)
        for name, run in runs.items()
        if run.digest is not None  # a manifest that is no plain file is told, not opened
    }
    is_vouched = not is_alone and tip in findings and findings[tip] is None
    for name, finding in findings.items():
        if finding is None:
            continue
        if finding.kind == "signature.missing" and is_vouched:
            found.notes.append(Finding("signature.vouched", name, SIGNATURE))
        elif finding.kind == "signature.unchecked":
            if is_alone or name == tip:  # said once
                found.notes.append(finding)
        else:
            found.problems.append(finding)
