"""What waits for a person: the questions of the queue, typed, and their table.

Owns the shape of a question and of its key. Who asks is placing, merging and
classification, which write all their questions at once (`write_items`); what was answered
is in `rawan.review.decisions`.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Annotated, Any, Literal

import polars as pl
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from rawan.errors import RawanError
from rawan.settings import Share
from rawan.warehouse import Warehouse

Subject = Literal["place", "same_event", "report_type", "row"]
SUBJECTS: tuple[Subject, ...] = ("place", "same_event", "report_type", "row")
TABLE = "staging.review_items"
SCHEMA: dict[str, Any] = {
    "subject": pl.String,
    "key": pl.String,
    "payload": pl.String,
    "rows": pl.Int64,
}
# Stands for the kecamatan in the key of an answer that holds in every kecamatan.
EVERYWHERE = "*"


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Candidate(_Part):
    """A possible answer: code of a place or type of a report, its words, likeness 0 to 1."""

    code: str
    label: str
    likeness: Share


class Telling(_Part):
    """One source's account of an event, as shown beside another."""

    telling_id: str
    day: str
    type: str
    place: str
    file: str
    row: int
    url: str = ""


class PlaceQuestion(_Part):
    """A written place that could not be resolved alone.

    `normalised` and `scope` (code of the kecamatan, or empty) are the key: one answer
    serves every row that writes the place so. `district` is the kecamatan as written.
    """

    subject: Literal["place"] = "place"
    written: str
    normalised: str
    scope: str
    district: str = ""
    file: str
    first_rows: tuple[int, ...]
    candidates: tuple[Candidate, ...] = ()
    reason: str

    @property
    def key(self) -> str:
        """Return what the question is about."""
        return place_key(self.normalised, self.scope)


class SameEventQuestion(_Part):
    """Two tellings that may be one event; `parts` are the likenesses that make up the whole."""

    subject: Literal["same_event"] = "same_event"
    left: Telling
    right: Telling
    likeness: Share
    parts: dict[str, Share] = {}

    @property
    def key(self) -> str:
        """Return what the question is about."""
        return same_event_key(self.left.telling_id, self.right.telling_id)


class ReportTypeQuestion(_Part):
    """A report whose text was not classified with confidence; it never carries the text.

    `report_key` names one report with this text, by which a reader with the right to it
    fetches the text.
    """

    subject: Literal["report_type"] = "report_type"
    text_hash: str
    report_key: str
    file: str
    row: int
    suggested: str
    confidence: Share
    candidates: tuple[Candidate, ...] = ()

    @property
    def key(self) -> str:
        """Return what the question is about."""
        return report_type_key(self.text_hash)


class RowQuestion(_Part):
    """A row in quarantine. `cell` is None where its column is secret and must not be shown."""

    subject: Literal["row"] = "row"
    row_id: str
    file: str
    sheet: str | None = None
    row: int
    column: str
    reason: str
    cell: str | None

    @property
    def key(self) -> str:
        """Return what the question is about."""
        return row_key(self.row_id, self.column)


Question = PlaceQuestion | SameEventQuestion | ReportTypeQuestion | RowQuestion
_QUESTION: TypeAdapter[Question] = TypeAdapter(
    Annotated[Question, Field(discriminator="subject")],
)


@dataclass(frozen=True)
class ReviewItem:
    """A question that waits.

    Parameters
    ----------
    question : what is asked.
    rows : how many rows of the intake wait for the answer.
    applied : id of the decision that placing applied already without the question going
        away (a corrected cell that is wrong again, a code that is gone); empty if none.
        Such a question is put once more, instead of being taken as answered.
    """

    question: Question
    rows: int
    applied: str = ""

    @property
    def subject(self) -> Subject:
        """Return the kind of question."""
        return self.question.subject

    @cached_property
    def key(self) -> str:
        """Return what the question is about, as it stands in the tables."""
        return self.question.key

    @property
    def id(self) -> str:
        """Return a short name for the question, the same in every queue that holds it."""
        return short_id(self.subject, self.key)

    def to_row(self) -> dict[str, Any]:
        """Return the item as a row of `staging.review_items`."""
        payload = json.dumps(
            {"applied": self.applied, "question": self.question.model_dump(mode="json")},
            ensure_ascii=False,
        )
        return {"subject": self.subject, "key": self.key, "payload": payload, "rows": self.rows}

    @classmethod
    def from_row(cls, row: Mapping[str, Any]) -> "ReviewItem":
        """Return the item of a row of `staging.review_items`.

        Raises
        ------
        RawanError
            If the row is not of this version's shape.
        """
        try:
            payload = json.loads(row["payload"])
            question = _QUESTION.validate_python(payload["question"])
            item = cls(question, int(row["rows"]), str(payload["applied"]))
        except (KeyError, TypeError, ValueError, ValidationError) as error:
            raise RawanError(
                f"{TABLE}: a question cannot be read ({type(error).__name__}). "
                "Make the queue anew with: rawan ingest"
            ) from error
        if (item.subject, item.key) != (row["subject"], row["key"]):
            raise RawanError(
                f"{TABLE}: a question does not fit its key. Make the queue anew with: rawan ingest"
            )
        return item


def write_items(warehouse: Warehouse, items: Iterable[ReviewItem]) -> None:
    """Make the queue hold exactly these questions; of two with one key the rows are added up."""
    rows: dict[tuple[str, str], dict[str, Any]] = {}
    for item in items:
        row = item.to_row()
        known = rows.setdefault((item.subject, item.key), row)
        if known is not row:
            known["rows"] += item.rows
    warehouse.replace(TABLE, pl.DataFrame(list(rows.values()), schema=SCHEMA))


def read_items(warehouse: Warehouse) -> list[ReviewItem]:
    """Return all questions of the last placing, answered or not, those with most rows first."""
    if not warehouse.has_table(TABLE):
        return []
    rows = warehouse.rows(
        f"SELECT subject, key, payload, rows FROM {TABLE} ORDER BY rows DESC, subject, key"
    )
    return [ReviewItem.from_row(dict(zip(SCHEMA, row, strict=True))) for row in rows]


def place_key(normalised: str, scope: str) -> str:
    """Return the key of a written place in a kecamatan (its code, or empty where none is known).

    Examples
    --------
    >>> place_key("balinuraga", "18.01.24")
    '["balinuraga","18.01.24"]'
    """
    return _key([normalised, scope])


def same_event_key(one: str, other: str) -> str:
    """Return the key of two tellings, the same in either order."""
    return _key(sorted((one, other)))


def report_type_key(text_hash: str) -> str:
    """Return the key of all reports with this text."""
    return _key([text_hash])


def row_key(row_id: str, column: str) -> str:
    """Return the key of a cell of a row."""
    return _key([row_id, column])


def key_parts(key: str) -> list[str]:
    """Return the parts that a key was made of."""
    return [str(part) for part in json.loads(key)]


def short_id(subject: str, key: str) -> str:
    """Return twelve digits that stand for a question."""
    return hashlib.sha256(f"{subject}\n{key}".encode()).hexdigest()[:12]


def _key(parts: Sequence[str]) -> str:
    return json.dumps(list(parts), ensure_ascii=False, separators=(",", ":"))
