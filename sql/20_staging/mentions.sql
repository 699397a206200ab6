-- staging.mentions: when any source that speaks of trouble, or of its absence, named a village
-- grain    one row for each (village_code, known_on)
-- source   staging.tellings, staging.read_reports and staging.read_nil_returns; a permit, a count of voters or a deployment does
--          not mean that anyone looked
CREATE OR REPLACE TABLE staging.mentions AS
SELECT v.village_code, m.known_on
FROM (
    SELECT DISTINCT o.village_no, t.known_on
    FROM staging.tellings AS t
    JOIN staging.place_options AS o USING (place_no)
    UNION
    SELECT DISTINCT o.village_no, r.known_on
    FROM staging.read_reports AS r
    JOIN staging.place_options AS o USING (place_no)
    WHERE r.verdict.fate = 'placed' AND r.status IS DISTINCT FROM 'dicabut'
    UNION
    SELECT o.village_no, r.known_on
    FROM staging.read_nil_returns AS r
    JOIN staging.place_options AS o USING (place_no)
    WHERE r.verdict.fate = 'placed' AND r.status IS DISTINCT FROM 'dicabut'
) AS m
JOIN staging.plain_codes AS v ON v.number = m.village_no
ORDER BY ALL;
