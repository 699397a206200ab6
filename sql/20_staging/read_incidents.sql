-- staging.read_incidents: what each row on an incident says
-- grain    one row for each current row of raw.incidents
-- columns  place_no, loose_set_no [of staging.written_places; the latter null where a number makes
--          the event], occurred_from, occurred_on [first and last day it may have been],
--          known_on [day, of a part the last; where the row does not say, the day its file was obtained], known_on_assumed,
--          type [of the file or, where it has none, of its words], deaths, injured [count], verdict [fate, field, reason]
-- source   staging.current_incidents and what its distinct cells mean: staging.written_places, dates, counts, types, text_types
CREATE OR REPLACE TABLE staging.read_incidents AS
SELECT
    c.row_id,
    c.sheet_id,
    lower(c.status) AS status,
    c.event_id,
    p.place_no,
    CASE WHEN c.event_id IS NULL THEN p.place_set_no END AS loose_set_no,
    d.first AS occurred_from,
    d.last AS occurred_on,
    coalesce(k.last, c.obtained_on) AS known_on,
    c.known_on IS NULL AS known_on_assumed,
    coalesce(t.type, x.type) AS type,
    n.value AS deaths,
    i.value AS injured,
    CASE
        WHEN c.excluded IS NOT NULL
            THEN {'fate': 'excluded', 'field': NULL, 'reason': c.excluded}
        WHEN c.status IS NOT NULL AND lower(c.status) NOT IN ('koreksi', 'dicabut')
            THEN {'fate': 'quarantined', 'field': 'status', 'reason': 'the status is empty, koreksi or dicabut.'}
        WHEN c.status IS NOT NULL AND c.source_key IS NULL
            THEN {'fate': 'quarantined', 'field': 'source_key', 'reason': 'a row that corrects or withdraws must carry the number of the row it changes.'}
        WHEN k.reason IS NOT NULL
            THEN {'fate': 'quarantined', 'field': 'known_on', 'reason': k.reason}
        WHEN lower(c.status) = 'dicabut'
            THEN {'fate': 'placed', 'field': NULL, 'reason': NULL}
        WHEN p.fate <> 'placed'
            THEN {'fate': CASE p.fate WHEN 'excluded' THEN 'excluded' ELSE 'quarantined' END, 'field': replace(p.field, 'words', 'summary'), 'reason': p.reason}
        WHEN c.occurred_on IS NULL
            THEN {'fate': 'quarantined', 'field': 'occurred_on', 'reason': 'the date is empty.'}
        WHEN d.reason IS NOT NULL
            THEN {'fate': 'quarantined', 'field': 'occurred_on', 'reason': d.reason}
        WHEN t.reason IS NOT NULL
            THEN {'fate': 'quarantined', 'field': 'type', 'reason': t.reason}
        WHEN c.type IS NULL AND x.type IS NULL
            THEN {'fate': 'quarantined', 'field': 'type', 'reason': 'the type is empty, and the words do not tell it with confidence.'}
        WHEN n.reason IS NOT NULL
            THEN {'fate': 'quarantined', 'field': 'deaths', 'reason': n.reason}
        WHEN i.reason IS NOT NULL
            THEN {'fate': 'quarantined', 'field': 'injured', 'reason': i.reason}
        ELSE {'fate': 'placed', 'field': NULL, 'reason': NULL}
    END AS verdict
FROM staging.keyed_incidents AS c
LEFT JOIN staging.written_places AS p ON p.place_key = c.place_key
LEFT JOIN staging.dates AS d ON d.written = c.occurred_on
LEFT JOIN staging.dates AS k ON k.written = c.known_on
LEFT JOIN staging.types AS t ON t.written = c.type
LEFT JOIN staging.text_types AS x ON x.text = CASE WHEN c.type IS NULL THEN c.summary END
LEFT JOIN staging.counts AS n ON n.written = c.deaths
LEFT JOIN staging.counts AS i ON i.written = c.injured;
