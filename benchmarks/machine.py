"""What the seconds of a benchmark depend on: the day, the machine, the Python."""

import multiprocessing
import os
import platform
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from datetime import date
from pathlib import Path
from typing import Any

PROCESSES = 2


def here_and_now() -> dict[str, Any]:
    """Return the date and the machine."""
    return {
        "date": date.today().isoformat(),  # noqa: DTZ011 # the day on this machine's own clock
        "machine": {"cores": os.cpu_count(), "cpu": _cpu(), "python": platform.python_version()},
    }


def heading(answer: dict[str, Any]) -> str:
    """Return the same as a line for people."""
    where = answer["machine"]
    return f"{answer['date']}, {where['cores']} cores, {where['cpu']}, Python {where['python']}"


def in_processes(
    work: Callable[..., dict[str, Any]], jobs: Sequence[tuple[Any, ...]], told: Sequence[str]
) -> list[dict[str, Any]]:
    """Return what the work gives for each job, in their order; `told` names each as it is done."""
    # A process has one core: more threads would only wait for each other.
    for threads in ("POLARS_MAX_THREADS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
        os.environ.setdefault(threads, "1")
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(min(PROCESSES, len(jobs)), mp_context=context) as pool:
        waiting = {pool.submit(work, *job): number for number, job in enumerate(jobs)}
        found: dict[int, dict[str, Any]] = {}
        for done in as_completed(waiting):
            number = waiting[done]
            found[number] = done.result()
            print(f"{len(found)} of {len(jobs)}: {told[number]}", file=sys.stderr)
    return [found[number] for number in range(len(jobs))]


def _cpu() -> str:
    listing = Path("/proc/cpuinfo")
    if listing.is_file():
        for line in listing.read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    return platform.processor() or platform.machine()
