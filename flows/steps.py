"""The steps of the main job as Prefect tasks: names, retries and progress, nothing computed.

Each step takes the run's progress first. Nothing is cached: what may be skipped is
decided by content, in `rawan`.
"""

from collections.abc import Callable, Sequence
from functools import wraps
from typing import Any, Concatenate, ParamSpec, TypeVar

from prefect import task
from prefect.artifacts import create_markdown_artifact, create_table_artifact
from prefect.cache_policies import NO_CACHE

from rawan import choosing, preparation, scoring
from rawan.calendar import Election
from rawan.errors import TemporaryError
from rawan.gates import validate as gates
from rawan.places import placing
from rawan.progress import Progress
from rawan.publishing import complete
from rawan.publishing import publish as publishing
from rawan.reports import keeping
from rawan.settings import Audience, Settings
from rawan.sources import inbox, shelf
from rawan.warehouse import Warehouse

P = ParamSpec("P")
R = TypeVar("R")
Step = Callable[Concatenate[Progress, P], R]


def _may_pass(_task: Any, _run: Any, state: Any) -> bool:
    """Retry only what may pass by itself, such as a file that is still being written."""
    return isinstance(state.result(raise_on_failure=False), TemporaryError)


def _step(name: str, retries: int = 0) -> Callable[[Step[P, R]], Step[P, R]]:
    """Make a function a task whose progress and time are shown."""

    def decorate(function: Step[P, R]) -> Step[P, R]:
        @task(
            name=name,
            retries=retries,
            retry_delay_seconds=2,
            retry_condition_fn=_may_pass,
            cache_policy=NO_CACHE,
        )
        @wraps(function)
        def timed(progress: Progress, /, *args: P.args, **kwargs: P.kwargs) -> R:
            with progress.step(name):
                return function(progress, *args, **kwargs)

        return timed

    return decorate


@_step("load the reference tables")
def load_reference(
    progress: Progress, warehouse: Warehouse, settings: Settings
) -> tuple[Election, list[str]]:
    """Return the election and the reference files that differ from their sidecars."""
    return preparation.load_region(warehouse, settings)


@_step("ingest the inbox", retries=2)
def ingest(progress: Progress, warehouse: Warehouse, settings: Settings) -> list[str]:
    """Bring new files into `raw` and return the names of those that lie rejected."""
    for line in inbox.ingest(warehouse, settings, progress.tell).lines():
        progress.say(line)
    for line in keeping.expired_lines(warehouse, settings):
        progress.say(line)
    return shelf.rejected(settings.inputs)


@_step("place the rows")
def place(progress: Progress, warehouse: Warehouse, settings: Settings) -> placing.Fates:
    """Decide the fate of every row."""
    fates = placing.place_rows(warehouse, settings, progress.tell)
    for line in fates.lines():
        progress.say(line)
    return fates


@_step("import Great Expectations")
def import_gates(progress: Progress) -> None:
    """Import what only the gates need, apart, so that its time is seen."""
    gates.import_library()


@_step("check at the gates")
def validate(
    progress: Progress,
    warehouse: Warehouse,
    settings: Settings,
    floor: str,
    report: gates.GateReport,
) -> None:
    """Stop the run where a floor does not hold what it must."""
    progress.tell(f"check the floor {floor}")
    for finding in gates.validate(warehouse, settings, floor, report):
        progress.say(f"warning: {finding.sentence('en')}")


@_step("build the tables")
def build(progress: Progress, warehouse: Warehouse, floor: str) -> None:
    """Run a floor's SQL."""
    progress.tell(f"build the floor {floor}")
    warehouse.build(floor)


@_step("choose the model")
def choose_model(progress: Progress, warehouse: Warehouse, settings: Settings) -> choosing.Choice:
    """Compare the candidates on past elections."""
    return choosing.choose_model(warehouse, settings, progress.tell)


@_step("score and rank")
def score(
    progress: Progress,
    warehouse: Warehouse,
    settings: Settings,
    election: Election,
    choice: choosing.Choice,
) -> scoring.Scores:
    """Score the villages at the published cutoff."""
    return scoring.score(warehouse, settings, election, choice, progress.tell)


@_step("publish", retries=2)
def publish(
    progress: Progress,
    warehouse: Warehouse,
    settings: Settings,
    election: Election,
    findings: complete.Findings,
    audiences: Sequence[Audience],
) -> publishing.Published:
    """Publish the run in one step and leave its head and gate report as artifacts."""
    published = publishing.publish(
        warehouse, settings, election, findings, progress.times, audiences
    )
    head = publishing.head(warehouse)
    about = f"{settings.region.name}, {head[0]['data_origin']}: {published.run_id}"
    create_table_artifact(key="ranking-head", table=head, description=about)
    report = findings.gates.markdown(settings.output.language)
    create_markdown_artifact(key="gate-report", markdown=f"{about}\n\n{report}")
    return published
