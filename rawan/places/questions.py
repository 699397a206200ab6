"""What waits for a person: writes the questions that placing could not decide.

Owns which question a doubt becomes, and how an answer that was given becomes an alias of a
place. How people answer is in `rawan.review`.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from rawan.places.current import WORDS
from rawan.places.gazetteer import Gazetteer
from rawan.places.mentions import OUTSIDE, Aliases
from rawan.places.resolver import PlaceCells, Resolution
from rawan.places.same_event import Doubt
from rawan.places.spelling import normalised
from rawan.places.values import text_digest
from rawan.reports.types import Read
from rawan.review.decisions import Decision, decided, pending, place_decision
from rawan.review.items import (
    Candidate,
    PlaceQuestion,
    Question,
    ReportTypeQuestion,
    ReviewItem,
    RowQuestion,
    SameEventQuestion,
    Telling,
    key_parts,
    row_key,
    write_items,
)
from rawan.sources.inbox import sheet_and_row
from rawan.sources.mapping import contract, fields_of
from rawan.warehouse import Warehouse

_OFFERED = 5
# More are of no use to a person; what most rows wait for comes first.
_MOST_ROWS = 2_000


@dataclass(frozen=True)
class Asked:
    """A way of naming a place that a person should look at, with one of its rows."""

    row_id: int
    rows: int
    cells: PlaceCells
    found: Resolution


class KnownPlaces:
    """The gazetteer as the review queue asks it."""

    def __init__(self, gazetteer: Gazetteer) -> None:
        self._gazetteer = gazetteer

    def label(self, code: str) -> str | None:
        """Return the words for a code, or None if there is no such place."""
        known = code in self._gazetteer.villages or code in self._gazetteer.districts
        return self._gazetteer.label(code) if known else None

    def find(self, text: str, district_code: str | None) -> list[tuple[str, str, float]]:
        """Return code, label and likeness (0 to 1) of places with such a name, best first."""
        match = self._gazetteer.village_names.match(text, district_code)
        found = {c.code: c.likeness / 100 for c in match.candidates}
        exact = self._gazetteer.village_names.exact(normalised(text))
        within = [c for c in exact if district_code is None or c.startswith(f"{district_code}.")]
        found |= dict.fromkeys(within, 1.0)
        if match.code is not None:
            found.setdefault(match.code, 0.99)
        ordered = sorted(found.items(), key=lambda item: (-item[1], item[0]))
        return [(code, self._gazetteer.label(code), min(share, 1.0)) for code, share in ordered]


def aliases(decisions: Mapping[str, Decision]) -> Aliases:
    """Return what people decided on written places, as the resolver takes it."""
    found: dict[tuple[str, str], str] = {}
    for key, decision in decisions.items():
        name, scope = key_parts(key)
        found[name, scope] = decision.value.get("code", OUTSIDE)
    return found


def write_questions(
    warehouse: Warehouse,
    gazetteer: Gazetteer,
    asked: Sequence[Asked],
    unsure: Sequence[tuple[str, Read]],
    doubts: Sequence[Doubt],
) -> int:
    """Write `staging.review_items` and return how many questions wait for an answer."""
    items = [
        *_places(warehouse, asked),
        *_events(warehouse, gazetteer, doubts),
        *_types(warehouse, unsure),
        *_rows(warehouse),
    ]
    write_items(warehouse, items)
    return len(pending(warehouse))


def _places(warehouse: Warehouse, asked: Sequence[Asked]) -> Iterable[ReviewItem]:
    decisions = decided(warehouse, "place")
    where = _where(warehouse, [a.row_id for a in asked])
    for a in asked:
        found = a.found
        if not found.written:
            continue
        file, _, row = where[a.row_id]
        question = PlaceQuestion(
            written=found.written,
            normalised=normalised(found.written),
            scope=found.scope,
            district=a.cells.districts,
            file=file,
            first_rows=(row,),
            candidates=tuple(
                Candidate(code=c.code, label=c.label, likeness=min(max(c.likeness / 100, 0.0), 1.0))
                for c in found.candidates[:_OFFERED]
            ),
            reason=found.reason,
        )
        before = place_decision(decisions, question.normalised, question.scope)
        yield ReviewItem(question, a.rows, before.decision_id if before else "")


def _events(
    warehouse: Warehouse, gazetteer: Gazetteer, doubts: Sequence[Doubt]
) -> Iterable[ReviewItem]:
    ids = [row_id for doubt in doubts for row_id in (doubt.first, doubt.second)]
    where = _where(warehouse, ids)
    told = {
        row_id: rest
        for row_id, *rest in warehouse.rows(
            "SELECT r.row_id, r.occurred_on, r.type, w.place_set, c.source_url"
            " FROM staging.read_incidents AS r JOIN staging.written_places AS w USING (place_no)"
            " JOIN staging.current_incidents AS c USING (row_id)"
            " SEMI JOIN (SELECT unnest(?::BIGINT[]) AS row_id) USING (row_id)",
            [sorted(set(ids))],
        )
    }

    def telling(row_id: int, name: str) -> Telling:
        day, kind, places, url = told[row_id]
        file, _, row = where[row_id]
        labels = "; ".join(gazetteer.label(code) for code in places.split("+"))
        return Telling(
            telling_id=name,
            day=str(day),
            type=kind,
            place=labels,
            file=file,
            row=row,
            url=url or "",
        )

    for doubt in doubts:
        names = doubt.names
        question = SameEventQuestion(
            left=telling(doubt.first, names[0]),
            right=telling(doubt.second, names[1]),
            likeness=doubt.likeness,
            parts=doubt.parts,
        )
        yield ReviewItem(question, 2)


def _types(warehouse: Warehouse, unsure: Sequence[tuple[str, Read]]) -> Iterable[ReviewItem]:
    if not unsure:
        return
    reads = {text_digest(text): read for text, read in unsure}
    rows = warehouse.rows(
        " UNION ALL ".join(
            f"SELECT sha256({words}), min(row_id), count(*) FROM staging.current_{kind}"
            f" WHERE type IS NULL AND {words} IS NOT NULL AND excluded IS NULL GROUP BY ALL"
            for kind, words in WORDS.items()
        )
        + " ORDER BY 2"
    )
    kept = [(digest, row_id, count) for digest, row_id, count in rows if digest in reads]
    where = _where(warehouse, [row_id for _, row_id, _ in kept])
    labels = dict(warehouse.rows("SELECT type, label_id FROM reference.incident_types"))
    for digest, row_id, count in kept:
        read = reads[digest]
        file, sheet, row = where[row_id]
        offered = [kind for kind in (read.type, read.second) if kind is not None]
        likeness = [read.confidence, 0.0]
        question = ReportTypeQuestion(
            text_hash=digest,
            report_key=f"{file}:{sheet}:{row}" if sheet else f"{file}:{row}",
            file=file,
            row=row,
            suggested=read.type or "",
            confidence=read.confidence,
            candidates=tuple(
                Candidate(code=kind, label=labels.get(kind, kind), likeness=share)
                for kind, share in zip(offered, likeness, strict=False)
            ),
        )
        yield ReviewItem(question, count)


def _rows(warehouse: Warehouse) -> Iterable[ReviewItem]:
    """Ask about rows in quarantine, but for those that wait for their place."""
    decisions = decided(warehouse, "row")
    rows = warehouse.rows(
        "SELECT q.row_id, s.file, s.sheet, q.kind, q.field, q.reason FROM staging.fates AS q"
        " JOIN raw.sheets AS s USING (sheet_id) LEFT JOIN staging.answered AS a USING (place_no)"
        " WHERE q.fate = 'quarantined' AND NOT coalesce(a.is_asked AND a.fate <> 'placed', false)"
        " ORDER BY s.file, q.row_id LIMIT ?",
        [_MOST_ROWS],
    )
    # Where the words name no place, a person gives the village, not other words.
    rows = [
        (*row[:4], "villages" if row[4] == WORDS.get(row[3]) else row[4], row[5]) for row in rows
    ]
    wanted: dict[tuple[str, str], list[int]] = {}
    for row_id, _, _, kind, field, _ in rows:
        if field and _is_shown(kind, field):
            wanted.setdefault((kind, field), []).append(row_id)
    cells: dict[int, str] = {}
    chosen = "(SELECT unnest(?::BIGINT[]) AS row_id)"
    for (kind, field), ids in wanted.items():
        query = f"SELECT row_id, {field} FROM staging.current_{kind}"
        found = warehouse.rows(f"{query} SEMI JOIN {chosen} USING (row_id)", [ids])
        cells |= {row_id: cell or "" for row_id, cell in found}
    for row_id, file, sheet, kind, field, reason in rows:
        column = field or ""
        question: Question = RowQuestion(
            row_id=str(row_id),
            file=file,
            sheet=sheet,
            row=sheet_and_row(row_id)[1],
            column=column,
            reason=reason,
            cell=cells.get(row_id, "") if _is_shown(kind, column) else None,
        )
        before = decisions.get(row_key(str(row_id), column))
        yield ReviewItem(question, 1, before.decision_id if before else "")


def _is_shown(kind: str, column: str) -> bool:
    """Tell whether the cells of a column may be shown to whoever reviews."""
    secret = contract()["fields"].get(column, {}).get("sensitivity") == "secret"
    return column in fields_of(kind) and not secret


def _where(warehouse: Warehouse, row_ids: Sequence[int]) -> dict[int, tuple[str, str | None, int]]:
    """Return file, sheet and row of rows."""
    sheets = {
        sheet_id: (file, sheet)
        for sheet_id, file, sheet in warehouse.rows("SELECT sheet_id, file, sheet FROM raw.sheets")
    }
    places = {row_id: sheet_and_row(row_id) for row_id in row_ids}
    return {row_id: (*sheets[sheet_id], row) for row_id, (sheet_id, row) in places.items()}
