-- features.surroundings: what had happened around a village, as far as it was known at a cutoff
-- grain    one row for each (village_code, cutoff)
-- columns  district_clash_decayed [count a village, half-life `long_half_life_days`, elsewhere in the kecamatan,
--          with incidents known only at kecamatan level], neighbour_clash_decayed [count, weighted by nearness]
-- source   features.known_incidents, features.history, features.neighbours
CREATE OR REPLACE TABLE features.surroundings AS
WITH district AS (
    SELECT
        district_code,
        cutoff,
        sum(weight * 0.5 ** ((cutoff - occurred_on) / getvariable('long_half_life_days'))) AS clash_decayed
    FROM features.known_incidents
    WHERE hazard = 'conflict' AND is_outcome
    GROUP BY ALL
),
size AS (
    SELECT district_code, count(*) AS villages
    FROM reference.villages
    GROUP BY district_code
),
near AS (
    SELECT n.village_code, h.cutoff, sum(n.weight * h.clash_decayed_long) AS clash_decayed
    FROM features.neighbours AS n
    JOIN features.history AS h ON h.village_code = n.neighbour_code
    WHERE h.clash_decayed_long > 0
    GROUP BY ALL
)
SELECT
    h.village_code,
    h.cutoff,
    greatest(coalesce(d.clash_decayed, 0) - h.clash_decayed_long, 0) / s.villages AS district_clash_decayed,
    coalesce(n.clash_decayed, 0) AS neighbour_clash_decayed
FROM features.history AS h
JOIN reference.villages AS v USING (village_code)
JOIN size AS s USING (district_code)
LEFT JOIN district AS d USING (district_code, cutoff)
LEFT JOIN near AS n ON n.village_code = h.village_code AND n.cutoff = h.cutoff
ORDER BY ALL;
