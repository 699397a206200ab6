-- staging.read_reports: what each graded report says
-- grain    one row for each current row of raw.reports
-- columns  place_no [of staging.written_places], occurred_from, occurred_on [days; where the report does not say, the day it
--          became known], known_on [day, of a part the last; where the row does not say, the day its file was obtained], known_on_assumed,
--          type [of the file or, where it has none, of its text; null = none, or not told with confidence],
--          source_grade [A..F, F where empty], information_grade [1..6, 6 where empty], verdict [fate, field, reason]
-- source   staging.current_reports and what its distinct cells mean; the text itself stays in raw.reports
CREATE OR REPLACE TABLE staging.read_reports AS
SELECT
    c.row_id,
    c.sheet_id,
    lower(c.status) AS status,
    p.place_no,
    coalesce(d.first, k.first, c.obtained_on) AS occurred_from,
    coalesce(d.last, k.last, c.obtained_on) AS occurred_on,
    coalesce(k.last, c.obtained_on) AS known_on,
    c.known_on IS NULL AS known_on_assumed,
    coalesce(t.type, x.type) AS type,
    c.type IS NULL AND x.type IS NOT NULL AS is_type_read,
    coalesce(upper(c.source_grade), 'F') AS source_grade,
    coalesce(c.information_grade, '6') AS information_grade,
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
            THEN {'fate': CASE p.fate WHEN 'excluded' THEN 'excluded' ELSE 'quarantined' END, 'field': replace(p.field, 'words', 'text'), 'reason': p.reason}
        WHEN d.reason IS NOT NULL
            THEN {'fate': 'quarantined', 'field': 'occurred_on', 'reason': d.reason}
        WHEN c.occurred_on IS NULL AND c.known_on IS NULL
            THEN {'fate': 'quarantined', 'field': 'occurred_on', 'reason': 'the report has no date at all.'}
        WHEN t.reason IS NOT NULL
            THEN {'fate': 'quarantined', 'field': 'type', 'reason': t.reason}
        WHEN c.source_grade IS NOT NULL AND NOT regexp_full_match(upper(c.source_grade), '[A-F]')
            THEN {'fate': 'quarantined', 'field': 'source_grade', 'reason': 'the grade of the source is a letter A to F.'}
        WHEN c.information_grade IS NOT NULL AND NOT regexp_full_match(c.information_grade, '[1-6]')
            THEN {'fate': 'quarantined', 'field': 'information_grade', 'reason': 'the grade of the information is a number 1 to 6.'}
        ELSE {'fate': 'placed', 'field': NULL, 'reason': NULL}
    END AS verdict
FROM staging.keyed_reports AS c
LEFT JOIN staging.written_places AS p ON p.place_key = c.place_key
LEFT JOIN staging.dates AS d ON d.written = c.occurred_on
LEFT JOIN staging.dates AS k ON k.written = c.known_on
LEFT JOIN staging.types AS t ON t.written = c.type
LEFT JOIN staging.text_types AS x ON x.text = CASE WHEN c.type IS NULL THEN c.text END;
