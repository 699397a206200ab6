-- staging.mentions: when any source that speaks of trouble, or of its absence, named a village
-- grain    one row for each (village_code, known_on)
-- source   staging.tellings, staging.reports and staging.nil_returns; a permit, a count of voters or a deployment does
--          not mean that anyone looked
CREATE OR REPLACE TABLE staging.mentions AS
SELECT DISTINCT village_code, known_on
FROM (
    SELECT o.village_code, t.known_on
    FROM staging.tellings AS t
    JOIN staging.place_options AS o USING (place_no)
    UNION ALL
    SELECT o.village_code, r.known_on
    FROM staging.read_reports AS r
    JOIN staging.place_options AS o USING (place_no)
    WHERE r.verdict.fate = 'placed' AND r.status IS DISTINCT FROM 'dicabut'
    UNION ALL
    SELECT village_code, known_on
    FROM staging.nil_returns
)
WHERE village_code IS NOT NULL
ORDER BY ALL;
