"""A mapping proposed for a file that none fits: kind, columns, and why.

Judges by names (`data/contracts/synonyms.toml`) and by what the cells look like. Proposes
and explains; a person reads it, corrects it and saves it.
"""

import re
from collections.abc import Collection, Iterable, Sequence
from collections.abc import Mapping as Table
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

import polars as pl
from rapidfuzz import fuzz, process

from rawan.errors import RawanError, UsageError, did_you_mean
from rawan.sources.contract import choices_of, contract, fields_of, recognised_by, required_of
from rawan.sources.evidence import Cells, share_that_reads
from rawan.sources.headers import is_personal, key, synonyms, without_group, words
from rawan.sources.mapping import GUIDE_SHEETS, Mapping, find_by_name
from rawan.sources.mapping_files import parse_mapping
from rawan.sources.proposal_text import Draft, as_toml, shown_rows
from rawan.sources.sheet import Sheet

_SAMPLE = 2000  # rows that are looked at
_SHOWN = 5  # rows that are shown as they would be read
_LEAST = 0.3  # a guess below this is none

# Cells alone tell these fields, under any name of the column.
_BY_CELLS = {"village_codes": 0.9, "type": 0.8, "source_url": 0.5, "lat": 0.6, "lon": 0.6}


@dataclass(frozen=True)
class Proposal:
    """A mapping for a file: its name, kind, text to save, and what is to be told of it."""

    name: str
    kind: str
    toml: str
    told: list[str]

    def lines(self) -> list[str]:
        """Return what is proposed and why, what it would do, and the text to save."""
        return [*self.told, "", f"{self.name}.toml:", *self.toml.splitlines()]

    def save(self, folder: Path) -> Path:
        """Write the proposal into a folder of mappings.

        Raises
        ------
        RawanError
            If a mapping of this name exists: it is never overwritten; or it cannot be written.
        """
        path = folder / f"{self.name}.toml"
        try:
            with path.open("x", encoding="utf-8", newline="\n") as stream:
                stream.write(self.toml)
        except FileExistsError:
            raise RawanError(f"{path}: exists already. Rename or remove it first.") from None
        except OSError as error:
            raise RawanError(f"{path}: cannot be written ({error.strerror}).") from None
        return path


@dataclass(frozen=True)
class _Guess:
    field: str
    column: str
    score: float
    why: str


@dataclass
class _Table:
    """A sheet as far as it was looked at."""

    name: str | None
    columns: tuple[str, ...]
    frame: pl.DataFrame
    cells: dict[str, Cells] = field(default_factory=dict)


def propose_mapping(
    file: str,
    sheets: Iterable[Sheet],
    mappings: Table[str, Mapping],
    types: Collection[str],
    election: str,
    kind: str | None = None,
    sheet: str | None = None,
) -> Proposal:
    """Propose the mapping of a file.

    Parameters
    ----------
    file : its name, from which a pattern is made.
    sheets : as the readers give them; the first rows of each are looked at.
    mappings : those that exist; none of their names is taken again.
    types : the types of incident.
    election : that of the configuration, for a file whose kind needs one and names none.
    kind, sheet : what the file brings in and which sheet to look at, if a person knows.

    Raises
    ------
    UsageError
        If there is no such kind or sheet.
    RawanError
        If the file has no rows, or no kind's required columns.
    """
    kinds = list(contract()["kinds"])
    if kind is not None and kind not in kinds:
        raise UsageError(f'"{kind}" is not a kind of input.{did_you_mean(kind, kinds)}')
    tables = [_look(one) for one in sheets if (one.name or "").casefold() not in GUIDE_SHEETS]
    table = _chosen(file, tables, sheet)
    persons = [c for c in table.columns if is_personal(c) or table.cells[c].persons > 0.5]
    free = [column for column in table.columns if column not in persons]
    guesses = {one: _assign(one, free, table.cells, types) for one in ([kind] if kind else kinds)}
    found, best = _best_kind(file, guesses)
    draft = _draft(file, found, best, table, persons, types, election, mappings)
    toml = as_toml(draft)
    mapping, mistakes = parse_mapping(draft.name, toml)
    if mapping is None:
        raise RawanError(f"{file}: no mapping can be proposed: {' '.join(mistakes)}")
    told = [f"{_where(file, table)}: looks like {found}"]
    told += [
        f'sheet "{one.name}" was not looked at further: name it to propose a mapping for it'
        for one in tables
        if one is not table and set(one.columns) != set(table.columns)
    ]
    if (named := find_by_name(file, mappings)) and not named.check_columns(table.columns)[0]:
        told.append(f"the mapping {named.name} fits this file already; another is hardly needed")
    told += _reasons(draft, best)
    told += shown_rows(mapping, table.frame.head(_SHOWN), table.columns)
    return Proposal(draft.name, found, toml, told)


