"""How a text is cut into words, and which stretches of it are names of places of which level.

Owns words and names: what stands before a name, how far it goes, what it lies in. Which place of
the gazetteer a name means is decided in `mentions.py`; the vocabulary is in `words.py`.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from rawan.places import words as w
from rawan.places.gazetteer import Gazetteer
from rawan.places.spelling import letters, sounded

VILLAGE, DISTRICT, REGENCY, HAMLET = "village", "district", "regency", "hamlet"
_LEVEL = {HAMLET: 0, VILLAGE: 1, DISTRICT: 2, REGENCY: 3}
_CUES = w.VILLAGE | w.WEAK_VILLAGE | w.DISTRICT | w.REGENCY | w.PROVINCE | w.HAMLET
_KEPT_APART = _CUES | w.CITY | w.OFFICE | w.HOLDER | w.BODY | w.ROAD | w.STOP
_ABBREVIATED = frozenset(
    "ds dsn kel kec kab prov jl jln kp no tgl pkl gg st dr rt rw sdr bpk an sk".split()
)
_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")
_ROMAN = re.compile(r"(?:[IVX]+)\Z")
_LONGEST_NAME = 4


@dataclass(frozen=True, slots=True)
class Word:
    """A word of the text: where it stands, its sentence, and the signs before it."""

    text: str
    low: str
    start: int
    end: int
    gap: str
    sentence: int

    @property
    def is_capital(self) -> bool:
        return self.text[:1].isupper()


@dataclass(slots=True, eq=False)
class Unit:
    """A name in the text with what is told about it by the words around it.

    `level` is what the words make of it; `cue` how it is told: named (desa, Kec.), weak
    (kampung), office, holder, landmark, where, none. `first` and `last` bound its words with the
    cue, `last` exclusive. `before` is the name before it in a list, `shorter` the villages whose
    name is its beginning. `villages` and `districts` are the codes of exactly this name.
    """

    level: str
    cue: str
    first: int
    name_first: int
    last: int
    name: str
    villages: tuple[str, ...] = ()
    districts: tuple[str, ...] = ()
    is_region: bool = False
    is_known_outside: bool = False
    shorter: tuple[str, ...] = ()
    parent: "Unit | None" = None
    before: "Unit | None" = None
    is_reversed: bool = False
    conflict: bool = False
    shapes: list[str] = field(default_factory=list)

    @property
    def is_bare(self) -> bool:
        return self.cue in ("none", "where", "landmark", "list")


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
        self._regions = {sounded(key) for key in _region_keys(gazetteer.region)}
        self._outside = {sounded(letters(place.name)): place.level for place in gazetteer.outside}

    def read(self, text: str) -> tuple[list[Word], list[Unit]]:
        """Return the words of a text and the names in it, each with what it lies in."""
        words = list(_words(text))
        units = list(self._units(words))
        _bind(words, units, self._gazetteer)
        return words, units

    def _units(self, words: list[Word]) -> Iterator[Unit]:
        cased = _cased_sentences(words)
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
        while last < min(at + _LONGEST_NAME, len(words)) and _joins(words[last].gap):
            last += 1
        for end in range(last, at, -1):
            key = letters(" ".join(word.text for word in words[at:end]))
            if len(key) < 3:
                continue
            sound = sounded(key)
            names = self._gazetteer.village_names
            villages = names.exact(key) or names.sounding(key)
            districts = self._gazetteer.district_names
            kecamatan = districts.exact(key) or districts.sounding(key)
            outside = self._outside.get(sound, "")
            is_region = sound in self._regions
            if villages or kecamatan or outside or is_region:
                return _Hit(end - at, tuple(villages), tuple(kecamatan), outside, is_region)
        return None

    def _is_name(self, words: list[Word], at: int) -> bool:
        """Return whether a known name of several words begins here: "Kampung Baru"."""
        hit = self._hit(words, at)
        return hit is not None and hit.count > 1

    def _cued(
        self, words: list[Word], at: int, level: str, cue: str, cased: bool
    ) -> tuple[Unit | None, int]:
        begin = at + 1
        if begin >= len(words) or not _follows(words[at], words[begin]):
            return None, begin
        hit = self._hit(words, begin)
        run = _run(words, begin, cased)
        longer = hit is not None and self._goes_on(words, begin + hit.count, cased)
        if hit is not None and not longer and _fits(hit, level):
            return _unit(words, at, begin, begin + hit.count, level, cue, hit), begin + hit.count
        if run == begin:
            if hit is None or not _fits(hit, level):
                return None, begin
            run = begin + hit.count
        unit = Unit(level, cue, at, begin, run, _text(words, begin, run))
        unit.is_known_outside = cased  # a name in capitals that the region does not know
        if hit is not None and longer:
            unit.shorter = hit.villages  # "Desa Agom II" is not Agom; a person may know better
            unit.shapes = [unit.name]
        else:
            unit.shapes = [_text(words, begin, end) for end in range(run, begin, -1)]
        return unit, run if cased else begin + 1

    def _city(self, words: list[Word], at: int) -> tuple[Unit | None, int]:
        hit = self._hit(words, at + 1) if at + 1 < len(words) else None
        if hit is None or not _follows(words[at], words[at + 1]):
            return None, at + 1
        level = REGENCY if hit.outside == REGENCY or hit.is_region else DISTRICT
        if level == DISTRICT and not hit.districts:
            return None, at + 1
        return _unit(words, at, at + 1, at + 1 + hit.count, level, "named", hit), at + 1 + hit.count

    def _hamlet(self, words: list[Word], at: int, cased: bool) -> tuple[Unit | None, int]:
        begin = at + 1
        if begin >= len(words) or not _follows(words[at], words[begin]):
            return None, begin
        hit = self._hit(words, begin)
        end = max(_run(words, begin, cased), begin + (hit.count if hit else 0))
        if not cased and hit is None and words[begin].low not in _KEPT_APART:
            end = begin + 1
        while end < len(words) and end < begin + 3 and words[end].text.isdigit():
            end += 1
        if end == begin:
            return None, begin
        return Unit(HAMLET, "named", at, begin, end, _text(words, begin, end)), end

    def _skipped(self, words: list[Word], at: int, cased: bool) -> int:
        """Return the first word behind the name of a road, a firm or a school."""
        end = at + 1
        while end < len(words) and _joins(words[end].gap, also=".–"):
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
            and (end == at or _joins(words[end].gap, also="."))
        ):
            is_holder = is_holder or (words[end].low in w.HOLDER and not is_office)
            end += 1
        if at and words[at - 1].low in w.HOLDER and _joins(words[at].gap):
            is_holder = True
        if end >= len(words) or not _joins(words[end].gap, also="."):
            return None, end
        is_other = words[end].low in _CUES | w.CITY | w.BODY | w.ROAD | w.STOP
        if is_other and not self._is_name(words, end):
            return None, end
        hit = self._hit(words, end)
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
        before = words[at - 1] if at and _joins(words[at].gap) else None
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
        if is_inside_name or self._goes_on(words, end, cased):
            return None, end
        cue = _cue_before(words, at)
        if hit.districts:
            level = DISTRICT
        elif hit.villages:
            level = VILLAGE
        else:
            level = DISTRICT  # a known kecamatan elsewhere
        return _unit(words, at, at, end, level, cue, hit), end

    def _goes_on(self, words: list[Word], at: int, cased: bool) -> bool:
        """Return whether the name seems to go on: another capital that nothing explains."""
        if at >= len(words) or not _joins(words[at].gap):
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


def _words(text: str) -> Iterator[Word]:
    end, sentence, before = 0, 0, ""
    for found in _WORD.finditer(text):
        gap = text[end : found.start()]
        if before and (
            re.search(r"[!?;]|\n\s*\n", gap)
            or ("." in gap and before not in _ABBREVIATED and not before.isdigit())
            or ("." in gap and before.isdigit() and gap.strip() == "." and len(gap) > 1)
        ):
            sentence += 1
        before = found[0].casefold()
        yield Word(found[0], before, found.start(), found.end(), gap, sentence)
        end = found.end()


def _cased_sentences(words: list[Word]) -> dict[int, bool]:
    """Return for each sentence whether its capitals tell names from other words."""
    told: dict[int, bool] = {}
    for sentence in {word.sentence for word in words}:
        own = [word for word in words if word.sentence == sentence and word.text[0].isalpha()]
        small = sum(not word.is_capital for word in own)
        shouted = sum(word.text.isupper() and len(word.text) > 1 for word in own)
        inner = sum(word.is_capital for word in own[1:])
        told[sentence] = small > 0 and inner > 0 and shouted < 0.7 * len(own)
        if small == 0 and shouted < 0.7 * len(own):
            told[sentence] = True  # a place alone: "Desa Agom, Kecamatan Kalianda"
    return told


def _joins(gap: str, also: str = "") -> bool:
    """Return whether two words with this between them may be parts of one name."""
    return "\n" not in gap and all(sign in " -\t\u00a0" + also for sign in gap) and gap != ""


def _follows(cue: Word, name: Word) -> bool:
    return re.fullmatch(r"[\s.:/]*", name.gap) is not None and name.sentence == cue.sentence


def _run(words: list[Word], begin: int, cased: bool) -> int:
    """Return the end of a name that no list knows: capitals, or up to three words of any case."""
    end = begin
    while end < len(words) and end - begin < (_LONGEST_NAME if cased else 3):
        word = words[end]
        if end > begin and not _joins(word.gap):
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
    return word.low in w.NUMBER | {"raya", "negeri", "talang", "lampung"}


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
        _text(words, begin, end),
        hit.villages,
        hit.districts,
        hit.is_region,
        is_known_outside=bool(hit.outside) or not inside,
        shapes=[_text(words, begin, end)],
    )


def _text(words: list[Word], begin: int, end: int) -> str:
    return " ".join(word.text for word in words[begin:end])


def _cue_before(words: list[Word], at: int) -> str:
    back = at - 1
    while back >= 0 and words[back].text.isdigit():
        back -= 1
    if back < 0 or words[back].sentence != words[at].sentence:
        return "none"
    if words[back].low in w.LANDMARK:
        return "landmark"
    if words[back].low in w.WHERE and back == at - 1 and _joins(words[at].gap):
        return "where"
    return "none"


def between(words: list[Word], left: Unit, right: Unit) -> str:
    """Return how two names are linked: chain (the second may hold the first), list, or nothing."""
    if right.first < left.last or words[left.last - 1].sentence != words[right.first].sentence:
        return ""
    inner = words[left.last : right.first]
    gaps = "".join(word.gap for word in words[left.last : right.first + 1])
    if re.search(r"[!?.]", gaps):
        return ""
    lows = {word.low for word in inner}
    if right.level == REGENCY and not right.is_region and 0 < len(inner) <= 4:
        # "Desa A, B, Lampung Utara": B is a kecamatan that no list knows.
        if all(word.is_capital for word in inner) and gaps.count(",") == 2:
            return "chain"
    if lows <= w.WITHIN and not re.search(r"[&+;]", gaps):
        return "chain"
    if lows <= w.LISTING:
        return "list"
    return ""


def _bind(words: list[Word], units: list[Unit], gazetteer: Gazetteer) -> None:
    """Tell each name what it lies in, and settle what a bare name is."""
    belongs = gazetteer.villages

    def holds(district: Unit, village: Unit) -> bool:
        return any(belongs[code].district_code in district.districts for code in village.villages)

    links = [between(words, a, b) for a, b in zip(units, units[1:], strict=False)]
    for at in range(len(links) - 1, -1, -1):
        unit, after, link = units[at], units[at + 1], links[at]
        if link != "chain":
            continue
        goes_on = at + 1 < len(links) and links[at + 1] == "list"
        if unit.is_bare and unit.villages and after.level == DISTRICT and holds(after, unit):
            both = bool(unit.districts) and after.is_bare
            if not (both and goes_on and units[at + 2].districts):
                unit.level, unit.parent = VILLAGE, after
        elif _LEVEL[unit.level] < _LEVEL[after.level]:
            if not after.is_bare or after.level == REGENCY or not unit.villages:
                unit.parent = after
            elif unit.level == VILLAGE and holds(after, unit):
                unit.parent = after
    _bind_lists(units, links, holds)


def _bind_lists(units: list[Unit], links: list[str], holds: Callable[[Unit, Unit], bool]) -> None:
    """Let the names of a list share what the last or the first of them lies in."""
    in_list = [
        link == "list" or (link == "chain" and b.parent is not a and a.parent is not b)
        for link, a, b in zip(links, units, units[1:], strict=False)
    ]
    for at, (unit, after) in enumerate(zip(units, units[1:], strict=False)):
        if not in_list[at] or not after.is_bare or not after.villages:
            continue
        after.before = unit
        if unit.level == VILLAGE and (not unit.is_bare or unit.cue == "list"):
            if not after.districts or after.level == VILLAGE:
                after.level, after.cue = VILLAGE, "list"
    for at in range(len(in_list) - 1, -1, -1):
        unit, after = units[at], units[at + 1]
        if not in_list[at] or unit.parent is not None or unit.level != VILLAGE:
            continue
        shared = after.parent if after.level == VILLAGE else None
        if shared is not None and shared.level == DISTRICT and not after.is_reversed:
            if holds(shared, unit) or not unit.villages:
                unit.parent = shared
            elif not shared.districts:
                unit.conflict = True  # "Desa A dan Desa B, Kecamatan Z" of another regency
    used = {id(unit.parent) for unit in units if unit.parent is not None}
    for at, (unit, after) in enumerate(zip(units, units[1:], strict=False)):
        if after.level != VILLAGE or after.parent is not None:
            continue
        if links[at] == "chain" and unit.level == DISTRICT and id(unit) not in used:
            if holds(unit, after) or (not after.villages and not after.is_bare):
                after.parent, after.is_reversed = unit, True
            elif not after.is_bare and not unit.is_bare:
                after.conflict = True
        elif in_list[at] and unit.is_reversed and unit.parent is not None:
            if holds(unit.parent, after):
                after.parent, after.is_reversed = unit.parent, True


def parts_of_list(cell: str) -> list[str]:
    """Return the names of a cell that lists several.

    Examples
    --------
    >>> parts_of_list("Desa A, B dan C/D")
    ['Desa A', 'B', 'C', 'D']
    """
    pieces = re.split(
        r"\s*[,;/&+\n]\s*|\s+(?:dan|dengan|serta|maupun|atau|vs)\s+", cell, flags=re.I
    )
    return [piece.strip() for piece in pieces if piece.strip()]
