"""What the distinct cells of all rows mean: each written form is read once, however often it comes.

Writes small tables beside the rows, which the SQL of the staging floor joins: `staging.dates`,
`staging.counts`, `staging.types`, `staging.text_types`. A cell that cannot be read has its
reason there. Places are read in `placing`.
"""

import hashlib
from collections.abc import Iterable
from typing import Any

import polars as pl

from rawan.errors import did_you_mean
from rawan.places.current import WORDS
from rawan.reports.types import Read, TypeReader
from rawan.review.decisions import decided
from rawan.review.items import report_type_key
from rawan.review.visible import visible
from rawan.settings import Settings
from rawan.sources.dates import read_interval
from rawan.sources.mapping import contract, fields_of
from rawan.sources.numbers import explain_count
from rawan.warehouse import Warehouse

_SHOWN = 40  # characters of a cell that a reason quotes

_DATES = ("occurred_on", "ended_on", "known_on")


def read_values(warehouse: Warehouse, settings: Settings) -> list[tuple[str, Read]]:
    """Read dates, counts, types and, where no type is given, texts.

    Returns the texts whose type could not be told with confidence, with what was read.
    """
    _write(
        warehouse,
        "dates",
        {"written": pl.String, "first": pl.Date, "last": pl.Date, "reason": pl.String},
        (_date(text) for text in _distinct(warehouse, _DATES)),
    )
    counts = [name for name, entry in contract()["fields"].items() if _is_count(entry["type"])]
    _write(
        warehouse,
        "counts",
        {"written": pl.String, "value": pl.Int64, "reason": pl.String},
        (_count(text) for text in _distinct(warehouse, counts)),
    )
    _write(
        warehouse,
        "types",
        {"written": pl.String, "type": pl.String, "reason": pl.String},
        _types(warehouse),
    )
    return _read_texts(warehouse, settings)


def _is_count(kind: str) -> bool:
    return kind in ("count", "year")


def _distinct(warehouse: Warehouse, fields: Iterable[str]) -> list[str]:
    """Return the distinct cells of these fields over all kinds that have them."""
    queries = [
        f"SELECT DISTINCT {field} AS written FROM staging.current_{kind}"
        for kind in contract()["kinds"]
        for field in fields
        if field in fields_of(kind)
    ]
    rows = warehouse.rows(
        f"SELECT DISTINCT written FROM ({' UNION ALL '.join(queries)})"
        " WHERE written IS NOT NULL ORDER BY written"
    )
    return [written for (written,) in rows]


def _write(
    warehouse: Warehouse, table: str, schema: dict[str, Any], rows: Iterable[tuple[Any, ...]]
) -> None:
    warehouse.replace(
        f"staging.{table}", pl.DataFrame(list(rows), schema=schema, orient="row", strict=False)
    )


def _date(text: str) -> tuple[Any, ...]:
    read = read_interval(text)
    return text, read.first, read.last, read.reason or None


def _count(text: str) -> tuple[Any, ...]:
    read = explain_count(text)
    return text, read.value, read.reason or None


def _types(warehouse: Warehouse) -> Iterable[tuple[Any, ...]]:
    """Read types by their id or by the name that people see, in either language."""
    known = warehouse.rows("SELECT type, label_id, label_en FROM reference.incident_types")
    names = {name.casefold(): kind for kind, *labels in known for name in labels if name}
    names |= {kind.casefold(): kind for kind, *_ in known}
    for text in _distinct(warehouse, ["type"]):
        if (kind := names.get(text.casefold())) is not None:
            yield text, kind, None
        else:
            hint = did_you_mean(text[:_SHOWN], [kind for kind, *_ in known])
            yield text, None, f'"{visible(text[:_SHOWN])}" is not a type of incident.{hint}'


def _read_texts(warehouse: Warehouse, settings: Settings) -> list[tuple[str, Read]]:
    queries = [
        f"SELECT DISTINCT {words} AS text FROM staging.current_{kind}"
        f" WHERE type IS NULL AND {words} IS NOT NULL AND excluded IS NULL"
        for kind, words in WORDS.items()
    ]
    rows = warehouse.rows(f"SELECT DISTINCT text FROM ({' UNION ALL '.join(queries)}) ORDER BY 1")
    texts = [text for (text,) in rows]
    decisions = decided(warehouse, "report_type")
    said = {
        text: decisions[key].value.get("type")
        for text in texts
        if decisions and (key := report_type_key(text_digest(text))) in decisions
    }
    asked = [text for text in texts if text not in said]
    reads: list[Read] = []
    if asked:
        reader = TypeReader.of(settings.region.reference)
        reads = reader.classify(asked, settings.reports.least_confidence)
    both = list(zip(asked, reads, strict=True))
    sure = [(text, read.type) for text, read in both if read.is_automatic]
    rows = [(text, kind) for text, kind in [*sure, *said.items()] if kind]
    _write(warehouse, "text_types", {"text": pl.String, "type": pl.String}, rows)
    return [(text, read) for text, read in both if not read.is_automatic]


def text_digest(text: str) -> str:
    """Return the SHA-256 of a text, by which a question names it without showing it."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
