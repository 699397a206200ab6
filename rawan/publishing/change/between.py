"""What changed between two published runs: who entered and left the top k, who moved, and why.

Owns the comparison. The parts of each move are had in `between_parts.py`, what differs in what
the runs were made from in `between_manifests.py`; the words are put together in
`between_lines.py`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from models.change import PARTS
from rawan.errors import RawanError
from rawan.publishing.bilingual import Words
from rawan.publishing.change.between_manifests import Difference, Run, differences, find_run
from rawan.publishing.change.between_parts import Parts, parts_of
from rawan.settings import Settings

_RANKED = ["village_code", "rank", "rank_low", "rank_high", "top_k"]
_NAMED = ["village", "district", "polsek"]
_NEEDED = ["hazard", "stage", *_RANKED, *_NAMED, "score", "data_origin"]
_BY = [f"by_{part}" for part in PARTS]


@dataclass(frozen=True)
class ListChange:
    """The change of one list, or of several stages whose lists are the same.

    Attributes
    ----------
    villages : one row a village of either list, by the new rank, those that are gone last:
        village_code, village, district, polsek, the columns of `moves`, and by_time, by_data,
        by_model, by_places [places gained; null where they are not known].
    top_k : before and after.
    parts : how the parts were had; None where there are none, then `why_not` says why.
    """

    hazard: str
    stages: tuple[str, ...]
    villages: pl.DataFrame
    top_k: tuple[int, int]
    parts: str | None
    why_not: Words | None

    def where(self, flag: str) -> pl.DataFrame:
        """Return the villages of which `entered`, `left` or `is_beyond` holds."""
        return self.villages.filter(pl.col(flag))

    def as_json(self) -> dict[str, Any]:
        """Return it for a program."""
        return {
            "hazard": self.hazard,
            "stages": list(self.stages),
            "top_k_before": self.top_k[0],
            "top_k_after": self.top_k[1],
            "parts": self.parts,
            "why_no_parts": None if self.why_not is None else vars(self.why_not),
            "moved_mainly_by": None if self.parts is None else moved_mainly_by(self.villages),
            **{
                flag: self.where(flag)["village_code"].to_list()
                for flag in ("entered", "left", "is_beyond")
            },
            "villages": self.villages.to_dicts(),
        }


@dataclass(frozen=True)
class Between:
    """Two published runs held beside each other."""

    before: Run
    after: Run
    data_origin: str
    lists: tuple[ListChange, ...]
    made_from: tuple[Difference, ...]

    def as_json(self) -> dict[str, Any]:
        """Return it for a program."""
        return {
            "before": self.before.as_json(),
            "after": self.after.as_json(),
            "data_origin": self.data_origin,
            "lists": [one.as_json() for one in self.lists],
            "made_from": [vars(one) for one in self.made_from],
        }


def compare(
    settings: Settings, before: str, after: str, tell: Callable[[str], None] = lambda _: None
) -> Between:
    """Hold two published runs beside each other; nothing is written.

    Parameters
    ----------
    before, after : ids of complete runs, their unique beginnings, or "latest".
    tell : is told when the warehouse has to be waited for.

    Raises
    ------
    UsageError
        If there is no such run, or several begin like that.
    RawanError
        If a run cannot be read, or the two speak of other regions or of other hazards.
    """
    a, b = find_run(settings, before), find_run(settings, after)
    if a.region != b.region:
        raise RawanError(
            f"{a.run_id} is a run of {a.region} and {b.run_id} one of {b.region}: there is nothing "
            "to compare. Give two runs of one region."
        )
    old, new = _ranking(a.folder), _ranking(b.folder)
    keys = {key: None for key in _lists(old) if key in set(_lists(new))}
    if not keys:
        raise RawanError(
            f"{a.run_id} and {b.run_id} share no list: {_told(old)} beside {_told(new)}. Give two "
            "runs that publish a hazard for the same stage."
        )
    hazards = list(dict.fromkeys(hazard for hazard, _ in keys))
    parts = parts_of(settings, a, b, _by_hazard(old, keys), _by_hazard(new, keys), tell)
    changes = [
        change for hazard in hazards for change in _of_hazard(hazard, keys, old, new, parts[hazard])
    ]
    origins = {*old["data_origin"].to_list(), *new["data_origin"].to_list()}
    origin = next((o for o in ("SIMULASI", "internal") if o in origins), "publik")
    return Between(a, b, origin, tuple(changes), tuple(differences(a, b)))


def moves(before: pl.DataFrame, after: pl.DataFrame) -> pl.DataFrame:
    """Return how each village moved from one list to another of the same hazard and stage.

    Parameters
    ----------
    before, after : rows of one list each, with village_code, rank, rank_low, rank_high and
        top_k of the contract.

    Returns
    -------
    One row a village of either list, by the new rank and code, those that are gone last, by the
    old: village_code; rank_before, rank_after, rank_low_before, rank_high_before [null where it
    is not in that list]; entered [in the top k and was not, or was in no list], left [was in the
    top k and is not], is_beyond [the new rank lies outside the earlier interval; false where it
    is in one list only].

    Raises
    ------
    ValueError
        If a village stands twice: the rows are those of several lists.

    Examples
    --------
    >>> a = pl.DataFrame({"village_code": ["x", "y"], "rank": [1, 2], "top_k": [1, 1]})
    >>> a = a.with_columns(rank_low=pl.col("rank"), rank_high=pl.col("rank"))
    >>> b = a.with_columns(rank=pl.Series([2, 1]))
    >>> moves(a, b).select("village_code", "entered", "left", "is_beyond").rows()
    [('y', True, False, True), ('x', False, True, True)]
    """
    for frame in (before, after):
        if frame["village_code"].is_duplicated().any():
            raise ValueError("a village stands twice in one list: these rows are of several lists")
    whole = {
        name: pl.col(name).cast(pl.Int64) for name in ("rank", "rank_low", "rank_high", "top_k")
    }
    was = before.select(
        "village_code",
        rank_before=whole["rank"],
        rank_low_before=whole["rank_low"],
        rank_high_before=whole["rank_high"],
        was_top=whole["rank"] <= whole["top_k"],
    )
    now = after.select(
        "village_code", rank_after=whole["rank"], is_top=whole["rank"] <= whole["top_k"]
    )
    was_top, is_top = pl.col("was_top").fill_null(False), pl.col("is_top").fill_null(False)
    stays = pl.col("rank_after").is_between("rank_low_before", "rank_high_before")
    return (
        was.join(now, on="village_code", how="full", coalesce=True)
        .with_columns(
            entered=is_top & ~was_top,
            left=was_top & ~is_top,
            is_beyond=(~stays).fill_null(False),
        )
        .sort("rank_after", "rank_before", "village_code", nulls_last=True)
        .select(
            *("village_code", "rank_before", "rank_after", "rank_low_before", "rank_high_before"),
            *("entered", "left", "is_beyond"),
        )
    )


def moved_mainly_by(villages: pl.DataFrame) -> dict[str, int]:
    """Return how many villages moved mainly by each part, as `Change.moved_mainly_by` counts."""
    rank = villages.select("rank_before", "rank_after").cast(pl.Float64).to_numpy()
    total = rank[:, 0] - rank[:, 1]
    is_moved = np.isfinite(total) & (total != 0)
    steps = villages.select(_BY).cast(pl.Float64).to_numpy()[is_moved]
    along = steps * np.sign(total[is_moved])[:, None]
    is_largest = along == along.max(axis=1, keepdims=True)
    is_single = is_largest.sum(axis=1) == 1
    return {part: int((is_largest[:, i] & is_single).sum()) for i, part in enumerate(PARTS)} | {
        "several": int((~is_single).sum()),
        "unmoved": int((total == 0).sum()),
        "appeared": villages["rank_before"].null_count(),
        "disappeared": villages["rank_after"].null_count(),
    }


def _of_hazard(
    hazard: str,
    keys: dict[tuple[str, str], None],
    old: pl.DataFrame,
    new: pl.DataFrame,
    parts: Parts,
) -> list[ListChange]:
    """Return the changes of a hazard's lists: stages whose lists moved alike are told once."""
    found: list[ListChange] = []
    for stage in (stage for name, stage in keys if name == hazard):
        before, after = _rows(old, hazard, stage), _rows(new, hazard, stage)
        moved = moves(before, after)
        top_k = (_k(before), _k(after))
        same = [one for one in found if one.top_k == top_k and _is_same(one.villages, moved)]
        if same:
            where = found.index(same[0])
            stages = (*same[0].stages, stage)
            found[where] = ListChange(**{**vars(same[0]), "stages": stages})
            continue
        steps, why_not, how = parts.frame, parts.why_not, parts.how
        if steps is not None and not _fits(moved, steps):
            steps, why_not, how = None, Words.of("between.no_parts.other_ranks"), None
        named = pl.concat([after, before]).unique("village_code", keep="first")
        villages = moved.join(
            named.select("village_code", *_NAMED), on="village_code", maintain_order="left"
        )
        if steps is None:
            empty = [pl.lit(None, dtype=pl.Int64).alias(name) for name in _BY]
            villages = villages.with_columns(empty)
        else:
            villages = villages.join(
                steps.select("village_code", *_BY),
                on="village_code",
                how="left",
                maintain_order="left",
            )
        columns = ["village_code", *_NAMED, *moved.columns[1:], *_BY]
        found.append(ListChange(hazard, (stage,), villages.select(columns), top_k, how, why_not))
    return found


