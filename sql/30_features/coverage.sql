-- features.coverage: how much a village is heard of at all
-- grain    one row for each (village_code, cutoff)
-- columns  coverage [share 0..1 of the window's half-years in which any source named the village],
--          is_blind_spot [no source of any kind named it within the window: unknown, not safe]
-- source   staging.mentions; the window is `coverage_half_years` half-years of 182 days before the cutoff
CREATE OR REPLACE TABLE features.coverage AS
WITH heard AS (
    SELECT
        m.village_code,
        c.cutoff,
        count(DISTINCT (c.cutoff - m.known_on) // 182) AS half_years
    FROM staging.mentions AS m
    JOIN features.cutoffs AS c
        ON m.known_on <= c.known_by
        AND (m.known_until IS NULL OR m.known_until > c.known_by)
        AND c.cutoff - m.known_on < 182 * CAST(getvariable('coverage_half_years') AS INTEGER)
    GROUP BY ALL
)
SELECT
    v.village_code,
    c.cutoff,
    coalesce(h.half_years, 0) / getvariable('coverage_half_years') AS coverage,
    h.half_years IS NULL AS is_blind_spot
FROM reference.villages AS v
CROSS JOIN features.cutoffs AS c
LEFT JOIN heard AS h USING (village_code, cutoff)
ORDER BY ALL;
