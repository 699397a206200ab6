-- staging.own_events: tellings with the number of their event, before alike ones are joined (a view)
-- grain    one row for each placed row on an incident that is not a withdrawal
-- columns  event_no [row_id of the event's first telling by its number or by days, type and places]
-- source   staging.read_incidents, staging.repeats, staging.numbered
CREATE OR REPLACE VIEW staging.own_events AS
SELECT
    r.* EXCLUDE (verdict),
    coalesce(n.event_no, p.event_no, r.row_id) AS event_no,
    n.event_no IS NULL AND p.event_no IS NULL AS is_alone
FROM staging.read_incidents AS r
LEFT JOIN staging.numbered AS n ON n.event_id = r.event_id
LEFT JOIN staging.repeats AS p
    ON p.loose_set_no = r.loose_set_no
    AND p.occurred_on = r.occurred_on
    AND p.occurred_from = r.occurred_from
    AND p.type = r.type
WHERE r.verdict.fate = 'placed' AND r.status IS DISTINCT FROM 'dicabut';
