"""What a file would change, and what was known on a day.

Both look at the same bitemporal tables as a run: what happened when, and from when to when
that was what the sources said.
"""

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl

from rawan.errors import RawanError, did_you_mean, nearest
from rawan.places.placing import Fates, place_rows, quarantine_lines
from rawan.preparation import load_region
from rawan.review.visible import visible
from rawan.settings import Settings
from rawan.sources.inbox import File, ingest_files
from rawan.sources.shelf import FOLDERS
from rawan.warehouse import Warehouse, open_warehouse

_KEY = ["event_key", "district_code", "village_code"]
_SAID = ["occurred_from", "occurred_on", "type", "deaths", "injured", "tellings"]
_EVENTS = f"SELECT {', '.join(_KEY + _SAID)} FROM staging.incidents ORDER BY ALL"
_REPORTS = (
    "SELECT report_key AS event_key, district_code, village_code, occurred_on, known_on, type,"
    " source_grade || information_grade AS grade FROM staging.reports"
    " WHERE known_until IS NULL ORDER BY ALL"
)


@dataclass(frozen=True)
class Difference:
    """What a file would do: the fate of its rows, and events and reports before and after."""

    file: str
    replaces: bool
    fates: Fates
    quarantine: list[str]
    added: list[dict[str, Any]]
    changed: list[dict[str, Any]]
    withdrawn: list[dict[str, Any]]

    def as_json(self) -> dict[str, Any]:
        """Return the answer for a program."""
        return {
            "file": self.file,
            "replaces": self.replaces,
            "fates": self.fates.by_file.get(self.file, {}),
            "quarantine": self.quarantine,
            "added": self.added,
            "changed": self.changed,
            "withdrawn": self.withdrawn,
        }

    def lines(self) -> list[str]:
        """Return the answer as lines for a terminal."""
        what = "takes the place of an earlier content" if self.replaces else "is new"
        lines = [f"{self.file}: {what}"]
        lines += [line for line in self.fates.lines() if line.startswith(f"{self.file}:")]
        lines += self.quarantine
        for word, rows in {
            "added": self.added,
            "changed": self.changed,
            "withdrawn": self.withdrawn,
        }.items():
            lines.append(f"{word}: {len(rows)}")
            lines += [f"  {_sentence(row)}" for row in rows]
        return lines


def difference(settings: Settings, file: Path) -> Difference:
    """Tell what a file would add, change and withdraw; nothing is written.

    Raises
    ------
    RawanError
        If the file is missing, or cannot be read or mapped.
    """
    if not file.is_file():
        raise RawanError(f"{file}: there is no such file.")
    name = _name(settings, file)
    with open_warehouse(settings) as warehouse, warehouse.undone():
        load_region(warehouse, settings)
        place_rows(warehouse, settings)
        warehouse.build("staging")
        before = _state(warehouse)
        known = "SELECT count(*) FROM raw.files WHERE file = ? AND is_current"
        replaces = bool(warehouse.value(known, [name]))
        intake = ingest_files(warehouse, settings, [File(name, file, "inbox")])
        if intake.rejected:
            raise RawanError("\n".join(intake.rejected.values()))
        fates = place_rows(warehouse, settings)
        warehouse.build("staging")
        after = _state(warehouse)
        lines = quarantine_lines(warehouse, settings)
        quarantine = [visible(line) for line in lines if line.startswith(f"{name},")]
    return Difference(name, replaces, fates, quarantine, *_compared(before, after))


def known_on(settings: Settings, code: str, day: date) -> list[dict[str, Any]]:
    """Return the incidents of a village or kecamatan as they were known at the start of a day.

    Raises
    ------
    RawanError
        If nothing came in yet, or the code is none of the region.
    """
    with open_warehouse(settings, is_read_only=True) as warehouse:
        if not warehouse.has_table("staging.event_versions"):
            raise RawanError("Nothing came in yet. Start with: rawan ingest")
        _check_code(warehouse, code)
        return warehouse.frame(
            "SELECT event_key, occurred_from, occurred_on, known_on, type, tellings, deaths,"
            " injured, village_code, district_code, known_from, known_until"
            " FROM staging.event_versions JOIN staging.event_names USING (event_no)"
            " WHERE (village_code = $code OR district_code = $code)"
            " AND known_from <= $day AND (known_until IS NULL OR known_until > $day)"
            " ORDER BY occurred_on, event_key",
            {"code": code, "day": day},
        ).to_dicts()


def _check_code(warehouse: Warehouse, code: str) -> None:
    """Refuse what is no code of a village or kecamatan: it would be answered with "nothing"."""
    names = dict(
        warehouse.rows(
            "SELECT village_code, village FROM reference.villages"
            " UNION ALL SELECT district_code, district FROM reference.districts ORDER BY ALL"
        )
    )
    if code in names:
        return
    named = [known for known, name in names.items() if name.lower() == code.strip().lower()]
    if named:
        raise RawanError(f'"{code}" is a name; places are named by their code: {", ".join(named)}.')
    hint = did_you_mean(code, names) if nearest(code, names) else " Such as 18.01.24.2004."
    raise RawanError(f'"{code}" is not the code of a village or kecamatan.{hint}')


def _name(settings: Settings, file: Path) -> str:
    inbox = settings.inputs.inbox.resolve()
    whole = file.resolve()
    inside = whole.relative_to(inbox) if whole.is_relative_to(inbox) else Path(file.name)
    if len(inside.parts) > 1 and inside.parts[0] in FOLDERS:  # the name under which it came
        inside = inside.relative_to(inside.parts[0])
    return f"inbox/{inside.as_posix()}"


def _state(warehouse: Warehouse) -> dict[str, pl.DataFrame]:
    return {"incident": warehouse.frame(_EVENTS), "report": warehouse.frame(_REPORTS)}


def _compared(
    before: dict[str, pl.DataFrame], after: dict[str, pl.DataFrame]
) -> tuple[list[dict[str, Any]], list[dict[str, Any]], list[dict[str, Any]]]:
    added: list[dict[str, Any]] = []
    changed: list[dict[str, Any]] = []
    withdrawn: list[dict[str, Any]] = []
    for what in before:
        old, new = _by_key(before[what]), _by_key(after[what])
        added += [{"what": what, **new[key]} for key in new if key not in old]
        withdrawn += [{"what": what, **old[key]} for key in old if key not in new]
        for key in new:
            if key in old and old[key] != new[key]:
                was = {
                    name: old[key][name] for name in new[key] if old[key][name] != new[key][name]
                }
                changed.append({"what": what, **new[key], "was": was})
    return added, changed, withdrawn


def _by_key(frame: pl.DataFrame) -> dict[tuple[Any, ...], dict[str, Any]]:
    return {tuple(row[name] for name in _KEY): row for row in frame.iter_rows(named=True)}


def _sentence(row: dict[str, Any]) -> str:
    where = row["village_code"] or row["district_code"]
    said = f"{row['what']} {row['event_key']} at {where}: {row['type']}, {row['occurred_on']}"
    was = row.get("was")
    return said + (f" (was {', '.join(f'{k} {v}' for k, v in was.items())})" if was else "")
