"""How long ingest to staging of a simulated region takes, against a bare DuckDB reading it.

Run `python benchmarks/ingest_speed.py [--villages N --incidents N --reports N]
[--format csv|parquet|both] [--tenth] [--json]`. Measured is all that a run does before the
features: reference tables, ingest into a fresh encrypted warehouse, the gates of raw and
staging, places, the SQL of staging; only the import of the libraries is left out, on both
sides. The yardstick is a DuckDB with its default threads that reads the incidents and reports
of the same files and counts them by village and day. Each part has a process of its own, so
that peak memory is its own. With --tenth the same is done at a tenth of the size, with the
growth between the two. A ratio can be compared between machines; seconds cannot.
"""

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from machine import heading, here_and_now

GOAL_RATIO = 8.0
GOAL_GIB = 3.0
GOAL_NAMES = 50_000
YARDSTICK_REPEATS = 3
PLACE = "place the rows"
Step = Callable[[str], Any]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--villages", type=int, default=83_000)
    parser.add_argument("--incidents", type=int, default=5_000_000)
    parser.add_argument("--reports", type=int, default=500_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--format", choices=("csv", "parquet", "both"), default="both")
    parser.add_argument("--tenth", action="store_true", help="the same at a tenth of the size")
    parser.add_argument("--region", type=Path, help="measure this region; none is made")
    parser.add_argument("--tenth-region", type=Path, help="the region of a tenth; implies --tenth")
    parser.add_argument("--json", action="store_true", help="print JSON for programs")
    parser.add_argument("--part", choices=sorted(PARTS), help=argparse.SUPPRESS)
    parser.add_argument("--given", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.part:
        print(json.dumps({**PARTS[arguments.part](json.loads(arguments.given)), **peak()}))
        return
    answer = measured(arguments)
    print(json.dumps(answer, indent=2) if arguments.json else as_text(answer))


def measured(arguments: argparse.Namespace) -> dict[str, Any]:
    """Return the figures of every form and size."""
    forms = ["csv", "parquet"] if arguments.format == "both" else [arguments.format]
    if arguments.region is not None:
        forms = [form_of(arguments.region)]
    with_tenth = arguments.tenth or arguments.tenth_region is not None
    answer: dict[str, Any] = {**here_and_now(), "forms": {}}
    for form in forms:
        sizes = {"whole": measured_at(arguments, form, 1, arguments.region)}
        if with_tenth:
            sizes["tenth"] = measured_at(arguments, form, 10, arguments.tenth_region)
            whole, tenth = sizes["whole"], sizes["tenth"]
            sizes["growth"] = {
                "rows": whole["rows"] / tenth["rows"],
                "seconds": whole["seconds"]["total"] / tenth["seconds"]["total"],
            }
        answer["forms"][form] = sizes
    return answer


def measured_at(
    arguments: argparse.Namespace, form: str, divisor: int, region: Path | None
) -> dict[str, Any]:
    """Return the figures of one form at one size."""
    with tempfile.TemporaryDirectory() as scratch:
        made = None
        if region is None:
            region = Path(scratch) / "region"
            given = {
                "villages": arguments.villages // divisor,
                "incidents": arguments.incidents // divisor,
                "reports": arguments.reports // divisor,
                "seed": arguments.seed,
                "form": form,
            }
            made = in_own_process("simulate", folder=str(region), **given)
        place = {"region": str(region.resolve()), "form": form}
        bare = in_own_process("yardstick", **place)
        ours = in_own_process("ours", **place, scratch=scratch)
    total = ours["seconds"]["total"]
    return {
        "simulated": made,
        "villages": ours["villages"],
        "rows": bare["rows"],
        "groups": bare["groups"],
        "distinct_places": bare["places"],
        "seconds": {**ours["seconds"], "duckdb_read_and_group": bare["seconds"]},
        "ratio": {"total_to_duckdb_read_and_group": total / bare["seconds"]},
        "peak_gib": {"ours": ours["peak_gib"], "duckdb_read_and_group": bare["peak_gib"]},
        "names_per_second": bare["places"] / ours["seconds"][PLACE],
    }


def in_own_process(part: str, **given: Any) -> dict[str, Any]:
    """Run a part in a process of its own and return its figures."""
    command = [sys.executable, __file__, "--part", part, "--given", json.dumps(given)]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True)
    if done.returncode:
        raise SystemExit(f"{part} failed; its last words are above")
    answer: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return answer


def simulate(given: dict[str, Any]) -> dict[str, Any]:
    """Write a region and return how long it took."""
    from rawan.sources.fictional import write_region

    form, numbers = given["form"], (given["incidents"], given["reports"])
    started = time.perf_counter()
    write_region(Path(given["folder"]), given["villages"], given["seed"], *numbers, form)
    return {"seconds": time.perf_counter() - started}


def yardstick(given: dict[str, Any]) -> dict[str, Any]:
    """Read and group with a bare DuckDB: the median time, rows, groups and distinct places."""
    import duckdb

    inbox, form = Path(given["region"]) / "inbox", given["form"]

    def told(pattern: str) -> str:
        names = [path.as_posix() for path in sorted(inbox.glob(f"{pattern}.{form}"))]
        files = "[" + ", ".join("'" + name.replace("'", "''") + "'" for name in names) + "]"
        read = (
            f"read_csv({files}, all_varchar = true)" if form == "csv" else f"read_parquet({files})"
        )
        return f"SELECT kecamatan, desa, tanggal FROM {read}"

    rows = f"{told('insiden*')} UNION ALL {told('laporan*')}"
    count = f"SELECT sum(n), count(*) FROM (SELECT *, count(*) AS n FROM ({rows}) GROUP BY ALL)"
    taken = []
    for _ in range(YARDSTICK_REPEATS):
        started = time.perf_counter()
        with duckdb.connect() as connection:
            counted = connection.execute(count).fetchall()
        taken.append(time.perf_counter() - started)
    places = duckdb.sql(f"SELECT count(DISTINCT (kecamatan, desa)) FROM ({rows})").fetchall()
    (total, groups), ((distinct,),) = counted[0], places
    return {
        "seconds": statistics.median(taken),
        "rows": int(total),
        "groups": groups,
        "places": distinct,
    }


def ours(given: dict[str, Any]) -> dict[str, Any]:
    """Bring a region to staging; return the seconds by step and in all."""
    from rawan.gates import validate as gates
    from rawan.settings import load_settings

    gates.import_library()
    region, scratch = Path(given["region"]), Path(given["scratch"])
    settings = load_settings(region / "rawan.toml")
    inbox, var = scratch / "inbox", scratch / "var"
    shutil.copytree(settings.inputs.inbox, inbox, copy_function=linked)
    at = {
        "inputs": settings.inputs.model_copy(update={"inbox": inbox}),
        "warehouse": settings.warehouse.model_copy(
            update={"path": var / "rawan.duckdb", "key_file": var / "warehouse.key"}
        ),
    }
    seconds: dict[str, float] = {}

    @contextmanager
    def step(name: str) -> Iterator[None]:
        started = time.perf_counter()
        yield
        seconds[name] = time.perf_counter() - started

    with step("total"):
        to_staging(settings.model_copy(update=at), step)
    return {"seconds": seconds, "villages": settings.region.expected_villages}


def to_staging(settings: Any, step: Step) -> None:
    """Do what `flows.pipeline` does before the features, each part under its name."""
    from rawan import preparation
    from rawan.gates import validate as gates
    from rawan.places import placing
    from rawan.sources import inbox
    from rawan.warehouse import open_warehouse

    report = gates.GateReport()
    with open_warehouse(settings) as warehouse:
        with step("load the reference tables"):
            preparation.load_region(warehouse, settings)
        with step("ingest the inbox"):
            inbox.ingest(warehouse, settings)
        with step("check raw"):
            gates.validate(warehouse, settings, "raw", report)
        with step(PLACE):
            placing.place_rows(warehouse, settings)
        with step("build staging"):
            warehouse.build("staging")
        with step("check staging"):
            gates.validate(warehouse, settings, "staging", report)


def linked(source: str, target: str) -> None:
    """Put a second name to a file, or copy it where that cannot be done."""
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)


