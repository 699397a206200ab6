"""Publication of an edition in one step: its folder is there whole, or not at all.

Everything is written beside its place and moved into it; `latest.json` is replaced last. A
published folder never changes: what people decide afterwards makes a further issue beside it.
"""

import json
import os
import shutil
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from rawan.errors import RawanError
from rawan.provenance import file_hash
from rawan.publishing import manifest
from rawan.publishing.audiences import AUDIENCES, may_read
from rawan.publishing.edition import Edition, Standing
from rawan.publishing.edition_files import write_edition
from rawan.publishing.editions import load_edition
from rawan.publishing.files import copy_to_latest, write_json
from rawan.publishing.runs import (
    BUILDING,
    LATEST,
    MANIFEST,
    complete_run,
    folder_of,
    issues_of,
    read_manifest,
)
from rawan.publishing.tables import contract_version
from rawan.publishing.texts import text
from rawan.publishing.trust.decided import standing
from rawan.publishing.trust.signing import sign
from rawan.settings import Audience, Settings

MANIFEST_VERSION = 2
# What of a complete run's manifest an edition's tells too.
_TOLD = ("run_id", "region", "data_origin", "election", "cutoff", "seed", "model")


@dataclass(frozen=True)
class Issued:
    """Where an issue lies, which of the run it is, and whether it was there before."""

    folder: Path
    number: int
    was_there: bool


def issue(settings: Settings, run_id: str, audience: Audience, is_latest: bool = True) -> Issued:
    """Publish a complete run for an audience, as people have decided about it by now.

    An issue that says the same is there already is made again and compared instead.

    Parameters
    ----------
    is_latest : whether people are pointed to it.

    Raises
    ------
    RawanError
        If the run cannot be read, the folder holds another audience's editions, or the issue came
        out differently than it was published.
    """
    out = folder_of(settings, audience)
    out.mkdir(parents=True, exist_ok=True)
    _check_audience(out, audience)
    clear(out)
    run = complete_run(settings.output.private, run_id)
    decided = standing(settings.output.private, run_id, date.today())  # noqa: DTZ011 - days of people
    edition = load_edition(run, audience, decided, settings.output.language)
    building = out / f"{BUILDING}{run_id}"
    try:
        building.mkdir()
        write_edition(building, run, edition, settings.output.language)
        hashes = manifest.file_hashes(building)
        before = issues_of(out, run_id)
        told = _standing_told(edition.standing)
        if before and read_manifest(before[-1])["standing"] == told:
            _compare(before[-1], hashes)
            target, was_there = before[-1], True
        else:
            number = len(before) + 1
            target = out / (run_id if number == 1 else f"{run_id}.{number}")
            content = _manifest(run, edition, number, hashes) | {"previous": _head(out)}
            write_json(building / MANIFEST, content)
            if settings.output.signing_key is not None:
                sign(building / MANIFEST, settings.output.signing_key)
            building.replace(target)
            was_there = False
        _point(out, target, audience, is_latest, is_new=not was_there)
    finally:
        if building.exists():
            shutil.rmtree(building)
    return Issued(target, len(issues_of(out, run_id)), was_there)


def issue_again(settings: Settings, run_id: str | None = None) -> list[str]:
    """Publish a further issue of a run, or of the latest one, for every audience that has it.

    Returns
    -------
    Where each lies, one line an audience.
    """
    lines = []
    for audience in AUDIENCES:
        out = folder_of(settings, audience)
        if not (out / LATEST).is_file():
            continue
        latest = json.loads((out / LATEST).read_text(encoding="utf-8"))["run_id"]
        wanted = run_id or latest
        if not issues_of(out, wanted):
            continue
        issued = issue(settings, wanted, audience, is_latest=wanted == latest)
        key = "issue.same" if issued.was_there else "issue.new"
        lines.append(
            text(key, settings.output.language).format(
                audience=text(f"audience.{audience}", settings.output.language),
                folder=issued.folder,
                number=issued.number,
            )
        )
    return lines


