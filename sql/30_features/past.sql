-- features.past: the detailed history of a village, by group of types and by half-life, as far as it was known at a cutoff
-- grain    one row for each (village_code, cutoff)
-- columns  past_<group>_<days> [count, half-life of so many days], past_<group>_year [count a year since `history_from`],
--          past_<group>_last [0..1, 0.5 a year after the last incident, 0 = never], for each group of
--          types and each half-life of the configuration
-- source   features.known_incidents with a village, features.type_numbers; detailed histories predict best (Bazzi et al. 2022).
--          The two macros hold a sum for each half-life and a column for each group; `rawan.past_columns` writes them.
CREATE OR REPLACE TABLE features.past AS
WITH known AS (
    SELECT i.village_code, t.type_no, i.cutoff, (i.cutoff - i.occurred_on)::INTEGER AS age_days, i.weight
    FROM features.known_incidents AS i
    JOIN features.type_numbers AS t ON t.type = i.type
    WHERE i.village_code IS NOT NULL
),
by_type AS (
    SELECT
        village_code,
        cutoff,
        type_no,
        features.past_steps(weight, age_days) AS steps,
        min(age_days) AS age_days
    FROM known
    GROUP BY village_code, cutoff, type_no
),
by_group AS (
    SELECT
        village_code,
        cutoff,
        features.past_groups(type_no, steps, age_days, (cutoff - getvariable('history_from')) / 365.25) AS measured
    FROM by_type
    GROUP BY village_code, cutoff
),
wide AS (
    SELECT village_code, cutoff, unnest(measured) FROM by_group
)
SELECT
    v.village_code,
    c.cutoff,
    coalesce(COLUMNS(w.* EXCLUDE (village_code, cutoff)), 0) AS '\0'
FROM reference.villages AS v
CROSS JOIN features.cutoffs AS c
LEFT JOIN wide AS w ON w.village_code = v.village_code AND w.cutoff = c.cutoff
ORDER BY v.village_code, c.cutoff;
