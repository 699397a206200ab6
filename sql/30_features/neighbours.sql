-- features.neighbours: the nearest villages of each village
-- grain    one row for each (village_code, neighbour_code), the `neighbours` nearest
-- columns  distance_km [straight line], weight [0..1, falls to 1/e at `neighbour_scale_km`]
-- source   reference.villages; haversine on a sphere of 6371 km
CREATE OR REPLACE TABLE features.neighbours AS
WITH pairs AS (
    SELECT
        a.village_code,
        b.village_code AS neighbour_code,
        2 * 6371 * asin(sqrt(
            sin(radians(b.lat - a.lat) / 2) ** 2
            + cos(radians(a.lat)) * cos(radians(b.lat)) * sin(radians(b.lon - a.lon) / 2) ** 2
        )) AS distance_km
    FROM reference.villages AS a
    JOIN reference.villages AS b
        ON a.village_code != b.village_code
        -- beyond five scales the weight is below one percent
        AND abs(a.lat - b.lat) < 5 * getvariable('neighbour_scale_km') / 111.0
        AND abs(a.lon - b.lon) * cos(radians(a.lat)) < 5 * getvariable('neighbour_scale_km') / 111.0
)
SELECT
    village_code,
    neighbour_code,
    distance_km,
    exp(-distance_km / getvariable('neighbour_scale_km')) AS weight
FROM pairs
QUALIFY
    row_number() OVER (PARTITION BY village_code ORDER BY distance_km, neighbour_code)
    <= getvariable('neighbours')
ORDER BY ALL;
