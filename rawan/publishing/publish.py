"""Publication in one step: a run is there whole, or not at all.

Everything is written beside its place and moved into it; `latest.json` is replaced last.
The last good run stays untouched until then.
"""

import json
import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

import polars as pl

from models.additive import Scale
from models.change import Change
from rawan import kept_model
from rawan.calendar import Election
from rawan.choosing import OUTCOME_TYPES, Choice
from rawan.errors import RawanError, TemporaryError
from rawan.gates.validate import GateReport
from rawan.kept_values import keep
from rawan.places.placing import Fates
from rawan.provenance import file_hash
from rawan.publishing import facts, manifest, tables
from rawan.publishing.card import card_files
from rawan.publishing.card_gathered import Learned, gather
from rawan.publishing.card_presence import effort_facts, presence_facts
from rawan.publishing.card_words import Words
from rawan.publishing.page import render_page
from rawan.publishing.reasons import driver_lines, reasons
from rawan.publishing.runs import MANIFEST, previous_run
from rawan.publishing.since_last import KEPT, change_told, changes, changes_table
from rawan.publishing.texts import text
from rawan.scoring import LOGISTICS, Scores
from rawan.settings import DataOrigin, Language, Settings
from rawan.warehouse import Warehouse

_BUILDING = ".building-"


@dataclass(frozen=True)
class Findings:
    """What the steps before found out, to be told with the list."""

    rejected: list[str]
    fates: Fates
    changed_files: list[str]
    gates: GateReport
    choice: Choice
    scores: Scores

    def warnings(self, lang: Language) -> list[str]:
        """Return everything that a reader should know before trusting the list."""
        found = [f"{text('run.changed', lang)}: {name}" for name in self.changed_files]
        found += [text("run.rejected", lang).format(name=name) for name in self.rejected]
        if self.fates.waiting:
            found.append(text("run.waiting", lang).format(number=self.fates.waiting))
        if self.fates.known_on_assumed:
            number = self.fates.known_on_assumed
            found.append(text("run.assumed", lang).format(number=number))
        return found + self.gates.warnings(lang)


@dataclass(frozen=True)
class Published:
    """Where a run lies, and whether it was there before, byte for byte."""

    run_id: str
    folder: Path
    was_verified: bool
    rows: int
    change: str | None


@dataclass(frozen=True)
class _Sources:
    """Everything that a run's files are made from.

    Attributes
    ----------
    earlier : the run that this one is compared with, if there is one.
    changes : by hazard, what changed since then.
    """

    warehouse: Warehouse
    settings: Settings
    election: Election
    findings: Findings
    earlier: Path | None
    changes: dict[str, Change]

    @property
    def now(self) -> pl.DataFrame:
        """The features at the published cutoff."""
        return self.findings.scores.table.at(self.settings.calendar.cutoff)

    @property
    def scales(self) -> dict[str, Scale]:
        """What the score of each published model is."""
        candidate = self.findings.choice.candidate
        return {candidate.name: candidate.scale, LOGISTICS: "index"}


def publish(
    warehouse: Warehouse,
    settings: Settings,
    election: Election,
    findings: Findings,
    times: Mapping[str, float],
) -> Published:
    """Write a run's folder and make it the latest.

    A run whose id is published already is made again and compared instead.

    Raises
    ------
    GateStopped
        If the list breaks its contract.
    RawanError
        If the same run came out differently than before.
    """
    out = settings.output.folder
    out.mkdir(parents=True, exist_ok=True)
    _clear(out)
    earlier = previous_run(out, settings)
    compared_with = earlier.name if earlier else None
    identity = manifest.identity(warehouse, settings, compared_with)
    run_id = manifest.run_id(settings, identity)
    building = out / f"{_BUILDING}{run_id}"
    try:
        building.mkdir()
        changed = changes(warehouse, settings, findings.scores, earlier)
        sources = _Sources(warehouse, settings, election, findings, earlier, changed)
        rows = _write_files(building, sources, run_id, identity)
        hashes = manifest.file_hashes(building)
        target = out / run_id
        if target.exists():
            _verify(target, hashes)
        else:
            content = _manifest(warehouse, settings, findings, identity, run_id, hashes, times)
            content["previous"] = _chain(out)
            _write_json(building / MANIFEST, content)
            building.replace(target)
        was_verified = building.exists()
        _make_latest(out, target)
    finally:
        if building.exists():
            shutil.rmtree(building)
    told = None if earlier is None else change_told(changed, earlier, settings.output.language)
    return Published(run_id, target, was_verified, rows, told)


