-- features.corroboration: graded reports that agree on a village, as far as they were known at a cutoff
-- grain    one row for each (village_code, cutoff)
-- columns  report_conflict_corroborated, report_logistics_corroborated [sum of weights, half-life `report_half_life_days`: each
--          report's weight times those of the others of its hazard within `corroboration_days`, at most 1: alone it adds 0; within
--          `coverage_days`],
--          report_conflict_agreeing, report_logistics_agreeing [count, within `coverage_days`: most reports within
--          `corroboration_days` of one of them; 1 = nothing agrees, 0 = none]
-- source   features.known_reports
CREATE OR REPLACE TABLE features.corroboration AS
WITH reports AS (
    -- A report and its corrections are one. Weights in whole numbers add up to the same in any order.
    SELECT
        village_code,
        cutoff,
        hazard,
        report_key,
        max(occurred_on) AS occurred_on,
        max((weight * 4294967296)::BIGINT) AS weight
    FROM features.known_reports
    WHERE hazard IN ('conflict', 'logistics')
    GROUP BY ALL
),
agreeing AS (
    SELECT
        village_code,
        cutoff,
        hazard,
        weight / 4294967296 * 0.5 ** ((cutoff - occurred_on) / getvariable('report_half_life_days')) AS signal,
        count(*) OVER nearby AS reports,
        (sum(weight) OVER nearby - weight) / 4294967296 AS support
    FROM reports
    WINDOW nearby AS (
        PARTITION BY village_code, cutoff, hazard
        ORDER BY occurred_on - DATE '2000-01-01'
        RANGE BETWEEN getvariable('corroboration_days') PRECEDING AND getvariable('corroboration_days') FOLLOWING
    )
),
corroborated AS (
    SELECT
        village_code,
        cutoff,
        hazard,
        sum((signal * least(support, 1) * 4294967296)::BIGINT) / 4294967296 AS signal,
        max(reports) AS reports
    FROM agreeing
    GROUP BY ALL
)
SELECT
    v.village_code,
    c.cutoff,
    coalesce(a.signal, 0) AS report_conflict_corroborated,
    coalesce(b.signal, 0) AS report_logistics_corroborated,
    coalesce(a.reports, 0) AS report_conflict_agreeing,
    coalesce(b.reports, 0) AS report_logistics_agreeing
FROM reference.villages AS v
CROSS JOIN features.cutoffs AS c
LEFT JOIN corroborated AS a ON a.hazard = 'conflict' AND a.village_code = v.village_code AND a.cutoff = c.cutoff
LEFT JOIN corroborated AS b ON b.hazard = 'logistics' AND b.village_code = v.village_code AND b.cutoff = c.cutoff
ORDER BY ALL;
