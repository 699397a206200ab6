-- features.surroundings: what had happened around a village, as far as it was known at a cutoff
-- grain    one row for each (village_code, cutoff)
-- columns  district_clash_decayed [count a village, half-life `long_half_life_days`, elsewhere in the kecamatan,
--          with incidents known only at kecamatan level], district_clash_recent [count a village, elsewhere in the kecamatan
--          within `contagion_days`], both 0 where all have one parent; neighbour_clash_decayed [weighted count, by nearness,
--          half-life `long_half_life_days`],
--          near_outcome, near_any [count a neighbour, half-life `half_life_days`, outcome incidents and those of any type]
-- source   features.known_incidents, features.recent, features.history, features.neighbours
CREATE OR REPLACE TABLE features.surroundings AS
WITH numbered AS (
    SELECT village_code, row_number() OVER (ORDER BY village_code)::INTEGER AS village_no
    FROM reference.villages
),
district AS (
    SELECT
        district_code,
        cutoff,
        sum(weight * 0.5 ** ((cutoff - occurred_on) / getvariable('long_half_life_days'))) AS clash_decayed
    FROM features.known_incidents
    WHERE hazard = 'conflict' AND is_outcome
    GROUP BY ALL
),
size AS (
    -- Where all units have one parent, elsewhere in it is everywhere else: that tells no unit from another.
    SELECT district_code, count(*) AS villages, count(*) OVER () > 1 AS are_several
    FROM reference.villages
    GROUP BY district_code
),
lately AS (
    SELECT district_code, cutoff, sum(outcome_recent ORDER BY village_code) AS outcome_recent
    FROM features.recent
    GROUP BY ALL
),
own AS (
    SELECT
        village_code,
        cutoff,
        sum(weight * 0.5 ** ((cutoff - occurred_on) / getvariable('long_half_life_days')))
            FILTER (hazard = 'conflict' AND is_outcome) AS long,
        sum(weight * 0.5 ** ((cutoff - occurred_on) / getvariable('half_life_days')))
            FILTER (hazard = 'conflict' AND is_outcome) AS outcome,
        sum(weight * 0.5 ** ((cutoff - occurred_on) / getvariable('half_life_days'))) AS any_type
    FROM features.known_incidents
    WHERE village_code IS NOT NULL
    GROUP BY ALL
),
lending AS (
    SELECT v.village_no, o.*
    FROM own AS o
    JOIN numbered AS v USING (village_code)
),
pairs AS (
    SELECT a.village_no, b.village_no AS neighbour_no, n.weight
    FROM features.neighbours AS n
    JOIN numbered AS a ON a.village_code = n.village_code
    JOIN numbered AS b ON b.village_code = n.neighbour_code
),
near AS (
    SELECT
        n.village_no,
        o.cutoff,
        -- in one order, so that rows which do not count change no last bit
        sum(n.weight * o.long ORDER BY n.neighbour_no) AS clash_decayed,
        sum(n.weight * o.outcome ORDER BY n.neighbour_no) AS outcome,
        sum(n.weight * o.any_type ORDER BY n.neighbour_no) AS any_type
    FROM pairs AS n
    JOIN lending AS o ON o.village_no = n.neighbour_no
    GROUP BY ALL
),
reach AS (
    SELECT village_code, sum(weight) AS weight
    FROM features.neighbours
    GROUP BY village_code
)
SELECT
    h.village_code,
    h.cutoff,
    CASE WHEN s.are_several THEN greatest(coalesce(d.clash_decayed, 0) - h.clash_decayed_long, 0) / s.villages ELSE 0 END
        AS district_clash_decayed,
    CASE WHEN s.are_several THEN greatest(coalesce(y.outcome_recent, 0) - coalesce(e.outcome_recent, 0), 0) / s.villages ELSE 0 END
        AS district_clash_recent,
    coalesce(n.clash_decayed, 0) AS neighbour_clash_decayed,
    coalesce(n.outcome / r.weight, 0) AS near_outcome,
    coalesce(n.any_type / r.weight, 0) AS near_any
FROM features.history AS h
JOIN reference.villages AS v USING (village_code)
JOIN size AS s USING (district_code)
LEFT JOIN district AS d USING (district_code, cutoff)
LEFT JOIN lately AS y USING (district_code, cutoff)
LEFT JOIN features.recent AS e ON e.village_code = h.village_code AND e.cutoff = h.cutoff
LEFT JOIN reach AS r ON r.village_code = h.village_code
JOIN numbered AS m ON m.village_code = h.village_code
LEFT JOIN near AS n ON n.village_no = m.village_no AND n.cutoff = h.cutoff
ORDER BY ALL;
