"""The complete run: everything that was computed, in a folder for the machine's owner alone.

Owns which files it has. What of them an audience may read is `editions.py`. Nothing in it depends
on the day it was made, but for its manifest.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from models.additive import Scale
from models.capture_curve import capture_curve
from models.change import Change
from models.evidence import draw_past
from rawan import kept_model
from rawan.audit.reckon import reckoned
from rawan.calendar import Election
from rawan.candidates import BASELINE
from rawan.choosing import Choice
from rawan.gates.validate import GateReport
from rawan.kept_values import keep
from rawan.places.placing import Fates
from rawan.publishing import tables
from rawan.publishing.areas import known_by_district
from rawan.publishing.audiences import OPEN_KINDS, Sensitivity, is_open
from rawan.publishing.bilingual import Words
from rawan.publishing.card.facts import CardFacts
from rawan.publishing.card.gathered import Learned, gather
from rawan.publishing.card.presence import effort_facts, presence_facts
from rawan.publishing.card.render import card_files
from rawan.publishing.change.since_last import KEPT, changes_table
from rawan.publishing.facts import run_facts
from rawan.publishing.files import write_json, write_text
from rawan.publishing.reasons.table import driver_lines, reasons
from rawan.publishing.texts import text
from rawan.scoring import LOGISTICS, Scores
from rawan.settings import Settings
from rawan.warehouse import Warehouse

FACTS, GATES = "facts.json", "gates.json"
CARDS: dict[Sensitivity, str] = {"open": "card-open", "internal": "card"}
"""The folder of the model card, by the most sensitive of what it tells."""
_NEIGHBOURS = 5
_CURVE_DRAWS = 500
_LONGEST_CURVE = 5000


@dataclass(frozen=True)
class Findings:
    """What the steps before found out, to be told with the list."""

    rejected: list[str]
    fates: Fates
    changed_files: list[str]
    gates: GateReport
    choice: Choice
    scores: Scores

    def warnings(self) -> list[tuple[Words, Sensitivity]]:
        """Return everything that a reader should know before trusting the list."""
        found: list[tuple[Words, Sensitivity]] = []
        for name in self.changed_files:
            told = (f"{text('run.changed', lang)}: {name}" for lang in ("id", "en"))
            found.append((Words(*told), "open"))
        if self.rejected:
            found.append((Words.of("run.rejected_count", number=len(self.rejected)), "open"))
        # The name of a file of the inbox may tell what is in it.
        found += [(Words.of("run.rejected", name=name), "internal") for name in self.rejected]
        if self.fates.waiting:
            found.append((Words.of("run.waiting", number=self.fates.waiting), "open"))
        if self.fates.known_on_assumed:
            assumed = self.fates.known_on_assumed
            found.append((Words.of("run.assumed", number=assumed), "open"))
        gates = zip(self.gates.warnings("id"), self.gates.warnings("en"), strict=True)
        return found + [(Words(*both), "open") for both in gates]


@dataclass(frozen=True)
class Sources:
    """Everything that a run's files are made from.

    Attributes
    ----------
    earlier : the run that this one is compared with, if there is one.
    changes : by hazard, what changed since then.
    past : complete runs of earlier cutoffs, oldest first.
    """

    warehouse: Warehouse
    settings: Settings
    election: Election
    findings: Findings
    earlier: Path | None
    changes: dict[str, Change]
    past: list[Path]

    @property
    def now(self) -> pl.DataFrame:
        """The features at the published cutoff."""
        return self.findings.scores.table.at(self.settings.calendar.cutoff)

    @property
    def scales(self) -> dict[str, Scale]:
        """What the score of each published model is."""
        candidate = self.findings.choice.candidate
        return {candidate.name: candidate.scale, LOGISTICS: "index"}


def write_complete(
    folder: Path, sources: Sources, run_id: str, identity: Mapping[str, Any]
) -> pl.DataFrame:
    """Write every file of a complete run but its manifest, and return its ranking.

    Raises
    ------
    GateStopped
        If the list breaks its contract.
    """
    warehouse, findings = sources.warehouse, sources.findings
    evidence = warehouse.frame("FROM marts.evidence ORDER BY ALL")
    scored = warehouse.frame("FROM marts.ranking")
    told = reasons(scored, sources.now, evidence, sources.scales)
    lang = sources.settings.output.language
    ranking = _ranking(scored, driver_lines(told, lang), run_id, sources.earlier)
    tables.check_contract(ranking)
    frames = {
        "ranking": ranking,
        "evidence": evidence,
        "reasons": told,
        "reports": _reports(warehouse),
        "types": warehouse.frame(
            "SELECT type, label_id, label_en, is_outcome FROM reference.incident_types ORDER BY 1"
        ),
        "villages": warehouse.frame(
            "SELECT village_code, lat, lon FROM reference.villages ORDER BY ALL"
        ),
        "neighbours": _neighbours(warehouse),
        "curve": _curve(findings.choice, sources.settings),
        "history": _history(sources, ranking),
        "draws": _draws(sources),
        "by_district": known_by_district(warehouse, sources.settings),
    }
    if sources.earlier is not None and sources.changes:
        frames["changes"] = changes_table(sources.changes, sources.earlier)
    for name, frame in frames.items():
        tables.write_parquet(frame, folder / f"{name}.parquet")
    _write_cards(folder, sources, run_id, identity)
    _keep_models(folder, sources, run_id, identity)
    gates = [asdict(finding) for finding in findings.gates.findings]
    write_json(folder / GATES, gates)
    about = run_facts(
        warehouse, sources.settings, sources.election, findings.choice, findings.warnings(), run_id
    )
    inputs = [
        {
            "name": name,
            "sha256": file["sha256"],
            "rows": file["rows"],
            "sensitivity": "open" if file["origin"] == "record" else "internal",
        }
        for name, file in identity["inputs"].items()
    ]
    compared = None
    if sources.earlier is not None and sources.changes:
        compared = [sources.earlier.name, str(frames["changes"]["cutoff_before"][0])]
    tested = findings.choice.cutoffs_tested
    about |= {"inputs": inputs, "cutoffs_tested": tested, "compared_with": compared}
    write_json(folder / FACTS, about)
    return ranking


def _reports(warehouse: Warehouse) -> pl.DataFrame:
    """Return dates and grades of the reports that the scores look at; their text stays inside."""
    return warehouse.frame(
        "SELECT k.village_code, k.occurred_on, k.known_on, k.type, k.source_grade,"
        " k.information_grade FROM features.known_reports AS k"
        " WHERE k.cutoff = getvariable('published_cutoff') ORDER BY ALL"
    )


def _neighbours(warehouse: Warehouse) -> pl.DataFrame:
    return warehouse.frame(
        "SELECT village_code, neighbour_code, round(distance_km, 3) AS km FROM features.neighbours"
        " QUALIFY row_number() OVER (PARTITION BY village_code ORDER BY distance_km,"
        " neighbour_code) <= ? ORDER BY village_code, distance_km, neighbour_code",
        [_NEIGHBOURS],
    )


def _curve(choice: Choice, settings: Settings) -> pl.DataFrame:
    """Return what each number of villages would have captured at past cutoffs."""
    kinds = {"hazard": pl.String, "k": pl.Int64}
    kinds |= dict.fromkeys(("capture", "low", "high", "baseline_capture"), pl.Float64)
    predictions = choice.backtest.predictions
    if not choice.cutoffs_tested or choice.candidate.name not in predictions:
        return pl.DataFrame(schema=kinds)
    ours, past = predictions[choice.candidate.name], predictions[BASELINE]
    drawn = draw_past(ours, _CURVE_DRAWS, np.random.default_rng(settings.uncertainty.seed))
    found, baseline = capture_curve(ours, drawn), capture_curve(past, drawn)
    length = len(found.value)
    units = choice.compared if choice.table is None else _units(choice)
    # Where a sample was compared, so many of all are as many of it in proportion.
    ks = np.arange(1, min(units, _LONGEST_CURVE) + 1)
    at = np.clip(ks * length / units, 0, length)
    columns = {
        name: np.interp(at, np.arange(length + 1), np.concatenate([[0.0], values])).round(6)
        for name, values in (
            ("capture", found.value),
            ("low", found.low),
            ("high", found.high),
            ("baseline_capture", baseline.value),
        )
    }
    return pl.DataFrame({"hazard": ["conflict"] * len(ks), "k": ks, **columns}, schema=kinds)


def _draws(sources: Sources) -> pl.DataFrame:
    """Return what each draw expects of each village, for plans made under uncertainty."""
    codes = sources.now["village_code"]
    expected = sources.findings.scores.expected.astype(np.float32)
    return pl.DataFrame(
        {"village_code": codes, "expected": list(expected.T)},
        schema={"village_code": pl.String, "expected": pl.List(pl.Float32)},
    )


def _units(choice: Choice) -> int:
    assert choice.table is not None  # noqa: S101 - the caller looked
    return int(choice.table.frame["village_code"].n_unique())


def _history(sources: Sources, ranking: pl.DataFrame) -> pl.DataFrame:
    """Return the ranks of this run and of those before it."""
    columns = ["hazard", "stage", "village_code", "run_id", "cutoff"]
    columns += ["rank", "rank_low", "rank_high"]
    parts = [pl.read_parquet(run / "ranking.parquet", columns=columns) for run in sources.past]
    together = pl.concat([*parts, ranking.select(columns)], how="vertical_relaxed")
    return together.sort("hazard", "stage", "village_code", "cutoff").select(columns)


def _ranking(
    scored: pl.DataFrame, lines: pl.DataFrame, run_id: str, earlier: Path | None
) -> pl.DataFrame:
    """Return the complete list in the order and types of its contract."""
    ranking = scored.with_columns(pl.lit(run_id).alias("run_id")).join(
        lines, on=["village_code", "hazard"], how="left", maintain_order="left"
    )
    if earlier is None:
        change = ranking.with_columns(pl.lit(None, dtype=pl.Int64).alias("rank_change"))
    else:
        before = pl.read_parquet(earlier / "ranking.parquet").select(
            "hazard", "stage", "village_code", pl.col("rank").alias("rank_before")
        )
        keys = ["hazard", "stage", "village_code"]
        change = ranking.join(before, on=keys, how="left", maintain_order="left").with_columns(
            (pl.col("rank_before").cast(pl.Int64) - pl.col("rank")).alias("rank_change")
        )
    return change.select(tables.required_columns())


def _write_cards(folder: Path, sources: Sources, run_id: str, identity: Mapping[str, Any]) -> None:
    """Write the model card with its plots, once with all inputs and once with open ones."""
    warehouse, settings, findings = sources.warehouse, sources.settings, sources.findings
    choice, scores = findings.choice, findings.scores
    learned = Learned(
        scores.table, scores.table.training(settings.calendar.cutoff), scores.fitted["conflict"]
    )
    inputs = {name: file["sha256"] for name, file in identity["inputs"].items()}
    whole = gather(
        warehouse,
        settings,
        choice,
        learned,
        findings.fates,
        [words for words, _ in findings.warnings()],
        run_id,
        {**_hashes(identity), **inputs},
        identity["packages"],
        presence=presence_facts(warehouse, settings, scores, choice.k),
        effort=effort_facts(warehouse, settings, scores),
        reckonings=reckoned(settings.output.private, settings.region.name),
    )
    cards = {"internal": whole, "open": _open_card(whole, findings, identity)}
    for sensitivity, name in CARDS.items():
        (folder / name).mkdir()
        for file, content in card_files(cards[sensitivity], settings.output.language).items():
            write_text(folder / name / file, content)


def _open_card(whole: CardFacts, findings: Findings, identity: Mapping[str, Any]) -> CardFacts:
    """Return what of a card everybody may read."""
    kinds = [Words.of(f"card.kind.{kind}") for kind in OPEN_KINDS]
    withheld = Words.of("card.reason.withheld")
    hashes = _hashes(identity) | {
        name: file["sha256"]
        for name, file in identity["inputs"].items()
        if file["origin"] == "record"
    }
    drifts = whole.drift
    if not isinstance(drifts, Words):
        drifts = [row for row in drifts if is_open(row.drift.name)]
    return replace(
        whole,
        data=replace(whole.data, intakes=[i for i in whole.data.intakes if i.kind in kinds]),
        drift=drifts,
        presence=withheld,
        effort=withheld,
        warnings=[words for words, how in findings.warnings() if how == "open"],
        hashes=hashes,
    )


def _keep_models(folder: Path, sources: Sources, run_id: str, identity: Mapping[str, Any]) -> None:
    """Write the score of each hazard, so that a later run can say what changed."""
    choice = sources.findings.choice
    cutoff = sources.settings.calendar.cutoff.isoformat()
    origin = {**_hashes(identity), "run_id": run_id, "cutoff": cutoff}
    for hazard, fitted in sources.findings.scores.fitted.items():
        is_conflict = hazard == "conflict"
        name = choice.candidate.name if is_conflict else LOGISTICS
        curve = choice.calibration if is_conflict else None
        kept = keep(name, sources.scales[name], fitted, curve, origin)
        kept_model.save(folder, kept, run_id.rpartition("-")[2], KEPT[hazard])


def _hashes(identity: Mapping[str, Any]) -> dict[str, str]:
    return {name: identity[name] for name in ("code_sha256", "configuration_sha256")}
