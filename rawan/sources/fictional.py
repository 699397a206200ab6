"""The folder of a fictional region: reference tables, an inbox, the truth, a configuration.

Owns the folder: that it is ours to empty, what it holds, its marker and configuration. What
happens in the region is drawn by `models/simulation.py`; names are given by
`fictional_names.py`, and the files are written by `fictional_reference.py`,
`fictional_calendar.py`, `fictional_hazards.py` and `fictional_inbox.py`. Every file says
SIMULASI; the region lies in open sea and its codes begin with 99, a province that does not
exist. Its kecamatan fill as many kabupaten as they need, 99 to each.
"""

import shutil
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import polars as pl

from models.simulated_process import REPORTING
from models.simulation import MIN_VILLAGES, Process, simulate_region
from rawan.errors import RawanError
from rawan.sources.fictional_calendar import ELECTION, STAGES, calendar_toml
from rawan.sources.fictional_files import CUTOFF, MARKER, ORIGIN, write_csv
from rawan.sources.fictional_hazards import hazards_toml
from rawan.sources.fictional_inbox import FORMS, write_afterwards, write_inbox
from rawan.sources.fictional_names import with_names
from rawan.sources.fictional_reference import reference_tables

MARKER_LINE = f"{ORIGIN}: everything in this folder is invented."
REGION = "Kabupaten Simulasi"
HISTORY_FROM = date(2010, 1, 1)
TEST_FROM = date(2016, 1, 1)
WINDOW_DAYS = 182
MOST_ROWS = 20_000_000
MOST_MIXED = 1_000_000


def write_region(
    folder: Path,
    n_villages: int,
    seed: int,
    incidents: int | None = None,
    reports: int | None = None,
    form: str = "mixed",
    reporting: str = "default",
) -> Path:
    """Write a fictional region and return the path of its `rawan.toml`.

    A folder that an earlier simulation wrote (it holds `SIMULASI.txt`) is emptied first; any
    other folder that is not empty is left alone.

    Parameters
    ----------
    folder : where to write; made if it is not there.
    n_villages : number of villages, `MIN_VILLAGES` or more.
    seed : not negative; the same seed gives the same bytes.
    incidents, reports : about how many are told; None leaves the rates of the process.
    form : of the inbox: `mixed` has CSV, XLSX and JSON Lines and every kind of input; `csv` and
        `parquet` hold incidents, reports and population alone, and any number of them.
    reporting : how much of what happens is told, by a name in `REPORTING`.

    Raises
    ------
    RawanError
        If the folder holds something else, or the region cannot be drawn.
    """
    if seed < 0:
        raise RawanError(f"--seed {seed}: must be 0 or more.")
    if n_villages < MIN_VILLAGES:
        raise RawanError(f"--villages {n_villages}: a region needs at least {MIN_VILLAGES}.")
    for option, number in (("--incidents", incidents), ("--reports", reports)):
        if number is not None and not 1 <= number <= MOST_ROWS:
            raise RawanError(f"{option} {number}: must be from 1 to {MOST_ROWS}.")
    if form not in FORMS:
        raise RawanError(f"--format {form}: must be one of {', '.join(FORMS)}.")
    if reporting not in REPORTING:
        raise RawanError(f"--reporting {reporting}: must be one of {', '.join(REPORTING)}.")
    if form == "mixed" and (incidents or 0) > MOST_MIXED:
        raise RawanError(
            f"--incidents {incidents}: a workbook does not hold so many; "
            "use --format csv or parquet."
        )
    upcoming = {
        name: (first, last) for name, (first, last, _, _) in STAGES.items() if first >= CUTOFF
    }
    try:
        region = simulate_region(
            n_villages,
            seed,
            CUTOFF,
            HISTORY_FROM,
            WINDOW_DAYS,
            upcoming,
            REPORTING[reporting],
            told_incidents=incidents,
            told_reports=reports,
        )
    except ValueError as error:
        raise RawanError(f"--villages {n_villages}: {error}.") from None
    # The spawn key keeps these draws apart from the children that the process takes.
    rng = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(1000,)))
    villages = with_names(region.villages, rng)

    _make_room(folder)
    # The marker comes first: a folder left half written can then be replaced.
    options = {"incidents": incidents, "reports": reports, "format": form}
    if reporting != "default":
        options["reporting"] = reporting
    given = "".join(f" --{name} {value}" for name, value in options.items() if value is not None)
    command = f"rawan simulate --villages {n_villages} --seed {seed}{given}"
    (folder / MARKER).write_text(_marker(command, region.process), encoding="utf-8")
    (folder / "reference").mkdir()
    (folder / "inbox").mkdir()
    for name, frame in reference_tables(villages, rng).items():
        write_csv(folder / "reference" / f"{name}.csv", frame)
    (folder / "reference" / "calendar.toml").write_text(
        calendar_toml(region.process), encoding="utf-8"
    )
    (folder / "reference" / "hazards.toml").write_text(hazards_toml(), encoding="utf-8")
    tellings = write_inbox(folder / "inbox", region, villages, form, rng)
    tellings.write_parquet(folder / "truth_tellings.parquet", compression="zstd")
    region.truth.write_parquet(folder / "truth.parquet", compression="zstd", statistics=True)
    outcomes = region.outcomes.with_columns(pl.col("election").replace("", None))
    write_csv(folder / "outcomes.csv", outcomes)
    (folder / "afterwards").mkdir()
    write_afterwards(
        folder / "afterwards",
        region,
        villages,
        form,
        CUTOFF + timedelta(days=WINDOW_DAYS),
        np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(1001,))),
    )
    config = folder / "rawan.toml"
    config.write_text(_configuration(n_villages), encoding="utf-8")
    return config


