"""The main job: from files in the inbox to published lists.

Owns the order of the steps. What a step does is in `rawan`, what a score is in `models`.
"""

from collections.abc import Sequence
from pathlib import Path

from prefect import flow

from flows import steps
from rawan.gates.validate import GateReport
from rawan.progress import Progress
from rawan.publishing.complete import Findings
from rawan.publishing.publish import Published
from rawan.settings import DEFAULT_CONFIG, Audience, load_settings
from rawan.warehouse import open_warehouse

PREFECT_START = "start Prefect's server"


@flow(name="rawan-run", validate_parameters=False)
def run(
    config: Path = DEFAULT_CONFIG,
    language: str | None = None,
    progress: Progress | None = None,
    audiences: Sequence[Audience] = (),
) -> Published:
    """Ingest, validate, score and publish one region at one cutoff.

    Published for the audience of the configuration, unless others are named.
    """
    settings = load_settings(Path(config), language)
    progress = progress or Progress()
    progress.end(PREFECT_START)
    gates = GateReport()
    with open_warehouse(settings, tell=progress.say) as warehouse, gates.kept_on_stop(settings):
        election, changed = steps.load_reference(progress, warehouse, settings)
        steps.import_gates(progress)
        rejected = steps.ingest(progress, warehouse, settings)
        steps.validate(progress, warehouse, settings, "raw", gates)
        fates = steps.place(progress, warehouse, settings)
        steps.build(progress, warehouse, "staging")
        steps.validate(progress, warehouse, settings, "staging", gates)
        steps.build(progress, warehouse, "features")
        steps.validate(progress, warehouse, settings, "features", gates)
        choice = steps.choose_model(progress, warehouse, settings)
        scores = steps.score(progress, warehouse, settings, election, choice)
        steps.build(progress, warehouse, "marts")
        steps.validate(progress, warehouse, settings, "marts", gates)
        findings = Findings(rejected, fates, changed, gates, choice, scores)
        return steps.publish(progress, warehouse, settings, election, findings, audiences)
