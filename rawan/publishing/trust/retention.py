"""How long published runs are kept: what was not approved loses its files after a stated time.

Owns which runs are given up and how. A manifest is never removed, so that the chain still
verifies; `removed.json` beside it says when its files went and why. From the moment that stands
the run is given up: removal that was stopped half-way is taken up the next time.
"""

import json
import os
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from rawan.publishing.runs import BUILDING, LATEST, MANIFEST, REMOVED
from rawan.publishing.trust.verified_folder import Malformed, read_json, text_of

_LATEST = "latest"
# A complete run keeps its list: the reckoning after an election may come years later.
_KEPT_IN_PRIVATE = frozenset({"ranking.parquet"})


@dataclass(frozen=True)
class _Run:
    """A run's folder; `files` are those that its manifest names."""

    folder: Path
    run_id: str
    issued: datetime
    cutoff: tuple[str, str]
    files: frozenset[str]

    @property
    def is_whole(self) -> bool:
        return not (self.folder / REMOVED).exists()


def give_up(out: Path, private: Path, keep_days: int, today: date, approved: set[str]) -> list[str]:
    """Remove the files of published folders and complete runs that are kept no longer.

    Kept are the runs that were approved, the newest of each cutoff, what `latest.json` names, and
    whatever was issued within `keep_days`. Files that no manifest names are never touched.

    Parameters
    ----------
    approved : ids of the runs that somebody answers for.

    Returns
    -------
    One sentence for each folder that lost files, could not lose them, or could not be judged.
    """
    pointed, told = _pointed(out)
    if told:
        return told  # without knowing which is the newest, nothing is removed
    published, told = _runs(out)
    complete, told_private = _runs(private)
    told += told_private
    kept = _newest(published) | {out / pointed[0]}
    for run in published:
        if run.run_id not in approved and run.folder not in kept:
            told += _give_up(run, keep_days, today, frozenset())
    # As long as an issue of a run can be read, the complete run explains it.
    still_read = {run.run_id for run in published if run.is_whole} | {pointed[1]}
    kept = _newest(complete)
    for run in complete:
        if run.run_id not in approved | still_read and run.folder not in kept:
            told += _give_up(run, keep_days, today, _KEPT_IN_PRIVATE)
    return told


def _pointed(out: Path) -> tuple[tuple[str, str], list[str]]:
    """Return folder and run that latest.json names; where that cannot be read, a sentence."""
    if not os.path.lexists(out / LATEST):
        return ("", ""), []
    try:
        content = read_json(out / LATEST)
        run_id = text_of(content, "run_id")
        return (str(content.get("folder", run_id)), run_id), []
    except Malformed as error:
        return ("", ""), [
            f"{out / LATEST}: cannot be read ({error}); no run was given up. "
            f"See what is wrong with: rawan verify {out}"
        ]


def _runs(folder: Path) -> tuple[list[_Run], list[str]]:
    """Return the runs in a folder, and a sentence for each whose manifest cannot be read."""
    runs, told = [], []
    for path in sorted(folder.glob(f"*/{MANIFEST}")):
        run = path.parent
        if run.name == _LATEST or run.name.startswith(BUILDING) or run.is_symlink():
            continue
        try:
            runs.append(_run(run, read_json(path)))
        except Malformed as error:
            told.append(f"{path}: cannot be read ({error}); the run was left as it is.")
    return runs, told


def _run(folder: Path, content: dict[str, Any]) -> _Run:
    """Return what a manifest of any form says of its age."""
    given = [content[n] for n in ("issued_on", "made_on", "created_at") if content.get(n)]
    try:
        issued = datetime.fromisoformat(given[0])
    except (IndexError, TypeError, ValueError):
        raise Malformed("no day on which it was issued") from None
    if not isinstance(content.get("files"), dict):
        raise Malformed("no files")
    return _Run(
        folder,
        text_of(content, "run_id"),
        issued if issued.tzinfo else issued.replace(tzinfo=UTC),
        (str(content.get("region", "")), text_of(content, "cutoff")),
        frozenset(content["files"]),
    )


def _newest(runs: list[_Run]) -> set[Path]:
    """Return the folder of each cutoff that was issued last."""
    newest: dict[tuple[str, str], _Run] = {}
    for run in runs:
        known = newest.get(run.cutoff)
        # Of two issued within the same second the further issue has the longer name.
        if known is None or (known.issued, len(known.folder.name)) <= (
            run.issued,
            len(run.folder.name),
        ):
            newest[run.cutoff] = run
    return {run.folder for run in newest.values()}


def _give_up(run: _Run, keep_days: int, today: date, keep: frozenset[str]) -> list[str]:
    if (today - run.issued.date()).days <= keep_days:
        return []
    try:
        if run.is_whole:
            _say_removed(run.folder, keep_days, today)
        removed = _remove(run, keep)
    except OSError as error:
        return [
            f"{error.filename or run.folder}: cannot be removed ({error.strerror}). Close the "
            "program that holds it open; the next run tries again."
        ]
    if not removed:
        return []
    return [
        f"{run.folder}: given up after {keep_days} days without an approval ({removed} files); "
        "its manifest stands."
    ]


def _say_removed(folder: Path, keep_days: int, today: date) -> None:
    """Write removed.json in one step: from here on the run is given up."""
    content = {
        "removed_on": today.isoformat(),
        "reason": f"not approved within {keep_days} days",
    }
    fresh = folder.parent / f"{BUILDING}{folder.name}-{REMOVED}"
    with fresh.open("w", encoding="utf-8", newline="\n") as stream:
        stream.write(json.dumps(content, indent=2, ensure_ascii=False) + "\n")
        stream.flush()
        os.fsync(stream.fileno())
    os.replace(fresh, folder / REMOVED)


def _remove(run: _Run, keep: frozenset[str]) -> int:
    """Remove the files that the manifest names, and folders that are empty then; count files."""
    removed = 0
    for inside, _, names in os.walk(run.folder, topdown=False):
        here = Path(inside)
        for name in names:
            path = here / name
            named = path.relative_to(run.folder).as_posix()
            if named in run.files and named not in keep and named not in (MANIFEST, REMOVED):
                path.unlink()
                removed += 1
        if here != run.folder and not any(here.iterdir()):
            here.rmdir()
    return removed
