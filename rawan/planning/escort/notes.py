"""What an escort says beside its tables: assumptions, distances, closed roads, what is late.

Owns the sentences; both languages stand in `words/plan_escort.toml`.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

import polars as pl

from rawan.planning.escort.inputs import EscortTask
from rawan.planning.escort.runs import Run
from rawan.publishing.texts import number, text
from rawan.settings import Language

_NAMED = 5  # places named in a sentence; all of them stand in `left`


@dataclass(frozen=True)
class Left:
    """TPS whose boxes no vehicle brings in a stage, and why."""

    stage: str
    place: str
    tps: int
    reason: str


def stays_at_seat(task: EscortTask) -> dict[str, int]:
    """Return the TPS known by kecamatan only, by its code: their boxes wait at the seat."""
    found = {drop.district_code: drop.tps for drop in task.seats}
    for drop in task.villages:
        found[drop.district_code] -= drop.tps
    return {code: tps for code, tps in found.items() if tps}


def clock_text(at: datetime) -> str:
    """Return a moment as day, month and clock.

    Examples
    --------
    >>> clock_text(datetime(2024, 11, 24, 15, 5))
    '24.11. 15.05'
    """
    return f"{at:%d.%m. %H.%M}"


def notes_of(
    task: EscortTask,
    runs: Sequence[Run],
    routes: pl.DataFrame,
    left: Sequence[Left],
    lang: Language,
) -> Iterable[str]:
    """Return the sentences that belong on the plan."""
    options = task.options

    def say(key: str, **values: object) -> str:
        return text(f"plan_escort.{key}", lang).format(**values)

    roads = int(routes["is_road"].sum())
    legs = int((~routes["is_boat"]).sum())
    factor = number(options.detour_factor, lang, 1)
    yield say("distances", roads=roads, legs=legs, factor=factor)
    yield say("boxes", boxes=task.tps * options.boxes_per_tps, each=options.boxes_per_tps)
    yield say(
        "assumed", visit=options.visit_minutes, load=options.load_minutes,
        unload=number(options.unload_minutes, lang, 1),
        slack=number(options.weather_slack_hours, lang, 1),
    )  # fmt: skip
    if kept := stays_at_seat(task):
        yield say("kept", tps=sum(kept.values()), districts=len(kept))
    seen = set()
    unused = set(task.closed)
    for run in runs:
        unused &= run.ways.unused
        seen |= {(run.depot.name, *detour) for detour in run.ways.detours}
    for _, one, other, by, more in sorted(seen):
        if by:
            yield say("closed", one=one, other=other, by=by, km=number(more, lang, 1))
        else:
            yield say("cut_off", one=one, other=other)
    for one, other in sorted(unused):
        yield say("closed_unused", one=one, other=other)
    late = routes.filter("is_late").to_dicts()
    for row in late:
        arrive, latest = clock_text(row["arrive"]), clock_text(row["latest"])
        yield say("late", place=row["place"], vehicle=row["vehicle"], arrive=arrive, latest=latest)
    for stage, reason in sorted({(item.stage, item.reason) for item in left}):
        held = [item for item in left if (item.stage, item.reason) == (stage, reason)]
        names = ", ".join(item.place for item in held[:_NAMED]) + ", …" * (len(held) > _NAMED)
        yield say(
            "left.told", stage=text(f"plan_escort.stage.{stage}", lang), places=len(held),
            names=names, tps=sum(item.tps for item in held), reason=reason,
        )  # fmt: skip
    if not all(run.routing.is_repeatable for run in runs):
        yield say("not_repeatable")
