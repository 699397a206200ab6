"""The gazetteer: names and codes of villages and kecamatan, and how alike two names are.

Owns names. Which name a row means, and what becomes of the row, is in
`rawan.places.placing`. Ambiguity is never guessed: two equally good answers are none.
"""

import re
from collections import defaultdict
from dataclasses import dataclass
from functools import lru_cache

from rapidfuzz import fuzz, process

from rawan.warehouse import Warehouse

# A misspelt name is taken only if it is this like the right one, and so much less like any other.
_LEAST_LIKENESS = 85.0
_LEAST_MARGIN = 5.0

# Scopes to look a name up in, beside the codes of kecamatan.
_ANYWHERE, _DISTRICTS = "anywhere", "districts"

_PREFIX = re.compile(r"^(desa|ds|kelurahan|kel|kecamatan|kec|kabupaten|kab|kota)\b\.?\s*", re.I)


def normalised(name: str) -> str:
    """Return a name without prefix, case, blanks and punctuation.

    Examples
    --------
    >>> normalised("Ds. Bali Nuraga") == normalised("Balinuraga")
    True
    """
    name = name.strip()
    while (shorter := _PREFIX.sub("", name)) != name:
        name = shorter
    return _letters(name)


def _letters(name: str) -> str:
    return re.sub(r"[^0-9a-z]", "", name.casefold())


@dataclass(frozen=True)
class Village:
    """A village and the kecamatan that it belongs to."""

    village_code: str
    district_code: str


@dataclass(frozen=True)
class Found:
    """The code that a name means and how it was found: name (exact) or spelling (alike)."""

    code: str
    method: str


class Gazetteer:
    """Villages and kecamatan of the region, found by code or by name."""

    def __init__(
        self,
        villages: list[tuple[str, str, tuple[str, ...]]],
        districts: list[tuple[str, str]],
    ) -> None:
        self.villages = {code: Village(code, district) for code, district, _ in villages}
        self.districts = dict(districts)
        self.region_prefixes = {code.rsplit(".", 1)[0] for code in self.districts}
        self._names: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
        for code, name in districts:
            self._names[_DISTRICTS][normalised(name)].add(code)
        for code, district, names in villages:
            # "Kota" may be a part of the name: what stands behind it is one spelling of two.
            spellings = {form(name) for name in names for form in (normalised, _letters)}
            for name in filter(None, sorted(spellings)):
                self._names[district][name].add(code)
                self._names[_ANYWHERE][name].add(code)
        self._alike = lru_cache(maxsize=100_000)(self._find_alike)

    @classmethod
    def of(cls, warehouse: Warehouse) -> "Gazetteer":
        """Read the gazetteer from the reference tables."""
        villages = warehouse.rows(
            "SELECT village_code, district_code, village, name_bps, name_kpu_2019"
            " FROM reference.villages ORDER BY village_code"
        )
        districts = warehouse.rows(
            "SELECT district_code, district FROM reference.districts ORDER BY district_code"
        )
        return cls(
            [(code, d, tuple(filter(None, names))) for code, d, *names in villages], districts
        )

    def find_district(self, name: str) -> Found | None:
        """Return the kecamatan that a name means, or None where there is none or more than one."""
        return self._alike(_DISTRICTS, normalised(name))

    def find_village(self, name: str, district_code: str | None) -> Found | None:
        """Return the village that a name means, inside a kecamatan or (None) in the whole region.

        Across the region only the exact name counts: names repeat, and a likeness to one
        of many villages is no evidence.
        """
        return self._alike(district_code or _ANYWHERE, normalised(name))

    def _find_alike(self, scope: str, name: str) -> Found | None:
        names = self._names.get(scope, {})
        if not name:
            return None
        if exact := names.get(name):
            return Found(next(iter(exact)), "name") if len(exact) == 1 else None
        if scope == _ANYWHERE:
            return None
        near = process.extract(name, list(names), scorer=fuzz.ratio, limit=10)
        codes: dict[str, float] = {}
        for spelling, likeness, _ in near:
            for code in names[spelling]:
                codes[code] = max(codes.get(code, 0.0), likeness)
        ranked = sorted(codes.items(), key=lambda item: (-item[1], item[0]))
        if not ranked or ranked[0][1] < _LEAST_LIKENESS:
            return None
        if len(ranked) > 1 and ranked[0][1] - ranked[1][1] < _LEAST_MARGIN:
            return None
        return Found(ranked[0][0], "spelling")
