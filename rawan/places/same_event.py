"""Which tellings are of one event, and which reports are one report passed on.

Tellings without a shared number are compared where they could be one event: same village,
same group of types, days that lie close. Above the stated likeness they become one event;
between that and a lower bound a person decides; below they stay apart.

A telling joins only what was known before it: what comes later never changes which tellings
were one event at an earlier day.
"""

from dataclasses import dataclass
from datetime import date

import numpy as np
import polars as pl
from rapidfuzz import fuzz, process

from rawan.review.decisions import decided
from rawan.review.items import same_event_key
from rawan.settings import Merging
from rawan.warehouse import Warehouse

# Parts of the likeness of two tellings; they sum to 1.
_DAY_SHARE, _TYPE_SHARE, _WORDS_SHARE = 0.4, 0.2, 0.4
# Without words on both sides nothing is known of their likeness: half way.
_NO_WORDS = 0.5
# Of the tellings of a village and day, so many are compared with all others.
_MOST_COMPARED = 10
# Two rows that one site published are seldom one event told twice.
_SAME_SITE = 0.3


@dataclass(frozen=True)
class Doubt:
    """Two tellings that may be one event, and how alike they are; `first` was known first.

    `names` stand for them in a decision: number or address of the source, so that the
    decision holds when their file comes in anew.
    """

    first: int
    second: int
    names: tuple[str, str]
    likeness: float
    parts: dict[str, float]


def find_same_events(warehouse: Warehouse, merging: Merging) -> list[Doubt]:
    """Write `staging.same_events` (row_id, event_no, is_alone) and return the pairs in doubt."""
    pairs = _pairs(warehouse, merging.days)
    likeness, parts = _likeness(pairs, merging.days)
    said = {key: d.action == "same" for key, d in decided(warehouse, "same_event").items()}
    joined: list[int] = []
    doubts: list[Doubt] = []
    names = zip(pairs["name"], pairs["other_name"], strict=True)
    rows = zip(pairs["first"], pairs["second"], names, likeness, parts, strict=True)
    for number, (first, second, named, score, of) in enumerate(rows):
        answer = said.get(same_event_key(*named)) if said else None
        if answer is None and score < merging.same:
            if score >= merging.review:
                doubts.append(Doubt(first, second, named, round(float(score), 3), of))
            continue
        if answer is not False:
            joined.append(number)
    _write_events(warehouse, pairs[joined])
    return doubts


def find_alike_reports(warehouse: Warehouse, threshold: float) -> None:
    """Write `staging.alike` (row_id, district_code, village_code): reports passed on.

    At that place a report with such a text became known in the 30 days before, and was not
    withdrawn by then. A report and its corrections are one report: they do not repeat each
    other, nor what was passed on from them.
    """
    pairs = warehouse.frame(
        "WITH own AS (SELECT r.row_id, r.known_on, r.place_no, r.source_grade, r.information_grade,"
        " c.text, coalesce(v.first_id, r.row_id) AS report_no,"
        " min(r.known_on) OVER report AS first_known_on,"
        " max(coalesce(v.known_until, DATE 'infinity')) OVER report AS holds_until"
        " FROM staging.read_reports AS r JOIN staging.current_reports AS c USING (row_id)"
        " LEFT JOIN staging.revised AS v ON v.row_id = r.row_id"
        " WHERE r.verdict.fate = 'placed' AND r.status IS DISTINCT FROM 'dicabut'"
        " WINDOW report AS (PARTITION BY coalesce(v.first_id, r.row_id))),"
        " told AS (SELECT own.*, o.district_code, o.village_code,"
        " (first_known_on, source_grade, information_grade, report_no) AS place_in_line"
        " FROM own JOIN staging.place_options AS o USING (place_no) WHERE text IS NOT NULL)"
        " SELECT b.row_id, b.district_code, b.village_code, a.text, b.text AS other"
        " FROM told AS a JOIN told AS b ON a.district_code = b.district_code"
        " AND a.village_code IS NOT DISTINCT FROM b.village_code"
        " AND b.known_on BETWEEN a.known_on AND a.known_on + 30"
        " AND a.report_no <> b.report_no AND a.place_in_line < b.place_in_line"
        " AND a.holds_until > b.known_on ORDER BY ALL"
    )
    alike = _alike(pairs["text"], pairs["other"]) >= threshold
    found = pairs.filter(pl.Series(alike, dtype=pl.Boolean))
    place = ["row_id", "district_code", "village_code"]
    warehouse.replace("staging.alike", found.select(place).unique().sort(place))