def _look(sheet: Sheet) -> _Table:
    batches = list(islice(sheet.batches, 1))
    empty = pl.DataFrame(schema={"row": pl.Int64, **dict.fromkeys(sheet.columns, pl.String)})
    frame = batches[0].head(_SAMPLE) if batches else empty
    series = dict(zip(sheet.columns, frame.get_columns()[1:], strict=True))
    cells = {
        name: Cells([text.strip() for text in column.drop_nulls().to_list() if text.strip()])
        for name, column in series.items()
    }
    return _Table(sheet.name, sheet.columns, frame, cells)


def _chosen(file: str, tables: Sequence[_Table], sheet: str | None) -> _Table:
    if sheet is not None:
        names = [table.name or "" for table in tables]
        if sheet not in names:
            raise UsageError(f'{file}: has no sheet "{sheet}".{did_you_mean(sheet, names)}')
        tables = [table for table in tables if table.name == sheet]
    table = max(tables, key=lambda one: one.frame.height * len(one.columns), default=None)
    if table is None or not table.frame.height:
        raise RawanError(f"{file}: holds no rows to judge by.")
    return table


def _where(file: str, table: _Table) -> str:
    return f'{file}, sheet "{table.name}"' if table.name else file


def _assign(
    kind: str, columns: Sequence[str], cells: Table[str, Cells], types: Collection[str]
) -> dict[str, _Guess]:
    """Give each field of a kind the column that fits it best; each column goes once."""
    guesses = [
        guess
        for name in fields_of(kind)
        for column in columns
        if (guess := _guess(name, column, cells[column], types)).score >= _LEAST
    ]
    taken: dict[str, _Guess] = {}
    for guess in sorted(guesses, key=lambda guess: -guess.score):
        if guess.field not in taken and guess.column not in {g.column for g in taken.values()}:
            taken[guess.field] = guess
    return taken


def _guess(name: str, column: str, cells: Cells, types: Collection[str]) -> _Guess:
    """Return how well a column fits a field, 0 to 1, and why."""
    likeness, why = _by_name(name, column)
    share = share_that_reads(name, cells, types)
    if share is not None and cells.texts:
        reads = f"{share:.0%} of its cells read as {contract()['fields'][name]['type']}"
        if likeness:
            return _Guess(name, column, likeness * (0.4 + 0.6 * share), f"{why}; {reads}")
        if name in _BY_CELLS and share >= 0.8:
            return _Guess(name, column, _BY_CELLS[name] * share, reads)
    return _Guess(name, column, likeness, why)


def _by_name(name: str, column: str) -> tuple[float, str]:
    known = {key(synonym): synonym for synonym in synonyms().fields.get(name, ())}
    for spelling in (key(column), key(without_group(column))):
        if spelling in known:
            return 1.0, f'its name ("{known[spelling]}")'
    if near := process.extractOne(key(column), list(known), scorer=fuzz.ratio, score_cutoff=88):
        return 0.8, f'its name is like "{known[near[0]]}"'
    parts = set(words(column))
    inside = [s for s in known.values() if len(s) > 3 and set(words(s)) <= parts]
    if inside:
        # The most words say the most: "kode desa" rather than "desa".
        longest = max(inside, key=lambda synonym: (len(words(synonym)), len(synonym)))
        return 0.5 + 0.1 * min(len(words(longest)), 3), f'its name holds "{longest}"'
    return 0.0, ""