def published_edition(settings: Settings, audience: Audience) -> tuple[Path, Edition]:
    """Return the folder of the issue that people are pointed to, and what is in it.

    Raises
    ------
    RawanError
        If nothing was published for the audience yet.
    """
    out = folder_of(settings, audience)
    if not (out / LATEST).is_file():
        raise RawanError(
            f"{out}: nothing was published for {audience} yet. Run first: rawan run "
            f"--audience {audience}"
        )
    last = json.loads((out / LATEST).read_text(encoding="utf-8"))
    private = settings.output.private
    decided = standing(private, last["run_id"], date.today())  # noqa: DTZ011 - days of people
    run = complete_run(private, last["run_id"])
    return out / "latest", load_edition(run, audience, decided, settings.output.language)


def clear(out: Path) -> None:
    """Remove what a stopped publication left behind."""
    for leftover in out.glob(f"{BUILDING}*"):
        if leftover.is_dir():
            shutil.rmtree(leftover)
        else:
            leftover.unlink()


def _check_audience(out: Path, audience: Audience) -> None:
    if not (out / LATEST).is_file():
        return
    held = json.loads((out / LATEST).read_text(encoding="utf-8")).get("audience", audience)
    if held != audience:
        raise RawanError(
            f"{out}: holds what {held} may read, and this edition is for {audience}. A folder "
            "holds one audience's editions: give another [output] folder in the configuration."
        )


def _standing_told(standing: Standing) -> dict[str, Any]:
    told: dict[str, Any] = json.loads(json.dumps(asdict(standing), default=str))
    return {"status": standing.status, **told}


def _manifest(
    run: Path, edition: Edition, number: int, hashes: Mapping[str, str]
) -> dict[str, Any]:
    whole = read_manifest(run)
    identity = dict(whole["identity"])
    if not may_read(edition.audience, "internal"):
        names = {file.name for file in edition.facts.inputs}
        identity["inputs"] = {n: f for n, f in identity["inputs"].items() if n in names}
        del identity["rejected"]
    return {
        "manifest_version": MANIFEST_VERSION,
        **{name: whole[name] for name in _TOLD},
        "issue": number,
        "audience": edition.audience,
        "made_on": whole["created_at"],
        "issued_on": datetime.now(UTC).isoformat(timespec="seconds"),
        "status": edition.standing.status,
        "standing": _standing_told(edition.standing),
        "lacking": list(edition.lacking),
        "contract_version": contract_version(),
        "identity": identity,
        "complete_manifest_sha256": file_hash(run / MANIFEST),
        "files": dict(hashes),
    }


def _head(out: Path) -> dict[str, str] | None:
    """Return the issue published last and its manifest's hash: none can vanish unseen."""
    if not (out / LATEST).exists():
        return None
    last = json.loads((out / LATEST).read_text(encoding="utf-8"))
    head: dict[str, str] = last.get("head", last)
    folder = head.get("folder") or head["run_id"]
    return {"folder": folder, "manifest_sha256": head["manifest_sha256"]}


def _compare(target: Path, hashes: dict[str, str]) -> None:
    """Compare an issue made again with the published one."""
    own = {MANIFEST, f"{MANIFEST}.sig"}
    published = {k: v for k, v in manifest.file_hashes(target).items() if k not in own}
    different = sorted(
        name for name in hashes | published if hashes.get(name) != published.get(name)
    )
    if different:
        raise RawanError(
            f"{target}: this run is published already, and came out differently now "
            f"({', '.join(different[:5])}). Either a published file was changed, or the machine or "
            "a library version is another. The published run was left as it is."
        )


def _point(out: Path, target: Path, audience: Audience, is_latest: bool, is_new: bool) -> None:
    """Copy an issue to `latest/` for people and point `latest.json` to it and to the newest."""
    named = {"folder": target.name, "manifest_sha256": file_hash(target / MANIFEST)}
    pointer = out / LATEST
    last = json.loads(pointer.read_text(encoding="utf-8")) if pointer.is_file() else {}
    head = named if is_new else last.get("head", named)
    if is_latest or not last:
        run_id = read_manifest(target)["run_id"]
        last = {"run_id": run_id, "audience": audience, **named}
        copy_to_latest(target)
    new = out / f"{BUILDING}latest.json"
    write_json(new, {**last, "head": head})
    os.replace(new, pointer)
