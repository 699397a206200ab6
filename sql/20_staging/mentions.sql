-- staging.mentions: when any source that speaks of trouble, or of its absence, named a village
-- grain    one row for each (village_code, known_on)
-- source   staging.tellings, staging.read_reports and staging.read_nil_returns; a permit, a count of voters or a deployment does
--          not mean that anyone looked
CREATE OR REPLACE TABLE staging.mentions AS
WITH told AS (
    SELECT place_no, known_on FROM staging.tellings
    UNION ALL
    SELECT place_no, known_on
    FROM staging.read_reports
    WHERE verdict.fate = 'placed' AND status IS DISTINCT FROM 'dicabut'
    UNION ALL
    SELECT place_no, known_on
    FROM staging.read_nil_returns
    WHERE verdict.fate = 'placed' AND status IS DISTINCT FROM 'dicabut'
),
-- One number for village and day: villages are numbered in the order of their codes.
days AS (
    SELECT DISTINCT o.village_no * 4194304 + (t.known_on - DATE '0001-01-01') AS village_day
    FROM told AS t
    JOIN staging.place_options AS o USING (place_no)
    WHERE o.village_no IS NOT NULL
)
SELECT v.village_code, DATE '0001-01-01' + (d.village_day % 4194304)::INTEGER AS known_on
FROM days AS d
JOIN staging.plain_codes AS v ON v.number = d.village_day // 4194304
ORDER BY d.village_day;