def head(warehouse: Warehouse, rows: int = 10) -> list[dict[str, Any]]:
    """Return the first rows of every list, as a table for people."""
    ranking = warehouse.frame(
        "SELECT hazard, stage, rank, rank_low, rank_high, village_code, village, district,"
        " band, data_origin FROM marts.ranking WHERE rank <= ? ORDER BY hazard, stage, rank,"
        " village_code",
        [rows],
    )
    return ranking.to_dicts()


def _write_files(folder: Path, sources: _Sources, run_id: str, identity: Mapping[str, Any]) -> int:
    """Write every file of a run and return the number of rows of its ranking."""
    warehouse, settings, findings = sources.warehouse, sources.settings, sources.findings
    lang = settings.output.language
    evidence = warehouse.frame("FROM marts.evidence ORDER BY ALL")
    scored = warehouse.frame("FROM marts.ranking")
    told = reasons(scored, sources.now, evidence, lang, sources.scales)
    ranking = _ranking(scored, driver_lines(told, lang), run_id, sources.earlier)
    tables.check_contract(ranking)
    villages = warehouse.frame("SELECT village_code, lat, lon FROM reference.villages ORDER BY ALL")
    warnings = findings.warnings(lang)
    tables.write_parquet(ranking, folder / "ranking.parquet")
    tables.write_parquet(evidence, folder / "evidence.parquet")
    tables.write_parquet(told, folder / "reasons.parquet")
    if sources.earlier is not None and sources.changes:
        changed = changes_table(sources.changes, sources.earlier)
        tables.write_parquet(changed, folder / "changes.parquet")
    tables.write_csv(ranking, folder / "ranking.csv")
    tables.write_geojson(ranking, villages, folder / "ranking.geojson")
    notes = facts.notes(settings, findings.choice, run_id)
    tables.write_workbook(ranking, notes, folder / "ranking.xlsx", lang)
    (folder / "polsek").mkdir()
    for (polsek,), rows in ranking.group_by("polsek", maintain_order=True):
        tables.write_csv(rows, _free(folder / "polsek", _file_name(str(polsek))))
    _write_card(folder, sources, run_id, identity)
    _keep_models(folder, sources, run_id, identity)
    gates = findings.gates.html(lang, settings.region.name, settings.region.data_origin)
    _write_text(folder / "gates.html", gates)
    origin = cast(DataOrigin, ranking["data_origin"][0])
    about = facts.page_facts(
        warehouse, settings, sources.election, findings.choice, warnings, run_id, origin
    )
    page = render_page(
        ranking, villages, facts.page_evidence(evidence, warehouse, lang), about, lang
    )
    _write_text(folder / "index.html", page)
    return ranking.height


def _write_card(folder: Path, sources: _Sources, run_id: str, identity: Mapping[str, Any]) -> None:
    """Write the model card with its plots."""
    warehouse, settings, findings = sources.warehouse, sources.settings, sources.findings
    choice, scores = findings.choice, findings.scores
    cutoff = settings.calendar.cutoff
    learned = Learned(scores.table, scores.table.training(cutoff), scores.fitted["conflict"])
    warnings = zip(findings.warnings("id"), findings.warnings("en"), strict=True)
    inputs = {name: file["sha256"] for name, file in identity["inputs"].items()}
    told = gather(
        warehouse,
        settings,
        choice,
        learned,
        findings.fates,
        [Words(*both) for both in warnings],
        run_id,
        {**_hashes(identity), **inputs},
        identity["packages"],
        presence=presence_facts(warehouse, settings, scores, choice.k),
        effort=effort_facts(warehouse, settings, scores),
    )
    for name, content in card_files(told, settings.output.language).items():
        _write_text(folder / name, content)


def _keep_models(folder: Path, sources: _Sources, run_id: str, identity: Mapping[str, Any]) -> None:
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


