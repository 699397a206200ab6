-- features.known_reports: the graded reports that speak of a village, as far as they were known at a cutoff
-- grain    one row for each (cutoff, report_key, known_on, village_code)
-- columns  occurred_on, known_on, type, hazard, source_grade, information_grade, weight [0..1, as in staging.reports]
-- source   staging.reports within the window of coverage; a report written from the same source as an incident that
--          was known by then is its evidence and no signal
CREATE OR REPLACE TABLE features.known_reports AS
SELECT
    c.cutoff,
    r.report_key,
    r.row_id,
    r.village_code,
    r.occurred_on,
    r.known_on,
    r.type,
    r.hazard,
    r.source_grade,
    r.information_grade,
    r.weight
FROM staging.reports AS r
JOIN features.cutoffs AS c
    ON r.occurred_on < c.cutoff
    AND r.known_on <= c.known_by
    AND (r.known_until IS NULL OR r.known_until > c.known_by)
    AND r.occurred_on >= c.cutoff - CAST(getvariable('coverage_days') AS INTEGER)
WHERE
    r.village_code IS NOT NULL
    AND (r.evidence_known_on IS NULL OR r.evidence_known_on > c.known_by)
ORDER BY ALL;
