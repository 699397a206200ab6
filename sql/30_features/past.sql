-- features.past: the detailed history of a village, by group of types and by half-life, as far as it was known at a cutoff
-- grain    one row for each (village_code, cutoff)
-- columns  past_<group>_<days> [count, half-life of so many days], past_<group>_year [count a year since `history_from`],
--          past_<group>_last [0..1, 0.5 a year after the last incident, 0 = never], for each group of
--          features.type_groups and each half-life of features.half_lives
-- source   features.known_incidents with a village; detailed histories predict best (Bazzi et al. 2022)
CREATE OR REPLACE TABLE features.past AS
WITH types AS (
    SELECT type, row_number() OVER (ORDER BY type)::UTINYINT AS type_no
    FROM reference.incident_types
),
villages AS (
    SELECT village_code, row_number() OVER (ORDER BY village_code)::INTEGER AS village_no
    FROM reference.villages
),
known AS MATERIALIZED (
    SELECT v.village_no, t.type_no, i.cutoff, (i.cutoff - i.occurred_on)::INTEGER AS age_days, i.weight
    FROM features.known_incidents AS i
    JOIN types AS t ON t.type = i.type
    JOIN villages AS v ON v.village_code = i.village_code
),
groups AS (
    SELECT g.group_name, t.type_no
    FROM features.type_groups AS g
    JOIN types AS t USING (type)
),
-- Whole numbers add up to the same in any order, so that rows which do not count change no last bit; 2 ** 52 steps to one
-- are as fine as the fractions themselves. Without a half-life it is the plain count.
by_type AS (
    SELECT
        k.village_no,
        k.cutoff,
        k.type_no,
        h.half_life_days,
        sum((k.weight * coalesce(0.5 ** (greatest(k.age_days, 0) / h.half_life_days), 1) * 4503599627370496)::BIGINT) AS steps,
        min(k.age_days) AS age_days
    FROM known AS k
    CROSS JOIN (SELECT half_life_days FROM features.half_lives UNION ALL SELECT NULL) AS h
    GROUP BY ALL
),
by_group AS (
    SELECT
        b.village_no,
        b.cutoff,
        g.group_name,
        b.half_life_days,
        sum(b.steps) / 4503599627370496 AS incidents,
        min(b.age_days) AS age_days
    FROM by_type AS b
    JOIN groups AS g USING (type_no)
    GROUP BY ALL
),
measured AS (
    SELECT village_no, cutoff, 'past_' || group_name || '_' || half_life_days AS name, incidents AS value
    FROM by_group
    WHERE half_life_days IS NOT NULL
    UNION ALL
    SELECT village_no, cutoff, 'past_' || group_name || '_year', incidents / ((cutoff - getvariable('history_from')) / 365.25)
    FROM by_group
    WHERE half_life_days IS NULL
    UNION ALL
    SELECT village_no, cutoff, 'past_' || group_name || '_last', 0.5 ** (age_days / 365)
    FROM by_group
    WHERE half_life_days IS NULL
    UNION ALL
    -- each column is there, also where no such incident is known
    SELECT NULL, NULL, 'past_' || group_name || '_' || unnest([half_life_days::VARCHAR, 'year', 'last']), 0
    FROM features.type_groups
    CROSS JOIN features.half_lives
),
wide AS (
    PIVOT measured
    ON name
    USING any_value(value)
    GROUP BY village_no, cutoff
)
SELECT
    v.village_code,
    c.cutoff,
    coalesce(COLUMNS(w.* EXCLUDE (village_no, cutoff)), 0) AS '\0'
FROM villages AS v
CROSS JOIN features.cutoffs AS c
LEFT JOIN wide AS w ON w.village_no = v.village_no AND w.cutoff = c.cutoff
ORDER BY v.village_code, c.cutoff;
