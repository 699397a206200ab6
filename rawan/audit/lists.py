"""The lists that were published before an election, read from runs of any age.

Owns what makes a list, and what it must have. Runs are found in the folders of the configuration;
a single file can be named. How columns were called is `columns.py`, what happened
afterwards `outcomes.py`.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import polars as pl

from rawan.audit.columns import NEEDED, read_columns, typed
from rawan.errors import RawanError
from rawan.provenance import file_hash
from rawan.publishing.bilingual import Words
from rawan.publishing.runs import MANIFEST
from rawan.review.visible import visible
from rawan.settings import Settings
from rawan.sources.sheet import ROW

FILES = ("ranking.parquet", "ranking.csv", "ranking.xlsx")
HAZARDS = ("conflict", "logistics")


@dataclass(frozen=True)
class PastList:
    """One list as it was published.

    Attributes
    ----------
    run_id : of the run, or the name of the file that it was read from.
    stages : the stages that have this very list; none where it names no stage.
    until : first day of which it no longer speaks; None where it does not say.
    basis : "window" where stages were not told apart; None where the list does not say.
    k : villages that can be given more people, as it says.
    rows : by village code; the columns that it has, of those that the reckoning reads.
    lacking : those of `NEEDED` that it does not have, or that hold nothing.
    """

    run_id: str
    source: str
    hazard: str
    stages: tuple[str, ...]
    cutoff: date
    until: date | None
    basis: str | None
    k: int | None
    model: str | None
    data_origin: str | None
    rows: pl.DataFrame
    lacking: tuple[str, ...]


@dataclass(frozen=True)
class Found:
    """The lists of an election, oldest cutoff first, and why others were left out."""

    lists: tuple[PastList, ...]
    left_out: tuple[Words, ...]


def published_lists(settings: Settings, election: str, last_day: date) -> Found:
    """Return the lists of every complete run of this region for an election.

    A run that lies in both folders counts once. What cannot be read, or was changed since its
    publication, is left out with the reason.
    """
    lists: list[PastList] = []
    left_out: list[Words] = []
    seen: set[str] = set()
    for folder in _runs(settings):
        try:
            manifest = _manifest(folder)
            if manifest.get("region") != settings.region.name:
                continue
            run_id = str(manifest.get("run_id", folder.name))
            if run_id in seen or manifest.get("election", election) != election:
                continue
            cutoff = manifest.get("cutoff")
            if isinstance(cutoff, str) and date.fromisoformat(cutoff) > last_day:
                continue
            lists += read_lists(folder, settings)
            seen.add(run_id)
        except (RawanError, ValueError) as error:
            told = visible(str(error)).rstrip(".")
            left_out.append(Words.of("audit.left_out_run", why=Words.same(told)))
    kept = [one for one in lists if one.cutoff <= last_day]
    kept.sort(key=lambda one: (one.cutoff, one.run_id, one.hazard, one.stages))
    return Found(tuple(kept), tuple(left_out))


def read_lists(path: Path, settings: Settings, cutoff: date | None = None) -> list[PastList]:
    """Return the lists of a run's folder or of a single file: Parquet, CSV or XLSX.

    Parameters
    ----------
    path : the folder of a run, or a file.
    cutoff : for lists that do not say theirs.

    Raises
    ------
    RawanError
        If it cannot be read, lacks village_code, rank or a cutoff, names a village twice, or is
        not what its manifest says.
    """
    file, manifest = path, {}
    if path.is_dir():
        there = [path / name for name in FILES if (path / name).is_file()]
        if not there:
            raise RawanError(f"{path}: holds no list ({', '.join(FILES)}).")
        file = there[0]
        if (path / MANIFEST).is_file():
            manifest = _manifest(path)
            _check_unchanged(file, manifest)
    elif not path.is_file():
        raise RawanError(f"{path}: there is no such file.")
    table, lacking = typed(read_columns(file, settings), file)
    fallback = {
        "hazard": "conflict",
        "run_id": str(manifest.get("run_id", file.name)),
        "cutoff": str(manifest.get("cutoff") or cutoff or ""),
    }
    for name, value in fallback.items():
        if name in table.columns:
            table = table.with_columns(pl.col(name).fill_null(value))
        else:
            table = table.with_columns(pl.lit(value).alias(name))
    if "stage" not in table.columns:
        table = table.with_columns(pl.lit(None, dtype=pl.String).alias("stage"))
    keys = ["run_id", "hazard", "stage", "cutoff"]
    lists = [
        _one(rows.sort("village_code"), file, lacking)
        for _, rows in table.group_by(keys, maintain_order=True)
    ]
    return _together(lists)


def _one(rows: pl.DataFrame, file: Path, lacking: tuple[str, ...]) -> PastList:
    twice = rows.filter(pl.col("village_code").is_duplicated())
    if twice.height:
        code = twice["village_code"][0]
        raise RawanError(f"{file}: {code} stands twice in one list. Give one row a village.")
    first = {name: rows[name][0] for name in rows.columns}
    if first["hazard"] not in HAZARDS:
        raise RawanError(
            f'{file}, column "hazard": "{first["hazard"]}" is none; there is '
            f"{' and '.join(HAZARDS)}."
        )
    try:
        cutoff = date.fromisoformat(first["cutoff"][:10])
    except ValueError:
        raise RawanError(
            f'{file}: the list says no cutoff that can be read ("{first["cutoff"]}"). Give the '
            "first day that it did not know with --cutoff 2024-11-01."
        ) from None
    days = first.get("horizon_days")
    if days is not None and not 1 <= days <= 36_500:
        raise RawanError(f'{file}, column "horizon_days": {days} is not between 1 and 36500.')
    empty = [name for name in NEEDED if name in rows.columns and rows[name].null_count() > 0]
    return PastList(
        run_id=first["run_id"],
        source=str(file),
        hazard=first["hazard"],
        stages=(first["stage"],) if first["stage"] else (),
        cutoff=cutoff,
        until=None if days is None else cutoff + timedelta(days=days),
        basis=first.get("score_basis"),
        k=first.get("top_k"),
        model=first.get("model"),
        data_origin=first.get("data_origin"),
        # A column with gaps would be read as if the gaps were something.
        rows=rows.drop([name for name in empty if name != "drivers"]),
        lacking=tuple(name for name in NEEDED if name in lacking or name in empty),
    )


def _together(lists: list[PastList]) -> list[PastList]:
    """Return the lists, those that differ by nothing but their stage as one."""
    found: list[PastList] = []
    for one in lists:
        same = [i for i, other in enumerate(found) if _is_same(one, other)]
        if same:
            stages = (*found[same[0]].stages, *one.stages)
            found[same[0]] = replace(found[same[0]], stages=stages)
        else:
            found.append(one)
    return found


def _is_same(one: PastList, other: PastList) -> bool:
    facts = [(a.run_id, a.hazard, a.cutoff, a.until, a.k, a.basis) for a in (one, other)]
    return facts[0] == facts[1] and one.rows.drop("stage", ROW).equals(
        other.rows.drop("stage", ROW)
    )


def _runs(settings: Settings) -> Iterator[Path]:
    """Yield folders with a manifest: complete runs first, then what was published."""
    for parent in (settings.output.private, settings.output.folder):
        for manifest in sorted(parent.glob(f"*/{MANIFEST}")):
            name = manifest.parent.name
            if name != "latest" and not name.startswith("."):
                yield manifest.parent


def _manifest(folder: Path) -> dict[str, Any]:
    file = folder / MANIFEST
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise RawanError(f"{file}: cannot be read ({error}).") from None
    if not isinstance(content, dict):
        raise RawanError(f"{file}: is no manifest.")
    return content


def _check_unchanged(file: Path, manifest: dict[str, Any]) -> None:
    files = manifest.get("files")
    told = files.get(file.name) if isinstance(files, dict) else None
    if told is not None and told != file_hash(file):
        raise RawanError(
            f"{file}: is not what its manifest says: it was changed after publication. Put the "
            "published one back from your copy."
        )
