-- staging.reports: graded reports at each place they name
-- grain    one row for each (report_key, district_code, village_code)
-- columns  occurred_on, known_on, hazard [null = the report names no type], source_grade [A..F],
--          information_grade [1..6], weight [0..1, product of the grades' weights],
--          evidence_for [event_key: the report and an incident come from one source, so it is no second signal],
--          evidence_known_on [day from which that is known]
-- source   staging.report_rows, staging.places, reference.grade_weights
CREATE OR REPLACE TABLE staging.reports AS
SELECT
    r.report_key,
    p.district_code,
    p.village_code,
    r.occurred_on,
    r.known_on,
    r.type,
    y.hazard,
    r.source_grade,
    r.information_grade,
    s.weight * i.weight AS weight,
    e.event_key AS evidence_for,
    e.known_on AS evidence_known_on
FROM staging.report_rows AS r
JOIN staging.places AS p USING (row_id)
JOIN reference.grade_weights AS s ON s.grade = r.source_grade
JOIN reference.grade_weights AS i ON i.grade = r.information_grade
LEFT JOIN reference.incident_types AS y ON y.type = r.type
LEFT JOIN (
    SELECT source_url, min(event_key) AS event_key, min(known_on) AS known_on
    FROM staging.tellings
    GROUP BY source_url
) AS e ON e.source_url = r.source_url
QUALIFY row_number() OVER (PARTITION BY r.report_key, p.district_code, p.village_code ORDER BY r.known_on, r.row_id) = 1
ORDER BY ALL;