def _is_same(villages: pl.DataFrame, moved: pl.DataFrame) -> bool:
    return villages.select(moved.columns).equals(moved)


def _fits(moved: pl.DataFrame, steps: pl.DataFrame) -> bool:
    """Tell whether parts belong to these ranks and add up to every move."""
    ranks = ["village_code", "rank_before", "rank_after"]
    if (
        not moved.select(ranks)
        .sort("village_code")
        .equals(steps.select(ranks).sort("village_code"))
    ):
        return False
    total = pl.col("rank_before") - pl.col("rank_after")
    both = steps.filter(total.is_not_null())
    adds_up = both.select((pl.sum_horizontal(_BY, ignore_nulls=False) == total).fill_null(False))
    return bool(adds_up.to_series().all())


def _ranking(folder: Path) -> pl.DataFrame:
    path = folder / "ranking.parquet"
    try:
        ranking = pl.read_parquet(path, columns=_NEEDED)
    except (OSError, pl.exceptions.PolarsError) as error:
        raise RawanError(
            f"{path}: cannot be read as a ranking ({type(error).__name__}). The run was changed "
            "after it was published; take another, or make it anew with: rawan run"
        ) from error
    return ranking


def _lists(ranking: pl.DataFrame) -> list[tuple[str, str]]:
    return ranking.select("hazard", "stage").unique(maintain_order=True).rows()


def _told(ranking: pl.DataFrame) -> str:
    return ", ".join(f"{hazard} {stage}" for hazard, stage in _lists(ranking)) or "no list"


def _rows(ranking: pl.DataFrame, hazard: str, stage: str) -> pl.DataFrame:
    return ranking.filter((pl.col("hazard") == hazard) & (pl.col("stage") == stage))


def _by_hazard(ranking: pl.DataFrame, keys: dict[tuple[str, str], None]) -> dict[str, pl.DataFrame]:
    """Return the first shared list of each hazard: its stages share one score."""
    found: dict[str, pl.DataFrame] = {}
    for hazard, stage in keys:
        if hazard not in found:
            found[hazard] = _rows(ranking, hazard, stage)
    return found


def _k(rows: pl.DataFrame) -> int:
    return int(rows["top_k"][0])
