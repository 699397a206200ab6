-- features.coverage: how much a village is heard of at all
-- grain    one row for each (village_code, cutoff)
-- columns  coverage [share 0..1 of the `coverage_half_years` half-years in which any source named the village],
--          is_blind_spot [no source of any kind named it within the window: unknown, not safe],
--          mentions_decayed [days, on which it became known that a source named it, half-life `half_life_days`],
--          nil_returns_decayed [count, of returns that found nothing there, half-life `half_life_days`]
-- source   staging.mentions, staging.nil_returns; the window is `coverage_half_years` half-years of 182 days before the cutoff
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
),
days AS (
    -- A day counts once, for as long as any of its sources still says so.
    SELECT village_code, known_on, max(coalesce(known_until, DATE 'infinity')) AS known_until
    FROM staging.mentions
    GROUP BY ALL
),
faded AS (
    SELECT
        d.village_code,
        c.cutoff,
        -- Whole numbers add up to the same in any order, so that rows which do not count change no last bit.
        sum((0.5 ** ((c.cutoff - d.known_on) / getvariable('half_life_days')) * 4294967296)::BIGINT) / 4294967296 AS mentions
    FROM days AS d
    JOIN features.cutoffs AS c ON d.known_on <= c.known_by AND d.known_until > c.known_by
    GROUP BY d.village_code, c.cutoff
),
nothing AS (
    SELECT
        n.village_code,
        c.cutoff,
        sum(0.5 ** ((c.cutoff - n.occurred_on) / getvariable('half_life_days')) ORDER BY n.occurred_on) AS returns
    FROM staging.nil_returns AS n
    JOIN features.cutoffs AS c
        ON n.occurred_on < c.cutoff
        AND n.known_on <= c.known_by
        AND (n.known_until IS NULL OR n.known_until > c.known_by)
    WHERE n.village_code IS NOT NULL
    GROUP BY ALL
)
SELECT
    v.village_code,
    c.cutoff,
    coalesce(h.half_years, 0) / getvariable('coverage_half_years') AS coverage,
    h.half_years IS NULL AS is_blind_spot,
    coalesce(f.mentions, 0) AS mentions_decayed,
    coalesce(n.returns, 0) AS nil_returns_decayed
FROM reference.villages AS v
CROSS JOIN features.cutoffs AS c
LEFT JOIN heard AS h USING (village_code, cutoff)
LEFT JOIN faded AS f USING (village_code, cutoff)
LEFT JOIN nothing AS n USING (village_code, cutoff)
ORDER BY v.village_code, c.cutoff;
