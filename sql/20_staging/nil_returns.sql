-- staging.nil_returns: units that looked and found nothing, at each place they name
-- grain    one row for each (row_id, district_code, village_code); village_code is null at the level of a kecamatan
-- columns  unit, occurred_from, occurred_on [first and last day], known_on, known_until [day from
--          which a later row of the same number corrects or withdraws this one, null = it still holds]
-- source   staging.read_nil_returns, staging.place_options, staging.revised
CREATE OR REPLACE TABLE staging.nil_returns AS
SELECT
    r.row_id,
    o.district_code,
    o.village_code,
    r.occurred_from,
    r.occurred_on,
    r.known_on,
    v.known_until,
    r.unit,
    r.source_url
FROM staging.read_nil_returns AS r
JOIN staging.place_options AS o USING (place_no)
LEFT JOIN staging.revised AS v ON v.row_id = r.row_id
WHERE r.verdict.fate = 'placed' AND r.status IS DISTINCT FROM 'dicabut'
ORDER BY r.row_id, o.district_code, o.village_code;
