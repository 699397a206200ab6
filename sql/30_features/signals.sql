-- features.signals: graded reports about a village, as far as they were known at a cutoff
-- grain    one row for each (village_code, cutoff)
-- columns  report_conflict_decayed, report_logistics_decayed [sum of weights, half-life `report_half_life_days`],
--          conflict_reports, logistics_reports [count within the window of coverage]
-- source   staging.reports; a report written from the same source as an incident is its evidence, not a signal
CREATE OR REPLACE TABLE features.signals AS
WITH known AS (
    SELECT
        r.village_code,
        c.cutoff,
        r.hazard,
        r.weight * 0.5 ** ((c.cutoff - r.occurred_on) / getvariable('report_half_life_days')) AS signal
    FROM staging.reports AS r
    JOIN features.cutoffs AS c
        ON r.occurred_on < c.cutoff
        AND r.known_on <= c.cutoff
        AND r.occurred_on >= c.cutoff - CAST(getvariable('coverage_days') AS INTEGER)
    WHERE r.village_code IS NOT NULL AND r.evidence_for IS NULL
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