def _make_room(folder: Path) -> None:
    """Make the folder, or empty one that a simulation wrote."""
    if folder.exists() and not folder.is_dir():
        raise RawanError(f"{folder}: is a file; give a folder with --out.")
    folder.mkdir(parents=True, exist_ok=True)
    found = sorted(folder.iterdir())
    if found and not _is_ours(folder / MARKER):
        raise RawanError(
            f"{folder}: is not empty and was not written by rawan simulate; "
            "give a new folder with --out."
        )
    for child in found:
        if child.name == MARKER:
            continue  # it is overwritten; until then the folder stays known as ours
        if child.is_dir() and not child.is_symlink():
            shutil.rmtree(child)
        else:
            child.unlink()


def _is_ours(marker: Path) -> bool:
    """Return whether a marker of that name is one that a simulation wrote."""
    if not marker.is_file():
        return False
    return marker.read_bytes().startswith(MARKER_LINE.encode())


def _marker(command: str, process: Process) -> str:
    """Say that all of it is invented, by which seed and which process."""
    parameters = {key: value for key, value in vars(process).items() if key != "elections"}
    listed = "\n".join(f"  {key} = {value}" for key, value in parameters.items())
    elections = "\n".join(f"  {day} {name}" for name, day in process.elections)
    return f"""{MARKER_LINE}
{ORIGIN}: seluruh isi folder ini rekaan; tidak ada desa, kejadian atau laporan yang nyata.

Written by: {command}
The next rawan simulate into this folder empties it first, whatever was added to it.

truth.parquet   true risk by village, hazard and stage, as on {CUTOFF}
truth_tellings.parquet   events told by two sources: which rows are one event, and its true day
outcomes.csv    what happens from {CUTOFF} for {WINDOW_DAYS} days, told (reported) or not
afterwards/     what lists tell of those days: copy it into the inbox to hold a list against it
inbox/, reference/   what a pipeline may see; a few incidents became known after the cutoff

The process (formulas at the head of models/simulation.py):
{listed}
Voting days:
{elections}
"""


def _configuration(n_villages: int) -> str:
    """Return `rawan.toml`; its paths are relative to itself."""
    return f"""# {ORIGIN}: an invented region, written by rawan simulate.
config_version = 1

[region]
name = "{REGION}"
reference = "reference"
data_origin = "{ORIGIN}"
expected_villages = {n_villages}

[inputs]
inbox = "inbox"
use_public_record = false        # an invented region has none

[calendar]
election = "{ELECTION}"
cutoff = {CUTOFF}
window = "{WINDOW_DAYS}d"
history_from = {HISTORY_FROM}
test_from = {TEST_FROM}

[warehouse]
path = "var/rawan.duckdb"
key_file = "var/warehouse.key"

[output]
folder = "out"
"""
