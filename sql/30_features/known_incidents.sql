-- features.known_incidents: each event at each place, as its sources had told it by a cutoff (a view)
-- grain    one row for each (cutoff, event_no, district_code, village_code)
-- columns  those of staging.event_versions and of the type; only events that happened before the cutoff
-- source   staging.event_versions, reference.incident_types, features.cutoffs
CREATE OR REPLACE VIEW features.known_incidents AS
SELECT c.cutoff, v.*, y.type_group, y.hazard, y.is_outcome
FROM staging.event_versions AS v
JOIN reference.incident_types AS y USING (type)
JOIN features.cutoffs AS c
    ON v.known_from <= c.known_by
    AND (v.known_until IS NULL OR v.known_until > c.known_by)
    AND v.occurred_on < c.cutoff;
