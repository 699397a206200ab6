"""What the seconds of a benchmark depend on: the day, the machine, the Python."""

import os
import platform
from datetime import date
from pathlib import Path
from typing import Any


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


def _cpu() -> str:
    listing = Path("/proc/cpuinfo")
    if listing.is_file():
        for line in listing.read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    return platform.processor() or platform.machine()
