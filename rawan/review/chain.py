"""The record of decisions: only ever added to, each row chained to the one before by its hash.

Owns `raw.decisions`. What a row means, and which of them count, is in
`rawan.review.decisions`.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import polars as pl

from rawan.warehouse import Warehouse

_COLUMNS: dict[str, Any] = {
    "number": pl.Int64,
    "decision_id": pl.String,
    "subject": pl.String,
    "key": pl.String,
    "action": pl.String,
    "value": pl.String,
    "decided_by": pl.String,
    "decided_at": pl.Datetime("us"),
    "note": pl.String,
    "undoes": pl.String,
    "previous_hash": pl.String,
    "hash": pl.String,
}


@dataclass(frozen=True)
class Entry:
    """What is added: an answer, or the undoing of the decision with the id `undoes`."""

    subject: str
    key: str
    action: str
    value: Mapping[str, str]
    note: str = ""
    undoes: str | None = None


def add(warehouse: Warehouse, entries: Sequence[Entry], by: str) -> list[dict[str, Any]]:
    """Add entries in their order, all or none, signed and dated now; return their rows."""
    number, previous = head(warehouse)
    now = datetime.now(UTC).replace(tzinfo=None)
    rows = []
    for entry in entries:
        number += 1
        row: dict[str, Any] = {
            "number": number,
            "subject": entry.subject,
            "key": entry.key,
            "action": entry.action,
            "value": json.dumps(entry.value, ensure_ascii=False, sort_keys=True),
            "decided_by": by,
            "decided_at": now,
            "note": entry.note,
            "undoes": entry.undoes,
            "previous_hash": previous,
        }
        row["hash"] = previous = _hash(row)
        row["decision_id"] = row["hash"][:12]
        rows.append(row)
    if rows:
        warehouse.append("raw.decisions", pl.DataFrame(rows, schema=_COLUMNS))
    return rows


def _hash(row: Mapping[str, Any]) -> str:
    names = [name for name in _COLUMNS if name not in ("decision_id", "hash")]
    content = [row[n].isoformat() if n == "decided_at" else row[n] for n in names]
    return hashlib.sha256(json.dumps(content).encode("ascii")).hexdigest()


def rows_of(warehouse: Warehouse) -> list[dict[str, Any]]:
    """Return every row, oldest first."""
    rows = warehouse.rows(f"SELECT {', '.join(_COLUMNS)} FROM raw.decisions ORDER BY number")
    return [dict(zip(_COLUMNS, row, strict=True)) for row in rows]


def head(warehouse: Warehouse) -> tuple[int, str]:
    """Return number and hash of the newest row; kept elsewhere, they show what is cut off."""
    last = warehouse.rows("SELECT number, hash FROM raw.decisions ORDER BY number DESC LIMIT 1")
    return (int(last[0][0]), str(last[0][1])) if last else (0, "")


def verify_chain(warehouse: Warehouse) -> list[str]:
    """Return what shows that decisions were changed after they were taken, one sentence each.

    Rows that are missing at the end do not show here: compare `head` with one kept before.
    """
    problems = []
    expected, previous = 1, ""
    for row in rows_of(warehouse):
        where = f"decision {row['number']} ({row['decision_id']})"
        if row["number"] != expected:
            problems.append(f"{where}: number {expected} should follow here.")
        if row["previous_hash"] != previous:
            problems.append(f"{where}: what stood before it was changed or taken out.")
        if row["hash"] != _hash(row) or row["decision_id"] != row["hash"][:12]:
            problems.append(f"{where}: its content was changed.")
        expected, previous = row["number"] + 1, row["hash"]
    return problems
