-- staging.event_names: the key of each event that people see (a view)
-- grain    one row for each telling that gives its number to an event
-- columns  event_key [number given by the source or, without one, days, type and places]
-- source   staging.read_incidents, staging.written_places
CREATE OR REPLACE VIEW staging.event_names AS
SELECT
    r.row_id AS event_no,
    coalesce(r.event_id, r.occurred_from || '/' || r.occurred_on || '/' || r.type || '/' || p.place_set) AS event_key
FROM staging.read_incidents AS r
JOIN staging.written_places AS p USING (place_no);
