"""All facts of a run's model card, gathered from the warehouse and the choice of the model.

Owns what each figure is taken from. Where the list fails is `card_failures`, what the past
proves `card_evidence`; sentences and tables are `card`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from models.additive import Fitted, TrainingSet
from models.backtest import Table
from models.drift import Advice, drift, retrain_advice
from models.evidence import Part, draw_past
from rawan.calendar import published_window
from rawan.choosing import Choice, sample
from rawan.features import declared
from rawan.places.placing import EXCLUDED, PLACED, QUARANTINED, Fates
from rawan.publishing.bilingual import Figure, Told, Words
from rawan.publishing.card import evidence as card_evidence
from rawan.publishing.card import failures as card_failures
from rawan.publishing.card.facts import (
    CardFacts,
    DataFacts,
    DriftRow,
    EffortFacts,
    Intake,
    PresenceFacts,
    TrapRow,
)
from rawan.publishing.card.failures import Past
from rawan.publishing.card.render import verdict
from rawan.settings import Settings
from rawan.warehouse import Warehouse

# Enough for many groups of which each gives a hint only.
_MOST_DRAWS = 200
_PARTS: tuple[Part, ...] = ("all", "history", "onset")


@dataclass(frozen=True)
class Learned:
    """The published model as it was fitted, and the rows it was learned from."""

    table: Table
    training: TrainingSet
    fitted: Fitted

    @classmethod
    def again(cls, table: Table, settings: Settings, choice: Choice) -> "Learned":
        """Learn the published model once more; it comes out the same to the bit."""
        training = table.training(settings.calendar.cutoff)
        return cls(table, training, choice.candidate.fit(training))


def gather(
    warehouse: Warehouse,
    settings: Settings,
    choice: Choice,
    learned: Learned,
    fates: Fates,
    warnings: Sequence[Words],
    run_id: str,
    hashes: Mapping[str, str],
    versions: Mapping[str, str],
    *,
    presence: PresenceFacts | Words | None = None,
    effort: EffortFacts | Words | None = None,
    traps: Sequence[TrapRow] | Words | None = None,
    simulated_coverage: Told | None = None,
    reckonings: Sequence[Words] = (),
) -> CardFacts:
    """Return everything the card tells; what this run cannot tell carries the reason.

    Parameters
    ----------
    warehouse : with its floors built up to the marts.
    learned : the published model and what it was learned from.
    fates : what became of the rows that came in.
    warnings : everything a reader should know before trusting the list.
    hashes, versions : what the run was made from, by name.
    presence, effort, traps, simulated_coverage : what other parts found; a reason in its place
        if they did not look.
    reckonings : how earlier lists fared at elections that are over.
    """
    cutoff = settings.calendar.cutoff
    untested = None if choice.decision is not None else _untested(choice)
    past = None if untested else _past(choice, learned.table, settings)
    drifts = _drift(learned, settings)
    is_simulation = settings.region.data_origin == "SIMULASI"
    return CardFacts(
        region=settings.region.name,
        is_simulation=is_simulation,
        run_id=run_id,
        cutoff=cutoff,
        published=choice.candidate.name,
        verdict=Words(verdict(choice, "id"), verdict(choice, "en")),
        data=_data(warehouse, settings, fates),
        choice=untested or card_evidence.choice_facts(choice, learned.table, settings),
        skill=untested
        or [card_evidence.skill_table(part, choice.measures[part]) for part in _PARTS],
        ties=untested or card_evidence.tie_rows(choice),
        probability=untested or card_evidence.probability_table(choice),
        stated=0 if untested else card_evidence.stated(choice),
        curve=untested or card_evidence.curve(choice),
        calibration=untested or card_evidence.calibration(choice),
        failures=[untested or Words.of("card.reason.not_measured")]
        if past is None
        else card_failures.failures(past, _districts(warehouse)),
        tree=untested or Words.of("card.reason.not_measured")
        if past is None
        else card_failures.tree(past),
        regret=untested or card_evidence.regret_rows(choice),
        mean_regret=untested or Figure(choice.mean_regret or 0.0),
        shadow=untested or card_evidence.shadow_rows(choice, settings),
        traps=traps or Words.of("card.reason.traps_not_run"),
        drift=drifts,
        advice=_advice(drifts),
        learned_on=cutoff,
        next_window_ends=published_window(settings.calendar).until,
        presence=presence or _no_presence(warehouse),
        effort=effort or Words.of("card.reason.not_measured"),
        draws=settings.uncertainty.draws,
        base_spread=settings.uncertainty.base_spread,
        unseen_variance=settings.uncertainty.unseen_variance,
        heard_precision=settings.uncertainty.heard_precision,
        simulated_coverage=simulated_coverage
        or Words.of(f"card.reason.{'coverage_by_backtest' if is_simulation else 'not_simulated'}"),
        logistics_weights=_logistics(settings),
        reckonings=list(reckonings),
        warnings=list(warnings),
        hashes=dict(hashes),
        versions=dict(versions),
    )


def _untested(choice: Choice) -> Words:
    """Return why no past cutoff could be tested."""
    kinds = [skip.kind for skip in choice.backtest.skipped.values()]
    reasons = [
        Words.of(f"card.why_untested.{kind}", number=kinds.count(kind))
        for kind in dict.fromkeys(kinds)
    ] or [Words.of("card.why_untested.none_asked")]
    why = Words("; ".join(w.id for w in reasons), "; ".join(w.en for w in reasons))
    return Words.of("card.reason.untested", why=why)


def _past(choice: Choice, table: Table, settings: Settings) -> Past:
    predictions = choice.backtest.predictions[choice.candidate.name]
    random = np.random.default_rng(settings.uncertainty.seed)
    drawn = draw_past(predictions, min(settings.models.comparison_draws, _MOST_DRAWS), random)
    return Past.of(predictions, sample(table, settings), choice.backtest.k, drawn)


def _data(warehouse: Warehouse, settings: Settings, fates: Fates) -> DataFacts:
    places, blind = warehouse.rows(
        "SELECT count(*), count(*) FILTER (is_blind_spot) FROM features.village_cutoff"
        " WHERE cutoff = getvariable('published_cutoff')"
    )[0]
    return DataFacts(
        intakes=[_intake(warehouse, kind, count) for kind, count in sorted(fates.counts.items())],
        waiting=fates.waiting,
        places=int(places),
        blind_spots=int(blind),
        blind_years=settings.features.coverage_years,
    )


def _intake(warehouse: Warehouse, kind: str, count: Mapping[str, int]) -> Intake:
    files = warehouse.value(
        "SELECT count(DISTINCT file) FROM raw.sheets JOIN raw.files USING (file, file_hash)"
        " WHERE is_current AND kind = ?",
        [kind],
    )
    has_days = warehouse.value(
        "SELECT count(*) FROM duckdb_columns() WHERE schema_name = 'staging'"
        " AND table_name = ? AND column_name = 'occurred_on'",
        [f"read_{kind}"],
    )
    days = ("occurred_from", "occurred_on") if has_days else ("NULL::DATE", "NULL::DATE")
    counted, first, last = warehouse.rows(
        f"SELECT count(*), min({days[0]}), max({days[1]}) FROM staging.read_{kind}"
        " WHERE verdict.fate = 'placed' AND known_on <= getvariable('published_cutoff')"
        f" AND coalesce({days[1]} < getvariable('published_cutoff'), true)"
    )[0]
    placed, excluded, quarantined = (count[fate] for fate in (PLACED, EXCLUDED, QUARANTINED))
    return Intake(
        kind=Words.of(f"card.kind.{kind}"),
        rows=placed + excluded + quarantined,
        placed=placed,
        excluded=excluded,
        quarantined=quarantined,
        counted=int(counted),
        files=int(files),
        first=first,
        last=last,
    )


def _districts(warehouse: Warehouse) -> dict[str, str]:
    rows = warehouse.rows("SELECT village_code, district FROM reference.villages")
    return {code: district or "" for code, district in rows}


def _drift(learned: Learned, settings: Settings) -> list[DriftRow] | Words:
    """Return how the inputs that the published model looks at moved since it was learned."""
    if not learned.training.features.height:
        return Words.of("card.reason.no_training_rows")
    labels, missing = {}, {}
    for name in learned.fitted.names:
        feature = declared(name)
        labels[name] = Words(feature.labels["id"], feature.labels["en"])
        missing[name] = feature.missing
    now = learned.table.at(settings.calendar.cutoff)
    found = drift(learned.training.features, now, list(labels), missing)
    return [DriftRow(labels[entry.name], entry) for entry in found]


def _advice(drifts: Sequence[DriftRow] | Words) -> Advice | Words:
    """Return whether to learn anew; this list's model has seen every window that has ended."""
    if isinstance(drifts, Words):
        return drifts
    return retrain_advice([row.drift for row in drifts], windows_closed=0)


def _no_presence(warehouse: Warehouse) -> Words:
    known = warehouse.value("SELECT count(*) FROM staging.deployments")
    return Words.of(f"card.reason.{'not_measured' if known else 'no_deployments'}")


def _logistics(settings: Settings) -> list[tuple[Words, float]] | Words:
    if "logistics" not in {entry.hazard for entry in settings.publish}:
        return Words.of("card.reason.no_logistics")
    return [
        (Words(declared(name).labels["id"], declared(name).labels["en"]), weight)
        for name, weight in settings.logistics_index.weights.items()
    ]
