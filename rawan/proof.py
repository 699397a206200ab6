"""Proof of skill: the backtest as a command, on a region or a record of incidents.

For a simulated region the truth stands beside it.
"""

from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import polars as pl
from scipy.stats import spearmanr

from rawan import calendar, choosing, records, scoring
from rawan import traps as leakage_traps
from rawan.gates.validate import GateReport, validate
from rawan.preparation import take_in
from rawan.progress import Progress
from rawan.publishing.card.render import estimate, verdict
from rawan.publishing.texts import text
from rawan.record_files import read_record
from rawan.settings import Language, Settings
from rawan.warehouse import Warehouse, open_warehouse


@dataclass(frozen=True)
class Tested:
    """The backtest's evidence, and what a reader must know of it.

    Attributes
    ----------
    types : the types of incident that are the outcome.
    truth : for a simulated region, the agreement with it.
    remarks : what was assumed, or left out, in sentences.
    record : what a record of incidents lacks, if it was one.
    traps : the leakage traps that were set.
    """

    choice: choosing.Choice
    types: list[str]
    truth: dict[str, float] | None = None
    remarks: list[str] = field(default_factory=list)
    record: records.Notes | None = None
    traps: list[leakage_traps.Trap] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        """Return it for programs."""
        answer = {**self.choice.as_json(self.types), "remarks": self.remarks}
        if self.traps:
            answer["traps"] = [asdict(trap) for trap in self.traps]
        if self.record is not None:
            answer["units"] = self.record.units
            answer["blocks"] = self.record.blocks
            answer["not_applicable"] = self.record.not_applicable
        return answer if self.truth is None else {**answer, "truth": self.truth}

    def lines(self, lang: Language) -> list[str]:
        """Return it as lines for a terminal."""
        choice = self.choice
        lines = [verdict(choice, lang), ""]
        for name, metrics in choice.measures.get("all", {}).items():
            lines.append(text(f"model.{name}", lang))
            lines += [
                f"  {text(f'metric.{metric}', lang)}: {estimate(value, lang)}"
                for metric, value in metrics.items()
            ]
        for day, skip in choice.backtest.skipped.items():
            lines.append(
                f"{day}: {text(f'card.skipped.{skip.kind}', lang).format(number=skip.number)}"
            )
        for name, why in choice.backtest.left_out.items():
            told = {"model": text(f"model.{name}", lang), **asdict(why)}
            lines.append(text("card.left_out", lang).format(**told))
        if self.truth is not None:
            lines += ["", "SIMULASI"]
            lines += [f"  {text(f'truth.{name}', lang)}: {v:.3f}" for name, v in self.truth.items()]
        if self.traps:
            lines += ["", *(trap.line() for trap in self.traps)]
        if self.remarks:
            lines += ["", *self.remarks]
        if self.record is not None:
            lines += [self.record.blocks, "", "Not applicable:"]
            lines += [f"  {name}: {why}" for name, why in self.record.not_applicable.items()]
        return lines


def backtest(settings: Settings, progress: Progress, with_traps: bool = False) -> Tested:
    """Compare the candidates on past cutoffs and, where there is a truth, the ranking with it.

    With `[record]` in the configuration it is done on that record, in a warehouse in memory;
    the files of the region are not needed.

    Raises
    ------
    GateStopped
        If the data do not hold what they must.
    RawanError
        If a record cannot be read, or no past cutoff can be tested.
    """
    if settings.record.folder is not None:
        return _backtest_record(settings, progress, with_traps)
    remarks = _remarks(settings)
    report = GateReport()
    with open_warehouse(settings) as warehouse:
        taken = take_in(warehouse, settings, progress)
        for floor in ("staging", "features"):
            with progress.step("build the tables"):
                warehouse.build(floor)
            with progress.step("check at the gates"):
                validate(warehouse, settings, floor, report)
        with progress.step("choose the model"):
            choice = choosing.choose_model(warehouse, settings, progress.tell)
        types = [t for (t,) in warehouse.rows(choosing.OUTCOME_TYPES)]
        truth = None
        file = settings.region.reference.parent / "truth.parquet"
        if settings.region.data_origin == "SIMULASI" and file.is_file():
            with progress.step("score and rank"):
                scoring.score(warehouse, settings, taken.election, choice, progress.tell)
            truth = _agreement(warehouse, file)
        sprung = _traps(warehouse, settings, progress) if with_traps else []
    return Tested(choice, types, truth, remarks, traps=sprung)


def _backtest_record(settings: Settings, progress: Progress, with_traps: bool) -> Tested:
    """Compare the candidates on a record; its rows were checked as they were read."""
    folder, types = settings.record.folder, settings.record.types
    assert folder is not None  # noqa: S101 - the caller looked
    with progress.step("read the record"):
        files = read_record(folder, types, settings.limits)
        settings = records.fitted(settings, files)
        remarks = _remarks(settings)
    with open_warehouse(settings, ":memory:") as warehouse:
        with progress.step("build the tables"):
            notes = records.fill(warehouse, settings, files)
            warehouse.build("features")
        with progress.step("choose the model"):
            choice = choosing.choose_model(warehouse, settings, progress.tell)
        sprung = _traps(warehouse, settings, progress) if with_traps else []
    return Tested(choice, types, None, [*notes.remarks, *remarks], notes, sprung)


def _traps(
    warehouse: Warehouse, settings: Settings, progress: Progress
) -> list[leakage_traps.Trap]:
    """Set the leakage traps on the built floors."""
    with progress.step("set the leakage traps"):
        return leakage_traps.spring(warehouse, settings, progress.tell)


def _remarks(settings: Settings) -> list[str]:
    """Say which cutoffs are not tested; none at all is an error."""
    return [*calendar.left_out(settings.calendar), *calendar.overlaps(settings.calendar)]


def _agreement(warehouse: Warehouse, file: Path) -> dict[str, float]:
    """Return how well scores and intervals agree with the true risk of a simulated region.

    spearman, spearman_baseline: rank correlation of score (decayed count) and true risk.
    interval_coverage: share of villages whose true rank lies in the published interval.
    """
    truth = pl.read_parquet(file).filter(
        (pl.col("hazard") == "conflict") & (pl.col("stage") == "window")
    )
    scored = warehouse.frame(
        "SELECT s.village_code, s.score, s.rank_low, s.rank_high, f.clash_decayed"
        " FROM scores.scored AS s JOIN features.village_cutoff AS f USING (village_code)"
        " WHERE s.hazard = 'conflict' AND f.cutoff = getvariable('published_cutoff')"
        " ORDER BY s.village_code"
    ).join(truth, on="village_code", how="inner", validate="1:1", maintain_order="left")
    true_rank = scored["true_risk"].rank("min", descending=True)
    inside = (true_rank >= scored["rank_low"]) & (true_rank <= scored["rank_high"])
    return {
        "spearman": float(spearmanr(scored["score"], scored["true_risk"]).statistic),
        "spearman_baseline": float(
            spearmanr(scored["clash_decayed"], scored["true_risk"]).statistic
        ),
        "interval_coverage": int(inside.sum()) / len(inside),
    }
