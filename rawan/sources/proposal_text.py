"""A proposed mapping as text: the TOML to save, and rows as it would read them."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field

import polars as pl

from rawan.sources.contract import contract
from rawan.sources.mapping import Mapping

_CELL = 60  # characters of a cell that are shown
_WORDS = 40  # strange words that are listed for translation


@dataclass
class Draft:
    """A mapping in the making; `values` is field -> word of the source -> ours, '' if unknown."""

    name: str
    kind: str
    match: list[str]
    columns: dict[str, str]
    constants: dict[str, str] = field(default_factory=dict)
    forms: dict[str, str] = field(default_factory=dict)
    values: dict[str, dict[str, str]] = field(default_factory=dict)
    ticks: list[str] = field(default_factory=list)
    ignore: list[str] = field(default_factory=list)
    drop: list[str] = field(default_factory=list)


def as_toml(draft: Draft) -> str:
    """Return the text of a mapping; words without a translation stand in it as comments."""
    lines = [
        "# Proposed from the names and cells of a file: read it before you save it.",
        f"kind = {quoted(draft.kind)}",
        f"match = {_list(draft.match)}",
    ]
    lines += [f"ignore = {_list(draft.ignore)}"] if draft.ignore else []
    lines += [f"drop = {_list(draft.drop)}"] if draft.drop else []
    lines += ["", "[columns]", *_pairs(draft.columns)]
    for part, table in (("constants", draft.constants), ("forms", draft.forms)):
        if table:
            lines += ["", f"[{part}]", *_pairs(table)]
    if draft.ticks:
        lines += ["", "[ticks]", f"indicators = {_list(draft.ticks)}"]
    for name, words in draft.values.items():
        known: dict[str, tuple[str, str]] = {}
        for theirs, ours in words.items():
            known.setdefault(theirs.lower(), (theirs, ours))
        pairs = sorted(known.values())
        if not pairs:
            continue
        lines += ["", f"[values.{name}]"]
        lines += [f"{quoted(theirs)} = {quoted(ours)}" for theirs, ours in pairs if ours]
        strange = [theirs for theirs, ours in pairs if not ours]
        lines += [f'# {quoted(theirs[:80])} = "?"' for theirs in strange[:_WORDS]]
        if len(strange) > _WORDS:
            lines.append(f"# and {len(strange) - _WORDS} more")
    return "\n".join(lines) + "\n"


def shown_rows(mapping: Mapping, frame: pl.DataFrame, columns: Sequence[str]) -> list[str]:
    """Return rows as the mapping reads them; what must not leave the warehouse is not shown.

    A field of which every row has the same constant is left out.
    """
    told = []
    for row in mapping.select(frame, columns).to_dicts():
        cells = [
            f"{name} = {_shown(name, cell)}"
            for name, cell in row.items()
            if cell is not None
            and name not in ("row", "other", "excluded")
            and name not in mapping.constants
        ]
        told.append(f"row {row['row']}: {', '.join(cells) or 'no field is filled'}")
    return told


def quoted(text: str) -> str:
    r"""Return a text as TOML writes it.

    Examples
    --------
    >>> print(quoted('a "b"'))
    "a \"b\""
    """
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _shown(name: str, cell: str) -> str:
    if contract()["fields"][name]["sensitivity"] == "secret":
        return f"({len(cell)} characters)"
    cell = " ".join(cell.split())
    return f'"{cell if len(cell) <= _CELL else cell[:_CELL] + "..."}"'


def _pairs(table: dict[str, str]) -> list[str]:
    return [f"{name} = {quoted(value)}" for name, value in table.items()]


def _list(texts: Sequence[str]) -> str:
    return f"[{', '.join(map(quoted, texts))}]"
