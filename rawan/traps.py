"""Leakage traps: what a backtest that peeks into the future would do, tried on purpose.

Each trap sets a bait in a copy of the data that is thrown away, and says whether it was
taken. `rawan backtest --traps` shows them; the tests take each guard away and see its trap
fire.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

import numpy as np
import polars as pl

from models.additive import Candidate
from models.backtest import Prediction, Table, rolling_origin
from models.decayed_count import DecayedCount
from models.leakage import Memory, chance_band
from models.metrics import auc
from rawan import choosing
from rawan.candidates import make_candidates
from rawan.errors import GateStopped
from rawan.settings import Settings
from rawan.warehouse import Warehouse

Tell = Callable[[str], None]
Name = Literal["shuffled", "planted", "late_rows", "random_future"]

# A trap must not cry wolf: chance leaves this band once in some thousands of tries.
_STANDARD_ERRORS = 3.5
_LABELS = ("outcome_count", "outcome_known_on", "outcomes_known_on")
# What lies ahead of a cutoff by its nature, and so may change when later rows come in.
_AHEAD = (*_LABELS, "is_onset_candidate")


@dataclass(frozen=True)
class Trap:
    """One trap: what was baited, whether it held, and what was seen.

    `held` is None where it could not be set; `seen` says why, or what was measured.
    """

    name: Name
    held: bool | None
    seen: str

    def line(self) -> str:
        """Return it as a line for a terminal."""
        word = {True: "held", False: "FIRED", None: "could not be set"}[self.held]
        return f"trap {self.name}: {word} ({self.seen})"


def spring(
    warehouse: Warehouse,
    settings: Settings,
    tell: Tell = lambda _: None,
) -> list[Trap]:
    """Set every trap and return what became of it; the warehouse is left as it was.

    Parameters
    ----------
    warehouse : with its floors built up to the features.
    settings : the candidates of the backtest are all tried.
    """
    table = choosing.load_table(warehouse, settings)
    candidates = make_candidates(settings, table.frame.columns)
    tell("trap: shuffled labels")
    traps = [_shuffled(table, settings, candidates)]
    tell("trap: a planted copy of the label")
    traps.append(_planted(table, settings))
    tell("trap: rows known after the cutoff")
    traps.append(_late_rows(warehouse, settings, table))
    tell("trap: random future years")
    traps.append(_random_future(warehouse, settings, table, candidates))
    return traps


def _shuffled(table: Table, settings: Settings, candidates: Sequence[Candidate]) -> Trap:
    """Give each cutoff's outcomes to other units: nothing must do better than chance."""
    random = _random(settings, 0)
    # No two rows have the same mark, so a memory knows a row only if it was shown it.
    frame = table.frame.with_row_index("_mark")
    # Another order at each cutoff: the same one would give each unit another's lasting risk,
    # which what never changes of a place can tell.
    lots = frame.select("cutoff", "_mark", _lot=pl.Series(random.random(frame.height)))
    order = lots.select(pl.col("_mark").sort_by("_lot").over("cutoff")).to_series()
    shuffled = frame.with_columns(frame.select(_LABELS)[order.to_list()])
    tried = [Memory("_mark"), *candidates]
    backtest = rolling_origin(
        tried,
        Table(shuffled),
        table.tested(),
        choosing.top_k(settings, table.at(settings.calendar.cutoff).height),
        settings.models.min_outcomes,
    )
    if not backtest.cutoffs:
        return Trap("shuffled", None, "no past cutoff can be tested")
    first = backtest.predictions["memory"]
    low, high = chance_band([p.happened for p in first], _STANDARD_ERRORS)
    measured = {name: _mean_auc(found) for name, found in backtest.predictions.items()}
    worst = max(measured, key=lambda name: abs(measured[name] - 0.5))
    held = all(low <= value <= high for value in measured.values())
    return Trap("shuffled", held, _seen(worst, measured[worst], low, high))


def _planted(table: Table, settings: Settings) -> Trap:
    """Put a copy of the label among the features: the gate must name it and stop the run."""
    over = table.over(settings.calendar.cutoff)
    if (over["outcome_count"] > 0).sum() < settings.gates.leak_least_outcomes:
        return Trap("planted", None, "too few outcomes to judge a feature by")
    baited = Table(
        table.frame.with_columns((pl.col("outcome_count") > 0).cast(pl.Float64).alias("planted"))
    )
    try:
        choosing.refuse_leaks(baited, ["planted"], settings)
    except GateStopped:
        return Trap("planted", True, "the gate named the copy of the label")
    return Trap("planted", False, "a copy of the label went through")


def _late_rows(warehouse: Warehouse, settings: Settings, table: Table) -> Trap:
    """Add rows that became known after a cutoff: no byte of what was known must change."""
    tested = table.tested()
    if not tested:
        return Trap("late_rows", None, "no past cutoff can be tested")
    cutoff = tested[-1]
    with warehouse.undone():
        _add_late_rows(warehouse, cutoff)
        warehouse.build("features")
        after = choosing.load_table(warehouse, settings)
    before, now = (t.frame.filter(pl.col("cutoff") <= cutoff).drop(_AHEAD) for t in (table, after))
    changed = [name for name in before.columns if not before[name].equals(now[name])]
    told = f"changed at {cutoff} or before: {', '.join(changed)}" if changed else "no byte changed"
    return Trap("late_rows", not changed, told)


