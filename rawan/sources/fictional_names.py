"""The names of a fictional region, and how hurried lists misspell them.

Owns invented words. Which villages there are is drawn by `models/simulation.py`; how often a
name is misspelt is settled in `fictional_inbox.py`.
"""

from collections.abc import Iterable

import numpy as np
import polars as pl
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


def misspell(name: str, rng: np.random.Generator) -> str:
    """Write a name as hurried lists do; never as it is registered."""
    at = int(rng.integers(1, len(name) - 1))
    while name[at] == " " or name[at - 1] == " ":
        at = int(rng.integers(1, len(name) - 1))
    joined = name.replace(" ", "").capitalize()
    ways = [
        name[:at] + name[at] + name[at:],
        name[:at] + name[at + 1 :],
        joined if " " in name else f"{name[:at]} {name[at:].capitalize()}",
        f"Ds. {name}",
        name.upper() if rng.random() < 0.5 else name.lower(),
    ]
    written = ways[int(rng.integers(len(ways)))]
    # Lower case of a lower-case name, say, changes nothing: then it is shouted.
    return written if written != name else name.upper()


def _word(rng: np.random.Generator, syllables: int) -> str:
    """Return an invented word; one of its syllables is odd, so that no real name comes out."""
    parts = [str(rng.choice(_PLAIN)) for _ in range(syllables)]
    parts[int(rng.integers(syllables))] = str(rng.choice(_ODD))
    return ("".join(parts) + str(rng.choice(_ENDINGS))).capitalize()


def _near(name: str, others: Iterable[str]) -> bool:
    """Return whether a misspelling of `name` could be taken for one of `others`."""
    flat = name.replace(" ", "").lower()
    return any(
        Levenshtein.distance(flat, other.replace(" ", "").lower(), score_cutoff=2) <= 2
        for other in others
    )
