"""What a run tells its readers beside the list: facts of the page, notes of the workbook."""

import json

import polars as pl

from rawan.calendar import Election
from rawan.choosing import Choice
from rawan.publishing.card import verdict
from rawan.publishing.page import PageFacts, StageInfo
from rawan.publishing.reasons import component_label
from rawan.publishing.texts import text
from rawan.reference import hazard_names
from rawan.settings import DataOrigin, Language, Settings
from rawan.warehouse import Warehouse


def page_evidence(evidence: pl.DataFrame, warehouse: Warehouse, lang: Language) -> pl.DataFrame:
    """Return the evidence as the page takes it: open columns only, dates as ISO 8601."""
    labels = dict(warehouse.rows(f"SELECT type, label_{lang} FROM reference.incident_types"))
    return evidence.select(
        "village_code",
        # A part of a date is an interval and must not look like a day.
        pl.when(pl.col("occurred_from") == pl.col("occurred_on"))
        .then(pl.col("occurred_on").cast(pl.String))
        .otherwise(pl.format("{}/{}", "occurred_from", "occurred_on"))
        .alias("occurred_on"),
        "known_on",
        pl.col("type").replace_strict(labels).alias("type_label"),
        pl.col("event_key").alias("event_id"),
        "source_url",
    )


def page_facts(
    warehouse: Warehouse,
    settings: Settings,
    election: Election,
    choice: Choice,
    warnings: list[str],
    run_id: str,
    origin: DataOrigin,
) -> PageFacts:
    """Return what the page says about the run and each of its lists."""
    lang = settings.output.language
    hazards = hazard_names(settings)
    models = dict(warehouse.rows("SELECT DISTINCT hazard, model FROM scores.scored"))
    model_notes = {
        "conflict": verdict(choice, lang),
        "logistics": text("card.logistics_note", lang),
    }
    stages = [
        StageInfo(
            hazard=hazard,
            stage=name,
            hazard_label=hazards[hazard][lang],
            stage_label=election.stages[name].names[lang],
            horizon_days=horizon_days,
            start=election.stages[name].start,
            end=election.stages[name].end,
            model=text(f"model.{models[hazard]}", lang),
            model_note=model_notes[hazard],
            score_basis=score_basis,
        )
        for hazard, name, horizon_days, score_basis in warehouse.rows(
            "SELECT hazard, stage, horizon_days, score_basis FROM scores.stages ORDER BY position"
        )
    ]
    return PageFacts(
        region=settings.region.name,
        cutoff=settings.calendar.cutoff,
        run_id=run_id,
        data_origin=origin,
        top_k=choice.k,
        stages=stages,
        warnings=warnings,
        component_labels=_labels(warehouse, lang),
        not_for=text("not_for.sentence", lang),
    )


def _labels(warehouse: Warehouse, lang: Language) -> dict[str, str]:
    """Return what the components of the scores are called; all villages of a list share them."""
    rows = warehouse.rows("SELECT min(components) FROM scores.scored GROUP BY hazard")
    names = {name for (components,) in rows for name in json.loads(components)}
    return {name: component_label(name, lang) for name in sorted(names)}


def notes(settings: Settings, choice: Choice, run_id: str) -> list[tuple[str, str]]:
    """Return the rows of the workbook's sheet on how to read it: term and meaning."""
    lang = settings.output.language
    notes = [
        (text(f"notes.{name}.term", lang), text(f"notes.{name}.meaning", lang))
        for name in ("purpose", "rank", "risk", "window", "blind")
    ]
    notes.append((text("notes.model.term", lang), verdict(choice, lang)))
    notes.append((text("notes.run.term", lang), run_id))
    if settings.region.data_origin == "SIMULASI":
        notes.insert(0, ("SIMULASI", text("card.simulation", lang)))
    return notes
