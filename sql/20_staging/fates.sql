-- staging.fates: what became of each row that came in (a view: the rows themselves are in staging.read_*)
-- grain    one row for each current row of raw, damaged ones included
-- columns  kind, sheet_id, place_no, fate [placed | excluded | quarantined], field [of the contract, null = the whole row],
--          reason [a sentence, null = placed]
-- source   staging.read_*, raw.damaged
CREATE OR REPLACE VIEW staging.fates AS
SELECT row_id, sheet_id, place_no, 'incidents' AS kind, verdict.fate AS fate, verdict.field AS field, verdict.reason AS reason
FROM staging.read_incidents
UNION ALL
SELECT row_id, sheet_id, place_no, 'reports' AS kind, verdict.fate AS fate, verdict.field AS field, verdict.reason AS reason
FROM staging.read_reports
UNION ALL
SELECT row_id, sheet_id, place_no, 'demographics' AS kind, verdict.fate AS fate, verdict.field AS field, verdict.reason AS reason
FROM staging.read_demographics
UNION ALL
SELECT row_id, sheet_id, place_no, 'gatherings' AS kind, verdict.fate AS fate, verdict.field AS field, verdict.reason AS reason
FROM staging.read_gatherings
UNION ALL
SELECT row_id, sheet_id, place_no, 'polling_stations' AS kind, verdict.fate AS fate, verdict.field AS field, verdict.reason AS reason
FROM staging.read_polling_stations
UNION ALL
SELECT row_id, sheet_id, place_no, 'tps_vulnerability' AS kind, verdict.fate AS fate, verdict.field AS field, verdict.reason AS reason
FROM staging.read_tps_vulnerability
UNION ALL
SELECT row_id, sheet_id, place_no, 'deployments' AS kind, verdict.fate AS fate, verdict.field AS field, verdict.reason AS reason
FROM staging.read_deployments
UNION ALL
SELECT row_id, sheet_id, place_no, 'nil_returns' AS kind, verdict.fate AS fate, verdict.field AS field, verdict.reason AS reason
FROM staging.read_nil_returns
UNION ALL
SELECT d.row_id, d.sheet_id, NULL, s.kind, coalesce(x.fate, 'quarantined'), NULL, coalesce(x.reason, d.reason)
FROM raw.damaged AS d
JOIN raw.sheets AS s USING (sheet_id)
JOIN raw.files AS f USING (file, file_hash)
LEFT JOIN staging.dismissed AS x USING (row_id)
WHERE f.is_current;
