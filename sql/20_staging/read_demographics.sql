-- staging.read_demographics: what each row on population says
-- grain    one row for each current row of raw.demographics
-- columns  village_code, year, population [inhabitants],
--          known_on [day, of a part the last; where the row does not say, the day its file was obtained], known_on_assumed, verdict [fate, field, reason]
-- source   staging.current_demographics and what its distinct cells mean
CREATE OR REPLACE TABLE staging.read_demographics AS
SELECT
    c.row_id,
    c.sheet_id,
    p.place_no,
    p.villages[1] AS village_code,
    y.value AS year,
    n.value AS population,
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
        WHEN c.year IS NULL
            THEN {'fate': 'quarantined', 'field': 'year', 'reason': 'the number is empty.'}
        WHEN y.reason IS NOT NULL
            THEN {'fate': 'quarantined', 'field': 'year', 'reason': y.reason}
        WHEN y.value NOT BETWEEN 1945 AND 2100
            THEN {'fate': 'quarantined', 'field': 'year', 'reason': 'the year must lie between 1945 and 2100.'}
        WHEN c.population IS NULL
            THEN {'fate': 'quarantined', 'field': 'population', 'reason': 'the number is empty.'}
        WHEN n.reason IS NOT NULL
            THEN {'fate': 'quarantined', 'field': 'population', 'reason': n.reason}
        WHEN k.reason IS NOT NULL
            THEN {'fate': 'quarantined', 'field': 'known_on', 'reason': k.reason}
        ELSE {'fate': 'placed', 'field': NULL, 'reason': NULL}
    END AS verdict
FROM staging.keyed_demographics AS c
LEFT JOIN staging.written_places AS p ON p.place_key = c.place_key
LEFT JOIN staging.dates AS k ON k.written = c.known_on
LEFT JOIN staging.counts AS y ON y.written = c.year
LEFT JOIN staging.counts AS n ON n.written = c.population;
