"""Column mappings: which column of a file carries which field of the contract.

Owns what a mapping says of a file's columns and which mapping a file goes by. How a mapping
is checked is in `rawan.sources.mapping_files`, how it is applied to rows in
`rawan.sources.selecting`, when two spellings are one name in `rawan.sources.headers`.
"""

import fnmatch
import re
from collections.abc import Collection, Iterable, Sequence
from collections.abc import Mapping as Table
from dataclasses import dataclass, field
from pathlib import Path

import polars as pl

from rawan.errors import RawanError, UsageError
from rawan.sources.contract import contract as contract
from rawan.sources.contract import fields_of as fields_of
from rawan.sources.contract import recognised_by, required_of
from rawan.sources.headers import Found, find_columns, is_personal, misspelt

# Sheets of the project's own forms that hold no rows.
GUIDE_SHEETS = ("petunjuk", "daftar")

# Begins the warning on columns that a file may well do without.
LACKING = "columns of the mapping that the file lacks: "

_SHOWN = 12  # names that a sentence lists at most


@dataclass(frozen=True)
class Precision:
    """How a column tells that a date is a part of one: `parts` is cell -> week, month or year."""

    column: str
    parts: dict[str, str]


@dataclass(frozen=True)
class Condition:
    """A field counts only where `column` holds one of `values`."""

    column: str
    values: tuple[str, ...]


