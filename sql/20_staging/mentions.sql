-- staging.mentions: when any source that speaks of trouble, or of its absence, named a village
-- grain    one row for each (village_code, known_on, known_until)
-- columns  known_on [day], known_until [day from which the source no longer says so: it withdrew the row, or corrected
--          its place; null = it still does]
-- source   staging.own_events, staging.read_reports and staging.read_nil_returns; a permit, a count of voters or a
--          deployment does not mean that anyone looked
CREATE OR REPLACE TABLE staging.mentions AS
WITH told AS (
    SELECT row_id, place_no, known_on
    FROM staging.own_events
    UNION ALL
    SELECT row_id, place_no, known_on
    FROM staging.read_reports
    WHERE verdict.fate = 'placed' AND status IS DISTINCT FROM 'dicabut'
    UNION ALL
    SELECT row_id, place_no, known_on
    FROM staging.read_nil_returns
    WHERE verdict.fate = 'placed' AND status IS DISTINCT FROM 'dicabut'
),
corrected AS (
    -- A correction that names the village again takes nothing back.
    SELECT
        o.village_no,
        t.known_on,
        max(coalesce(v.known_until, DATE 'infinity')) OVER (PARTITION BY v.first_id, o.village_no) AS known_until
    FROM told AS t
    JOIN staging.revised AS v ON v.row_id = t.row_id
    JOIN staging.place_options AS o USING (place_no)
    WHERE v.known_until IS NULL OR v.known_until > t.known_on
),
named AS (
    SELECT DISTINCT o.village_no, t.known_on, NULL::DATE AS known_until
    FROM told AS t
    JOIN staging.place_options AS o USING (place_no)
    WHERE t.row_id NOT IN (SELECT row_id FROM staging.revised)
    UNION
    SELECT village_no, known_on, nullif(known_until, DATE 'infinity') AS known_until
    FROM corrected
)
SELECT v.village_code, n.known_on, n.known_until
FROM named AS n
JOIN staging.plain_codes AS v ON v.number = n.village_no
ORDER BY ALL;
