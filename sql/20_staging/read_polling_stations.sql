-- staging.read_polling_stations: what each row on polling stations of a village says
-- grain    one row for each current row of raw.polling_stations
-- columns  village_code, election [id of the calendar], tps [count], voters [count],
--          known_on [day, of a part the last; where the row does not say, the day its file was obtained], known_on_assumed, verdict [fate, field, reason]
-- source   staging.current_polling_stations and what its distinct cells mean
CREATE OR REPLACE TABLE staging.read_polling_stations AS
SELECT
    c.row_id,
    c.sheet_id,
    p.place_no,
    p.villages[1] AS village_code,
    c.election,
    n.value AS tps,
    v.value AS voters,
    coalesce(k.last, c.obtained_on) AS known_on,
    c.known_on IS NULL AS known_on_assumed,
    c.source_url,
    CASE
        WHEN c.excluded IS NOT NULL
            THEN {'fate': 'excluded', 'field': NULL, 'reason': c.excluded}
        WHEN p.fate <> 'placed'
            THEN {'fate': CASE p.fate WHEN 'excluded' THEN 'excluded' ELSE 'quarantined' END, 'field': p.field, 'reason': p.reason}
        WHEN len(p.villages) <> 1
            THEN {'fate': 'quarantined', 'field': 'villages', 'reason': 'this figure belongs to exactly one village.'}
        WHEN c.election IS NULL OR l.election IS NULL
            THEN {'fate': 'quarantined', 'field': 'election', 'reason': 'this is no election of the calendar: ' || coalesce(c.election, 'empty') || '.'}
        WHEN c.tps IS NULL
            THEN {'fate': 'quarantined', 'field': 'tps', 'reason': 'the number is empty.'}
        WHEN n.reason IS NOT NULL
            THEN {'fate': 'quarantined', 'field': 'tps', 'reason': n.reason}
        WHEN v.reason IS NOT NULL
            THEN {'fate': 'quarantined', 'field': 'voters', 'reason': v.reason}
        WHEN k.reason IS NOT NULL
            THEN {'fate': 'quarantined', 'field': 'known_on', 'reason': k.reason}
        ELSE {'fate': 'placed', 'field': NULL, 'reason': NULL}
    END AS verdict
FROM staging.keyed_polling_stations AS c
LEFT JOIN staging.written_places AS p ON p.place_key = c.place_key
LEFT JOIN staging.dates AS k ON k.written = c.known_on
LEFT JOIN staging.counts AS n ON n.written = c.tps
LEFT JOIN staging.counts AS v ON v.written = c.voters
LEFT JOIN reference.elections AS l ON l.election = c.election;
