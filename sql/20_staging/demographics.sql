-- staging.demographics: population of a village by year
-- grain    one row for each (village_code, year, known_on): a later figure never erases what was known before
-- columns  population [inhabitants], known_on [day]
-- source   staging.read_demographics
CREATE OR REPLACE TABLE staging.demographics AS
SELECT village_code, year, population, known_on, source_url
FROM staging.read_demographics
WHERE verdict.fate = 'placed'
QUALIFY row_number() OVER (PARTITION BY village_code, year, known_on ORDER BY row_id) = 1
ORDER BY ALL;
