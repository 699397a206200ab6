"""The steps before the features, for the commands that need no schedule.

The scheduled job has the same steps in `flows.pipeline`, with retries and a record.
"""

from dataclasses import dataclass
from pathlib import Path

from rawan import features, reference
from rawan.calendar import Election, chosen_election, load_calendar
from rawan.errors import RawanError
from rawan.places.placing import Fates, place_rows, quarantine_lines
from rawan.progress import Progress
from rawan.reports.keeping import expired_lines
from rawan.review.visible import visible
from rawan.settings import Settings
from rawan.sources.inbox import File, Intake, ingest, ingest_files
from rawan.warehouse import Warehouse, open_warehouse

_SHOWN = 10


@dataclass(frozen=True)
class TakenIn:
    """What came in and what became of it."""

    election: Election
    intake: Intake
    fates: Fates
    quarantine: list[str]
    changed_files: list[str]

    def lines(self) -> list[str]:
        """Return it as lines for a terminal."""
        lines = [*self.intake.lines(), *self.fates.lines(), *self.changed_files]
        if self.fates.known_on_assumed:
            lines.append(
                f"Rows that do not say when they became known: {self.fates.known_on_assumed}; they "
                "count from the day their file was obtained."
            )
        if self.quarantine:
            lines += ["In quarantine:", *self.quarantine[:_SHOWN]]
        if len(self.quarantine) > _SHOWN:
            lines.append(f"and {len(self.quarantine) - _SHOWN} more; --json lists all of them")
        return lines


def load_region(warehouse: Warehouse, settings: Settings) -> tuple[Election, list[str]]:
    """Load the reference tables and set the parameters that the SQL reads.

    Returns the chosen election, and what differs from its sidecar, one sentence a file.
    """
    elections = load_calendar(settings.region.reference / "calendar.toml")
    election = chosen_election(elections, settings.calendar, settings.publish)
    changed = reference.load_reference(warehouse, settings, elections)
    features.set_parameters(warehouse, settings)
    return election, changed


def take_in(warehouse: Warehouse, settings: Settings, progress: Progress) -> TakenIn:
    """Load the reference tables, ingest the inbox and decide every row's fate."""
    return _taken_in(warehouse, settings, progress, None)


def rehearse(settings: Settings, file: Path) -> TakenIn:
    """Do with one file what ingest would, in a warehouse that is thrown away.

    Raises
    ------
    RawanError
        If the file is missing, or cannot be read or mapped.
    """
    if not file.is_file():
        raise RawanError(f"{file}: there is no such file.")
    with open_warehouse(settings, ":memory:") as warehouse:
        alone = [File(f"inbox/{file.name}", file, "inbox")]
        return _taken_in(warehouse, settings, Progress(quiet=True), alone)


def _taken_in(
    warehouse: Warehouse, settings: Settings, progress: Progress, files: list[File] | None
) -> TakenIn:
    with progress.step("load the reference tables"):
        election, changed = load_region(warehouse, settings)
    with progress.step("ingest the inbox"):
        if files is None:
            intake = ingest(warehouse, settings, progress.tell)
            intake.warnings += expired_lines(warehouse, settings)
        else:
            intake = ingest_files(warehouse, settings, files)
    with progress.step("place the rows"):
        fates = place_rows(warehouse, settings, progress.tell)
    with progress.step("build the tables"):
        warehouse.build("staging")
    lines = [visible(line) for line in quarantine_lines(warehouse, settings)]
    return TakenIn(election, intake, fates, lines, changed)
