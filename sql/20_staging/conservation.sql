-- staging.conservation: at each join, what went in and what became of it
-- grain    one row for each (step, file, sheet)
-- columns  input, placed, excluded, quarantined [rows], holds [placed + excluded + quarantined = input]
--          step fates: rows that came in, by their fate; step tellings: placed rows on incidents, excluded those that only
--          withdraw; step events: tellings, excluded those that were corrected on the day they became known; step
--          reports: placed reports, excluded those that withdraw, were corrected at once, or repeat a text
-- source   raw.sheets, staging.fates, staging.tellings, staging.event_versions, staging.reports
CREATE OR REPLACE TABLE staging.conservation AS
WITH sheets AS (
    SELECT s.sheet_id, s.file, s.sheet, s.rows
    FROM raw.sheets AS s
    JOIN raw.files AS f USING (file, file_hash)
    WHERE f.is_current
),
fates AS (
    SELECT
        sheet_id,
        count(*) FILTER (fate = 'placed') AS placed,
        count(*) FILTER (fate = 'excluded') AS excluded,
        count(*) FILTER (fate = 'quarantined') AS quarantined
    FROM staging.fates
    GROUP BY sheet_id
),
told AS (
    SELECT sheet_id, count(*) AS rows
    FROM staging.tellings
    GROUP BY sheet_id
),
placed_incidents AS (
    SELECT sheet_id, count(*) AS rows, count(*) FILTER (status = 'dicabut') AS withdrawals
    FROM staging.read_incidents
    WHERE verdict.fate = 'placed'
    GROUP BY sheet_id
),
in_events AS (
    SELECT
        t.sheet_id,
        count(*) AS rows,
        count(*) FILTER (t.is_placed) AS placed,
        count(*) FILTER (NOT t.is_placed AND t.known_until <= t.known_on) AS excluded
    FROM (
        SELECT sheet_id, known_on, known_until, event_no IN (SELECT event_no FROM staging.event_versions) AS is_placed
        FROM staging.tellings
    ) AS t
    GROUP BY t.sheet_id
),
placed_reports AS (
    SELECT
        r.sheet_id,
        count(*) AS rows,
        count(*) FILTER (p.row_id IS NOT NULL) AS placed,
        count(*) FILTER (
            p.row_id IS NULL AND (r.status = 'dicabut' OR n.row_id IS NOT NULL OR v.known_until <= r.known_on)
        ) AS excluded
    FROM staging.read_reports AS r
    LEFT JOIN (SELECT DISTINCT row_id FROM staging.reports) AS p ON p.row_id = r.row_id
    LEFT JOIN (SELECT DISTINCT row_id FROM staging.alike) AS n ON n.row_id = r.row_id
    LEFT JOIN staging.revised AS v ON v.row_id = r.row_id
    WHERE r.verdict.fate = 'placed'
    GROUP BY r.sheet_id
),
steps AS (
    SELECT
        'fates' AS step,
        s.sheet_id,
        s.rows AS input,
        coalesce(f.placed, 0) AS placed,
        coalesce(f.excluded, 0) AS excluded,
        coalesce(f.quarantined, 0) AS quarantined
    FROM sheets AS s
    LEFT JOIN fates AS f USING (sheet_id)
    UNION ALL
    SELECT 'tellings', p.sheet_id, p.rows, coalesce(t.rows, 0), p.withdrawals, 0
    FROM placed_incidents AS p
    LEFT JOIN told AS t USING (sheet_id)
    UNION ALL
    SELECT 'events', sheet_id, rows, placed, excluded, 0
    FROM in_events
    UNION ALL
    SELECT 'reports', sheet_id, rows, placed, excluded, 0
    FROM placed_reports
)
SELECT
    t.step,
    s.file,
    s.sheet,
    t.input,
    t.placed,
    t.excluded,
    t.quarantined,
    t.placed + t.excluded + t.quarantined = t.input AS holds
FROM steps AS t
JOIN sheets AS s USING (sheet_id)
ORDER BY ALL;
