-- features.past: the detailed history of a village, by group of types and by half-life, as far as it was known at a cutoff
-- grain    one row for each (village_code, cutoff)
-- columns  past_<group>_<days> [count, half-life of so many days], past_<group>_year [count a year since `history_from`],
--          past_<group>_last [0..1, 0.5 a year after the last incident, 0 = never], for each group of
--          features.type_groups and each half-life of features.half_lives
-- source   features.known_incidents with a village; detailed histories predict best (Bazzi et al. 2022)
CREATE OR REPLACE TABLE features.past AS
WITH known AS (
    SELECT i.village_code, i.cutoff, g.group_name, i.weight, i.cutoff - i.occurred_on AS age_days
    FROM features.known_incidents AS i
    JOIN features.type_groups AS g USING (type)
    WHERE i.village_code IS NOT NULL
),
measured AS (
    SELECT village_code, cutoff, group_name, half_life_days::VARCHAR AS measure, sum(weight * 0.5 ** (age_days / half_life_days)) AS value
    FROM known
    CROSS JOIN features.half_lives
    GROUP BY ALL
    UNION ALL
    SELECT village_code, cutoff, group_name, 'year', sum(weight / ((cutoff - getvariable('history_from')) / 365.25))
    FROM known
    GROUP BY ALL
    UNION ALL
    SELECT village_code, cutoff, group_name, 'last', 0.5 ** (min(age_days) / 365)
    FROM known
    GROUP BY ALL
    UNION ALL
    -- each column is there, also where no such incident is known
    SELECT NULL, NULL, group_name, unnest([half_life_days::VARCHAR, 'year', 'last']), 0
    FROM features.type_groups
    CROSS JOIN features.half_lives
),
wide AS (
    PIVOT (SELECT village_code, cutoff, 'past_' || group_name || '_' || measure AS name, value FROM measured)
    ON name
    USING any_value(value)
    GROUP BY village_code, cutoff
)
SELECT
    v.village_code,
    c.cutoff,
    coalesce(COLUMNS(w.* EXCLUDE (village_code, cutoff)), 0) AS '\0'
FROM reference.villages AS v
CROSS JOIN features.cutoffs AS c
LEFT JOIN wide AS w ON w.village_code = v.village_code AND w.cutoff = c.cutoff
ORDER BY v.village_code, c.cutoff;
