"""Where a row belongs: from its place cells, its point or its text to villages and kecamatan.

Owns the order in which a row's cells are believed and what becomes of the row: placed, excluded
(outside the region), quarantined (no usable place) or up for review (a person must decide).
What a name means is decided by `spelling.py` and `mentions.py`, what a point means by
`points.py`.

Codes win over names, names over the point, all of them over the text. A kecamatan alone stays a
kecamatan. Ambiguity is never guessed.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from rawan.errors import did_you_mean
from rawan.places.gazetteer import FormerPlace, Gazetteer
from rawan.places.mentions import OUTSIDE, REJECT, Aliases, Mention, MentionFinder
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
from rawan.places.spelling import letters, normalised, sounded
from rawan.places.units import parts_of_list
from rawan.sources.numbers import explain_degrees, read_degrees

__all__ = ["Place", "PlaceCells", "Resolution", "Resolver"]


ANYWHERE: tuple[None] = (None,)  # the scope of a row without a kecamatan


@dataclass
class _Named:
    """What the names of a cell gave."""

    places: dict[str, Place] = field(default_factory=dict)
    unknown: list[str] = field(default_factory=list)
    outside: list[str] = field(default_factory=list)
    candidates: list[Candidate] = field(default_factory=list)
    districts: list[str] = field(default_factory=list)


class Resolver:
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
        self.gazetteer = gazetteer
        self._aliases = dict(aliases or {})
        self._finder = MentionFinder(gazetteer, self._aliases)
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
        return self._resolved(cells, text, occurred_on, {})

    def resolve_many(
        self,
        rows: Sequence[PlaceCells],
        texts: Sequence[str] | None = None,
        days: Sequence[date | None] | None = None,
    ) -> list[Resolution]:
        """Return `resolve` of many rows; names are compared together, which is much faster."""
        texts = texts or [""] * len(rows)
        days = days or [None] * len(rows)
        wanted: dict[tuple[str, str | None], None] = {}
        scopes: dict[str, list[str]] = {}
        for cells in rows:
            if not cells.villages or cells.village_codes:
                continue
            told = f"{cells.district_codes}|{cells.districts}"
            if told not in scopes:
                try:
                    scopes[told] = self._districts(cells)
                except Unresolved:
                    scopes[told] = []
            for part in _parts(cells.villages):
                for scope in scopes[told] or ANYWHERE:
                    wanted[part, scope] = None
        keys = list(wanted)
        found = self.gazetteer.village_names.match_many(
            [name for name, _ in keys], [scope for _, scope in keys]
        )
        known = dict(zip(keys, found, strict=True))
        return [
            self._resolved(cells, text, day, known)
            for cells, text, day in zip(rows, texts, days, strict=True)
        ]

    def _resolved(
        self,
        cells: PlaceCells,
        text: str,
        occurred_on: date | None,
        known: Mapping[tuple[str, str | None], Match],
    ) -> Resolution:
        try:
            if codes := _parts(cells.village_codes):
                return Resolution(tuple(self._by_codes(codes)), PLACED)
            self._check_regency(cells.regency)
            districts = self._districts(cells)
            if cells.villages or districts:
                return self._by_names(cells, districts, occurred_on, known)
            if cells.outside:
                raise Unresolved(
                    EXCLUDED, "outside", f"{_told(cells.outside)} is outside the region."
                )
            if cells.lat or cells.lon:
                return self._by_point(cells)
            if cells.place_text:
                return self._by_text(cells.place_text, "place_text", occurred_on)
            if text:
                return self._by_text(text, WORDS, occurred_on)
            raise Unresolved(QUARANTINED, "villages", "no village and no kecamatan is named.")
        except Unresolved as stop:
            return stop.resolution

    def _check_regency(self, regency: str) -> None:
        if not regency or not self._region:
            return
        if normalised(regency) != self._region and self._alias(regency, "") is None:
            raise Unresolved(EXCLUDED, "regency", f"{_told(regency)} is outside the region.")

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
                    QUARANTINED, "village_codes", f"{_told(code)} is not the code of a village."
                )
        if not places:
            raise Unresolved(EXCLUDED, "village_codes", f"{_told(outside)} is outside the region.")
        return places

    def _districts(self, cells: PlaceCells) -> list[str]:
        """Return the codes of the kecamatan that a row names."""
        codes = list(dict.fromkeys(_parts(cells.district_codes)))
        known = [code for code in codes if code in self.gazetteer.districts]
        for code in codes:
            if code not in known and code.rsplit(".", 1)[0] in self.gazetteer.region_prefixes:
                raise Unresolved(
                    QUARANTINED, "district_codes", f"{_told(code)} is not the code of a kecamatan."
                )
        if codes and not known:
            reason = f"{_told(codes[0])} is outside the region."
            raise Unresolved(EXCLUDED, "district_codes", reason)
        if known:
            return known
        found: list[str] = []
        for name in _parts(cells.districts):
            code = self._district(name)
            if code not in found:
                found.append(code)
        return found

    def _district(self, name: str) -> str:
        alias = self._alias(name, "")
        if alias in self.gazetteer.districts:
            return str(alias)
        if alias == OUTSIDE:
            raise Unresolved(EXCLUDED, "districts", f"{_told(name)} is outside the region.")
        match = self.gazetteer.district_names.match(name)
        if match.code is not None:
            return match.code
        if any(
            place.level == DISTRICT and sounded(letters(place.name)) == sounded(normalised(name))
            for place in self.gazetteer.outside
        ):
            raise Unresolved(
                EXCLUDED, "districts", f"{_told(name)} is a kecamatan outside the region."
            )
        near = [c for c in match.candidates if c.likeness >= 60]
        raise Unresolved(
            REVIEW if near else QUARANTINED,
            "districts",
            f"{_told(name)} is not a kecamatan of the region."
            f"{did_you_mean(name, self.gazetteer.districts.values())}",
            self._labelled(near),
            name,
        )

    def _by_names(
        self,
        cells: PlaceCells,
        districts: list[str],
        occurred_on: date | None,
        known: Mapping[tuple[str, str | None], Match],
    ) -> Resolution:
        named = _Named()
        for part in _parts(cells.villages):
            self._read_name(part, districts, named, known)
        reason = column = written = ""
        scope = districts[0] if len(districts) == 1 else ""
        if named.unknown:
            column, written = "villages", named.unknown[0]
            where = "of this kecamatan" if districts else "of the region, or more than one"
            reason = f"{_told(named.unknown[0])} is no village {where}."
        if named.places:
            return Resolution(
                tuple(named.places.values()),
                PLACED,
                column,
                reason,
                tuple(named.candidates),
                written,
                scope,
            )
        if named.districts:
            places = [Place(DISTRICT, None, code, "alias") for code in named.districts]
            return Resolution(tuple(places), PLACED)
        if districts:
            method = "village unknown" if named.unknown else "kecamatan only"
            places = [p for code in districts for p in self._whole(code, method, occurred_on)]
            return Resolution(
                tuple(places), PLACED, column, reason, tuple(named.candidates), written, scope
            )
        if named.outside and not named.unknown:
            raise Unresolved(
                EXCLUDED, "villages", f"{_told(named.outside[0])} is outside the region."
            )
        if cells.outside:
            raise Unresolved(EXCLUDED, "outside", f"{_told(cells.outside)} is outside the region.")
        if not named.unknown:
            raise Unresolved(QUARANTINED, "villages", "no village and no kecamatan is named.")
        raise Unresolved(
            REVIEW if named.candidates else QUARANTINED,
            "villages",
            f"{reason} Name its kecamatan or give its code.",
            named.candidates,
            written,
            scope,
        )

    def _read_name(
        self,
        part: str,
        districts: list[str],
        named: _Named,
        known: Mapping[tuple[str, str | None], Match],
    ) -> None:
        """Add what one part of the villages' cell names, which may itself be a list."""
        if self._read_one(part, districts, named, known):
            return
        pieces = parts_of_list(part)
        whole_candidates = named.candidates[:]
        if len(pieces) > 1:
            trial = _Named(dict(named.places), named.unknown[:], named.outside[:])
            read = [self._read_one(piece, districts, trial, known) for piece in pieces]
            if all(read):
                named.places, named.outside = trial.places, trial.outside
                return
        mentions = self._finder.find(part) if len(pieces) > 1 else []
        if any(m.is_automatic and (m.village_code or m.level == OUTSIDE) for m in mentions):
            sure = [m for m in mentions if m.is_automatic]
            for mention in sure:
                if mention.village_code and (not districts or mention.district_code in districts):
                    self._add(named, mention.village_code, mention.method)
                elif mention.level == OUTSIDE:
                    named.outside.append(mention.text)
            if not all(m.is_automatic for m in mentions):
                named.unknown.append(part)
            return
        named.candidates = whole_candidates
        named.unknown.append(part)

    def _read_one(
        self,
        name: str,
        districts: list[str],
        named: _Named,
        known: Mapping[tuple[str, str | None], Match],
    ) -> bool:
        """Add the one village that a name means; return whether there is one."""
        matches: list[Match] = []
        for scope in districts or ANYWHERE:
            alias = self._alias(name, scope or "")
            if alias is not None:
                if alias in self.gazetteer.villages:
                    self._add(named, alias, "alias")
                elif alias in self.gazetteer.districts:
                    named.districts.append(alias)
                elif alias == OUTSIDE:
                    named.outside.append(name)
                return True
            match = known.get((name, scope)) or self.gazetteer.village_names.match(name, scope)
            matches.append(match)
        sure = {match.code: match.method for match in matches if match.code is not None}
        if len(sure) == 1:
            for code, method in sure.items():
                self._add(named, code, method)
            return True
        if not sure and self._read_former(name, districts, named):
            return True
        offered = [c for match in matches for c in match.candidates if c.likeness >= 60]
        if districts and not sure:
            elsewhere = self.gazetteer.village_names.exact(normalised(name))
            offered += [Candidate(code, "", 100.0) for code in elsewhere]
        seen = {candidate.code for candidate in named.candidates}
        named.candidates += [c for c in self._labelled(offered) if c.code not in seen]
        return False

    def _read_former(self, name: str, districts: list[str], named: _Named) -> bool:
        """Add the villages of today that cover a former village, or moved to another kecamatan."""
        for scope in districts or ANYWHERE:
            former = self.gazetteer.former_villages(name, scope)
            if former and abs(sum(place.weight for place in former) - 1) < 0.01:
                for place in former:
                    if place.village_code in self.gazetteer.villages:
                        self._add(named, place.village_code, "former name", place.weight)
                return True
            for part in self.gazetteer.parts_of_district(scope) if scope else []:
                match = self.gazetteer.village_names.match(name, part.district_code)
                if match.code is not None and part.district_code not in districts:
                    self._add(named, match.code, "former kecamatan")
                    return True
        return False

    def _add(self, named: _Named, code: str | None, method: str, weight: float = 1.0) -> None:
        if code is not None:
            district = self.gazetteer.villages[code].district_code
            named.places.setdefault(code, Place(VILLAGE, code, district, method, weight))

    def _whole(self, code: str, method: str, occurred_on: date | None) -> list[Place]:
        """Return a kecamatan, or the kecamatan of today that one of that day covered."""
        parts = self.gazetteer.parts_of_district(code)
        if occurred_on is not None and parts and occurred_on <= _last_day(parts):
            return [
                Place(DISTRICT, None, part.district_code, "former kecamatan", part.weight)
                for part in parts
                if part.district_code in self.gazetteer.districts
            ]
        return [Place(DISTRICT, None, code, method)]

    def _by_point(self, cells: PlaceCells) -> Resolution:
        lat, lon = _degrees(cells)
        if self._locator is None:
            raise Unresolved(QUARANTINED, "lat", "points cannot be read here.")
        found = self._locator.locate(lat, lon)
        told = f"{lat:g}, {lon:g}: {found.reason or ''}"
        offered = self._labelled(Candidate(code, "", 0.0) for code in found.candidates)
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
        reason = f"{_told(doubtful[0].text)} is not clear." if doubtful else ""
        written = doubtful[0].text if doubtful else ""
        scope = (doubtful[0].district_code or "") if doubtful else ""
        about = (column if reason else "", reason, self._labelled(candidates), written, scope)
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
            found = [p for code in districts for p in self._whole(code, method, occurred_on)]
            return Resolution(tuple(found), PLACED, *about)
        if candidates:
            raise Unresolved(REVIEW, *about)
        if districts:
            found = [
                p for code in districts for p in self._whole(code, "kecamatan only", occurred_on)
            ]
            return Resolution(tuple(found), PLACED)
        if any(m.level == OUTSIDE for m in sure):
            outside = next(m for m in sure if m.level == OUTSIDE)
            raise Unresolved(EXCLUDED, column, f"{_told(outside.text)} is outside the region.")
        raise Unresolved(QUARANTINED, column, "the text names no village and no kecamatan.")

    def _alias(self, name: str, scope: str) -> str | None:
        return self._finder.alias(name, scope)

    def _labelled(self, candidates: Iterable[Candidate]) -> tuple[Candidate, ...]:
        """Return candidates with the label that a person needs: village and kecamatan."""
        return tuple(c._replace(label=self.gazetteer.label(c.code)) for c in candidates)


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


def _last_day(parts: Iterable[FormerPlace]) -> date:
    return max(part.valid_until for part in parts)


def _parts(cell: str) -> list[str]:
    return [part.strip() for part in cell.split(";") if part.strip()]


def _told(value: str) -> str:
    return f'"{value.strip()[:60]}"'
