"""How long `rawan --help` takes, against a bare Python start in the same run.

Run `python benchmarks/help_speed.py [--json]`. Medians of seven, taken in turn so that a busy
moment of the machine falls on both.
"""

import argparse
import json
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from machine import heading, here_and_now

REPEATS = 7
HELP = [str(Path(sys.executable).with_name("rawan")), "--help"]
NOTHING = [sys.executable, "-c", "pass"]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--json", action="store_true", help="print JSON for programs")
    arguments = parser.parse_args()
    answer = measured()
    print(json.dumps(answer, indent=2) if arguments.json else as_text(answer))


def measured() -> dict[str, Any]:
    """Return the median seconds of both, and their ratio."""
    seconds(HELP), seconds(NOTHING)  # what was never read yet is read from disk once
    pairs = [(seconds(HELP), seconds(NOTHING)) for _ in range(REPEATS)]
    helping, nothing = (statistics.median(column) for column in zip(*pairs, strict=True))
    return {
        **here_and_now(),
        "repeats": REPEATS,
        "seconds": {"rawan_help": helping, "python_pass": nothing},
        "ratio": {"rawan_help_to_python_pass": helping / nothing},
    }


def seconds(command: list[str]) -> float:
    """Return the time of one run of a command."""
    started = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - started


def as_text(answer: dict[str, Any]) -> str:
    """Return the answer as lines for people."""
    taken = answer["seconds"]
    return "\n".join(
        [
            heading(answer),
            f"{taken['rawan_help']:7.3f} s  rawan --help (median of {answer['repeats']})",
            f"{taken['python_pass']:7.3f} s  python -c pass",
            f"rawan --help takes {answer['ratio']['rawan_help_to_python_pass']:.1f} bare starts",
        ]
    )


if __name__ == "__main__":
    main()
