-- staging.incidents: each event once at each place, however many sources tell it
-- grain    one row for each (event_key, district_code, village_code); village_code is null where the
--          sources name no village of that kecamatan
-- columns  occurred_on [last day it may have been], known_on [first day that any source told of this place],
--          type [as the first source has it], type_group, hazard, is_outcome, tellings [count of sources],
--          deaths, injured [count, highest told]
-- source   staging.known_incidents as known today, whatever the cutoffs
CREATE OR REPLACE TABLE staging.incidents AS
SELECT * EXCLUDE (cutoff)
FROM staging.known_incidents
WHERE cutoff = DATE 'infinity'
ORDER BY ALL;
