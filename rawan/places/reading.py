"""Which stretches of a text are names of places, and of which level.

Owns where a name begins and ends and what stands before it. Words come from `units.py`, what a
name lies in from `binding.py`, the vocabulary from `words.py`; which place of the gazetteer a
name means is decided in `deciding.py`.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache

from rawan.places import words as w
from rawan.places.binding import bind
from rawan.places.gazetteer import Gazetteer
from rawan.places.spelling import letters, sounded
from rawan.places.units import (
    DISTRICT,
    HAMLET,
    REGENCY,
    VILLAGE,
    Unit,
    Word,
    cased_sentences,
    follows,
    joins,
    text_of,
    words_of_text,
)

_CUES = w.VILLAGE | w.WEAK_VILLAGE | w.DISTRICT | w.REGENCY | w.PROVINCE | w.HAMLET
_KEPT_APART = _CUES | w.CITY | w.OFFICE | w.HOLDER | w.BODY | w.ROAD | w.STOP
_ROMAN = re.compile(r"(?:[IVX]+)\Z")
_LONGEST_NAME = 4


@dataclass(frozen=True, slots=True)
class _Hit:
    count: int
    villages: tuple[str, ...]
    districts: tuple[str, ...]
    outside: str
    is_region: bool


class Reader:
    """Reads the names of places in a text, with what each of them lies in."""

    def __init__(self, gazetteer: Gazetteer) -> None:
        self._gazetteer = gazetteer
        self._named = lru_cache(maxsize=50_000)(self._find_named)
        self._regions = {sounded(key) for key in _region_keys(gazetteer.region)}
        self._outside = {
            sounded(letters(place.name)): REGENCY if place.level == "province" else place.level
            for place in gazetteer.outside
        }

    def read(self, text: str) -> tuple[list[Word], list[Unit]]:
        """Return the words of a text and the names in it, each with what it lies in."""
        words = list(words_of_text(text))
        units = list(self._units(words))
        bind(words, units, self._gazetteer)
        return words, units

    def _units(self, words: list[Word]) -> Iterator[Unit]:
        cased = cased_sentences(words)
        at, behind = 0, -1
        while at < len(words):
            unit, at = self._unit(words, at, cased[words[at].sentence], behind == at)
            if unit is not None:
                behind = unit.last
                yield unit

    def _unit(
        self, words: list[Word], at: int, cased: bool, is_behind: bool
    ) -> tuple[Unit | None, int]:
        low = words[at].low
        hit = self._hit(words, at)
        if hit is not None and hit.count > 1 and (low in _KEPT_APART or low in w.LANDMARK):
            return self._bare(words, at, hit, cased, is_behind)  # "Kota Dalam", "Kampung Baru"
        after = at + 1
        if low in w.VILLAGE or low in w.WEAK_VILLAGE:
            if after < len(words) and words[after].low in _CUES and not self._is_name(words, after):
                return None, after  # "kelurahan/desa", "kepala desa"
            return self._cued(
                words, at, VILLAGE, "weak" if low in w.WEAK_VILLAGE else "named", cased
            )
        if low in w.DISTRICT:
            return self._cued(words, at, DISTRICT, "named", cased)
        if low in w.REGENCY or low in w.PROVINCE:
            return self._cued(words, at, REGENCY, "named", cased)
        if low in w.CITY:
            return self._city(words, at)
        if low in w.HAMLET:
            return self._hamlet(words, at, cased)
        if low in w.ROAD or low in w.BODY:
            return None, self._skipped(words, at, cased)
        if low in w.OFFICE or low in w.HOLDER:
            return self._officer(words, at, cased)
        if hit is not None and low not in w.STOP:
            return self._bare(words, at, hit, cased, is_behind)
        return None, after

    def _hit(self, words: list[Word], at: int) -> _Hit | None:
        """Return the longest known name that begins at a word."""
        last = at + 1
        while last < min(at + _LONGEST_NAME, len(words)) and joins(words[last].gap):
            last += 1
        for end in range(last, at, -1):
            written = " ".join(word.low for word in words[at:end])
            if (hit := self._named(written)) is not None:
                return hit
        return None

    def _find_named(self, written: str) -> _Hit | None:
        key = letters(written)
        if len(key) < 3:
            return None
        sound = sounded(key)
        names = self._gazetteer.village_names
        villages = names.exact(key) or names.sounding(key)
        districts = self._gazetteer.district_names
        kecamatan = districts.exact(key) or districts.sounding(key)
        outside = self._outside.get(sound, "")
        is_region = sound in self._regions
        if not (villages or kecamatan or outside or is_region):
            return None
        count = written.count(" ") + 1
        return _Hit(count, tuple(villages), tuple(kecamatan), outside, is_region)

    def _is_name(self, words: list[Word], at: int) -> bool:
        """Return whether a known name of several words begins here: "Kampung Baru"."""
        hit = self._hit(words, at)
        return hit is not None and hit.count > 1

    def _cued(
        self, words: list[Word], at: int, level: str, cue: str, cased: bool
    ) -> tuple[Unit | None, int]:
        begin = at + 1
        if begin >= len(words) or not follows(words[at], words[begin]):
            return None, begin
        hit = self._hit(words, begin)
        run = _run(words, begin, cased)
        longer = hit is not None and self._goes_on(words, begin + hit.count, cased)
        if hit is not None and not longer and _fits(hit, level):
            unit = _unit(words, at, begin, begin + hit.count, level, cue, hit)
            unit.cue_word = words[at].low
            return unit, unit.last
        if run == begin:
            if hit is None or not _fits(hit, level):
                return None, begin
            run = begin + hit.count
        unit = Unit(level, cue, at, begin, run, text_of(words, begin, run))
        unit.is_known_outside = cased  # a name in capitals that the region does not know
        if hit is not None and longer:
            unit.shorter = hit.villages  # "Desa Agom II" is not Agom; a person may know better
            unit.shapes = [unit.name]
        else:
            unit.shapes = [text_of(words, begin, end) for end in range(run, begin, -1)]
        return unit, run if cased else begin + 1

    def _city(self, words: list[Word], at: int) -> tuple[Unit | None, int]:
        hit = self._hit(words, at + 1) if at + 1 < len(words) else None
        if hit is None or not follows(words[at], words[at + 1]):
            return None, at + 1
        level = REGENCY if hit.outside == REGENCY or hit.is_region else DISTRICT
        if level == DISTRICT and not hit.districts:
            return None, at + 1
        return _unit(words, at, at + 1, at + 1 + hit.count, level, "named", hit), at + 1 + hit.count

    def _hamlet(self, words: list[Word], at: int, cased: bool) -> tuple[Unit | None, int]:
        begin = at + 1
        if begin >= len(words) or not follows(words[at], words[begin]):
            return None, begin
        hit = self._hit(words, begin)
        end = max(_run(words, begin, cased), begin + (hit.count if hit else 0))
        if not cased and hit is None and words[begin].low not in _KEPT_APART:
            end = begin + 1
        while end < len(words) and end < begin + 3 and words[end].text.isdigit():
            end += 1
        if end == begin:
            return None, begin
        return Unit(HAMLET, "named", at, begin, end, text_of(words, begin, end)), end

    def _skipped(self, words: list[Word], at: int, cased: bool) -> int:
        """Return the first word behind the name of a road, a firm or a school."""
        end = at + 1
        while end < len(words) and joins(words[end].gap, also=".–"):
            word = words[end]
            hit = self._hit(words, end)
            if hit is not None and (hit.is_region or hit.outside == REGENCY):
                break  # "KPU Bandar Lampung": the town is named all the same
            stops = word.low in _CUES or word.low in w.CITY or word.low in w.OFFICE - {"negeri"}
            if stops and not self._is_name(words, end):
                break
            if hit is not None and (not cased or word.is_capital):
                end += hit.count
            elif word.text.isdigit() or word.low in w.ROAD or (cased and word.is_capital):
                end += 1
            else:
                break
        return end

    def _officer(self, words: list[Word], at: int, cased: bool) -> tuple[Unit | None, int]:
        """Read "Polsek X" and "Kapolsek X": an office in X, or a person who may be anywhere."""
        end, is_holder, is_office = at, False, words[at].low == "kantor"
        while (
            end < len(words)
            and words[end].low in w.OFFICE | w.HOLDER
            and (end == at or joins(words[end].gap, also="."))
        ):
            is_holder = is_holder or (words[end].low in w.HOLDER and not is_office)
            end += 1
        if at and words[at - 1].low in w.HOLDER and joins(words[at].gap):
            is_holder = True
        if end >= len(words) or not joins(words[end].gap, also="."):
            return None, end
        is_other = words[end].low in _CUES | w.CITY | w.BODY | w.ROAD | w.STOP
        if is_other and not self._is_name(words, end):
            return None, end
        hit = self._hit(words, end)
        for at_name in range(end + 1, _run(words, end, cased) if cased and hit is None else end):
            later = self._hit(words, at_name)  # "Lapas Kelas IIA Kalianda"
            if later is not None and later.districts:
                hit, end = later, at_name
                break
        if hit is None or not hit.districts or self._goes_on(words, end + hit.count, cased):
            if hit is not None and (hit.is_region or hit.outside == REGENCY):
                return None, end
            return None, max(_run(words, end, cased), end + (hit.count if hit else 0), at + 1)
        cue = "holder" if is_holder else "office"
        return _unit(words, at, end, end + hit.count, DISTRICT, cue, hit), end + hit.count

    def _bare(
        self, words: list[Word], at: int, hit: _Hit, cased: bool, is_behind: bool
    ) -> tuple[Unit | None, int]:
        end = at + hit.count
        if hit.is_region or hit.outside == REGENCY:
            if cased and not words[at].is_capital:
                return None, at + 1
            return _unit(words, at, at, end, REGENCY, "none", hit), end
        if cased and not all(word.is_capital or word.text.isdigit() for word in words[at:end]):
            return None, at + 1
        before = words[at - 1] if at and joins(words[at].gap) else None
        is_inside_name = (
            cased
            and not is_behind  # "Desa A Kalianda": the name before it is at its end
            and before is not None
            and before.is_capital
            and before.low not in _KEPT_APART | w.LANDMARK | w.WHERE
            and before.sentence == words[at].sentence
            and not before.text.isdigit()
            and not (at > 1 and words[at - 2].sentence != before.sentence)
            and at > 1
        )
        if self._goes_on(words, end, cased) or _is_person(words, at):
            return None, end
        if is_inside_name:  # "Pasar Inpres Kalianda" is in Kalianda; "Siti Agom" is a person
            if not hit.districts:
                return None, end
            hit = replace(hit, villages=())
        cue = _cue_before(words, at)
        if hit.districts:
            level = DISTRICT
        elif hit.villages:
            level = VILLAGE
        else:
            level = DISTRICT  # a known kecamatan elsewhere
        unit = _unit(words, at, at, end, level, cue, hit)
        unit.is_cased = cased
        return unit, end

    def _goes_on(self, words: list[Word], at: int, cased: bool) -> bool:
        """Return whether the name seems to go on: another capital that nothing explains."""
        if at >= len(words) or not joins(words[at].gap):
            return False
        word = words[at]
        if word.low in w.SUFFIX or (_ROMAN.match(word.text) and word.text != "I"):
            return True
        if not cased or not word.is_capital or word.low in _KEPT_APART | w.LANDMARK | w.WHERE:
            return False
        if word.text.isupper() and len(word.text) > 1:
            return False
        return self._hit(words, at) is None


def _region_keys(region: str) -> list[str]:
    """Return the letters of the region's name and of its usual short form, "Lamsel"."""
    name = re.sub(r"^(kabupaten|kab\.?|kota)\s+", "", region.strip(), flags=re.I)
    parts = name.split()
    keys = [letters(name)]
    if len(parts) == 2:
        keys.append(letters(parts[0][:3] + parts[1][:3]))
    return [key for key in keys if key]


