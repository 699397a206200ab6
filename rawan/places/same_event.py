"""Which tellings are of one event, and which reports are one report passed on.

Tellings without a shared number are compared where they could be one event: same village,
same group of types, days that lie close. Above the stated likeness they become one event;
between that and a lower bound a person decides; below they stay apart.

A telling joins only what was known before it: what comes later never changes which tellings
were one event at an earlier day.
"""

from collections.abc import Iterable
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
_PARTS = ("day", "type", "words", "site")
# Without words on both sides nothing is known of their likeness: half way.
_NO_WORDS = 0.5
# So many later tellings of a village and group are looked at, however close they lie.
_NEXT = 4
_DAY_BITS = 22  # hold a day up to the year 9999
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
    """Write `staging.same_events` (row_id, event_key) and return the pairs in doubt."""
    pairs = _pairs(warehouse, merging.days)
    parts = _likeness(pairs, merging.days)
    likeness = parts["likeness"].to_numpy()
    is_joined = likeness >= merging.same
    is_asked = ~is_joined & (likeness >= merging.review)
    said = {key: d.action == "same" for key, d in decided(warehouse, "same_event").items()}
    if said:
        names = zip(pairs["name"], pairs["other_name"], strict=True)
        for at, named in enumerate(names):
            answer = said.get(same_event_key(*named))
            if answer is not None:
                is_joined[at], is_asked[at] = answer, False
    _write_keys(warehouse, pairs.select("first", "second").filter(pl.Series(is_joined)))
    asked = pairs.select("first", "second", "name", "other_name").hstack(parts)
    return [
        Doubt(first, second, (name, other), round(score, 3), dict(zip(_PARTS, of, strict=True)))
        for first, second, name, other, score, *of in asked.filter(pl.Series(is_asked)).iter_rows()
    ]


def find_alike_reports(warehouse: Warehouse, threshold: float) -> None:
    """Write `staging.alike` (row_id, text_group): reports of one place whose texts are alike."""
    pairs = warehouse.frame(
        "WITH told AS (SELECT r.row_id, r.known_on, o.district_code, o.village_code, c.text"
        " FROM staging.read_reports AS r JOIN staging.place_options AS o USING (place_no)"
        " JOIN staging.current_reports AS c USING (row_id)"
        " WHERE r.verdict.fate = 'placed' AND c.text IS NOT NULL)"
        " SELECT DISTINCT a.row_id AS first, b.row_id AS second, a.text, b.text AS other"
        " FROM told AS a JOIN told AS b ON a.district_code = b.district_code"
        " AND a.village_code IS NOT DISTINCT FROM b.village_code"
        " AND b.known_on BETWEEN a.known_on AND a.known_on + 30"
        " AND (a.known_on, a.row_id) < (b.known_on, b.row_id) ORDER BY ALL"
    )
    alike = _alike(pairs["text"], pairs["other"]) >= threshold
    found = pairs.filter(pl.Series(alike, dtype=pl.Boolean))
    groups = _grouped(zip(found["first"], found["second"], strict=True))
    rows = sorted(groups.items())
    schema = {"row_id": pl.Int64, "text_group": pl.Int64}
    warehouse.replace("staging.alike", pl.DataFrame(rows, schema=schema, orient="row"))


def _pairs(warehouse: Warehouse, days: int) -> pl.DataFrame:
    """Return pairs of tellings that could be one event, the one known first ahead.

    Two numbers that one source gave to two rows are two events, and a date that is only a
    part of one cannot be compared.
    """
    warehouse.replace("staging.near_tellings", _near(warehouse, days))
    pairs = warehouse.frame(
        "WITH involved AS (SELECT row_id FROM staging.near_tellings"
        " UNION SELECT other_id FROM staging.near_tellings),"
        " own AS MATERIALIZED (SELECT row_id, event_no, known_on, occurred_on, type, event_id"
        " FROM staging.own_events SEMI JOIN involved USING (row_id)),"
        " known AS (SELECT a.known_on < b.known_on OR (a.known_on = b.known_on AND"
        " a.row_id < b.row_id) AS is_first, a.row_id AS a_id, b.row_id AS b_id,"
        " abs(b.occurred_on - a.occurred_on) AS days, a.type = b.type AS same_type,"
        " a.event_id IS NOT NULL AND b.event_id IS NOT NULL AS have_numbers"
        " FROM staging.near_tellings AS n JOIN own AS a ON a.row_id = n.row_id"
        " JOIN own AS b ON b.row_id = n.other_id WHERE a.event_no <> b.event_no),"
        " pairs AS MATERIALIZED (SELECT if(is_first, a_id, b_id) AS first,"
        " if(is_first, b_id, a_id) AS second, days, same_type, have_numbers FROM known),"
        " asked AS (SELECT first AS row_id FROM pairs UNION SELECT second FROM pairs),"
        " told AS MATERIALIZED (SELECT row_id, mapping, source_key, source_url, summary"
        " FROM staging.current_incidents SEMI JOIN asked USING (row_id))"
        " SELECT p.first, p.second, p.days, p.same_type,"
        " coalesce(a.summary, '') AS words, coalesce(b.summary, '') AS other,"
        " coalesce(regexp_extract(a.source_url, '^[a-z]+://([^/]+)', 1), '') AS site,"
        " coalesce(regexp_extract(b.source_url, '^[a-z]+://([^/]+)', 1), '') AS other_site,"
        " coalesce(a.mapping || ':' || a.source_key, a.source_url, p.first::VARCHAR) AS name,"
        " coalesce(b.mapping || ':' || b.source_key, b.source_url, p.second::VARCHAR)"
        " AS other_name FROM pairs AS p JOIN told AS a ON a.row_id = p.first"
        " JOIN told AS b ON b.row_id = p.second"
        " WHERE NOT (p.have_numbers AND a.mapping = b.mapping)"
    )
    return pairs.sort("first", "second")


