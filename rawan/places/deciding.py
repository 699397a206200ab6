"""Which names in a text may be taken for a place without asking a person.

Owns the decision. Where the names stand and what each lies in is read by `reading.py` and
`binding.py`, how names are compared is in `names.py`.

What counts as sure:

- a village named as such (desa, Ds., kelurahan ...) whose name the region has once, or once in
  the kecamatan that it is said to lie in, or once in the kecamatan that the text speaks of;
- a name without such a word only where its kecamatan stands with it, where it continues a list
  of villages, or where it is no common word and stands where a place stands ("warga X");
- a small misspelling only if the posterior confidence of `names.py` is high, for a village named
  as such, and inside a kecamatan that stands with it or that the text speaks of.

A place that lies in another regency by its own words is outside, whatever its name; where the
text speaks of other regencies near a name that nothing binds to the region, the name goes to
review. Names of roads, firms, schools, persons, hamlets and institutions are no villages; the
office of a kecamatan (Polsek X, PPK X) says the kecamatan, its officer (Kapolsek X) nothing.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from rawan.places import words as w
from rawan.places.gazetteer import Gazetteer
from rawan.places.names import Candidate, Match, NameIndex
from rawan.places.spelling import letters, normalised, sounded, words_of
from rawan.places.units import DISTRICT, HAMLET, REGENCY, VILLAGE, Unit
from rawan.review.items import EVERYWHERE

OUTSIDE, REJECT = "outside", "reject"
Aliases = Mapping[tuple[str, str], str]
_LIKELY = 70.0  # a name less like than this is no help to a person


@dataclass(frozen=True)
class Answer:
    """What a name was taken for: a place of a level, or None, and the candidates for review."""

    level: str
    code: str | None
    is_automatic: bool
    method: str
    candidates: tuple[Candidate, ...] = ()


def alias_of(aliases: Aliases, name: str, scope: str) -> str | None:
    """Return what a person decided for this written name, in this kecamatan or anywhere."""
    if not aliases:
        return None
    key = normalised(name)
    return aliases.get((key, scope)) or aliases.get((key, EVERYWHERE))


class Page:
    """One text while it is decided: the kecamatan it speaks of, and where it speaks of others."""

    def __init__(
        self, gazetteer: Gazetteer, aliases: Aliases, units: list[Unit], sentences: list[int]
    ) -> None:
        self._gazetteer, self._aliases = gazetteer, aliases
        self._names_elsewhere = {
            sounded(letters(place.name)) for place in gazetteer.outside if place.level == DISTRICT
        }
        self._provinces = {
            sounded(letters(place.name)) for place in gazetteer.outside if place.level == "province"
        }
        self._units, self._sentences = units, sentences
        self._inside: list[int] = []
        self._outside: list[int] = []
        self._districts: set[str] = set()
        self._hinted: set[str] = set()
        for unit in units:
            if unit.level == DISTRICT and not unit.districts:
                self._mend_district(unit)
        self._holders = {id(unit.parent) for unit in units}
        self._spoken: dict[int, set[str]] = {}
        for unit in units:
            if unit.level == DISTRICT:
                self._spoken.setdefault(sentences[unit.first], set()).update(unit.districts)
        for unit in units:
            self._weigh(unit)
        if not self._outside:  # nothing else is spoken of: a name that others share is ours
            self._districts.update(
                unit.districts[0]
                for unit in units
                if unit.level == DISTRICT and unit.cue != "holder" and len(unit.districts) == 1
            )
        self._villages: dict[str, set[str]] = {}
        self._elsewhere: set[str] = set()
        self._answers: dict[int, Answer | None] = {}
        # Names that are bound or said to be villages first: they tell where the others are.
        order = sorted(
            units, key=lambda unit: (unit.level == VILLAGE, unit.parent is None, unit.is_bare)
        )
        for unit in order:
            self._answers[id(unit)] = self._decide(unit)
            self._learn(unit)

    def answer(self, unit: Unit) -> Answer | None:
        """Return what a unit was taken for; None where it is no mention of a place."""
        return self._answers[id(unit)]

    def _mend_district(self, unit: Unit) -> None:
        """Take a misspelt kecamatan for the one it clearly means."""
        if unit.cue != "named":
            return
        if unit.parent is not None and _is_outside(unit.parent):
            return
        match = self._best(self._gazetteer.district_names, unit.shapes, None)
        if match is not None and match.code is not None:
            unit.districts = (match.code,)
            unit.is_known_outside = False
        elif not unit.is_known_outside:
            unit.level = "" if match is None else DISTRICT

    def _best(self, names: NameIndex, shapes: list[str], scope: str | None) -> Match | None:
        matches = names.match_many(shapes, [scope] * len(shapes))
        return max(matches, key=lambda match: match.confidence, default=None)

    def _weigh(self, unit: Unit) -> None:
        """Note what a unit says of where the text is."""
        if unit.level == REGENCY and sounded(letters(unit.name)) in self._provinces:
            return  # where someone comes from, as a rule
        if unit.level == REGENCY:
            (self._inside if unit.is_region else self._outside).append(unit.first)
        elif unit.level == DISTRICT:
            if _is_outside(unit):
                self._outside.append(unit.first)
            elif unit.districts and not self._is_shared_name(unit):
                self._inside.append(unit.first)
                if unit.cue == "holder":
                    self._hinted.update(unit.districts)
                else:
                    self._districts.update(unit.districts)
        elif unit.parent is not None and unit.parent.is_region:
            self._inside.append(unit.first)

    def _is_shared_name(self, unit: Unit) -> bool:
        """Return whether a kecamatan elsewhere has this name, and nothing says which is meant."""
        said = unit.parent is not None and unit.parent.is_region
        return not said and sounded(letters(unit.name)) in self._names_elsewhere

    def _is_foreign(self, unit: Unit) -> bool:
        """Return whether the text, where this name stands, speaks of places outside."""
        if not self._outside:
            return False
        if not self._inside:
            return True
        own = self._sentences[unit.first]
        near = [
            (abs(place - unit.first), is_outside)
            for places, is_outside in ((self._inside, False), (self._outside, True))
            for place in places
            if self._sentences[place] == own
        ]
        if near:
            return min(near)[1]
        before = [
            (unit.first - place, is_outside)
            for places, is_outside in ((self._inside, False), (self._outside, True))
            for place in places
            if place < unit.first
        ]
        return min(before)[1] if before else False

    def _learn(self, unit: Unit) -> None:
        answer = self._answers[id(unit)]
        if answer is not None and answer.level == OUTSIDE and unit.level == VILLAGE:
            self._elsewhere.add(sounded(letters(unit.name)))
        if answer is None or not answer.is_automatic or answer.level != VILLAGE or not answer.code:
            return
        self._districts.add(self._gazetteer.villages[answer.code].district_code)
        self._villages.setdefault(sounded(letters(unit.name)), set()).add(answer.code)
        if unit.parent is not None:
            self._inside.append(unit.first)

    def _decide(self, unit: Unit) -> Answer | None:
        if unit.level == REGENCY:
            return None if unit.is_region else Answer(OUTSIDE, None, True, "regency")
        if unit.level == DISTRICT:
            return self._decide_district(unit)
        if unit.level == VILLAGE:
            return self._decide_village(unit)
        return None

    def _decide_district(self, unit: Unit) -> Answer | None:
        if unit.cue == "holder":
            return None
        if (alias := alias_of(self._aliases, unit.name, "")) is not None:
            return self._by_alias(alias)
        if _is_outside(unit):
            return Answer(OUTSIDE, None, True, "outside")
        is_word = unit.cue == "none" and not unit.is_cased and is_common(unit.name)
        if not unit.districts or (is_word and id(unit) not in self._holders):
            return None  # "pohon ketapang", in small letters
        candidates = self._candidates(unit.districts)
        if self._is_shared_name(unit) and self._is_foreign(unit):
            return Answer(DISTRICT, None, False, "name elsewhere", candidates)
        if len(unit.districts) > 1:
            return Answer(DISTRICT, None, False, "name", candidates)
        method = {"office": "office", "named": "kecamatan"}.get(
            unit.cue, "kecamatan without a prefix"
        )
        return Answer(DISTRICT, unit.districts[0], True, method)

    def _decide_village(self, unit: Unit) -> Answer | None:
        parent = unit.parent
        scope = parent.districts[0] if parent and len(parent.districts) == 1 else ""
        if (alias := alias_of(self._aliases, unit.name, scope)) is not None:
            return self._by_alias(alias)
        if parent is not None and _is_outside(parent):
            return Answer(OUTSIDE, None, True, "outside")
        if scope:
            return self._inside_district(unit, scope)
        evidence = "sure" if unit.cue == "named" else self._bare_village(unit)
        if not evidence:
            return None
        foreign = evidence == "asked" or unit.conflict
        if not foreign and parent is None and not self._is_spoken_of(unit):
            foreign = self._is_foreign(unit)
        if unit.villages:
            return self._by_name(unit, foreign)
        return self._by_likeness(unit, foreign)

    def _is_spoken_of(self, unit: Unit) -> bool:
        """Return whether a village's kecamatan, or a village beside it in a list, is named."""
        if unit.before is not None and self._codes(unit.before):
            return True
        sound = sounded(letters(unit.name))
        if unit.is_known_outside or sound in self._elsewhere:
            return False
        return any(
            self._gazetteer.villages[c].district_code in self._districts for c in unit.villages
        )

    def _inside_district(self, unit: Unit, scope: str) -> Answer | None:
        inside = [c for c in unit.villages if self._gazetteer.villages[c].district_code == scope]
        if len(inside) == 1:
            return Answer(VILLAGE, inside[0], True, "name")
        former = self._gazetteer.former_villages(unit.name, scope)
        if len(former) == 1 and former[0].village_code:
            return Answer(VILLAGE, former[0].village_code, True, "former name")
        for part in self._gazetteer.parts_of_district(scope):
            now = [
                c
                for c in unit.villages
                if self._gazetteer.villages[c].district_code == part.district_code
            ]
            if len(now) == 1:
                return Answer(VILLAGE, now[0], True, "former kecamatan")
        match = self._best(self._gazetteer.village_names, unit.shapes, scope)
        match = match or Match(None, "", 0.0)
        if match.code is not None and not unit.villages:
            return Answer(VILLAGE, match.code, True, "spelling")
        short = self._shortened(unit, {scope})
        if short is not None:
            return Answer(VILLAGE, short, True, "short name")
        likely = (match.code,) if match.code is not None else ()
        candidates = (*self._candidates(likely), *match.candidates)
        candidates += self._candidates((*unit.villages, *unit.shorter))
        candidates = self._told_apart(c for c in candidates if c.likeness >= _LIKELY)
        if candidates:
            return Answer(DISTRICT, scope, False, "village unknown", candidates)
        if unit.cue == "named":
            return Answer(DISTRICT, scope, True, "village unknown", candidates)
        return None

    def _by_name(self, unit: Unit, foreign: bool) -> Answer:
        sound = sounded(letters(unit.name))
        named_before = self._villages.get(sound, set())
        # A name that was just said to be elsewhere, or that a kecamatan elsewhere has.
        is_elsewhere = sound in self._elsewhere or sound in self._names_elsewhere
        # Where a text speaks of other regencies alone, words that those use are theirs too.
        is_elsewhere = is_elsewhere or (not self._inside and self._is_foreign_word(unit))
        if foreign and not named_before and is_elsewhere:
            return Answer(OUTSIDE, None, True, "outside")
        codes = list(unit.villages)
        if len(codes) > 1 and len(named_before) == 1:
            codes = list(named_before)
        method = "name"
        spoken = self._spoken.get(self._sentences[unit.first], set())
        for districts in (self._districts, spoken, self._districts | self._hinted):
            near = [c for c in codes if self._gazetteer.villages[c].district_code in districts]
            if len(codes) > 1 and len(near) == 1:
                codes, method = near, "name and context"
        if len(codes) > 1 or (foreign and not named_before):
            return Answer(VILLAGE, None, False, method, self._candidates(unit.villages))
        return Answer(VILLAGE, codes[0], True, method)

    def _is_foreign_word(self, unit: Unit) -> bool:
        """Return whether a village is called by a word that the region does not use for it.

        The fourth part of a village's code begins with 1 for a kelurahan and 2 for a desa.
        """
        if unit.cue == "weak":
            return True
        kelurahan = any(code.rsplit(".", 1)[-1].startswith("1") for code in unit.villages)
        return unit.cue_word in ("kelurahan", "kel", "lurah") and not kelurahan

    def _by_likeness(self, unit: Unit, foreign: bool) -> Answer | None:
        if unit.cue != "named":
            return None
        match = self._best(self._gazetteer.village_names, unit.shapes, None)
        match = match or Match(None, "", 0.0)
        is_told = unit.parent is not None and unit.parent.is_region
        if match.code is not None and not is_told:
            # Villages elsewhere are not listed: likeness to one of ours, wherever it is, is no
            # evidence. It is where the text names that village's kecamatan, or the region.
            likely = (Candidate(match.code, "", 100.0 * match.confidence),)
            match = Match(None, "", match.confidence, likely)
        for district in sorted(self._districts):
            near = self._best(self._gazetteer.village_names, unit.shapes, district)
            if near is not None and near.code is not None:
                match = near
        if match.code is not None and not foreign:
            return Answer(VILLAGE, match.code, True, "spelling")
        short = self._shortened(unit, self._districts)
        if short is not None and not foreign:
            return Answer(VILLAGE, short, True, "short name")
        offered = self._candidates(unit.shorter)
        offered += tuple(c for c in match.candidates if c.likeness >= _LIKELY)
        if foreign and not self._inside and match.confidence < 0.5 and unit.is_known_outside:
            return Answer(OUTSIDE, None, True, "unknown here")
        if not unit.is_known_outside and not offered:
            return None  # small letters that resemble no village: "desa setempat"
        return Answer(VILLAGE, None, False, "unknown village", self._told_apart(offered))

    def _shortened(self, unit: Unit, districts: Iterable[str]) -> str | None:
        """Return the one village of these kecamatan whose longer name holds these words.

        One word counts only if the name begins with it: "Tejang" for Tejang Pulau Sebesi.
        """
        said = words_of(unit.name)
        if not said or len("".join(said)) < 4:
            return None
        found = {
            village.village_code
            for district in set(districts)
            for village in self._gazetteer.villages_of(district)
            if _holds(words_of(village.name), said)
        }
        return found.pop() if len(found) == 1 else None

    def _bare_village(self, unit: Unit) -> str:
        """Return what a name without a word such as desa is evidence of: "sure", "asked" or ""."""
        if unit.cue == "list" or (unit.parent is not None and unit.parent.is_region):
            return "sure"
        if sounded(letters(unit.name)) in self._villages:
            return "sure"
        here = any(
            self._gazetteer.villages[c].district_code in self._districts for c in unit.villages
        )
        is_elsewhere = unit.is_known_outside
        is_plain = is_elsewhere or is_common(unit.name)
        if unit.cue in ("weak", "landmark"):
            return "sure" if here else "asked" if unit.cue == "weak" or not is_plain else ""
        if unit.cue == "where":
            return "asked" if here and is_elsewhere else "sure" if here or not is_plain else ""
        follows = unit.before is not None and bool(self._codes(unit.before))
        if here and (follows or not is_plain):
            return "sure"
        # A capital and a rare name, in a text that says it is about this region.
        return "sure" if self._inside and unit.is_cased and not is_plain else ""

    def _codes(self, unit: Unit) -> str | None:
        """Return the village that a unit was taken for, if it was."""
        answer = self._answers.get(id(unit))
        return answer.code if answer and answer.is_automatic and answer.level == VILLAGE else None

    def _by_alias(self, alias: str) -> Answer | None:
        if alias == REJECT:
            return None
        if alias == OUTSIDE:
            return Answer(OUTSIDE, None, True, "alias")
        return Answer(
            VILLAGE if alias in self._gazetteer.villages else DISTRICT, alias, True, "alias"
        )

    def _told_apart(self, candidates: Iterable[Candidate]) -> tuple[Candidate, ...]:
        """Return each candidate once, with the label that tells it from its namesakes."""
        best: dict[str, float] = {}
        for candidate in candidates:
            best[candidate.code] = max(candidate.likeness, best.get(candidate.code, 0.0))
        ranked = sorted(best.items(), key=lambda item: -item[1])
        return tuple(Candidate(code, self._gazetteer.label(code), like) for code, like in ranked)

    def _candidates(self, codes: Iterable[str]) -> tuple[Candidate, ...]:
        return tuple(Candidate(code, self._gazetteer.label(code), 100.0) for code in codes)


def _holds(words: list[str], part: list[str]) -> bool:
    starts = range(len(words) - len(part) + 1) if len(part) > 1 else range(1)
    return any(words[at : at + len(part)] == part for at in starts)


def is_common(name: str) -> bool:
    """Return whether a name is made of common words only, or better known as something else."""
    return letters(name) in w.ORDINARY or all(word in w.ORDINARY for word in words_of(name))


def _is_outside(unit: Unit) -> bool:
    """Return whether a kecamatan or regency lies outside the region by its own words."""
    if unit.level == REGENCY:
        return not unit.is_region
    if unit.level == HAMLET:
        return False
    if unit.parent is not None and unit.parent.level == REGENCY:
        return not unit.parent.is_region
    return unit.level == DISTRICT and not unit.districts
