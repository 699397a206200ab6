"""The timetable: one Prefect flow a file, each step a task.

Prefect's own settings stand here, before it is imported: no call home, and a home of its
own inside the project, unless the operator says otherwise.
"""

import os
from pathlib import Path

from rawan.settings import PROJECT_ROOT

for _name, _value in {
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    "DO_NOT_TRACK": "1",
    "PREFECT_HOME": str(PROJECT_ROOT / "var" / "prefect"),
    "PREFECT_LOGGING_LEVEL": "CRITICAL",
    "PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS": "120",
}.items():
    os.environ.setdefault(_name, _value)

# Prefect makes its home, but not the folders above it.
Path(os.environ["PREFECT_HOME"]).mkdir(parents=True, exist_ok=True)
