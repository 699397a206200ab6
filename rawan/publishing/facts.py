"""What a run tells its readers beside its tables, in both languages and as values for JSON."""

from collections.abc import Sequence
from typing import Any

from rawan.calendar import Election
from rawan.choosing import Choice
from rawan.publishing.audiences import Sensitivity
from rawan.publishing.bilingual import Words
from rawan.publishing.card.render import verdict
from rawan.publishing.reasons.table import component_label, features_of
from rawan.reference import hazard_names
from rawan.settings import Settings
from rawan.warehouse import Warehouse

_MODEL_NAMES = "SELECT DISTINCT hazard, model FROM scores.scored"
_LISTS = "SELECT hazard, stage, horizon_days, score_basis FROM scores.stages ORDER BY position"


def run_facts(
    warehouse: Warehouse,
    settings: Settings,
    election: Election,
    choice: Choice,
    warnings: Sequence[tuple[Words, Sensitivity]],
    run_id: str,
) -> dict[str, Any]:
    """Return what `facts.json` of a complete run says, as `edition.RunFacts` holds it."""
    hazards = hazard_names(settings)
    models = dict(warehouse.rows(_MODEL_NAMES))
    notes = {
        "conflict": Words(verdict(choice, "id"), verdict(choice, "en")),
        "logistics": Words.of("card.logistics_note"),
    }
    lists = [
        {
            "hazard": hazard,
            "stage": name,
            "hazard_label": hazards[hazard],
            "stage_label": election.stages[name].names,
            "horizon_days": horizon_days,
            "start": election.stages[name].start,
            "end": election.stages[name].end,
            "model": _both(Words.of(f"model.{models[hazard]}")),
            "model_note": _both(notes[hazard]),
            "score_basis": score_basis,
        }
        for hazard, name, horizon_days, score_basis in warehouse.rows(_LISTS)
    ]
    ranking = warehouse.frame("SELECT components, data_origin FROM marts.ranking")
    labels = {
        name: {lang: component_label(name, lang) for lang in ("id", "en")}
        for name in sorted(features_of(ranking))
    }
    return {
        "region": settings.region.name,
        "election": election.names,
        "cutoff": settings.calendar.cutoff,
        "run_id": run_id,
        "data_origin": ranking["data_origin"][0],
        "top_k": choice.k,
        "lists": lists,
        "warnings": [{**_both(words), "sensitivity": how} for words, how in warnings],
        "component_labels": labels,
    }


def _both(words: Words) -> dict[str, str]:
    return {"id": words.id, "en": words.en}
