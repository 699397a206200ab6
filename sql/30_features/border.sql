-- features.border: what had happened across the borders of a village, as far as it was known at a cutoff
-- grain    one row for each (village_code, cutoff)
-- columns  border_outcome, border_any [count a neighbour, half-life `half_life_days`: a mean over the villages that share a
--          border with it; 0 where no outline is loaded]
-- source   features.recent, features.borders
CREATE OR REPLACE TABLE features.border AS
WITH size AS (
    SELECT village_code, count(*) AS neighbours
    FROM features.borders
    GROUP BY village_code
),
lent AS (
    SELECT
        b.village_code,
        r.cutoff,
        -- in one order, so that rows which do not count change no last bit
        sum(r.outcome ORDER BY b.neighbour_code) AS outcome,
        sum(r.any_type ORDER BY b.neighbour_code) AS any_type
    FROM features.borders AS b
    JOIN features.recent AS r ON r.village_code = b.neighbour_code
    GROUP BY b.village_code, r.cutoff
)
SELECT
    v.village_code,
    c.cutoff,
    coalesce(l.outcome / s.neighbours, 0) AS border_outcome,
    coalesce(l.any_type / s.neighbours, 0) AS border_any
FROM reference.villages AS v
CROSS JOIN features.cutoffs AS c
LEFT JOIN size AS s ON s.village_code = v.village_code
LEFT JOIN lent AS l ON l.village_code = v.village_code AND l.cutoff = c.cutoff
ORDER BY ALL;
