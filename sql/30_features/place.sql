-- features.place: size, terrain and remoteness of a village
-- grain    one row for each (village_code, cutoff)
-- columns  tps_count [polling stations, newest count known at the cutoff, null = unknown], tps_source [election],
--          population [people, newest known], ikg_access, ikg_infrastructure [index 0..100, of difficulty],
--          elevation_m [m], distance_seat_km, distance_capital_km [km, straight line],
--          water_crossing_share [share of TPS reached only by boat]
-- source   reference.polling_stations, staging.polling_stations, reference.geography, staging.demographics. Terrain counts as known at
--          every cutoff: mountains do not move, and a flag for "measured in 2021" would tell the model the year.
CREATE OR REPLACE TABLE features.place AS
WITH tps AS (
    SELECT
        p.village_code,
        c.cutoff,
        arg_max(p.tps, (p.known_on, p.election)) AS tps_count,
        arg_max(p.election, (p.known_on, p.election)) AS tps_source
    FROM (
        SELECT election, village_code, tps, known_on FROM reference.polling_stations
        UNION ALL
        SELECT election, village_code, tps, known_on FROM staging.polling_stations
    ) AS p
    JOIN features.cutoffs AS c ON p.known_on <= c.known_by
    WHERE p.village_code IS NOT NULL AND p.tps IS NOT NULL
    GROUP BY ALL
),
people AS (
    SELECT d.village_code, c.cutoff, arg_max(d.population, (d.year, d.known_on)) AS population
    FROM staging.demographics AS d
    JOIN features.cutoffs AS c ON d.known_on <= c.known_by
    GROUP BY ALL
)
SELECT
    v.village_code,
    c.cutoff,
    t.tps_count,
    t.tps_source,
    p.population,
    g.ikg_access,
    g.ikg_infrastructure,
    g.elevation_m,
    g.distance_seat_km,
    g.distance_capital_km,
    g.water_crossing_share
FROM reference.villages AS v
CROSS JOIN features.cutoffs AS c
LEFT JOIN reference.geography AS g USING (village_code)
LEFT JOIN tps AS t USING (village_code, cutoff)
LEFT JOIN people AS p USING (village_code, cutoff)
ORDER BY ALL;