def _pairs(warehouse: Warehouse, days: int) -> pl.DataFrame:
    """Return pairs of tellings that could be one event, the one known first ahead.

    They come in the order in which the later one became known; of tellings known on one day
    what they say decides, so that the order of rows and files changes nothing. Two numbers
    that one source gave to two rows are two events, and a date that is only a part of one
    cannot be compared. Of the tellings of one village and day those known first are compared
    with all others: what comes later takes nobody's place.
    """
    return warehouse.frame(
        "WITH told AS ("
        " SELECT r.row_id, r.occurred_on - DATE '1900-01-01' AS day, o.village_no, y.type_group"
        " FROM staging.own_events AS r JOIN staging.place_options AS o USING (place_no)"
        " JOIN reference.incident_types AS y ON y.type = r.type"
        " WHERE o.village_no IS NOT NULL AND r.occurred_from = r.occurred_on),"
        " near AS (SELECT row_id, day, village_no, type_group FROM told"
        " WINDOW w AS (PARTITION BY village_no, type_group ORDER BY day)"
        f" QUALIFY coalesce(lead(day) OVER w - day <= {int(days)}, false)"
        f" OR coalesce(day - lag(day) OVER w <= {int(days)}, false)),"
        " ordered AS (SELECT r.row_id, r.event_no, r.event_id, r.known_on, r.type, c.mapping,"
        " coalesce(c.summary, '') AS words, c.source_url,"
        " coalesce(regexp_extract(c.source_url, '^[a-z]+://([^/]+)', 1), '') AS site,"
        " coalesce(c.mapping || ':' || c.source_key, c.source_url, r.row_id::VARCHAR) AS name,"
        " row_number() OVER (ORDER BY r.known_on, r.occurred_on, r.type, p.place_set, r.event_id,"
        " c.mapping, c.source_key, c.source_url, c.summary, c.deaths, c.injured, r.row_id)"
        " AS order_no FROM staging.own_events AS r"
        " SEMI JOIN near ON near.row_id = r.row_id"
        " JOIN staging.current_incidents AS c ON c.row_id = r.row_id"
        " JOIN staging.answered AS p ON p.place_no = r.place_no),"
        " known AS (SELECT o.*, n.day, n.village_no, n.type_group,"
        " row_number() OVER (PARTITION BY village_no, type_group, day ORDER BY order_no) AS nth"
        " FROM near AS n JOIN ordered AS o USING (row_id))"
        " SELECT DISTINCT b.order_no AS other_no, a.order_no, a.row_id AS first,"
        " b.row_id AS second, a.event_no AS first_event, b.event_no AS second_event, b.known_on,"
        " abs(b.day - a.day) AS days, a.type = b.type AS same_type, a.words, b.words AS other,"
        " a.site, b.site AS other_site, a.name, b.name AS other_name"
        " FROM known AS a JOIN known AS b"
        " ON a.village_no = b.village_no AND a.type_group = b.type_group"
        f" AND b.day BETWEEN a.day - {int(days)} AND a.day + {int(days)}"
        " AND a.order_no < b.order_no AND a.event_no <> b.event_no"
        f" WHERE a.nth <= {_MOST_COMPARED}"
        " AND NOT (a.event_id IS NOT NULL AND b.event_id IS NOT NULL AND a.mapping = b.mapping)"
        " ORDER BY other_no, order_no"
    )


def _likeness(pairs: pl.DataFrame, days: int) -> tuple[np.ndarray, list[dict[str, float]]]:
    """Return the likeness 0..1 of each pair, and its parts: day, type, words, site."""
    day = 1 - pairs["days"].to_numpy() / (2 * max(days, 1))
    kind = np.where(pairs["same_type"].to_numpy(), 1.0, 0.5)
    has_words = ((pairs["words"] != "") & (pairs["other"] != "")).to_numpy()
    words = np.where(has_words, _alike(pairs["words"], pairs["other"]), _NO_WORDS)
    same_site = ((pairs["site"] != "") & (pairs["site"] == pairs["other_site"])).to_numpy()
    score = _DAY_SHARE * day + _TYPE_SHARE * kind + _WORDS_SHARE * words - _SAME_SITE * same_site
    parts = [
        {"day": round(float(d), 3), "type": float(k), "words": round(float(w), 3), "site": float(s)}
        for d, k, w, s in zip(day, kind, words, same_site, strict=True)
    ]
    return np.clip(score, 0, 1), parts


def _alike(texts: pl.Series, others: pl.Series) -> np.ndarray:
    """Return the likeness 0..1 of texts, pair by pair, whatever the order of their words."""
    if not len(texts):
        return np.empty(0)
    scores = process.cpdist(
        [text.casefold() for text in texts],
        [text.casefold() for text in others],
        scorer=fuzz.token_sort_ratio,
        workers=-1,
    )
    return np.asarray(scores, dtype=float) / 100


def _write_events(warehouse: Warehouse, joined: pl.DataFrame) -> None:
    """Give each telling that joins another the number of the event that it joins.

    Pairs come in the order in which the later telling became known: it joins the
    event of the earlier one, whatever that one joined before; and with it go the tellings of
    its own event that became known no earlier.
    """
    events: dict[int, tuple[int, date]] = {}
    rows = zip(joined["first_event"], joined["second_event"], joined["known_on"], strict=True)
    for earlier, later, known_on in rows:
        event = events[earlier][0] if earlier in events else earlier
        if event != later:
            events.setdefault(later, (event, known_on))
    warehouse.replace(
        "staging.joined_events",
        pl.DataFrame(
            [(own, event, known_on) for own, (event, known_on) in events.items()],
            schema={"own_no": pl.Int64, "event_no": pl.Int64, "known_on": pl.Date},
            orient="row",
        ),
    )
    # An event that others joined is told by several as well.
    warehouse.execute(
        "CREATE OR REPLACE TABLE staging.same_events AS"
        " SELECT r.row_id, k.event_no, false AS is_alone FROM staging.own_events AS r"
        " JOIN staging.joined_events AS k ON k.own_no = r.event_no AND r.known_on >= k.known_on"
        " UNION SELECT r.row_id, r.event_no, false FROM staging.own_events AS r"
        " SEMI JOIN staging.joined_events AS k ON k.event_no = r.event_no"
        " ANTI JOIN staging.joined_events AS o ON o.own_no = r.event_no"
        " ORDER BY row_id"
    )
