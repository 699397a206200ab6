-- features.known_incidents: each event as its sources had told it by a cutoff
-- grain    one row for each (cutoff, event_key, district_code, village_code)
-- columns  occurred_from, occurred_on [first and last day it may have been, by the most precise date told so far],
--          known_on [first day that any source told of this place], type, type_group, hazard, is_outcome
-- source   staging.tellings, staging.places, reference.incident_types; what was told later does not exist yet: not its
--          better date, and not the village that it names in place of the kecamatan
CREATE OR REPLACE TABLE features.known_incidents AS
WITH told AS (
    SELECT c.cutoff, t.row_id, t.event_key, t.occurred_from, t.occurred_on, t.known_on, t.type
    FROM staging.tellings AS t
    JOIN features.cutoffs AS c ON t.known_on <= c.cutoff
),
events AS (
    SELECT
        cutoff,
        event_key,
        arg_min(occurred_from, (occurred_on - occurred_from, occurred_on)) AS occurred_from,
        arg_min(occurred_on, (occurred_on - occurred_from, occurred_on)) AS occurred_on,
        arg_min(type, (known_on, row_id)) AS type
    FROM told
    GROUP BY ALL
),
located AS (
    SELECT t.cutoff, t.event_key, p.district_code, p.village_code, min(t.known_on) AS known_on
    FROM told AS t
    JOIN staging.places AS p USING (row_id)
    GROUP BY ALL
)
SELECT
    l.cutoff,
    l.event_key,
    l.district_code,
    l.village_code,
    e.occurred_from,
    e.occurred_on,
    l.known_on,
    e.type,
    y.type_group,
    y.hazard,
    y.is_outcome
FROM located AS l
JOIN events AS e USING (cutoff, event_key)
JOIN reference.incident_types AS y USING (type)
WHERE
    e.occurred_on < l.cutoff
    AND (
        l.village_code IS NOT NULL
        OR NOT EXISTS (
            FROM located AS v
            WHERE
                v.cutoff = l.cutoff
                AND v.event_key = l.event_key
                AND v.district_code = l.district_code
                AND v.village_code IS NOT NULL
        )
    )
ORDER BY ALL;
