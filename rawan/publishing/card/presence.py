"""What past presence and uneven reporting may have done to the list, for the model card.

The reckoning is in `models/presence.py` and `models/effort.py`; this says which features stand
for what, and gathers places and words.
"""

import numpy as np
import polars as pl

from models.additive import Array
from models.effort import reporting_effort
from models.effort_inputs import told_of
from models.presence import PresenceUntold, influence_of_presence
from models.ranking import ranks
from rawan.effort import neighbourhood
from rawan.features import declared
from rawan.publishing.bilingual import Figure, Words
from rawan.publishing.card.facts import EffortFacts, PresenceFacts, PresenceRow
from rawan.scoring import Scores
from rawan.settings import Settings
from rawan.warehouse import Warehouse

# Traits of a place that nobody's presence changes; counts of what was reported are none.
TRAITS = ("tps_count", "ikg_access", "distance_capital_km", "competitiveness")
# Incidents and reports in the whole region below which nothing is said of effort.
LEAST_TOLD = 20


def presence_facts(
    warehouse: Warehouse, settings: Settings, scores: Scores, k: int
) -> PresenceFacts | Words:
    """Return whether past presence explains the rank, and the first k without its influence."""
    now = scores.table.at(settings.calendar.cutoff)
    known = int(
        warehouse.value(
            "SELECT count(*) FROM staging.deployments"
            " WHERE known_on <= getvariable('published_cutoff')"
        )
    )
    if not known:
        return Words.of("card.reason.no_deployments")
    score, presence = scores.fitted["conflict"].score(now), _numbers(now, "presence_decayed")
    seed = np.random.SeedSequence(settings.uncertainty.seed).spawn(4)[3]
    found = influence_of_presence(
        score,
        presence,
        _traits(now),
        scores.table.blocks(now),
        k,
        settings.models.comparison_draws,
        np.random.default_rng(seed),
    )
    if isinstance(found, PresenceUntold):
        return Words.of(
            f"card.reason.presence_{found.kind}", number=found.number, needed=found.needed
        )
    before, without = ranks(score), ranks(found.score_without)
    places = warehouse.frame("SELECT village_code, village, district FROM reference.villages")
    named = now.select("village_code").join(
        places, on="village_code", how="left", maintain_order="left"
    )
    first = np.argsort(without, kind="stable")[:k].tolist()
    return PresenceFacts(
        deployments=known,
        correlation=Figure(found.correlation, found.low, found.high),
        k=k,
        changed=found.changed_at_k,
        rows=[
            PresenceRow(
                place=named["village"][row],
                district=named["district"][row] or "",
                rank_without=int(without[row]),
                rank=int(before[row]),
                presence=Figure(float(presence[row])),
            )
            for row in first
        ],
    )


def effort_facts(warehouse: Warehouse, settings: Settings, scores: Scores) -> EffortFacts | Words:
    """Return how reporting effort is estimated to differ between villages, and its use."""
    now = scores.table.at(settings.calendar.cutoff)
    told = told_of(now)
    number = round(float(told.outcomes.sum() + told.others.sum()))
    if number < LEAST_TOLD:
        return Words.of("card.reason.no_effort")
    share = np.exp(reporting_effort(told, neighbourhood(warehouse)).log_effort)
    lowest, middle, highest = np.quantile(share, [0.05, 0.5, 0.95])
    is_used = {"told_besides", "told_besides_around"} <= set(scores.fitted["conflict"].names)
    return EffortFacts(
        how=Words.of("card.effort.how", number=number),
        lowest=Figure(float(lowest)),
        middle=Figure(float(middle)),
        highest=Figure(float(highest)),
        use=Words.of("card.effort.used" if is_used else "card.effort.not_used"),
    )


def _traits(now: pl.DataFrame) -> Array:
    """Return those traits that are known and tell places apart, filled as the features are."""
    assert all(declared(name).counts is None for name in TRAITS)  # noqa: S101 - a fixed list
    columns = [_numbers(now, name) for name in TRAITS if now[name].null_count() == 0]
    columns = [column for column in columns if np.isfinite(column).all() and np.ptp(column) > 0]
    return np.column_stack(columns) if columns else np.zeros((now.height, 0))


def _numbers(now: pl.DataFrame, name: str) -> Array:
    return now[name].cast(pl.Float64).to_numpy()