def form_of(region: Path) -> str:
    """Return the form of a region's incidents, CSV or Parquet."""
    for form in ("csv", "parquet"):
        if (region / "inbox" / f"laporan.{form}").is_file():
            return form
    raise SystemExit(f"{region}: was not written with --format csv or parquet")


def peak() -> dict[str, float | None]:
    """Return the peak memory of this process; None where the system does not tell."""
    if sys.platform == "win32":
        return {"peak_gib": None}
    import resource

    # Kibibytes on Linux, bytes on macOS.
    unit = 2**30 if sys.platform == "darwin" else 2**20
    return {"peak_gib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit}


PARTS: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
    "simulate": simulate,
    "yardstick": yardstick,
    "ours": ours,
}


def as_text(answer: dict[str, Any]) -> str:
    """Return the answer as lines for people."""
    lines = [heading(answer)]
    for form, sizes in answer["forms"].items():
        for size in ("whole", "tenth"):
            if size in sizes:
                lines += ["", f"{form}, {size}", *_lines(sizes[size])]
        if growth := sizes.get("growth"):
            lines.append(
                f"from a tenth to the whole: {growth['rows']:.1f} times the rows,"
                f" {growth['seconds']:.1f} times the seconds (goal: at most as many)"
            )
    return "\n".join(lines)


def _lines(figures: dict[str, Any]) -> list[str]:
    seconds = figures["seconds"]
    bare = seconds["duckdb_read_and_group"]
    steps = [name for name in seconds if name not in ("total", "duckdb_read_and_group")]
    lines = [
        f"{figures['villages']} villages, {figures['rows']} incidents and reports,"
        f" {figures['groups']} groups of (village, day)"
    ]
    if made := figures["simulated"]:
        lines.append(f"{made['seconds']:9.2f} s  simulate the region ({_gib(made['peak_gib'])})")
    return [
        *lines,
        *(f"{seconds[name]:9.2f} s  {name}" for name in steps),
        f"{seconds['total']:9.2f} s  all of it ({_gib(figures['peak_gib']['ours'])};"
        f" goal: under {GOAL_GIB:.0f} GiB)",
        f"{bare:9.2f} s  yardstick: DuckDB reads and groups the same files"
        f" ({_gib(figures['peak_gib']['duckdb_read_and_group'])})",
        f"ingest to staging takes {figures['ratio']['total_to_duckdb_read_and_group']:.1f} times"
        f" the yardstick (goal: at most {GOAL_RATIO:.0f})",
        f"{figures['distinct_places']} distinct places, {figures['names_per_second']:.0f} resolved"
        f" a second (goal: over {GOAL_NAMES})",
    ]


def _gib(peak_gib: float | None) -> str:
    return "peak memory unknown" if peak_gib is None else f"peak memory {peak_gib:.2f} GiB"


if __name__ == "__main__":
    main()
