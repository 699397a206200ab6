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
from rawan.places.mentions import OUTSIDE, Aliases, Mention, MentionFinder
from rawan.places.points import Locator
from rawan.places.reading import parts_of_list
from rawan.places.spelling import Candidate, Match, letters, normalised, sounded
from rawan.sources.numbers import explain_degrees, read_degrees

PLACED, EXCLUDED, QUARANTINED, REVIEW = "placed", "excluded", "quarantined", "review"
VILLAGE, DISTRICT = "village", "district"
# Stands for the column of a row's text, which each kind of input calls otherwise.
WORDS = "words"


@dataclass(frozen=True)
class PlaceCells:
    """The cells of a row that tell its place, as they came; empty where nothing stands."""

    regency: str = ""
    districts: str = ""
    villages: str = ""
    village_codes: str = ""
    district_codes: str = ""
    outside: str = ""
    place_text: str = ""
    lat: str = ""
    lon: str = ""


@dataclass(frozen=True)
class Place:
    """A village, or a kecamatan where no village is known.

    `method` says how it was found. `weight` is below 1 where one place of the row is spread over
    several of today; the weights of one such place sum to 1.
    """

    level: str
    village_code: str | None
    district_code: str
    method: str
    weight: float = 1.0


@dataclass(frozen=True)
class Resolution:
    """The places of a row and its fate.

    `column` and `reason` say what stood in the way; a placed row carries a reason where a part
    of it could not be read. `candidates` are offered to the person who reviews, best first: for
    a row in review they decide it, for a placed row they could make it sharper. `written` is
    the name that they are about, and `scope` the kecamatan in which it was looked up.
    """

    places: tuple[Place, ...]
    fate: str
    column: str = ""
    reason: str = ""
    candidates: tuple[Candidate, ...] = ()
    written: str = ""
    scope: str = ""


