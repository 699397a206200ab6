-- staging.places: where each placed row belongs (a view)
-- grain    one row for each place of each placed row; the weights of a place that cannot be told from another sum to 1
-- columns  level [village | district], village_code [null at the level of a kecamatan], district_code,
--          method [how the place was found], weight [0..1]
-- source   staging.read_*, staging.place_options
CREATE OR REPLACE VIEW staging.places AS
SELECT r.row_id, o.level, o.village_code, o.district_code, o.method, o.weight
FROM (
    SELECT row_id, place_no FROM staging.read_incidents WHERE verdict.fate = 'placed'
    UNION ALL
    SELECT row_id, place_no FROM staging.read_reports WHERE verdict.fate = 'placed'
    UNION ALL
    SELECT row_id, place_no FROM staging.read_demographics WHERE verdict.fate = 'placed'
    UNION ALL
    SELECT row_id, place_no FROM staging.read_gatherings WHERE verdict.fate = 'placed'
    UNION ALL
    SELECT row_id, place_no FROM staging.read_polling_stations WHERE verdict.fate = 'placed'
    UNION ALL
    SELECT row_id, place_no FROM staging.read_tps_vulnerability WHERE verdict.fate = 'placed'
    UNION ALL
    SELECT row_id, place_no FROM staging.read_deployments WHERE verdict.fate = 'placed'
    UNION ALL
    SELECT row_id, place_no FROM staging.read_nil_returns WHERE verdict.fate = 'placed'
) AS r
JOIN staging.place_options AS o USING (place_no);