@dataclass(frozen=True)
class Mapping:
    """A source's columns, field by field; every table but the first four may be empty.

    Attributes
    ----------
    name, kind, match : of the mapping's file, of the contract, patterns of file names.
    columns : field -> column of the file.
    ignore : columns that are kept in `raw` and not used.
    drop : columns that are never stored.
    values : field -> value of the source, in small letters -> value of ours.
    constants : field -> value of every row.
    forms : field -> how its cells are written (`rawan.sources.selecting.FORMS`).
    spans : field -> the columns of its first and of its last day.
    precision : field -> how far its date is known.
    when : field -> the condition under which it counts.
    ticks : field -> columns whose names make it, where they are ticked.
    exclude, only : column -> values whose rows are left out, or alone are kept.
    digest : SHA-256 of the parsed content: a comment changes nothing.
    """

    name: str
    kind: str
    match: tuple[str, ...]
    columns: dict[str, str]
    ignore: frozenset[str] = frozenset()
    drop: frozenset[str] = frozenset()
    values: dict[str, dict[str, str]] = field(default_factory=dict)
    constants: dict[str, str] = field(default_factory=dict)
    forms: dict[str, str] = field(default_factory=dict)
    spans: dict[str, tuple[str, str]] = field(default_factory=dict)
    precision: dict[str, Precision] = field(default_factory=dict)
    when: dict[str, Condition] = field(default_factory=dict)
    ticks: dict[str, tuple[str, ...]] = field(default_factory=dict)
    exclude: dict[str, tuple[str, ...]] = field(default_factory=dict)
    only: dict[str, tuple[str, ...]] = field(default_factory=dict)
    digest: str = ""

    @property
    def used(self) -> dict[str, None]:
        """The columns that a row's fields or fate depend on, in the order of the mapping."""
        names = [*self.columns.values()]
        for columns in (*self.spans.values(), *self.ticks.values()):
            names += columns
        names += [part.column for part in self.precision.values()]
        names += [condition.column for condition in self.when.values()]
        return dict.fromkeys([*names, *self.exclude, *self.only])

    @property
    def known(self) -> frozenset[str]:
        """Every column that the mapping speaks of."""
        return frozenset(self.used) | self.ignore | self.drop

    def columns_of(self, name: str) -> tuple[str, ...]:
        """Return the columns that carry a field; none for a constant."""
        if name in self.columns:
            return (self.columns[name],)
        return self.spans.get(name) or self.ticks.get(name, ())

    def fit(self, file: str) -> int:
        """Return the length of the longest pattern that a file's name (folder/name) fits, or 0.

        Capitals do not count, and blanks, hyphens and underscores are alike.
        """
        name = _plain(file)
        return max(
            len(pattern)
            if fnmatch.fnmatchcase(
                name if "/" in pattern else name.rsplit("/", 1)[-1], _plain(pattern)
            )
            else 0
            for pattern in self.match
        )

    def find(self, header: Collection[str]) -> Found:
        """Find the mapping's columns in a file's header."""
        return find_columns(header, self.known)

    def personal(self, header: Collection[str]) -> list[str]:
        """Return the columns that are never stored: those dropped, and those that tell a person.

        A column that the mapping uses or ignores by name is its author's decision.
        """
        found = self.find(header).columns
        dropped = {column for name, column in found.items() if name in self.drop}
        spoken_of = set(found.values())
        return [c for c in header if c in dropped or (c not in spoken_of and is_personal(c))]

    def lacking(self, header: Collection[str]) -> list[str]:
        """Return the required fields that a file with this header cannot fill."""
        found = self.find(header).columns
        return [
            name
            for name in required_of(self.kind)
            if name not in self.constants
            and not any(column in found for column in self.columns_of(name))
        ]

    def recognises(self, header: Collection[str]) -> bool:
        """Tell whether a header alone makes a file one for this mapping."""
        found = self.find(header).columns
        return not self.lacking(header) and all(
            any(column in found for column in self.columns_of(name))
            for name in recognised_by(self.kind)
            if name not in self.constants
        )

    def check_columns(self, header: Collection[str]) -> tuple[list[str], list[str]]:
        """Return what is wrong with a file's columns, and what is to be told of them.

        A strange column is told and kept unused, unless it seems to be a misspelt one of
        those that the file lacks. One sentence a mistake, and one a kind of warning.
        """
        found = self.find(header)
        missing = [name for name in self.known if name not in found.columns]
        lacking = self.lacking(header)
        errors, strange = list(found.errors), []
        spoken_of = set(found.columns.values())
        for column in sorted(set(header) - spoken_of):
            if near := misspelt(column, missing):
                errors.append(
                    f'column "{column}" is not in the mapping {self.name}. Did you mean "{near}"?'
                    " Correct the header, or list it under `ignore`."
                )
            else:
                strange.append(column)
        for name in lacking:
            columns = " or ".join(f'"{column}"' for column in self.columns_of(name))
            errors.append(f"column {columns} ({name}) is missing: it is required.")
        warnings = list(found.told)
        told_already = {column for name in lacking for column in self.columns_of(name)}
        absent = [name for name in self.used if name in missing and name not in told_already]
        personal = [column for column in strange if is_personal(column)]
        unused = [column for column in strange if column not in personal]
        for told, names in (
            (LACKING, absent),
            (
                "columns that are kept and not used (map them, or list them under `ignore`): ",
                unused,
            ),
            ("columns that seem to tell who a person is, not stored: ", personal),
        ):
            if names:
                warnings.append(told + _listed(names))
        return errors, warnings

    def unused_exclusions(self, excluded: Iterable[str]) -> list[str]:
        """Return a warning for each exclusion that left no row out.

        `excluded` are the sentences that stand in the column `excluded` of a file's rows.
        That `only` leaves out none is no warning: a source may well be cut to size already.
        """
        seen = set(excluded)
        idle = {
            column: [value for value in values if self.exclusion(column, value) not in seen]
            for column, values in self.exclude.items()
        }
        return [
            f'the exclusion of {_listed(values)} in column "{column}" leaves out no row'
            for column, values in idle.items()
            if values
        ]

    def exclusion(self, column: str, value: str) -> str:
        """Return the sentence for a row that is left out for a value."""
        return f'"{column}" is "{value}": the mapping {self.name} leaves such rows out.'

    def restriction(self, column: str) -> str:
        """Return the sentence for a row that is left out since a column has another value."""
        listed = _listed(self.only[column], "or")
        return f'"{column}" is not {listed}: the mapping {self.name} leaves such rows out.'

    def select(self, frame: pl.DataFrame, columns: Sequence[str]) -> pl.DataFrame:
        """Return a batch by field: see `rawan.sources.selecting.select`."""
        from rawan.sources.selecting import select

        return select(self, frame, columns)


