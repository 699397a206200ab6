"""Runs the suites with Great Expectations and tells failed from raised.

Great Expectations reads pandas batches only, so this is the one place that touches
pandas; its import takes seconds, so this is the one place that imports it.
"""

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from rawan.errors import CheckRaised, GateStopped
from rawan.gates.checks import Check, Suite
from rawan.gates.suites import FLOORS
from rawan.settings import Language, Settings
from rawan.warehouse import Warehouse

Status = Literal["passed", "failed", "raised"]
_TEMPLATES = Path(__file__).parent / "templates"


@dataclass(frozen=True)
class Finding:
    """What one check found: no values, only how many rows broke it or what was observed."""

    floor: str
    table: str
    is_hard: bool
    meaning: dict[str, str]
    status: Status
    detail: dict[str, str]
    rows: int

    def sentence(self, lang: Language) -> str:
        """Return the finding as a sentence: what should hold, and what was seen."""
        return f"{self.table}: {self.meaning[lang]} ({self.detail[lang]})"


@dataclass
class GateReport:
    """All findings of a run, floor by floor."""

    findings: list[Finding] = field(default_factory=list)

    def warnings(self, lang: Language) -> list[str]:
        """Return the soft checks that failed, as sentences."""
        return [f.sentence(lang) for f in self.findings if not f.is_hard and f.status == "failed"]

    def markdown(self, lang: Language) -> str:
        """Return the gate report as a Markdown table."""
        rows = [
            f"| {f.floor} | {f.table} | {f.meaning[lang]} | {f.status} | {f.detail[lang]} |"
            for f in self.findings
        ]
        return "\n".join(["| | | | | |", "|---|---|---|---|---|", *rows])

    @contextmanager
    def kept_on_stop(self, settings: Settings) -> Iterator[None]:
        """Leave the report beside the warehouse where a gate stops the run."""
        try:
            yield
        except GateStopped as stopped:
            file = settings.warehouse.path.with_name("gates-stopped.html")
            region = settings.region
            page = self.html(settings.output.language, region.name, region.data_origin)
            file.write_text(page, encoding="utf-8")
            stopped.args = (f"{stopped}\nThe gate report: {file}",)
            raise

    def html(self, lang: Language, region: str, data_origin: str) -> str:
        """Return the gate report as one page; it lists counts, never values."""
        from jinja2 import Environment, FileSystemLoader, StrictUndefined

        environment = Environment(
            loader=FileSystemLoader(_TEMPLATES), autoescape=True, undefined=StrictUndefined
        )
        template = environment.get_template("gates.html.jinja")
        return template.render(
            findings=self.findings, lang=lang, region=region, data_origin=data_origin
        )


def validate(
    warehouse: Warehouse, settings: Settings, floor: str, report: GateReport
) -> list[Finding]:
    """Check a floor, add what was found to the report, and return the warnings.

    Raises
    ------
    GateStopped
        If a hard check failed.
    CheckRaised
        If a check could not be carried out, which says nothing about the data.
    """
    findings = [
        finding
        for suite in FLOORS[floor](warehouse, settings)
        for finding in _run(warehouse, floor, suite)
    ]
    report.findings += findings
    raised = [f for f in findings if f.status == "raised"]
    failed = [f for f in findings if f.status == "failed"]
    if raised:
        raise CheckRaised(
            _stop("a check could not be carried out, the data were not judged", raised)
        )
    if stopped := [f for f in failed if f.is_hard]:
        raise GateStopped(_stop("the data do not hold what they must", stopped))
    return failed


def _stop(what: str, findings: list[Finding]) -> str:
    lines = "\n".join(f"  {finding.sentence('en')}" for finding in findings)
    return f"Gate {findings[0].floor}: {what}; nothing was published.\n{lines}"


def _run(warehouse: Warehouse, floor: str, suite: Suite) -> list[Finding]:
    """Draw one batch and run every check of its suite."""
    gx = import_library()
    frame = warehouse.pandas(suite.query)
    if frame.empty:
        return [_finding(floor, suite, check, "passed", _rows(0), 0) for check in suite.checks]
    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = {"globally": False}
    asset = context.data_sources.add_pandas("gate").add_dataframe_asset(suite.table)
    batch = asset.add_batch_definition_whole_dataframe("whole").get_batch(
        batch_parameters={"dataframe": frame}
    )
    return [_outcome(gx, batch, floor, suite, check, len(frame)) for check in suite.checks]


def _outcome(gx: Any, batch: Any, floor: str, suite: Suite, check: Check, rows: int) -> Finding:
    expectation = getattr(gx.expectations, check.expectation)(**check.arguments)
    result = batch.validate(expectation, result_format="BASIC")
    if message := _raised(result.exception_info):
        return _finding(floor, suite, check, "raised", {"en": message, "id": message}, rows)
    if result.success:
        return _finding(floor, suite, check, "passed", _rows(rows), rows)
    return _finding(floor, suite, check, "failed", _failure(result.result, rows), rows)


def _rows(rows: int) -> dict[str, str]:
    return {"en": f"{rows} rows", "id": f"{rows} baris"}


def _failure(seen: dict[str, Any], rows: int) -> dict[str, str]:
    """Say by language what was seen instead: a count of rows, or one observed figure."""
    if rows == 1 and (observed := seen.get("partial_unexpected_list")):
        seen_first = observed[0]
        pair = seen_first if isinstance(seen_first, tuple | list) else (seen_first,)
        figure = ", ".join(f"{value:.6g}" for value in pair)
    elif "unexpected_count" in seen:
        count = seen["unexpected_count"]
        return {
            "en": f"not so in {count} of {rows} rows",
            "id": f"tidak berlaku di {count} dari {rows} baris",
        }
    else:
        figure = str(seen.get("observed_value"))
    return {"en": f"observed {figure}", "id": f"teramati {figure}"}


def _finding(
    floor: str, suite: Suite, check: Check, status: Status, detail: dict[str, str], rows: int
) -> Finding:
    return Finding(floor, suite.table, check.is_hard, check.meaning, status, detail, rows)


def _raised(info: dict[str, Any]) -> str:
    """Return what a check raised, or '': Great Expectations reports it as a failure."""
    entries = [info] if "raised_exception" in info else list(info.values())
    for entry in entries:
        if isinstance(entry, dict) and entry.get("raised_exception"):
            return str(entry.get("exception_message", "unknown error")).splitlines()[0][:200]
    return ""


def import_library() -> Any:
    """Import Great Expectations, which takes seconds, with its analytics off: they dial out."""
    os.environ["GX_ANALYTICS_ENABLED"] = "false"
    import great_expectations

    # It sets this logger of its own to INFO and tells of every temporary folder.
    logging.getLogger("great_expectations.data_context.types.base").setLevel(logging.WARNING)
    return great_expectations