def _ranking(
    scored: pl.DataFrame, lines: pl.DataFrame, run_id: str, earlier: Path | None
) -> pl.DataFrame:
    """Return the published list in the order and types of its contract."""
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
    return change.select(tables.contract_columns())


def _manifest(
    warehouse: Warehouse,
    settings: Settings,
    findings: Findings,
    identity: dict[str, Any],
    run_id: str,
    hashes: dict[str, str],
    times: Mapping[str, float],
) -> dict[str, Any]:
    gates = findings.gates.findings
    types = [name for (name,) in warehouse.rows(OUTCOME_TYPES)]
    return {
        "manifest_version": 1,
        "run_id": run_id,
        "created_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "region": settings.region.name,
        "data_origin": warehouse.value("SELECT any_value(data_origin) FROM marts.ranking"),
        "election": settings.calendar.election,
        "cutoff": settings.calendar.cutoff.isoformat(),
        "seed": settings.uncertainty.seed,
        "identity": identity,
        "environment": manifest.environment(),
        "fates": findings.fates.counts,
        "row_counts": manifest.row_counts(warehouse),
        "gates": {
            status: sum(finding.status == status for finding in gates)
            for status in ("passed", "failed", "raised")
        },
        "warnings": findings.warnings(settings.output.language),
        "model": findings.choice.as_json(types),
        "step_seconds": {name: round(seconds, 3) for name, seconds in times.items()},
        "files": hashes,
    }


def _chain(out: Path) -> dict[str, str] | None:
    """Return the run published last and its manifest's hash: none can vanish unseen."""
    if not (out / "latest.json").exists():
        return None
    last = json.loads((out / "latest.json").read_text(encoding="utf-8"))
    return {"run_id": last["run_id"], "manifest_sha256": last["manifest_sha256"]}


def _verify(target: Path, hashes: dict[str, str]) -> None:
    """Compare a run made again with the published one."""
    published = {k: v for k, v in manifest.file_hashes(target).items() if k != MANIFEST}
    different = sorted(
        name for name in hashes | published if hashes.get(name) != published.get(name)
    )
    if different:
        raise RawanError(
            f"{target}: this run is published already, and came out differently now "
            f"({', '.join(different[:5])}). Either a published file was changed, or the machine or "
            "a library version is another. The published run was left as it is."
        )


def _make_latest(out: Path, run: Path) -> None:
    """Copy a run to `latest/` for people and point `latest.json` to it."""
    latest, new, old = out / "latest", out / f"{_BUILDING}latest", out / f"{_BUILDING}old"
    shutil.copytree(run, new)
    try:
        if latest.exists():
            latest.replace(old)
        new.replace(latest)
    except PermissionError as error:
        raise TemporaryError(
            f"{latest}: cannot be replaced while a program holds one of its files open. Close it, "
            f"then run again. The run itself is complete: {run}"
        ) from error
    shutil.rmtree(old, ignore_errors=True)
    pointer = {"run_id": run.name, "manifest_sha256": file_hash(run / MANIFEST)}
    _write_json(out / f"{_BUILDING}latest.json", pointer)
    (out / f"{_BUILDING}latest.json").replace(out / "latest.json")


def _clear(out: Path) -> None:
    """Remove what a killed run left behind; the warehouse's lock says that no other runs now."""
    for left_over in out.glob(f"{_BUILDING}*"):
        if left_over.is_dir():
            shutil.rmtree(left_over)
        else:
            left_over.unlink()


def _write_json(path: Path, content: Any) -> None:
    _write_text(path, json.dumps(content, indent=2, ensure_ascii=False, default=str) + "\n")


def _write_text(path: Path, content: str) -> None:
    with path.open("w", encoding="utf-8", newline="\n") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())


def _file_name(name: str) -> str:
    """Return a polsek's name as a file name that every system takes."""
    return "".join(c if c.isalnum() else "-" for c in name.casefold()).strip("-") or "polsek"


def _free(folder: Path, name: str) -> Path:
    """Return a path that is not taken: two names may come down to one file name."""
    path, number = folder / f"{name}.csv", 2
    while path.exists():
        path, number = folder / f"{name}-{number}.csv", number + 1
    return path