@dataclass(frozen=True)
class Choice:
    """The mapping that a file, or a sheet of it, goes by; `told` says how where not by name."""

    mapping: Mapping
    told: str | None = None


def load_mappings(folder: Path) -> dict[str, Mapping]:
    """Read every mapping of a folder, by name.

    Raises
    ------
    UsageError
        If a mapping is wrong; the message lists every mistake of every file, with its key.
    """
    from rawan.sources.mapping_files import parse_mapping

    mappings: dict[str, Mapping] = {}
    mistakes: list[str] = []
    for path in sorted(folder.glob("*.toml")):
        try:
            text = path.read_text(encoding="utf-8-sig")
        except (OSError, UnicodeDecodeError) as error:
            mistakes.append(f"{path}: cannot be read ({error}).")
            continue
        mapping, found = parse_mapping(path.stem, text)
        mistakes += [f"{path}: {mistake}" for mistake in found]
        if mapping is not None:
            mappings[path.stem] = mapping
    if mistakes:
        raise UsageError("\n".join(mistakes))
    if not mappings:
        raise UsageError(f"{folder}: holds no column mapping (*.toml).")
    return mappings


def find_by_name(file: str, mappings: Table[str, Mapping]) -> Mapping | None:
    """Return the mapping for a file of this name, or None; the longest fitting pattern wins."""
    fitting = [mapping for mapping in mappings.values() if mapping.fit(file)]
    return max(fitting, key=lambda mapping: mapping.fit(file)) if fitting else None


def find_mapping(
    file: str, sheet: str | None, header: Collection[str], mappings: Table[str, Mapping]
) -> Choice | None:
    """Return the mapping for a sheet, or None for a sheet of a form that holds no rows.

    The name of the file decides, if the header may be of that kind. Else the
    mapping is taken that the header alone fits: its columns are there, and it speaks of
    more columns of the header than any other.

    Raises
    ------
    RawanError
        If no mapping fits, or several fit the header equally well.
    """
    if sheet is not None and sheet.strip().casefold() in GUIDE_SHEETS:
        return None
    where = f'{file}, sheet "{sheet}"' if sheet else file
    named = find_by_name(file, mappings)
    if named is not None and named.recognises(header):
        return Choice(named)
    spoken_of = {
        name: len(mapping.find(header).columns)
        for name, mapping in mappings.items()
        if mapping.recognises(header)
    }
    most = max(spoken_of.values(), default=0)
    best = [name for name, count in spoken_of.items() if count == most]
    # A header that another kind explains no better is that of the kind in the name.
    if named is not None and not named.lacking(header):
        known = len(named.find(header).columns)
        if known >= most and 2 * known >= len(header):
            return Choice(named)
    if len(best) == 1 and 2 * most >= len(header):
        told = f"{where}: taken for {mappings[best[0]].kind} by its columns (mapping {best[0]})"
        return Choice(mappings[best[0]], told)
    if named is not None:
        return Choice(named)
    if len(best) > 1 and 2 * most >= len(header):
        raise RawanError(
            f"{where}: its columns fit the mappings {_listed(best, 'and')} equally well. "
            "Name the file after a pattern of one of them."
        )
    # Patterns with a folder are for the record that ships.
    patterns = [pattern for mapping in mappings.values() for pattern in mapping.match]
    known = ", ".join(pattern for pattern in patterns if "/" not in pattern)
    raise RawanError(
        f"{where}: no column mapping fits its name or its columns. Name the file after one of "
        f"{known}, or make a mapping: rawan map FILE."
    )


def _plain(name: str) -> str:
    return re.sub(r"[\s_-]+", "_", name.lower())


def _listed(names: Iterable[str], last: str = "") -> str:
    quoted = [f'"{name}"' for name in names]
    if len(quoted) > _SHOWN:
        quoted = [*quoted[:_SHOWN], f"and {len(quoted) - _SHOWN} more"]
    elif last and len(quoted) > 1:
        quoted[-2:] = [f"{quoted[-2]} {last} {quoted[-1]}"]
    return ", ".join(quoted)
