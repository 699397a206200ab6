-- staging.incidents: each event once at each place, however many sources tell it
-- grain    one row for each (event_key, district_code, village_code); village_code is null where the
--          sources name no village of that kecamatan
-- columns  occurred_on [last day it may have been], known_on [first day that any source told of this place],
--          type [as the first source has it], type_group, hazard, is_outcome, tellings [count of sources],
--          deaths, injured [count, highest told]
-- source   staging.tellings, staging.places (placed rows only), reference.incident_types
CREATE OR REPLACE TABLE staging.incidents AS
WITH events AS (
    SELECT
        event_key,
        -- the most precise date wins: a day over a month over a year
        arg_min(occurred_from, (occurred_on - occurred_from, occurred_on)) AS occurred_from,
        arg_min(occurred_on, (occurred_on - occurred_from, occurred_on)) AS occurred_on,
        arg_min(type, (known_on, row_id)) AS type,
        max(deaths) AS deaths,
        max(injured) AS injured
    FROM staging.tellings
    GROUP BY event_key
),
located AS (
    SELECT
        t.event_key,
        p.district_code,
        p.village_code,
        min(t.known_on) AS known_on,
        count(DISTINCT t.row_id) AS tellings
    FROM staging.tellings AS t
    JOIN staging.places AS p USING (row_id)
    GROUP BY ALL
)
SELECT
    e.event_key,
    l.district_code,
    l.village_code,
    e.occurred_from,
    e.occurred_on,
    l.known_on,
    e.type,
    y.type_group,
    y.hazard,
    y.is_outcome,
    l.tellings,
    e.deaths,
    e.injured
FROM located AS l
JOIN events AS e USING (event_key)
JOIN reference.incident_types AS y USING (type)
WHERE
    l.village_code IS NOT NULL
    OR NOT EXISTS (
        FROM located AS v
        WHERE
            v.event_key = l.event_key
            AND v.district_code = l.district_code
            AND v.village_code IS NOT NULL
    )
ORDER BY ALL;
