-- staging.mentions: when any source of any kind named a village
-- grain    one row for each (village_code, known_on)
-- source   staging.tellings and staging.report_rows through staging.places
CREATE OR REPLACE TABLE staging.mentions AS
SELECT DISTINCT p.village_code, r.known_on
FROM (
    SELECT row_id, known_on FROM staging.tellings
    UNION ALL
    SELECT row_id, known_on FROM staging.report_rows
) AS r
JOIN staging.places AS p USING (row_id)
WHERE p.village_code IS NOT NULL
ORDER BY ALL;
