"""The places that a text mentions, in order, each with what it was taken for.

Owns the public face of free text. Names are found by `reading.py` and decided by `deciding.py`.
"""

from dataclasses import dataclass

from rawan.places.deciding import OUTSIDE, REJECT, Aliases, Page, alias_of
from rawan.places.gazetteer import Gazetteer
from rawan.places.names import Candidate
from rawan.places.reading import Reader
from rawan.places.units import DISTRICT, VILLAGE

__all__ = ["OUTSIDE", "REJECT", "Aliases", "Mention", "MentionFinder"]


@dataclass(frozen=True)
class Mention:
    """A stretch of text that names a place.

    `level` is village, district or outside. A mention that is not automatic goes to review with
    its candidates, best first; then `village_code` and `district_code` hold only what is sure.
    """

    start: int
    end: int
    text: str
    level: str
    village_code: str | None
    district_code: str | None
    is_automatic: bool
    method: str
    candidates: tuple[Candidate, ...] = ()


class MentionFinder:
    """Finds the places of the region in free text."""

    def __init__(self, gazetteer: Gazetteer, aliases: Aliases | None = None) -> None:
        self._gazetteer = gazetteer
        self._aliases = dict(aliases or {})
        self._reader = Reader(gazetteer)

    def find(self, text: str) -> list[Mention]:
        """Return the mentions of a text in order; none raises, whatever the text."""
        words, units = self._reader.read(text)
        page = Page(self._gazetteer, self._aliases, units, [word.sentence for word in words])
        mentions = []
        for unit in units:
            answer = page.answer(unit)
            if answer is None:
                continue
            start, end = words[unit.first].start, words[unit.last - 1].end
            village = answer.code if answer.level == VILLAGE else None
            district = answer.code if answer.level == DISTRICT else None
            if village is not None:
                district = self._gazetteer.villages[village].district_code
            mentions.append(
                Mention(
                    start,
                    end,
                    text[start:end],
                    answer.level,
                    village,
                    district,
                    answer.is_automatic,
                    answer.method,
                    answer.candidates,
                )
            )
        return mentions

    def alias(self, name: str, scope: str = "") -> str | None:
        """Return what a person decided for this written name, in this kecamatan or anywhere."""
        return alias_of(self._aliases, name, scope)
