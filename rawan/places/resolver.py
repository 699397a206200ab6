"""Where a row belongs: from its place cells, its point or its text to villages and kecamatan.

Owns the order in which a row's cells are believed and what becomes of the row: placed, excluded
(outside the region), quarantined (no usable place) or up for review (a person must decide).
What names mean is read by `cells.py` and `mentions.py`, what a point means by `points.py`.

Codes win over names, names over the point (which may tell the village of a kecamatan that is
named), all of them over the text. A kecamatan alone stays a
kecamatan. Ambiguity is never guessed.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date

from rawan.places.cells import ANYWHERE, CellNames, Known, outside_of, parts_of, quoted
from rawan.places.gazetteer import Gazetteer
from rawan.places.mentions import OUTSIDE, Aliases, Mention
from rawan.places.names import Candidate, Match
from rawan.places.points import Locator
from rawan.places.resolution import (
    DISTRICT,
    EXCLUDED,
    PLACED,
    QUARANTINED,
    REVIEW,
    VILLAGE,
    WORDS,
    Place,
    PlaceCells,
    Resolution,
    Unresolved,
)
from rawan.places.spelling import normalised
from rawan.sources.numbers import explain_degrees, read_degrees

__all__ = ["Place", "PlaceCells", "Resolution", "Resolver"]


class Resolver(CellNames):
    """Finds the places of rows in one region.

    Parameters
    ----------
    gazetteer : the region's places.
    aliases : decisions of people: (normalised written form, kecamatan code or "") to a code,
        "outside" or "reject". They win over everything but codes.
    locator : finds the village of a point; without one a row that has only a point is
        quarantined.
    """

    def __init__(
        self,
        gazetteer: Gazetteer,
        aliases: Aliases | None = None,
        locator: Locator | None = None,
    ) -> None:
        super().__init__(gazetteer, aliases)
        self._locator = locator
        self._region = normalised(gazetteer.region)

    def find_mentions(self, text: str) -> list[Mention]:
        """Return the places that a text mentions, in order."""
        return self._finder.find(text)

    def resolve(
        self, cells: PlaceCells, text: str = "", occurred_on: date | None = None
    ) -> Resolution:
        """Return the places of one row and its fate; never raises, whatever the cells hold.

        `text` is read only where no place cell is filled. `occurred_on` tells whether a former
        kecamatan is meant whole: before a split it is spread over the kecamatan of today.
        """
        return self._resolved(cells, text, occurred_on, Known())

    def sure_names(
        self, districts: Sequence[str], villages: Sequence[str], known: Known
    ) -> list[Match | None]:
        """Return for cells with one kecamatan and one village the village that they surely mean.

        None where it is not sure, or where more than the two names decides: then `resolve_many`
        does. What names mean is kept in `known`.
        """
        asked: list[tuple[str, str] | None] = []
        for district, village in zip(districts, villages, strict=True):
            try:
                scopes = self.districts(PlaceCells(districts=district), known)
            except Unresolved:
                scopes = []
            name = village.strip()
            is_plain = len(scopes) == 1 and self.alias(name, scopes[0]) is None
            asked.append((name, scopes[0]) if is_plain and name else None)
        self._learn(dict.fromkeys(key for key in asked if key is not None), known)
        return [
            match if key and (match := known.villages[key]).code is not None else None
            for key in asked
        ]

    def resolve_many(
        self,
        rows: Sequence[PlaceCells],
        texts: Sequence[str] | None = None,
        days: Sequence[date | None] | None = None,
        known: Known | None = None,
    ) -> list[Resolution]:
        """Return `resolve` of many rows; names are compared together, which is much faster."""
        known = Known() if known is None else known
        wanted: dict[tuple[str, str | None], None] = {}
        for cells in rows:
            if cells.villages and not cells.village_codes:
                try:
                    scopes = self.districts(cells, known)
                except Unresolved:
                    continue
                for part in parts_of(cells.villages):
                    for scope in scopes or ANYWHERE:
                        wanted[part, scope] = None
        self._learn(wanted, known)
        return [
            self._resolved(cells, texts[at] if texts else "", days[at] if days else None, known)
            for at, cells in enumerate(rows)
        ]

    def _learn(self, wanted: Iterable[tuple[str, str | None]], known: Known) -> None:
        """Match the names that are not known yet, each in its kecamatan or (None) anywhere."""
        keys = [key for key in wanted if key not in known.villages]
        found = self.gazetteer.village_names.match_many(
            [name for name, _ in keys], [scope for _, scope in keys]
        )
        known.villages.update(zip(keys, found, strict=True))

    def _resolved(
        self, cells: PlaceCells, text: str, occurred_on: date | None, known: Known
    ) -> Resolution:
        try:
            if codes := parts_of(cells.village_codes):
                return Resolution(tuple(self._by_codes(codes)), PLACED)
            self._check_regency(cells.regency)
            districts = self.districts(cells, known)
            if districts and not cells.villages and (cells.lat or cells.lon):
                return self._by_point_within(cells, districts, occurred_on, known)
            if cells.villages or districts:
                return self.by_names(cells, districts, occurred_on, known)
            if cells.outside:
                raise outside_of("outside", cells.outside)
            if cells.lat or cells.lon:
                return self._by_point(cells)
            if cells.place_text:
                return self._by_text(cells.place_text, "place_text", occurred_on)
            if text:
                return self._by_text(text, WORDS, occurred_on)
            raise Unresolved(QUARANTINED, "villages", "no village and no kecamatan is named.")
        except Unresolved as stop:
            return stop.resolution

    def _check_regency(self, cell: str) -> None:
        """Refuse a row whose regency is another one; one of several being ours is enough."""
        if not cell or not self._region:
            return
        names = parts_of(cell)
        if not any(normalised(n) == self._region or self.alias(n, "") for n in names):
            raise outside_of("regency", cell)

    def _by_codes(self, codes: Iterable[str]) -> list[Place]:
        """Return the villages of the region among these codes; those outside do not undo them."""
        places: list[Place] = []
        outside = ""
        for code in dict.fromkeys(codes):
            village = self.gazetteer.villages.get(code)
            if village is not None:
                places.append(Place(VILLAGE, code, village.district_code, "code"))
            elif ".".join(code.split(".")[:2]) not in self.gazetteer.region_prefixes:
                outside = outside or code
            else:
                raise Unresolved(
                    QUARANTINED, "village_codes", f"{quoted(code)} is not the code of a village."
                )
        if not places:
            raise outside_of("village_codes", outside)
        return places

    def _by_point_within(
        self, cells: PlaceCells, districts: list[str], occurred_on: date | None, known: Known
    ) -> Resolution:
        """Let a point tell the village of a row that names its kecamatan, if they agree."""
        named = self.by_names(cells, districts, occurred_on, known)
        try:
            found = self._by_point(cells)
        except Unresolved as stop:
            return replace(named, column=stop.resolution.column, reason=stop.resolution.reason)
        if all(place.district_code in districts for place in found.places):
            return found
        return replace(named, column="lat", reason="the point lies in another kecamatan.")

    def _by_point(self, cells: PlaceCells) -> Resolution:
        lat, lon = _degrees(cells)
        if self._locator is None:
            raise Unresolved(QUARANTINED, "lat", "points cannot be read here.")
        found = self._locator.locate(lat, lon)
        told = f"{lat:g}, {lon:g}: {found.reason or ''}"
        offered = self.labelled(Candidate(code, "", 0.0) for code in found.candidates)
        if found.village_code is not None and found.district_code is not None:
            place = Place(VILLAGE, found.village_code, found.district_code, str(found.method))
            return Resolution((place,), PLACED)
        if found.district_code is not None:
            place = Place(DISTRICT, None, found.district_code, str(found.method))
            return Resolution((place,), PLACED, "lat", told, offered)
        if found.is_outside:
            raise Unresolved(EXCLUDED, "lat", told)
        raise Unresolved(REVIEW if offered else QUARANTINED, "lat", told, offered)

    def _by_text(self, text: str, column: str, occurred_on: date | None) -> Resolution:
        """Return the places that a text mentions: villages, else kecamatan."""
        mentions = self._finder.find(text)
        sure = [m for m in mentions if m.is_automatic]
        doubtful = [m for m in mentions if not m.is_automatic]
        candidates = list(dict.fromkeys(c for m in doubtful for c in m.candidates))
        reason = f"{quoted(doubtful[0].text)} is not clear." if doubtful else ""
        written = doubtful[0].text if doubtful else ""
        scope = (doubtful[0].district_code or "") if doubtful else ""
        about = (column if reason else "", reason, self.labelled(candidates), written, scope)
        villages = {m.village_code: m for m in sure if m.village_code is not None}
        if villages:
            places = tuple(
                Place(VILLAGE, code, self.gazetteer.villages[code].district_code, m.method)
                for code, m in villages.items()
            )
            return Resolution(places, PLACED, *about)
        # A body's office is the place only where nothing else is told.
        told = [m for m in sure if m.level == DISTRICT and m.method != "office"] or [
            m for m in sure if m.level == DISTRICT
        ]
        districts = {m.district_code: m.method for m in told if m.district_code is not None}
        if districts and not (doubtful and not any(m.district_code for m in doubtful)):
            method = (
                "village unknown" if "village unknown" in districts.values() else "kecamatan only"
            )
            found = [p for code in districts for p in self.whole(code, method, occurred_on)]
            return Resolution(tuple(found), PLACED, *about)
        if candidates:
            raise Unresolved(REVIEW, *about)
        if districts:
            found = [
                p for code in districts for p in self.whole(code, "kecamatan only", occurred_on)
            ]
            return Resolution(tuple(found), PLACED)
        if any(m.level == OUTSIDE for m in sure):
            outside = next(m for m in sure if m.level == OUTSIDE)
            raise Unresolved(EXCLUDED, column, f"{quoted(outside.text)} is outside the region.")
        raise Unresolved(QUARANTINED, column, "the text names no village and no kecamatan.")


def _degrees(cells: PlaceCells) -> tuple[float, float]:
    """Return latitude and longitude of a row's cells."""
    lat, lon = explain_degrees(cells.lat, "lat"), explain_degrees(cells.lon, "lon")
    if lat.value is not None and lon.value is not None:
        return lat.value, lon.value
    if read_degrees(cells.lat, "lon") is not None and read_degrees(cells.lon, "lat") is not None:
        reason = "latitude and longitude are swapped. Exchange the two."
        raise Unresolved(QUARANTINED, "lat", reason)
    column = "lat" if lat.value is None else "lon"
    raise Unresolved(QUARANTINED, column, lat.reason or lon.reason)
