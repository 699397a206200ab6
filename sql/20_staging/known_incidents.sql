-- staging.known_incidents: each event once at each place, as its sources had told it by a cutoff
-- grain    one row for each (cutoff, event_key, district_code, village_code); the cutoff 'infinity' stands for all that
--          is known today; village_code is null where the sources name no village of that kecamatan
-- columns  occurred_from, occurred_on [first and last day it may have been, by the most precise date told so far],
--          known_on [first day that any source told of this place], type [as the first source has it], type_group,
--          hazard, is_outcome, tellings [count of sources], deaths, injured [count, highest told]
-- source   staging.tellings, staging.places, reference.incident_types; what was told later does not exist yet: not its
--          better date, and not the village that it names in place of the kecamatan
CREATE OR REPLACE TABLE staging.known_incidents AS
WITH told AS (
    SELECT c.cutoff, t.*
    FROM staging.tellings AS t
    JOIN (
        SELECT cutoff FROM features.cutoffs
        UNION ALL
        SELECT DATE 'infinity'
    ) AS c ON t.known_on <= c.cutoff
),
events AS (
    SELECT
        cutoff,
        event_key,
        -- the most precise date wins: a day over a month over a year
        arg_min(occurred_from, (occurred_on - occurred_from, occurred_on)) AS occurred_from,
        arg_min(occurred_on, (occurred_on - occurred_from, occurred_on)) AS occurred_on,
        arg_min(type, (known_on, row_id)) AS type,
        max(deaths) AS deaths,
        max(injured) AS injured
    FROM told
    GROUP BY ALL
),
located AS (
    SELECT
        t.cutoff,
        t.event_key,
        p.district_code,
        p.village_code,
        min(t.known_on) AS known_on,
        count(DISTINCT t.row_id) AS tellings
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
    y.is_outcome,
    l.tellings,
    e.deaths,
    e.injured
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
