-- staging.tellings: incidents as each source tells them
-- grain    one row for each placed row on an incident that is not a withdrawal
-- columns  event_key [shared by the tellings of one event: given by the source, found alike, or made of days, type and
--          places], occurred_from, occurred_on [first and last day it may have been], known_on, known_until [day from
--          which a later row of the same number corrects or withdraws this one, null = it still holds]
-- source   staging.read_incidents, staging.same_events [row_id, event_key]
CREATE OR REPLACE TABLE staging.tellings AS
WITH revised AS (
    SELECT
        r.row_id,
        lead(r.known_on) OVER (
            PARTITION BY r.mapping, r.source_key
            ORDER BY r.known_on, f.obtained_on, s.file, s.sheet, r.row_id
        ) AS known_until
    FROM staging.read_incidents AS r
    JOIN raw.sheets AS s USING (sheet_id)
    JOIN raw.files AS f USING (file, file_hash)
    WHERE r.source_key IS NOT NULL AND r.verdict.fate = 'placed'
)
SELECT
    r.row_id,
    r.sheet_id,
    coalesce(m.event_key, r.own_key) AS event_key,
    r.occurred_from,
    r.occurred_on,
    r.known_on,
    r.known_on_assumed,
    v.known_until,
    r.type,
    r.election,
    r.deaths,
    r.injured,
    r.source_url,
    r.place_no
FROM staging.read_incidents AS r
LEFT JOIN staging.same_events AS m ON m.row_id = r.row_id
LEFT JOIN revised AS v ON v.row_id = r.row_id
WHERE r.verdict.fate = 'placed' AND r.status IS DISTINCT FROM 'dicabut'
ORDER BY r.row_id;
