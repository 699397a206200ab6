-- staging.incidents: each event once at each place, as it is known today (a view)
-- grain    one row for each (event_no, district_code, village_code); village_code is null where the sources name no
--          village of that kecamatan
-- columns  event_key [number given by a source or, without one, days, type and places], then those of
--          staging.event_versions without known_from and known_until, and those of the type
-- source   staging.event_versions, staging.event_names, reference.incident_types
CREATE OR REPLACE VIEW staging.incidents AS
SELECT n.event_key, v.* EXCLUDE (known_from, known_until), y.type_group, y.hazard, y.is_outcome
FROM staging.event_versions AS v
JOIN reference.incident_types AS y USING (type)
JOIN staging.event_names AS n USING (event_no)
WHERE v.known_until IS NULL;
