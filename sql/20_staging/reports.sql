-- staging.reports: graded reports at each place they name; near-identical texts on one place count once
-- grain    one row for each (report_key, known_on, district_code, village_code)
-- columns  report_key [mapping and number, or the row], occurred_on, known_on, known_until [day from which a later row of
--          the same number corrects or withdraws this one, null = it still holds], hazard [null = the report names no
--          type], source_grade [A..F], information_grade [1..6], weight [0..1, product of the grades' weights and of the
--          place's], evidence_for [event_key: the report and an incident come from one source, so it is no second
--          signal], evidence_known_on [day from which that is known]
-- source   staging.read_reports, staging.place_options, staging.alike [row_id, text_group], reference.grade_weights; a
--          text like one of the same place that became known up to 30 days earlier is the same report passed on
CREATE OR REPLACE TABLE staging.reports AS
WITH revised AS (
    SELECT
        r.row_id,
        lead(r.known_on) OVER (
            PARTITION BY r.mapping, r.source_key
            ORDER BY r.known_on, f.obtained_on, s.file, s.sheet, r.row_id
        ) AS known_until
    FROM staging.read_reports AS r
    JOIN raw.sheets AS s USING (sheet_id)
    JOIN raw.files AS f USING (file, file_hash)
    WHERE r.source_key IS NOT NULL AND r.verdict.fate = 'placed'
),
told AS (
    SELECT
        r.*,
        v.known_until,
        o.district_code,
        o.village_code,
        o.weight,
        coalesce(a.text_group, -r.row_id) AS text_group
    FROM staging.read_reports AS r
    JOIN staging.place_options AS o USING (place_no)
    LEFT JOIN staging.alike AS a ON a.row_id = r.row_id
    LEFT JOIN revised AS v ON v.row_id = r.row_id
    WHERE
        r.verdict.fate = 'placed'
        AND r.status IS DISTINCT FROM 'dicabut'
        AND (v.known_until IS NULL OR v.known_until > r.known_on)
),
first_heard AS (
    SELECT *
    FROM told
    QUALIFY
        coalesce(
            known_on - lag(known_on) OVER (
                PARTITION BY text_group, district_code, village_code ORDER BY known_on, row_id
            ) > 30,
            true
        )
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
    e.event_key AS evidence_for,
    e.known_on AS evidence_known_on
FROM first_heard AS r
JOIN reference.grade_weights AS s ON s.grade = r.source_grade
JOIN reference.grade_weights AS i ON i.grade = r.information_grade
LEFT JOIN reference.incident_types AS y ON y.type = r.type
LEFT JOIN (
    SELECT source_url, min(event_key) AS event_key, min(known_on) AS known_on
    FROM staging.tellings
    WHERE source_url IS NOT NULL
    GROUP BY source_url
) AS e ON e.source_url = r.source_url
ORDER BY r.row_id, r.district_code, r.village_code;
