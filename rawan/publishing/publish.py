"""Publication of a run: the complete run is kept, and an edition of it goes out.

Owns the order. What a complete run holds is `complete.py`, what an audience gets of it
`editions.py`, and how it goes out in one step `issue.py`.
"""

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from rawan.calendar import Election
from rawan.choosing import OUTCOME_TYPES
from rawan.errors import RawanError
from rawan.provenance import file_hash
from rawan.publishing import manifest
from rawan.publishing.change.since_last import change_told, changes
from rawan.publishing.complete import Findings, Sources, write_complete
from rawan.publishing.files import write_json
from rawan.publishing.issue import clear, issue
from rawan.publishing.runs import BUILDING, LATEST, MANIFEST, earlier_runs, folder_of
from rawan.publishing.trust.decided import history
from rawan.publishing.trust.retention import give_up
from rawan.settings import Audience, Settings
from rawan.warehouse import Warehouse

_MOST_PAST = 24  # runs whose ranks are shown over time


@dataclass(frozen=True)
class Published:
    """What came of a run.

    Attributes
    ----------
    folders : where its editions lie, by audience.
    was_verified : whether run and editions were there before, byte for byte.
    change : what changed since the run before, in a sentence.
    given_up : older runs that lost their files under the stated retention, a line each.
    """

    run_id: str
    folders: dict[Audience, Path]
    was_verified: bool
    rows: int
    change: str | None
    given_up: list[str]


def publish(
    warehouse: Warehouse,
    settings: Settings,
    election: Election,
    findings: Findings,
    times: Mapping[str, float],
    audiences: Sequence[Audience] = (),
) -> Published:
    """Keep the complete run and publish an edition of it for each audience.

    A run whose id is there already is made again and compared instead.

    Raises
    ------
    GateStopped
        If the list breaks its contract.
    RawanError
        If the same run came out differently than before.
    """
    private = settings.output.private
    # For the owner alone; Windows has no such modes, and leaves it to the folder above.
    private.mkdir(mode=0o700, parents=True, exist_ok=True)
    clear(private)
    past = earlier_runs(private, settings)[-_MOST_PAST:]
    earlier = past[-1] if past else None
    compared_with = [run.name for run in past]
    identity = manifest.identity(warehouse, settings, compared_with)
    run_id = manifest.run_id(settings, identity)
    building = private / f"{BUILDING}{run_id}"
    try:
        building.mkdir()
        changed = changes(warehouse, settings, findings.scores, earlier)
        sources = Sources(warehouse, settings, election, findings, earlier, changed, past)
        ranking = write_complete(building, sources, run_id, identity)
        hashes = manifest.file_hashes(building)
        target = private / run_id
        was_there = target.exists()
        if was_there:
            _verify(target, hashes)
        else:
            content = _manifest(warehouse, settings, findings, identity, run_id, hashes, times)
            write_json(building / MANIFEST, content)
            building.replace(target)
        named = {"run_id": run_id, "manifest_sha256": file_hash(target / MANIFEST)}
        write_json(private / f"{BUILDING}{LATEST}", named)
        (private / f"{BUILDING}{LATEST}").replace(private / LATEST)
    finally:
        if building.exists():
            shutil.rmtree(building)
    issued = {
        audience: issue(settings, run_id, audience)
        for audience in dict.fromkeys(audiences or [settings.output.audience])
    }
    return Published(
        run_id,
        folders={audience: one.folder for audience, one in issued.items()},
        was_verified=was_there and all(one.was_there for one in issued.values()),
        rows=ranking.height,
        change=None if earlier is None else change_told(changed, earlier, settings.output.language),
        given_up=_give_up(settings, list(issued)),
    )


def _give_up(settings: Settings, audiences: Sequence[Audience]) -> list[str]:
    """Give up runs whose time is over; those that were approved stay."""
    today = date.today()  # noqa: DTZ011 - the day of the office
    private = settings.output.private
    approved = {each.run_id for each in history(private) if each.kind == "approval" and each.run_id}
    return [
        line
        for audience in audiences
        for line in give_up(
            folder_of(settings, audience),
            private,
            settings.output.keep_days,
            today,
            approved,
        )
    ]


def head(warehouse: Warehouse, rows: int = 10) -> list[dict[str, Any]]:
    """Return the first rows of every list, as a table for people."""
    ranking = warehouse.frame(
        "SELECT hazard, stage, rank, rank_low, rank_high, village_code, village, district,"
        " band, data_origin FROM marts.ranking WHERE rank <= ? ORDER BY hazard, stage, rank,"
        " village_code",
        [rows],
    )
    return ranking.to_dicts()


def _manifest(
    warehouse: Warehouse,
    settings: Settings,
    findings: Findings,
    identity: dict[str, Any],
    run_id: str,
    hashes: dict[str, str],
    times: Mapping[str, float],
) -> dict[str, Any]:
    gates = findings.gates.findings
    types = [name for (name,) in warehouse.rows(OUTCOME_TYPES)]
    lang = settings.output.language
    return {
        "manifest_version": 2,
        "run_id": run_id,
        "created_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "region": settings.region.name,
        "data_origin": warehouse.value("SELECT any_value(data_origin) FROM marts.ranking"),
        "election": settings.calendar.election,
        "cutoff": settings.calendar.cutoff.isoformat(),
        "seed": settings.uncertainty.seed,
        "identity": identity,
        "environment": manifest.environment(),
        "fates": findings.fates.counts,
        "row_counts": manifest.row_counts(warehouse),
        "gates": {
            status: sum(finding.status == status for finding in gates)
            for status in ("passed", "failed", "raised")
        },
        "warnings": [words.said(lang) for words, _ in findings.warnings()],
        "model": findings.choice.as_json(types),
        "step_seconds": {name: round(seconds, 3) for name, seconds in times.items()},
        "files": hashes,
    }


def _verify(target: Path, hashes: dict[str, str]) -> None:
    """Compare a complete run made again with the one that is kept."""
    kept = {k: v for k, v in manifest.file_hashes(target).items() if k != MANIFEST}
    different = sorted(name for name in hashes | kept if hashes.get(name) != kept.get(name))
    if different:
        raise RawanError(
            f"{target}: this run is published already, and came out differently now "
            f"({', '.join(different[:5])}). Either a published file was changed, or the machine or "
            "a library version is another. The published run was left as it is."
        )
