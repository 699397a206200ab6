"""Why villages moved between two runs: passing time, new data, a new model, villages that came.

For a run and the one that it was compared with when it was made, the parts lie beside it. For any
other two they are reckoned anew in the same way as `since_last.py` does: the earlier run's kept
model is asked about the later cutoff with what was known at either cutoff. That holds only as long
as the warehouse still says what the later run saw, which is tried first: its own kept model must
give its published scores.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

import duckdb
import numpy as np
import polars as pl
from pydantic import ValidationError

from models.additive import Fitted
from models.change import decompose
from rawan import kept_model
from rawan.choosing import load_table
from rawan.errors import RawanError
from rawan.preparation import load_region
from rawan.publishing.bilingual import Words
from rawan.publishing.change.between_manifests import Run
from rawan.publishing.change.lines import change_table
from rawan.publishing.change.since_last import KEPT
from rawan.settings import Calendar, Features, Grades, Settings
from rawan.warehouse import InUse, Warehouse, open_warehouse

_BY = ["by_time", "by_data", "by_model", "by_places"]
_NEEDED = ["village_code", "hazard", "rank_before", "rank_after", "run_before", *_BY]
# Sections of the configuration that shape the features of a cutoff.
_SHAPING: dict[str, type[Calendar] | type[Features] | type[Grades]] = {
    "calendar": Calendar,
    "features": Features,
    "grades": Grades,
}
# Scores reckoned anew may differ in their last digits only.
_TOLERANCE = 1e-9


@dataclass(frozen=True)
class Parts:
    """The parts of one hazard's moves.

    Attributes
    ----------
    frame : village_code, rank_before, rank_after, by_time, by_data, by_model, by_places; or None,
        then `why_not` says why.
    how : "published" with the later run, or "reckoned" now.
    """

    frame: pl.DataFrame | None
    how: Literal["published", "reckoned"] | None
    why_not: Words | None


def parts_of(
    settings: Settings,
    before: Run,
    after: Run,
    lists_before: Mapping[str, pl.DataFrame],
    lists_after: Mapping[str, pl.DataFrame],
    tell: Callable[[str], None] = lambda _: None,
) -> dict[str, Parts]:
    """Return the parts of every shared hazard.

    Parameters
    ----------
    lists_before, lists_after : by hazard, the rows of one list with village_code and score.
    """
    found = _published(before, after)
    missing = [hazard for hazard in lists_before if hazard not in found]
    if missing:
        try:
            found |= _reckoned(settings, before, after, missing, lists_before, lists_after, tell)
        except _NotPossible as reason:
            found |= {hazard: Parts(None, None, reason.words) for hazard in missing}
        except RawanError as error:
            # The moves are known without the parts: a key that is missing must not hide them.
            words = Words.of("between.no_parts.failed", why=str(error))
            found |= {hazard: Parts(None, None, words) for hazard in missing}
    return found


class _NotPossible(Exception):
    """There are no parts, for a reason that a reader should know."""

    def __init__(self, name: str, **fill: str) -> None:
        super().__init__(name)
        self.words = Words.of(f"between.no_parts.{name}", **fill)


def _published(before: Run, after: Run) -> dict[str, Parts]:
    """Return the parts that were published with the later run, if it was compared with this one."""
    path = after.folder / "changes.parquet"
    if before.run_id == after.run_id or not path.exists():
        return {}
    try:
        changes = pl.read_parquet(path, columns=_NEEDED)
    except (OSError, pl.exceptions.PolarsError) as error:
        raise RawanError(
            f"{path}: cannot be read as changes ({type(error).__name__}). The run was changed "
            "after it was published; take another, or make it anew with: rawan run"
        ) from error
    kept = changes.filter(pl.col("run_before") == before.run_id).drop("run_before")
    return {
        str(hazard): Parts(rows.drop("hazard"), "published", None)
        for (hazard,), rows in kept.group_by("hazard", maintain_order=True)
    }


def _reckoned(
    settings: Settings,
    before: Run,
    after: Run,
    hazards: list[str],
    lists_before: Mapping[str, pl.DataFrame],
    lists_after: Mapping[str, pl.DataFrame],
    tell: Callable[[str], None],
) -> dict[str, Parts]:
    if before.cutoff > after.cutoff:
        raise _NotPossible("order", before=before.run_id, after=after.run_id)
    models = {h: (_kept(before, h), _kept(after, h)) for h in hazards}
    if not any(old and new for old, new in models.values()):
        raise _NotPossible("not_kept")
    now, then = _features(_as_made(settings, after), before, after, tell)
    found = {}
    for hazard, (old, new) in models.items():
        try:
            if old is None or new is None:
                raise _NotPossible("not_kept")
            frame = _decomposed(
                (old, new), now, then, lists_before[hazard], lists_after[hazard], before, after
            )
            found[hazard] = Parts(frame, "reckoned", None)
        except _NotPossible as reason:
            found[hazard] = Parts(None, None, reason.words)
    return found


def _decomposed(
    models: tuple[Fitted, Fitted],
    now: pl.DataFrame,
    then: pl.DataFrame,
    was: pl.DataFrame,
    becomes: pl.DataFrame,
    before: Run,
    after: Run,
) -> pl.DataFrame:
    """Return the parts of one hazard, once its published scores are found again."""
    old, new = models
    hazard = str(becomes["hazard"][0])
    if not {*old.names, *new.names} <= set(now.columns):
        raise _NotPossible("other_features")
    codes = now["village_code"].to_list()
    published = dict(becomes.select("village_code", "score").iter_rows())
    if set(codes) != set(published) or codes != then["village_code"].to_list():
        raise _NotPossible("data_moved", after=after.run_id)
    renewed = np.array([published[code] for code in codes])
    if not np.allclose(new.score(now), renewed, rtol=_TOLERANCE, atol=_TOLERANCE):
        raise _NotPossible("data_moved", after=after.run_id)
    informed = old.score(now)
    passed = old.score(then)
    if before.cutoff == after.cutoff:
        # No time has passed: what differs from the list as it was is what came in since.
        earlier = dict(was.select("village_code", "score").iter_rows())
        passed = np.array([earlier.get(c, i) for c, i in zip(codes, informed, strict=True)])
    change = decompose(
        was["village_code"].to_list(), was["score"].to_numpy(), codes, passed, informed, renewed
    )
    table = change_table(change, hazard, before.run_id, before.cutoff)
    return table.select("village_code", "rank_before", "rank_after", *_BY)


def _kept(run: Run, hazard: str) -> Fitted | None:
    """Return a run's model of a hazard; None if it kept none.

    Raises
    ------
    RawanError
        If the file cannot be read.
    """
    files = sorted(run.folder.glob(f"{KEPT[hazard]}-*.skops")) if hazard in KEPT else []
    return kept_model.load(files[0]).fitted if files else None


def _as_made(settings: Settings, run: Run) -> Settings:
    """Return the settings with what shaped a run's features as it was then."""
    made: Any = run.identity.get("configuration")
    content = made if isinstance(made, Mapping) else {}
    try:
        sections = {
            name: kind.model_validate(content[name])
            for name, kind in _SHAPING.items()
            if name in content
        }
    except ValidationError:
        raise _NotPossible("configuration", after=run.run_id) from None
    made_so = settings.model_copy(update=sections)
    calendar = made_so.calendar.model_copy(update={"cutoff": run.cutoff})
    return made_so.model_copy(update={"calendar": calendar})


def _features(
    settings: Settings, before: Run, after: Run, tell: Callable[[str], None]
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the features at the later cutoff, as known at it and as known at the earlier one."""
    if not settings.warehouse.path.exists():
        raise _NotPossible("no_warehouse")
    try:
        with open_warehouse(settings, tell=tell) as warehouse:
            if not warehouse.has_table("staging.event_versions"):
                raise _NotPossible("no_warehouse")
            with warehouse.undone():
                load_region(warehouse, settings)
                warehouse.execute(
                    "DELETE FROM features.cutoffs WHERE cutoff <> getvariable('published_cutoff')"
                )
                now, then = (
                    _known_at(warehouse, settings, day) for day in (after.cutoff, before.cutoff)
                )
                return now, then
    except InUse:
        raise _NotPossible("in_use") from None
    except (duckdb.CatalogException, duckdb.BinderException):
        # Tables that another version of the code has left behind.
        raise _NotPossible("data_moved", after=after.run_id) from None


def _known_at(warehouse: Warehouse, settings: Settings, day: date) -> pl.DataFrame:
    warehouse.execute("UPDATE features.cutoffs SET known_by = ?", [day])
    warehouse.build("features")
    return load_table(warehouse, settings).at(settings.calendar.cutoff).sort("village_code")
