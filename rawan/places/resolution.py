"""A row's place cells, its places and its fate, as the parts of place resolution pass them on."""

from collections.abc import Iterable
from dataclasses import dataclass

from rawan.places.names import Candidate

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


class Unresolved(Exception):
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
