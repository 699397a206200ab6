-- staging.own_events: tellings with the number of their event, before alike ones are joined (a view)
-- grain    one row for each placed row on an incident that is not a withdrawal
-- columns  event_no [row_id of the event's first telling by its number, by the row that it corrects, or by days, type
--          and places]
-- source   staging.read_incidents, staging.repeats, staging.numbered, staging.revised
CREATE OR REPLACE VIEW staging.own_events AS
WITH corrections AS (
    -- What a source corrects stays the event that it was, unless it gives another number to it.
    SELECT c.row_id, coalesce(n.event_no, p.event_no, f.row_id) AS event_no
    FROM staging.revised AS v
    JOIN staging.read_incidents AS c ON c.row_id = v.row_id
    JOIN staging.read_incidents AS f ON f.row_id = v.first_id
    LEFT JOIN staging.numbered AS n ON n.event_id = f.event_id
    LEFT JOIN staging.repeats AS p
        ON p.loose_set_no = f.loose_set_no
        AND p.occurred_on = f.occurred_on
        AND p.occurred_from = f.occurred_from
        AND p.type = f.type
    WHERE v.row_id <> v.first_id AND (c.event_id IS NULL OR f.event_id IS NULL OR c.event_id = f.event_id)
)
SELECT
    r.* EXCLUDE (verdict),
    coalesce(n.event_no, c.event_no, p.event_no, r.row_id) AS event_no,
    n.event_no IS NULL AND c.event_no IS NULL AND p.event_no IS NULL AS is_alone
FROM staging.read_incidents AS r
LEFT JOIN staging.numbered AS n ON n.event_id = r.event_id
LEFT JOIN corrections AS c ON c.row_id = r.row_id
LEFT JOIN staging.repeats AS p
    ON p.loose_set_no = r.loose_set_no
    AND p.occurred_on = r.occurred_on
    AND p.occurred_from = r.occurred_from
    AND p.type = r.type
WHERE r.verdict.fate = 'placed' AND r.status IS DISTINCT FROM 'dicabut';
