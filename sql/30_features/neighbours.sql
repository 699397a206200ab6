-- features.neighbours: the nearest villages of each village
-- grain    one row for each (village_code, neighbour_code), the `neighbours` nearest
-- columns  distance_km [straight line], weight [0..1, falls to 1/e at `neighbour_scale_km`]
-- source   reference.villages; haversine on a sphere of 6371 km
CREATE OR REPLACE TABLE features.neighbours AS
WITH placed AS (
    SELECT
        row_number() OVER (ORDER BY village_code)::INTEGER AS village_no,
        village_code,
        lat,
        lon,
        -- beyond five scales the weight is below one percent
        5 * getvariable('neighbour_scale_km') / 111.0 AS reach,
        cos(radians(max(abs(lat)) OVER ())) AS narrowest
    FROM reference.villages
    WHERE lat IS NOT NULL AND lon IS NOT NULL
),
celled AS (
    -- Cells as high and as wide as the reach: whoever is within it lies in the same cell or in one beside it.
    SELECT *, floor(lat / reach)::BIGINT AS row_no, floor(lon * narrowest / reach)::BIGINT AS column_no FROM placed
),
beside AS (
    SELECT c.* EXCLUDE (row_no, column_no), c.row_no + i.step AS row_no, c.column_no + j.step AS column_no
    FROM celled AS c
    CROSS JOIN (VALUES (-1), (0), (1)) AS i (step)
    CROSS JOIN (VALUES (-1), (0), (1)) AS j (step)
),
pairs AS (
    SELECT
        a.village_no,
        b.village_no AS neighbour_no,
        2 * 6371 * asin(sqrt(
            sin(radians(b.lat - a.lat) / 2) ** 2
            + cos(radians(a.lat)) * cos(radians(b.lat)) * sin(radians(b.lon - a.lon) / 2) ** 2
        )) AS distance_km
    FROM beside AS a
    JOIN celled AS b
        ON a.row_no = b.row_no
        AND a.column_no = b.column_no
        AND a.village_no != b.village_no
        AND abs(a.lat - b.lat) < a.reach
        AND abs(a.lon - b.lon) * cos(radians(a.lat)) < a.reach
),
nearest AS (
    SELECT
        village_no,
        unnest(min_by({'no': neighbour_no, 'km': distance_km}, (distance_km, neighbour_no), getvariable('neighbours'))) AS found
    FROM pairs
    GROUP BY village_no
)
SELECT
    a.village_code,
    b.village_code AS neighbour_code,
    n.found.km AS distance_km,
    exp(-n.found.km / getvariable('neighbour_scale_km')) AS weight
FROM nearest AS n
JOIN placed AS a USING (village_no)
JOIN placed AS b ON b.village_no = n.found.no
ORDER BY ALL;
