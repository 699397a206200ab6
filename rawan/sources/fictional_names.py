"""The names of a fictional region, and how hurried lists misspell them.

Owns invented words. Which villages there are is drawn by `models/simulation.py`; how often a
name is misspelt is settled in `fictional_inbox.py`.
"""

from collections.abc import Iterable

import numpy as np
import polars as pl
from numpy.typing import NDArray
from rapidfuzz.distance import Levenshtein

_PLAIN = [c + v for c in "bdgklmnprst" for v in "aeiou"]
_ODD = [c + v for c in "vzfx" for v in "aeiou"]  # hardly found in Indonesian place names
_ENDINGS = ["", "", "n", "r", "h", "ng", "s"]


def with_names(villages: pl.DataFrame, rng: np.random.Generator) -> pl.DataFrame:
    """Add village and kecamatan names; about 3 % of the names occur in two kecamatan."""
    districts = villages["district_code"].to_list()
    codes = sorted(set(districts))
    width = max(2, len(str(len(codes))))
    district_names = {
        code: f"Simulasi {number:0{width}d} {_word(rng, 3)}"
        for number, code in enumerate(codes, start=1)
    }
    names: list[str] = []
    members: dict[str, set[str]] = {code: set() for code in codes}
    used: set[str] = set()
    for code in districts:
        while True:
            name = _word(rng, int(rng.integers(3, 5)))
            if rng.random() < 0.45:
                name = f"{name} {_word(rng, 2)}"
            if name not in used and not _near(name, members[code]):
                break
        names.append(name)
        used.add(name)
        members[code].add(name)
    for taker in rng.choice(len(names), max(1, round(len(names) * 0.015)), replace=False):
        home = districts[int(taker)]
        others = [i for i in rng.integers(0, len(names), 20) if districts[int(i)] != home]
        giver = next((i for i in others if not _near(names[int(i)], members[home])), None)
        if giver is not None:
            members[home].add(names[int(giver)])
            names[int(taker)] = names[int(giver)]
    return villages.with_columns(
        pl.Series("village", names),
        pl.Series("district", [district_names[code] for code in districts]),
    )


def misspelt(names: pl.Series, rng: np.random.Generator) -> pl.Series:
    """Write names as hurried lists do; never as they are registered.

    A letter is doubled or left out, two words are joined or one is split, "Ds." is put before
    it, or it is written in capitals or small letters; each as often as the others.

    Parameters
    ----------
    names : names of three letters or more, not all of them capitals, none null.
    rng : the draws.
    """
    n = len(names)
    frame = pl.DataFrame(
        {
            "name": names,
            "at": _inside(names, rng),
            "way": rng.integers(0, 5, n),
            "is_shouted": rng.random(n) < 0.5,
        },
        schema_overrides={"name": pl.String},
    )
    name, at, way = pl.col("name"), pl.col("at"), pl.col("way")
    before, behind = name.str.slice(0, at), name.str.slice(at)
    first, others = name.str.slice(0, 1), name.str.replace_all(" ", "", literal=True).str.slice(1)
    split = pl.concat_str(before, pl.lit(" "), _capitalised(behind))
    written = (
        pl.when(way == 0)
        .then(pl.concat_str(before, name.str.slice(at, 1), behind))
        .when(way == 1)
        .then(pl.concat_str(before, name.str.slice(at + 1)))
        .when((way == 2) & name.str.contains(" ", literal=True))
        .then(pl.concat_str(first.str.to_uppercase(), others.str.to_lowercase()))
        .when(way == 2)
        .then(split)
        .when(way == 3)
        .then(pl.concat_str(pl.lit("Ds. "), name))
        .when("is_shouted")
        .then(name.str.to_uppercase())
        .otherwise(name.str.to_lowercase())
    )
    # Lower case of a lower-case name, say, changes nothing: then it is shouted.
    changed = pl.when(written != name).then(written).otherwise(name.str.to_uppercase())
    return frame.select(changed.alias(names.name)).to_series()


def misspell(name: str, rng: np.random.Generator) -> str:
    """Write one name as `misspelt` does."""
    return str(misspelt(pl.Series([name]), rng)[0])


def _inside(names: pl.Series, rng: np.random.Generator) -> NDArray[np.int64]:
    """Draw a place within each name, neither its ends nor beside a blank."""
    last = names.str.len_chars().to_numpy() - 1
    at = rng.integers(1, last)
    while True:
        pairs = names.to_frame("name").select(pl.col("name").str.slice(pl.Series(at) - 1, 2))
        wrong = pairs.to_series().str.contains(" ", literal=True).to_numpy()
        if not wrong.any():
            return np.asarray(at)
        at[wrong] = rng.integers(1, last[wrong])


def _capitalised(text: pl.Expr) -> pl.Expr:
    return pl.concat_str(text.str.slice(0, 1).str.to_uppercase(), text.str.slice(1))


def _word(rng: np.random.Generator, syllables: int) -> str:
    """Return an invented word; one of its syllables is odd, so that no real name comes out."""
    parts = [_PLAIN[rng.integers(len(_PLAIN))] for _ in range(syllables)]
    parts[int(rng.integers(syllables))] = _ODD[rng.integers(len(_ODD))]
    return ("".join(parts) + _ENDINGS[rng.integers(len(_ENDINGS))]).capitalize()


def _near(name: str, others: Iterable[str]) -> bool:
    """Return whether a misspelling of `name` could be taken for one of `others`."""
    flat = name.replace(" ", "").lower()
    return any(
        Levenshtein.distance(flat, other.replace(" ", "").lower(), score_cutoff=2) <= 2
        for other in others
    )
