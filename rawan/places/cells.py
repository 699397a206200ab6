"""What the names in a row's place cells mean: kecamatan, villages, several in one cell.

Owns the reading of names in cells, with old names and people's decisions. The order in which
the cells are believed is in `resolver.py`, free text in `mentions.py`.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date

from rawan.errors import did_you_mean
from rawan.places.gazetteer import FormerPlace, Gazetteer
from rawan.places.mentions import OUTSIDE, REJECT, Aliases, MentionFinder
from rawan.places.names import Candidate, Match
from rawan.places.resolution import (
    DISTRICT,
    EXCLUDED,
    PLACED,
    QUARANTINED,
    REVIEW,
    VILLAGE,
    Place,
    PlaceCells,
    Resolution,
    Unresolved,
)
from rawan.places.spelling import letters, normalised, sounded
from rawan.places.units import parts_of_list

ANYWHERE: tuple[None] = (None,)  # the scope of a row without a kecamatan


@dataclass
class Named:
    """What the names of a cell gave."""

    places: dict[str, Place] = field(default_factory=dict)
    unknown: list[str] = field(default_factory=list)
    outside: list[str] = field(default_factory=list)
    candidates: list[Candidate] = field(default_factory=list)


@dataclass
class Known:
    """What names mean, found once for many rows."""

    villages: dict[tuple[str, str | None], Match] = field(default_factory=dict)
    districts: dict[tuple[str, str], list[str] | Unresolved] = field(default_factory=dict)


class CellNames:
    """Reads the names in place cells.

    Parameters
    ----------
    gazetteer : the region's places.
    aliases : decisions of people: (normalised written form, kecamatan code or "") to a code,
        "outside" or "reject".
    """

    def __init__(self, gazetteer: Gazetteer, aliases: Aliases | None = None) -> None:
        self.gazetteer = gazetteer
        self._aliases = dict(aliases or {})
        self._finder = MentionFinder(gazetteer, self._aliases)

    def districts(self, cells: PlaceCells, known: Known) -> list[str]:
        """Return the codes of the kecamatan that a row names."""
        told = (cells.district_codes, cells.districts)
        if told not in known.districts:
            try:
                known.districts[told] = self._read_districts(*told)
            except Unresolved as stop:
                known.districts[told] = stop
        found = known.districts[told]
        if isinstance(found, Unresolved):
            raise found.with_traceback(None)
        return found

    def _read_districts(self, district_codes: str, districts: str) -> list[str]:
        codes = list(dict.fromkeys(parts_of(district_codes)))
        ours = [code for code in codes if code in self.gazetteer.districts]
        for code in codes:
            if code not in ours and code.rsplit(".", 1)[0] in self.gazetteer.region_prefixes:
                raise Unresolved(
                    QUARANTINED, "district_codes", f"{quoted(code)} is not the code of a kecamatan."
                )
        if codes and not ours:
            raise outside_of("district_codes", codes[0])
        return ours or list(dict.fromkeys(self._district(name) for name in parts_of(districts)))

    def _district(self, name: str) -> str:
        alias = self.alias(name, "")
        if alias in self.gazetteer.districts:
            return str(alias)
        if alias == OUTSIDE:
            raise outside_of("districts", name)
        match = self.gazetteer.district_names.match(name)
        if match.code is not None:
            return match.code
        if any(
            place.level == DISTRICT and sounded(letters(place.name)) == sounded(normalised(name))
            for place in self.gazetteer.outside
        ):
            raise Unresolved(
                EXCLUDED, "districts", f"{quoted(name)} is a kecamatan outside the region."
            )
        near = [c for c in match.candidates if c.likeness >= 60]
        raise Unresolved(
            REVIEW if near else QUARANTINED,
            "districts",
            f"{quoted(name)} is not a kecamatan of the region."
            f"{did_you_mean(name, self.gazetteer.districts.values())}",
            self.labelled(near),
            name,
        )

    def by_names(
        self,
        cells: PlaceCells,
        districts: list[str],
        occurred_on: date | None,
        known: Known,
    ) -> Resolution:
        """Return the villages that a row names or, where there is none, its kecamatan."""
        named = Named()
        for part in parts_of(cells.villages):
            self._read_name(part, districts, named, known)
        reason = column = written = ""
        scope = districts[0] if len(districts) == 1 else ""
        if named.unknown:
            column, written = "villages", named.unknown[0]
            where = "of this kecamatan" if districts else "of the region, or more than one"
            reason = f"{quoted(named.unknown[0])} is no village {where}."
        if named.places:
            found = tuple(named.places.values())
            return Resolution(
                found, PLACED, column, reason, tuple(named.candidates), written, scope
            )
        if districts:
            method = "village unknown" if named.unknown else "kecamatan only"
            places = [p for code in districts for p in self.whole(code, method, occurred_on)]
            return Resolution(
                tuple(places), PLACED, column, reason, tuple(named.candidates), written, scope
            )
        if named.outside and not named.unknown:
            raise outside_of("villages", named.outside[0])
        if cells.outside:
            raise outside_of("outside", cells.outside)
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
        named: Named,
        known: Known,
    ) -> None:
        """Add what one part of the villages' cell names, which may itself be a list."""
        if self._read_one(part, districts, named, known):
            return
        pieces = parts_of_list(part)
        whole_candidates = named.candidates[:]
        if len(pieces) > 1:
            trial = Named(dict(named.places), named.unknown[:], named.outside[:])
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
        named: Named,
        known: Known,
    ) -> bool:
        """Add the one village that a name means; return whether there is one."""
        matches: list[Match] = []
        for scope in districts or ANYWHERE:
            alias = self.alias(name, scope or "")
            if alias is not None:
                return self._take_alias(name, alias, named)
            match = known.villages.get((name, scope)) or self.gazetteer.village_names.match(
                name, scope
            )
            matches.append(match)
        sure = {match.code: match.method for match in matches if match.code is not None}
        exact = {code: method for code, method in sure.items() if method == "name"}
        sure = exact or sure
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
        named.candidates += [c for c in self.labelled(offered) if c.code not in seen]
        return False

    def _take_alias(self, name: str, alias: str, named: Named) -> bool:
        """Follow a person's decision on a name; return whether it settles the name."""
        if alias in self.gazetteer.villages:
            self._add(named, alias, "alias")
        elif alias in self.gazetteer.districts:
            named.places.setdefault(alias, Place(DISTRICT, None, alias, "alias"))
        elif alias == OUTSIDE:
            named.outside.append(name)
        return bool(named.places) or alias in (OUTSIDE, REJECT)

    def _read_former(self, name: str, districts: list[str], named: Named) -> bool:
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

    def _add(self, named: Named, code: str | None, method: str, weight: float = 1.0) -> None:
        if code is not None:
            district = self.gazetteer.villages[code].district_code
            place = Place(VILLAGE, code, district, method, weight)
            # A village that is named outright counts whole, whatever an old name spreads on it.
            if code not in named.places or named.places[code].weight < weight:
                named.places[code] = place

    def whole(self, code: str, method: str, occurred_on: date | None) -> list[Place]:
        """Return a kecamatan, or the kecamatan of today that one of that day covered."""
        parts = self.gazetteer.parts_of_district(code)
        if occurred_on is not None and parts and occurred_on <= _last_day(parts):
            return [
                Place(DISTRICT, None, part.district_code, "former kecamatan", part.weight)
                for part in parts
                if part.district_code in self.gazetteer.districts
            ]
        return [Place(DISTRICT, None, code, method)]

    def alias(self, name: str, scope: str) -> str | None:
        """Return what a person decided for this written name, in this kecamatan or anywhere."""
        return self._finder.alias(name, scope) if self._aliases else None

    def labelled(self, candidates: Iterable[Candidate]) -> tuple[Candidate, ...]:
        """Return candidates with the label that a person needs: village and kecamatan."""
        return tuple(c._replace(label=self.gazetteer.label(c.code)) for c in candidates)


def outside_of(column: str, cell: str) -> Unresolved:
    """Return what stops a row that lies outside the region."""
    return Unresolved(EXCLUDED, column, f"{quoted(cell)} is outside the region.")


def _last_day(parts: Iterable[FormerPlace]) -> date:
    return max(part.valid_until for part in parts)


def parts_of(cell: str) -> list[str]:
    """Return the parts of a cell that semicolons separate."""
    if ";" not in cell:  # as most cells are
        cell = cell.strip()
        return [cell] if cell else []
    return [part.strip() for part in cell.split(";") if part.strip()]


def quoted(value: str) -> str:
    """Return what stood in a cell, cut short, for a sentence."""
    return f'"{value.strip()[:60]}"'