class _Stop(Exception):
    """The row has no place; the resolution says why."""

    def __init__(
        self,
        fate: str,
        column: str,
        reason: str,
        candidates: Iterable[Candidate] = (),
        written: str = "",
        scope: str = "",
    ) -> None:
        super().__init__(reason)
        self.resolution = Resolution((), fate, column, reason, tuple(candidates), written, scope)


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
                except _Stop:
                    scopes[told] = []
            for part in _parts(cells.villages):
                for scope in (*scopes[told],) or (None,):
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
                raise _Stop(EXCLUDED, "outside", f"{_told(cells.outside)} is outside the region.")
            if cells.lat or cells.lon:
                return self._by_point(cells)
            if cells.place_text:
                return self._by_text(cells.place_text, "place_text", occurred_on)
            if text:
                return self._by_text(text, WORDS, occurred_on)
            raise _Stop(QUARANTINED, "villages", "no village and no kecamatan is named.")
        except _Stop as stop:
            return stop.resolution

    def _check_regency(self, regency: str) -> None:
        if not regency or not self._region:
            return
        if normalised(regency) != self._region and self._alias(regency, "") is None:
            raise _Stop(EXCLUDED, "regency", f"{_told(regency)} is outside the region.")

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
                raise _Stop(
                    QUARANTINED, "village_codes", f"{_told(code)} is not the code of a village."
                )
        if not places:
            raise _Stop(EXCLUDED, "village_codes", f"{_told(outside)} is outside the region.")
        return places

    def _districts(self, cells: PlaceCells) -> list[str]:
        """Return the codes of the kecamatan that a row names."""
        codes = list(dict.fromkeys(_parts(cells.district_codes)))
        known = [code for code in codes if code in self.gazetteer.districts]
        for code in codes:
            if code not in known and code.rsplit(".", 1)[0] in self.gazetteer.region_prefixes:
                raise _Stop(
                    QUARANTINED, "district_codes", f"{_told(code)} is not the code of a kecamatan."
                )
        if codes and not known:
            raise _Stop(EXCLUDED, "district_codes", f"{_told(codes[0])} is outside the region.")
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
            raise _Stop(EXCLUDED, "districts", f"{_told(name)} is outside the region.")
        match = self.gazetteer.district_names.match(name)
        if match.code is not None:
            return match.code
        if any(
            place.level == DISTRICT and sounded(letters(place.name)) == sounded(normalised(name))
            for place in self.gazetteer.outside
        ):
            raise _Stop(EXCLUDED, "districts", f"{_told(name)} is a kecamatan outside the region.")
        near = [c for c in match.candidates if c.likeness >= 60]
        raise _Stop(
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
            raise _Stop(EXCLUDED, "villages", f"{_told(named.outside[0])} is outside the region.")
        if cells.outside:
            raise _Stop(EXCLUDED, "outside", f"{_told(cells.outside)} is outside the region.")
        if not named.unknown:
            raise _Stop(QUARANTINED, "villages", "no village and no kecamatan is named.")
        raise _Stop(
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
            if all([self._read_one(piece, districts, trial, known) for piece in pieces]):
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
        for scope in (*districts,) or (None,):
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
        sure = {match.code: match for match in matches if match.code is not None}
        if len(sure) == 1:
            ((code, match),) = sure.items()
            assert code is not None
            self._add(named, code, match.method)
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
        for scope in (*districts,) or (None,):
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
        lat, lon = self._degrees(cells)
        if self._locator is None:
            raise _Stop(QUARANTINED, "lat", "points cannot be read here.")
        found = self._locator.locate(lat, lon)
        reason = found.reason or ""
        # Written in lower case, as the end of a sentence about the point.
        told = f"{lat:g}, {lon:g}: {reason}"
        offered = self._labelled(Candidate(code, "", 0.0) for code in found.candidates)
        if found.village_code is not None and found.district_code is not None:
            place = Place(VILLAGE, found.village_code, found.district_code, str(found.method))
            return Resolution((place,), PLACED)
        if found.district_code is not None:
            place = Place(DISTRICT, None, found.district_code, str(found.method))
            return Resolution((place,), PLACED, "lat", told, offered)
        if found.is_outside:
            raise _Stop(EXCLUDED, "lat", told)
        raise _Stop(REVIEW if offered else QUARANTINED, "lat", told, offered)

    def _degrees(self, cells: PlaceCells) -> tuple[float, float]:
        """Return latitude and longitude of a row's cells."""
        lat, lon = explain_degrees(cells.lat, "lat"), explain_degrees(cells.lon, "lon")
        if lat.value is not None and lon.value is not None:
            return lat.value, lon.value
        if (
            read_degrees(cells.lat, "lon") is not None
            and read_degrees(cells.lon, "lat") is not None
        ):
            reason = "latitude and longitude are swapped. Exchange the two."
            raise _Stop(QUARANTINED, "lat", reason)
        column = "lat" if lat.value is None else "lon"
        raise _Stop(QUARANTINED, column, lat.reason or lon.reason)

    def _by_text(self, text: str, column: str, occurred_on: date | None) -> Resolution:
        """Return the places that a text mentions: villages, else kecamatan."""
        mentions = self._finder.find(text)
        sure = [m for m in mentions if m.is_automatic]
        doubtful = [m for m in mentions if not m.is_automatic]
        candidates = list(dict.fromkeys(c for m in doubtful for c in m.candidates))
        reason = f"{_told(doubtful[0].text)} is not clear." if doubtful else ""
        written = doubtful[0].text if doubtful else ""
        scope = (doubtful[0].district_code or "") if doubtful else ""
        villages = {m.village_code: m for m in sure if m.village_code is not None}
        if villages:
            places = tuple(
                Place(VILLAGE, code, self.gazetteer.villages[code].district_code, m.method)
                for code, m in villages.items()
            )
            return Resolution(
                places,
                PLACED,
                column if reason else "",
                reason,
                self._labelled(candidates),
                written,
                scope,
            )
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
            return Resolution(
                tuple(found),
                PLACED,
                column if reason else "",
                reason,
                self._labelled(candidates),
                written,
                scope,
            )
        if candidates:
            raise _Stop(REVIEW, column, reason, self._labelled(candidates), written, scope)
        if districts:
            found = [
                p for code in districts for p in self._whole(code, "kecamatan only", occurred_on)
            ]
            return Resolution(tuple(found), PLACED)
        if any(m.level == OUTSIDE for m in sure):
            outside = next(m for m in sure if m.level == OUTSIDE)
            raise _Stop(EXCLUDED, column, f"{_told(outside.text)} is outside the region.")
        raise _Stop(QUARANTINED, column, "the text names no village and no kecamatan.")

    def _alias(self, name: str, scope: str) -> str | None:
        return self._finder.alias(name, scope)

    def _labelled(self, candidates: Iterable[Candidate]) -> tuple[Candidate, ...]:
        """Return candidates with the label that a person needs: village and kecamatan."""
        return tuple(c._replace(label=self.gazetteer.label(c.code)) for c in candidates)


def _last_day(parts: Iterable[FormerPlace]) -> date:
    return max(part.valid_until for part in parts)


def _parts(cell: str) -> list[str]:
    return [part.strip() for part in cell.split(";") if part.strip()]


def _told(value: str) -> str:
    return f'"{value.strip()[:60]}"'