def _run(words: list[Word], begin: int, cased: bool) -> int:
    """Return the end of a name that no list knows: capitals, or up to three words of any case."""
    end = begin
    while end < len(words) and end - begin < (_LONGEST_NAME if cased else 3):
        word = words[end]
        if end > begin and not joins(word.gap):
            break
        if word.low in _KEPT_APART and not (cased and end > begin and _may_continue(word)):
            break
        if cased and not word.is_capital:
            break
        if word.text.isdigit() or not word.text[0].isalpha():
            break
        end += 1
    return end


def _may_continue(word: Word) -> bool:
    """Return whether a word of the language may also end a name: Putra Aji Dua, Tanjung Raya."""
    return word.low in w.NUMBER | {"raya", "negeri", "talang", "lampung", "dalam"}


def _fits(hit: _Hit, level: str) -> bool:
    if level == VILLAGE:
        return bool(hit.villages)
    if level == DISTRICT:
        return bool(hit.districts) or hit.outside == DISTRICT
    return hit.is_region or hit.outside == REGENCY


def _unit(
    words: list[Word], first: int, begin: int, end: int, level: str, cue: str, hit: _Hit
) -> Unit:
    inside = {VILLAGE: hit.villages, DISTRICT: hit.districts, REGENCY: hit.is_region}[level]
    return Unit(
        level,
        cue,
        first,
        begin,
        end,
        text_of(words, begin, end),
        hit.villages,
        hit.districts,
        hit.is_region,
        is_known_outside=bool(hit.outside) or not inside,
        shapes=[text_of(words, begin, end)],
    )


def _is_person(words: list[Word], at: int) -> bool:
    """Return whether a name belongs to a person: Bapak, Sdr. or the like before its capitals."""
    back = at - 1
    while back >= 0 and joins(words[back + 1].gap, also=".") and at - back <= 4:
        if words[back].low in w.PERSON:
            return True
        if not words[back].is_capital:
            return False
        back -= 1
    return False


def _cue_before(words: list[Word], at: int) -> str:
    back = at - 1
    while back >= 0 and words[back].text.isdigit():
        back -= 1
    if back < 0 or words[back].sentence != words[at].sentence:
        return "none"
    if words[back].low in w.LANDMARK:
        return "landmark"
    if words[back].low in w.WHERE and back == at - 1 and joins(words[at].gap):
        return "where"
    return "none"
