-- features.around: what had happened at two distances, as far as it was known at a cutoff
-- grain    one row for each (village_code, cutoff)
-- columns  around_near_outcome, around_near_any [count a neighbour, half-life `half_life_days`: a mean, weighted by a Gaussian
--          of the distance with scale `near_scale_km`], around_far_outcome, around_far_any [count a neighbour, half-life
--          `half_life_days`: the same with scale `far_scale_km`],
--          around_trend [log ratio, of the yearly rate within `near_scale_km`, so weighted, with `half_life_days` to that with
--          `long_half_life_days`, `trend_offset` added to both]
-- source   features.recent, reference.villages; great circles on a sphere of 6371 km. 2.5 scales away a weight is 0.04, and
--          beyond it is 0. Without a unit so near all are 0.
CREATE OR REPLACE TABLE features.around AS
WITH points AS (
    SELECT
        row_number() OVER (ORDER BY village_code)::INTEGER AS village_no,
        village_code,
        6371 * cos(radians(lat)) * cos(radians(lon)) AS x,
        6371 * cos(radians(lat)) * sin(radians(lon)) AS y,
        6371 * sin(radians(lat)) AS z,
        2.5 * getvariable('far_scale_km') AS reach
    FROM reference.villages
    WHERE lat IS NOT NULL AND lon IS NOT NULL AND getvariable('far_scale_km') IS NOT NULL
),
placed AS (
    -- Cubes as wide as the reach: whoever is within it lies in the same cube or in one beside it.
    SELECT *, floor(x / reach)::BIGINT AS i, floor(y / reach)::BIGINT AS j, floor(z / reach)::BIGINT AS k FROM points
),
beside AS (
    SELECT p.* EXCLUDE (i, j, k), p.i + a.step AS i, p.j + b.step AS j, p.k + c.step AS k
    FROM placed AS p
    CROSS JOIN (VALUES (-1), (0), (1)) AS a (step)
    CROSS JOIN (VALUES (-1), (0), (1)) AS b (step)
    CROSS JOIN (VALUES (-1), (0), (1)) AS c (step)
),
pairs AS (
    SELECT
        a.village_no,
        b.village_no AS neighbour_no,
        2 * 6371 * asin(least(sqrt((a.x - b.x) ** 2 + (a.y - b.y) ** 2 + (a.z - b.z) ** 2) / (2 * 6371), 1)) AS km
    FROM placed AS b
    JOIN beside AS a USING (i, j, k)
    WHERE a.village_no != b.village_no
),
weighed AS (
    SELECT
        village_no,
        neighbour_no,
        CASE WHEN km <= 2.5 * getvariable('near_scale_km') THEN exp(-0.5 * (km / getvariable('near_scale_km')) ** 2) ELSE 0 END
            AS near,
        exp(-0.5 * (km / getvariable('far_scale_km')) ** 2) AS far
    FROM pairs
    WHERE km <= 2.5 * getvariable('far_scale_km')
),
reach AS (
    SELECT
        village_no,
        sum((near * 4294967296)::BIGINT) / 4294967296 AS near,
        sum((far * 4294967296)::BIGINT) / 4294967296 AS far
    FROM weighed
    GROUP BY village_no
),
told AS (
    SELECT p.village_no, r.*
    FROM features.recent AS r
    JOIN points AS p USING (village_code)
),
-- Sums of whole numbers, as in features.recent.
lent AS (
    SELECT
        w.village_no,
        r.cutoff,
        sum((w.near * r.outcome * 4294967296)::BIGINT) / 4294967296 AS near_outcome,
        sum((w.near * r.outcome_long * 4294967296)::BIGINT) / 4294967296 AS near_outcome_long,
        sum((w.near * r.any_type * 4294967296)::BIGINT) / 4294967296 AS near_any,
        sum((w.far * r.outcome * 4294967296)::BIGINT) / 4294967296 AS far_outcome,
        sum((w.far * r.any_type * 4294967296)::BIGINT) / 4294967296 AS far_any
    FROM weighed AS w
    JOIN told AS r ON r.village_no = w.neighbour_no
    GROUP BY w.village_no, r.cutoff
),
means AS (
    SELECT
        v.village_code,
        c.cutoff,
        coalesce(l.near_outcome / nullif(w.near, 0), 0) AS near_outcome,
        coalesce(l.near_outcome_long / nullif(w.near, 0), 0) AS near_outcome_long,
        coalesce(l.near_any / nullif(w.near, 0), 0) AS near_any,
        coalesce(l.far_outcome / nullif(w.far, 0), 0) AS far_outcome,
        coalesce(l.far_any / nullif(w.far, 0), 0) AS far_any
    FROM reference.villages AS v
    CROSS JOIN features.cutoffs AS c
    LEFT JOIN points AS p ON p.village_code = v.village_code
    LEFT JOIN reach AS w ON w.village_no = p.village_no
    LEFT JOIN lent AS l ON l.village_no = p.village_no AND l.cutoff = c.cutoff
)
SELECT
    m.village_code,
    m.cutoff,
    m.near_outcome AS around_near_outcome,
    m.near_any AS around_near_any,
    m.far_outcome AS around_far_outcome,
    m.far_any AS around_far_any,
    ln(
        (m.near_outcome * r.short + getvariable('trend_offset'))
        / (m.near_outcome_long * r.long + getvariable('trend_offset'))
    ) AS around_trend
FROM means AS m
JOIN features.rates AS r USING (cutoff)
ORDER BY ALL;
