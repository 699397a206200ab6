-- features.signals: graded reports about a village, as far as they were known at a cutoff
-- grain    one row for each (village_code, cutoff)
-- columns  report_conflict_decayed, report_logistics_decayed [sum of weights, half-life `report_half_life_days`, within
--          `coverage_days`],
--          conflict_reports, logistics_reports [count, within `coverage_days`]
-- source   features.known_reports
CREATE OR REPLACE TABLE features.signals AS
WITH known AS (
    SELECT
        village_code,
        cutoff,
        hazard,
        weight * 0.5 ** ((cutoff - occurred_on) / getvariable('report_half_life_days')) AS signal
    FROM features.known_reports
)
SELECT
    v.village_code,
    c.cutoff,
    coalesce(sum(k.signal) FILTER (k.hazard = 'conflict'), 0) AS report_conflict_decayed,
    coalesce(sum(k.signal) FILTER (k.hazard = 'logistics'), 0) AS report_logistics_decayed,
    count(*) FILTER (k.hazard = 'conflict') AS conflict_reports,
    count(*) FILTER (k.hazard = 'logistics') AS logistics_reports
FROM reference.villages AS v
CROSS JOIN features.cutoffs AS c
LEFT JOIN known AS k USING (village_code, cutoff)
GROUP BY ALL
ORDER BY ALL;
