-- staging.reports: graded reports at each place they name; near-identical texts on one place count once
-- grain    one row for each (report_key, known_on, district_code, village_code)
-- columns  report_key [mapping and number, or the row], occurred_on, known_on, known_until [day from which a later row of
--          the same number corrects or withdraws this one, null = it still holds], hazard [null = the report names no
--          type], source_grade [A..F], information_grade [1..6], weight [0..1, product of the grades' weights and of the
--          place's], evidence_for [event_no: the report and an incident come from one source, so it is no second
--          signal], evidence_known_on [day from which that is known]
-- source   staging.read_reports, staging.place_options, staging.revised,
--          staging.alike [row_id, district_code, village_code: passed on, so it does not count there],
--          staging.tellings, reference.grade_weights
CREATE OR REPLACE TABLE staging.reports AS
WITH told AS (
    SELECT
        r.* EXCLUDE (verdict),
        c.mapping,
        c.source_key,
        c.source_url,
        v.known_until,
        o.district_code,
        o.village_code,
        o.weight
    FROM staging.read_reports AS r
    JOIN staging.current_reports AS c ON c.row_id = r.row_id
    JOIN staging.place_options AS o ON o.place_no = r.place_no
    LEFT JOIN staging.alike AS a
        ON a.row_id = r.row_id
        AND a.district_code = o.district_code
        AND a.village_code IS NOT DISTINCT FROM o.village_code
    LEFT JOIN staging.revised AS v ON v.row_id = r.row_id
    WHERE
        r.verdict.fate = 'placed'
        AND r.status IS DISTINCT FROM 'dicabut'
        AND (v.known_until IS NULL OR v.known_until > r.known_on)
        AND a.row_id IS NULL
),
evidence AS (
    SELECT c.source_url, min(t.event_no) AS event_no, min(t.known_on) AS known_on
    FROM staging.current_incidents AS c
    JOIN staging.tellings AS t USING (row_id)
    WHERE c.source_url IN (SELECT source_url FROM told)
    GROUP BY ALL
)
SELECT
    coalesce(r.mapping || ':' || r.source_key, 'row:' || r.row_id) AS report_key,
    r.row_id,
    r.district_code,
    r.village_code,
    r.occurred_on,
    r.known_on,
    r.known_until,
    r.type,
    y.hazard,
    r.source_grade,
    r.information_grade,
    s.weight * i.weight * r.weight AS weight,
    e.event_no AS evidence_for,
    e.known_on AS evidence_known_on
FROM told AS r
JOIN reference.grade_weights AS s ON s.grade = r.source_grade
JOIN reference.grade_weights AS i ON i.grade = r.information_grade
LEFT JOIN reference.incident_types AS y ON y.type = r.type
LEFT JOIN evidence AS e ON e.source_url = r.source_url
ORDER BY r.row_id, r.district_code, r.village_code;