def _best_kind(file: str, guesses: Table[str, dict[str, _Guess]]) -> tuple[str, dict[str, _Guess]]:
    """Return the kind that explains the columns best, among those whose needs are met."""

    def lacking(kind: str) -> list[str]:
        # The election may be the same for every row.
        return [f for f in required_of(kind) if f not in guesses[kind] and f != "election"]

    def worth(kind: str) -> float:
        marks = recognised_by(kind)
        missing = sum(f not in guesses[kind] for f in marks if f != "election")
        scores = sum(g.score * (2 if f in marks else 1) for f, g in guesses[kind].items())
        return scores - 2 * missing

    able = [kind for kind in guesses if not lacking(kind) and guesses[kind]]
    if not able:
        nearest = sorted(guesses, key=worth, reverse=True)[:2]
        needs = "; ".join(f"{kind} needs {', '.join(lacking(kind))}" for kind in nearest)
        raise RawanError(
            f"{file}: no mapping can be proposed, since required columns are not recognised "
            f"({needs}). Name them as docs/columns.md does, or write the mapping by hand."
        )
    best = max(able, key=worth)
    return best, guesses[best]


def _draft(
    file: str,
    kind: str,
    best: Table[str, _Guess],
    table: _Table,
    persons: Sequence[str],
    types: Collection[str],
    election: str,
    mappings: Table[str, Mapping],
) -> Draft:
    columns = {name: best[name].column for name in fields_of(kind) if name in best}
    pattern = _pattern(file)
    draft = Draft(_free_name(pattern, mappings), kind, [pattern], columns)
    # Of names that differ in capitals or signs alone a mapping may speak once.
    spoken_of = set(map(key, columns.values()))
    rest: list[str] = []
    for column in table.columns:
        if key(column) not in spoken_of:
            spoken_of.add(key(column))
            rest.append(column)
    draft.drop = [column for column in rest if column in persons]
    rest = [column for column in rest if column not in persons]
    if "election" in required_of(kind) and "election" not in columns:
        draft.constants["election"] = election
    for name, column in columns.items():
        cells = table.cells[column]
        is_date = contract()["fields"][name]["type"].startswith("date")
        if is_date and (form := cells.form()):
            draft.forms[name] = form
        ours = {key(word): word for word in (types if name == "type" else choices_of(name))}
        if ours:
            theirs = dict.fromkeys(text for text in cells.texts if text not in ours.values())
            draft.values[name] = {text: ours.get(key(text), "") for text in theirs}
    if "indicators" in fields_of(kind) and "indicators" not in columns:
        draft.ticks = [column for column in rest if table.cells[column].are_ticks]
    draft.ignore = [column for column in rest if column not in draft.ticks]
    return draft


def _reasons(draft: Draft, best: Table[str, _Guess]) -> list[str]:
    told = [f'"{best[f].column}" -> {f}: {best[f].why}' for f in draft.columns]
    told += [f'"{c}" -> indicators: its cells are ticks' for c in draft.ticks]
    told += [
        f'every row -> {f} = "{value}": no column tells it, so the configuration does'
        for f, value in draft.constants.items()
    ]
    told += [f'"{c}" -> never stored: it tells who a person is' for c in draft.drop]
    told += [f'"{c}" -> kept, not used' for c in draft.ignore]
    told += [
        f'"{best[f].column}": {n} words are not known; translate them in [values.{f}]'
        for f, table in draft.values.items()
        if (n := sum(not ours for ours in table.values()))
    ]
    return told


def _pattern(file: str) -> str:
    """Return the pattern of file names that this one stands for: what comes before a number.

    Examples
    --------
    >>> _pattern("inbox/Data Konflik 2024-11.xlsx"), _pattern("2024.csv")
    ('data_konflik*', '2024*')
    """
    stem = re.sub(r"[\s_-]+", "_", Path(file.replace("\\", "/")).stem.lower()).strip("_")
    start = re.match(r"[^\d\[\]*?]*", stem)
    text = (start[0] if start else "").strip("_") or re.sub(r"[\[\]*?]", "", stem)
    return f"{text[:60]}*" if text else "berkas*"


def _free_name(pattern: str, mappings: Table[str, Mapping]) -> str:
    """Return a name for the mapping that none has yet."""
    base = re.sub(r"[^a-z0-9]+", "_", pattern.rstrip("*")).strip("_") or "mapping"
    taken = {name.lower() for name in mappings}
    names = (base, *(f"{base}_{number}" for number in range(2, len(taken) + 3)))
    return next(name for name in names if name not in taken)
