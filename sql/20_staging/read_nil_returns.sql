-- staging.read_nil_returns: what each return that found nothing says
-- grain    one row for each current row of raw.nil_returns
-- columns  place_no, occurred_from [first day looked at], occurred_on [last day], unit,
--          known_on [day, of a part the last; where the row does not say, the day its file was obtained], known_on_assumed, verdict [fate, field, reason]
-- source   staging.current_nil_returns and what its distinct cells mean
CREATE OR REPLACE TABLE staging.read_nil_returns AS
SELECT
    c.row_id,
    c.sheet_id,
    lower(c.status) AS status,
    p.place_no,
    d.first AS occurred_from,
    coalesce(e.last, d.last) AS occurred_on,
    coalesce(k.last, c.obtained_on) AS known_on,
    c.known_on IS NULL AS known_on_assumed,
    c.unit,
    c.source_url,
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
            THEN {'fate': CASE p.fate WHEN 'excluded' THEN 'excluded' ELSE 'quarantined' END, 'field': p.field, 'reason': p.reason}
        WHEN c.occurred_on IS NULL
            THEN {'fate': 'quarantined', 'field': 'occurred_on', 'reason': 'the date is empty.'}
        WHEN d.reason IS NOT NULL
            THEN {'fate': 'quarantined', 'field': 'occurred_on', 'reason': d.reason}
        WHEN e.reason IS NOT NULL
            THEN {'fate': 'quarantined', 'field': 'ended_on', 'reason': e.reason}
        WHEN coalesce(e.last, d.last) < d.first
            THEN {'fate': 'quarantined', 'field': 'ended_on', 'reason': 'the last day lies before the first.'}
        WHEN c.unit IS NULL
            THEN {'fate': 'quarantined', 'field': 'unit', 'reason': 'the unit is empty.'}
        ELSE {'fate': 'placed', 'field': NULL, 'reason': NULL}
    END AS verdict
FROM staging.keyed_nil_returns AS c
LEFT JOIN staging.written_places AS p ON p.place_key = c.place_key
LEFT JOIN staging.dates AS d ON d.written = c.occurred_on
LEFT JOIN staging.dates AS e ON e.written = c.ended_on
LEFT JOIN staging.dates AS k ON k.written = c.known_on;
