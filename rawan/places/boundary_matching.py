"""Which village each feature of a file of outlines is, by code or by name.

Owns the choice of the columns, by what they hold and not by what they are called. Names
count only when they are exactly a village's in exactly its kecamatan: nothing is guessed.
"""

import re
from collections import defaultdict
from dataclasses import dataclass
from itertools import product

import polars as pl

from rawan.errors import RawanError, did_you_mean
from rawan.places.gazetteer import normalised

Columns = dict[str, list[str | None]]

_CODE = re.compile(r"\d{2}\.?\d{2}\.?\d{2}\.?\d{4}(?:\.0+)?", re.ASCII)
# Leading digits of a code that stand for the regency.
_REGENCY_DIGITS = 4
_SPELLINGS = ("village", "name_bps", "name_kpu_2019")


@dataclass(frozen=True)
class Match:
    """One entry a feature: its village's code, what the file calls it, whether it lies elsewhere.

    `code` is None where the feature is no village of the region; `written` is None where the
    file says nothing. `by` tells the columns that were used.
    """

    codes: tuple[str | None, ...]
    written: tuple[str | None, ...]
    elsewhere: tuple[bool, ...]
    by: str

    @property
    def villages(self) -> int:
        """Count the villages that were found."""
        return len(set(self.codes) - {None})


def match_villages(
    path: object, columns: Columns, villages: pl.DataFrame, code_column: str | None
) -> Match:
    """Match the features of a file to villages.

    Parameters
    ----------
    path : the file, for the sentences of errors.
    columns : text cells by column, all of one length.
    villages : columns village_code, village, district; bps_code and other spellings if it has them.
    code_column : the column that holds the codes; None looks through all of them.

    Raises
    ------
    RawanError
        If `code_column` is not there or holds no code, or if no column tells the villages.
    """
    if code_column is not None:
        if code_column not in columns:
            raise RawanError(
                f'{path}: has no column "{code_column}".{did_you_mean(code_column, columns)}'
            )
        match = _by_code({code_column: columns[code_column]}, villages)
        if match is None:
            sample = next((cell for cell in columns[code_column] if cell), "")[:40]
            raise RawanError(
                f'{path}, column "{code_column}": holds no code of a village of the region '
                f'(it begins with "{sample}"). Name the column that does.'
            )
        return match
    # Codes are listed first: at equal numbers they win over names.
    found = [_by_code(columns, villages), _by_name(columns, villages)]
    matches = [match for match in found if match is not None]
    if not matches:
        raise RawanError(
            f"{path}: no column holds codes of villages of the region, and no two columns hold "
            f"the names of village and kecamatan. Columns: {', '.join(columns) or 'none'}. "
            "Add a column with Kemendagri codes such as 18.01.04.2001."
        )
    return max(matches, key=lambda match: match.villages)


def code_digits(text: str) -> str | None:
    """Return the ten digits of a village code, or None if the text is no such code.

    Examples
    --------
    >>> code_digits("18.01.04.2001"), code_digits("1801042001"), code_digits("18.01.04")
    ('1801042001', '1801042001', None)
    """
    return text.replace(".", "")[:10] if _CODE.fullmatch(text) else None


def _by_code(columns: Columns, villages: pl.DataFrame) -> Match | None:
    best: Match | None = None
    for system, name in (("Kemendagri", "village_code"), ("BPS", "bps_code")):
        if name not in villages.columns:
            continue
        pairs = zip(villages[name], villages["village_code"], strict=True)
        known = {digits: code for text, code in pairs if (digits := code_digits(text or ""))}
        regencies = {digits[:_REGENCY_DIGITS] for digits in known}
        for column, cells in columns.items():
            read = [code_digits(cell) if cell else None for cell in cells]
            match = Match(
                tuple(known.get(digits or "") for digits in read),
                tuple(cells),
                tuple(d is not None and d[:_REGENCY_DIGITS] not in regencies for d in read),
                f'{system} codes in the column "{column}"',
            )
            if match.villages > (best.villages if best else 0):
                best = match
    return best


def _by_name(columns: Columns, villages: pl.DataFrame) -> Match | None:
    names: dict[tuple[str, str], set[str]] = defaultdict(set)
    spellings = [name for name in _SPELLINGS if name in villages.columns]
    for code, district, *spelt in villages.select(
        "village_code", "district", *spellings
    ).iter_rows():
        for name in filter(None, spelt):
            names[normalised(district), normalised(name)].add(code)
    districts = {district for district, _ in names}
    read = {
        column: [normalised(c) if c else "" for c in cells] for column, cells in columns.items()
    }
    district_columns = _likeliest(read, districts)
    village_columns = _likeliest(read, {name for _, name in names})
    best: Match | None = None
    for district, village in product(district_columns, village_columns):
        if district == village:
            continue
        pairs = list(zip(read[district], read[village], strict=True))
        written = zip(columns[village], columns[district], strict=True)
        match = Match(
            tuple(
                next(iter(c)) if len(c := names.get(pair, set())) == 1 else None for pair in pairs
            ),
            tuple(f"{v}, {d}" if v else None for v, d in written),
            tuple(bool(pair[0]) and pair[0] not in districts for pair in pairs),
            f'names in the columns "{village}" and "{district}"',
        )
        if match.villages > (best.villages if best else 0):
            best = match
    return best


def _likeliest(read: Columns | dict[str, list[str]], known: set[str]) -> list[str]:
    """Return up to four columns that hold most of the known names."""
    hits = {
        column: len(known.intersection(c for c in cells if c)) for column, cells in read.items()
    }
    return sorted((c for c in hits if hits[c]), key=lambda column: -hits[column])[:4]