def _near(warehouse: Warehouse, days: int) -> pl.DataFrame:
    """Return each telling with those of the next `_NEXT` in its village and group, if near.

    One number holds the village, the group of types and the day, so that one sort brings
    together what could be one event.
    """
    told = warehouse.frame(
        "WITH groups AS (SELECT type, dense_rank() OVER (ORDER BY type_group) AS group_no"
        " FROM reference.incident_types)"
        f" SELECT r.row_id, ((o.village_no * 4096 + g.group_no) << {_DAY_BITS})"
        " + (r.occurred_on - DATE '0001-01-01') AS block_day"
        " FROM staging.read_incidents AS r JOIN staging.place_options AS o USING (place_no)"
        " JOIN groups AS g ON g.type = r.type"
        " WHERE r.verdict.fate = 'placed' AND r.status IS NULL AND o.village_no IS NOT NULL"
        " AND r.occurred_from = r.occurred_on"
    ).sort("block_day", "row_id")
    block, step = pl.col("block_day") // 2**_DAY_BITS, pl.col("block_day").diff
    near = [
        told.lazy()
        .select(
            pl.col("row_id").shift(ahead).alias("row_id"),
            pl.col("row_id").alias("other_id"),
            ((block.diff(ahead) == 0) & (step(ahead) <= days)).alias("is_near"),
        )
        .filter("is_near")
        .drop("is_near")
        .collect()
        for ahead in range(1, _NEXT + 1)
    ]
    return pl.concat(near).unique()


def _likeness(pairs: pl.DataFrame, days: int) -> pl.DataFrame:
    """Return the likeness 0..1 of each pair, and its parts: day, type, words, site."""
    day = 1 - pairs["days"].to_numpy() / (2 * max(days, 1))
    kind = np.where(pairs["same_type"].to_numpy(), 1.0, 0.5)
    has_words = ((pairs["words"] != "") & (pairs["other"] != "")).to_numpy()
    words = np.where(has_words, _alike(pairs["words"], pairs["other"]), _NO_WORDS)
    same_site = ((pairs["site"] != "") & (pairs["site"] == pairs["other_site"])).to_numpy()
    score = _DAY_SHARE * day + _TYPE_SHARE * kind + _WORDS_SHARE * words - _SAME_SITE * same_site
    parts = (day.round(3), kind, words.round(3), same_site.astype(float))
    return pl.DataFrame({"likeness": np.clip(score, 0, 1), **dict(zip(_PARTS, parts, strict=True))})


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


def _write_keys(warehouse: Warehouse, joined: pl.DataFrame) -> None:
    """Give each telling that joins another the key of the event that it joins.

    Pairs are taken in the order in which the later telling became known: it joins the
    event of the earlier one, whatever that one joined before; and with it go the tellings of
    its own event that became known no earlier.
    """
    warehouse.replace("staging.joined", joined)
    rows = warehouse.rows(
        "WITH involved AS (SELECT first AS row_id FROM staging.joined"
        " UNION SELECT second FROM staging.joined),"
        " own AS MATERIALIZED (SELECT row_id, event_no, known_on FROM staging.own_events"
        " SEMI JOIN involved USING (row_id))"
        " SELECT a.event_no, b.event_no, b.known_on FROM staging.joined AS j"
        " JOIN own AS a ON a.row_id = j.first JOIN own AS b ON b.row_id = j.second"
        " ORDER BY b.known_on, b.row_id, a.known_on, a.row_id"
    )
    events: dict[int, tuple[int, date]] = {}
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


def _grouped(pairs: Iterable[tuple[int, int]]) -> dict[int, int]:
    """Return the group of each member of any pair; a group has the number of its least member."""
    parent: dict[int, int] = {}

    def root(member: int) -> int:
        parent.setdefault(member, member)
        while parent[member] != member:
            parent[member] = parent[parent[member]]
            member = parent[member]
        return member

    for one, other in pairs:
        low, high = sorted((root(one), root(other)))
        parent[high] = low
    return {member: root(member) for member in parent}
