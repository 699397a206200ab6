-- features.planned: what was planned in a village for the days asked about, as far as it was known at a cutoff
-- grain    one row for each (village_code, cutoff)
-- columns  gatherings_planned [gatherings, with a day in the window], gathering_people [people expected at them; 0 where the
--          rows do not say]
-- source   staging.gatherings with a village
CREATE OR REPLACE TABLE features.planned AS
WITH ahead AS (
    SELECT g.village_code, c.cutoff, count(*) AS gatherings, sum(g.expected_people) AS people
    FROM staging.gatherings AS g
    JOIN features.cutoffs AS c
        ON g.occurred_from < c.window_until
        AND g.occurred_on >= c.window_from
        AND g.known_on <= c.known_by
        AND (g.known_until IS NULL OR g.known_until > c.known_by)
    WHERE g.village_code IS NOT NULL
    GROUP BY ALL
)
SELECT
    v.village_code,
    c.cutoff,
    coalesce(a.gatherings, 0) AS gatherings_planned,
    coalesce(a.people, 0)::DOUBLE AS gathering_people
FROM reference.villages AS v
CROSS JOIN features.cutoffs AS c
LEFT JOIN ahead AS a ON a.village_code = v.village_code AND a.cutoff = c.cutoff
ORDER BY ALL;