def _random_future(
    warehouse: Warehouse,
    settings: Settings,
    table: Table,
    candidates: Sequence[Candidate],
) -> Trap:
    """Replace what followed a cutoff by chance: no list made at it must find what happened."""
    tested = table.tested()
    if not tested:
        return Trap("random_future", None, "no past cutoff can be tested")
    cutoff = tested[-1]
    with warehouse.undone():
        _random_events(warehouse, cutoff, _random(settings, 1))
        warehouse.build("features")
        dreamt = choosing.load_table(warehouse, settings)
    training, now = dreamt.training(cutoff), dreamt.at(cutoff)
    happened = now["outcome_count"].to_numpy() > 0
    low, high = chance_band([happened], _STANDARD_ERRORS)
    measured = {
        candidate.name: auc(candidate.fit(training).score(now), happened)
        for candidate in candidates
        if training.outcome.sum() >= max(candidate.least_outcomes, settings.models.min_outcomes)
        or isinstance(candidate, DecayedCount)
    }
    worst = max(measured, key=lambda name: abs(measured[name] - 0.5))
    held = all(low <= value <= high for value in measured.values())
    return Trap("random_future", held, _seen(worst, measured[worst], low, high))


def _add_late_rows(warehouse: Warehouse, cutoff: date) -> None:
    """Add, for every unit, news that a list of the cutoff cannot have known."""
    late = cutoff + timedelta(days=1)
    outcome = _outcome_type(warehouse)
    for occurred, known in (
        (cutoff - timedelta(days=30), late),  # it had happened, and nobody had heard of it
        (cutoff + timedelta(days=5), cutoff),  # announced for a day that is yet to come
    ):
        _add_events(warehouse, _every_unit(warehouse, occurred, known), outcome)
    warehouse.execute(
        "INSERT INTO staging.mentions SELECT village_code, CAST(? AS DATE), NULL"
        " FROM reference.villages",
        [late],
    )
    # Each source that a feature reads, told again, otherwise, a day too late.
    for table, otherwise in {
        "staging.reports": "",
        "staging.gatherings": "",
        "staging.deployments": ", officers * 3 + 1 AS officers",
        "staging.nil_returns": "",
        "staging.tps_vulnerability": ", 'sangat_rawan' AS vulnerability",
        "staging.demographics": ", population * 3 + 1 AS population",
        "staging.polling_stations": ", tps * 3 + 1 AS tps",
    }.items():
        warehouse.execute(
            f"INSERT INTO {table} SELECT * REPLACE (CAST(? AS DATE) AS known_on{otherwise})"
            f" FROM {table} WHERE known_on <= CAST(? AS DATE)",
            [late, cutoff],
        )


def _random_events(warehouse: Warehouse, cutoff: date, random: np.random.Generator) -> None:
    """Put what happened from the cutoff on into units drawn by lot."""
    units = warehouse.frame(
        "SELECT village_code, district_code FROM reference.villages ORDER BY village_code"
    )
    (end,) = warehouse.rows(
        "SELECT window_from, window_until FROM features.cutoffs WHERE cutoff = ?", [cutoff]
    )
    start, until = end
    drawn = units.sample(
        n=max(1, units.height // 3), seed=int(random.integers(2**31)), shuffle=True
    )
    days = random.integers((until - start).days, size=drawn.height)
    occurred = [start + timedelta(days=int(day)) for day in days]
    warehouse.execute("DELETE FROM staging.event_versions WHERE occurred_on >= ?", [cutoff])
    warehouse.execute("DELETE FROM staging.mentions WHERE known_on > ?", [cutoff])
    events = drawn.with_columns(
        pl.Series("occurred_on", occurred, dtype=pl.Date),
        pl.Series("known_from", occurred, dtype=pl.Date),
    )
    _add_events(warehouse, events, _outcome_type(warehouse))


def _every_unit(warehouse: Warehouse, occurred_on: date, known_from: date) -> pl.DataFrame:
    return warehouse.frame(
        "SELECT village_code, district_code FROM reference.villages ORDER BY village_code"
    ).with_columns(pl.lit(occurred_on).alias("occurred_on"), pl.lit(known_from).alias("known_from"))


def _add_events(warehouse: Warehouse, events: pl.DataFrame, outcome_type: str) -> None:
    """Add one event a row, with numbers that no event has."""
    highest = warehouse.value("SELECT coalesce(max(event_no), 0) FROM staging.event_versions")
    warehouse.append(
        "staging.event_versions",
        events.with_row_index("_number", offset=1)
        .with_columns(
            (pl.col("_number").cast(pl.Int64) + highest).alias("event_no"),
            pl.col("occurred_on").alias("occurred_from"),
            pl.col("known_from").alias("known_on"),
            pl.lit(outcome_type).alias("type"),
            pl.lit(1).alias("tellings"),
            pl.lit(1.0).alias("weight"),
        )
        .drop("_number"),
    )


def _outcome_type(warehouse: Warehouse) -> str:
    return str(
        warehouse.value(
            "SELECT min(type) FROM reference.incident_types"
            " WHERE hazard = 'conflict' AND is_outcome"
        )
    )


def _mean_auc(predictions: Sequence[Prediction]) -> float:
    return float(np.mean([auc(p.score, p.happened) for p in predictions]))


def _seen(candidate: str, measured: float, low: float, high: float) -> str:
    band = f"chance stays within {low:.3f} to {high:.3f}"
    return f"farthest from 0.5: {candidate}, AUC {measured:.3f}; {band}"


def _random(settings: Settings, number: int) -> np.random.Generator:
    """Return the trap's own source of randomness, from the root seed."""
    return np.random.default_rng([settings.uncertainty.seed, number])
