-- staging.incidents: each event once at each place, as it is known today (a view)
-- grain    one row for each (event_key, district_code, village_code); village_code is null where the sources name no
--          village of that kecamatan
-- columns  those of staging.event_versions without known_from and known_until
-- source   staging.event_versions
CREATE OR REPLACE VIEW staging.incidents AS
SELECT * EXCLUDE (known_from, known_until)
FROM staging.event_versions
WHERE known_until IS NULL;
