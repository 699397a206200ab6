-- marts.evidence: the incidents behind a village's score, with every source that tells them
-- grain    one row for each (village_code, event_key, source_url)
-- columns  occurred_on, known_on [days], type, type_group, file and row [where the telling came in]
-- source   features.known_incidents at the published cutoff, staging.tellings, staging.event_names, staging.place_options,
--          staging.current_incidents, raw.sheets
CREATE OR REPLACE TABLE marts.evidence AS
SELECT
    i.village_code,
    n.event_key,
    i.occurred_from,
    i.occurred_on,
    t.known_on,
    i.type,
    i.type_group,
    c.source_url,
    s.file,
    t.row_id & 4294967295 AS "row",
    s.file_hash
FROM features.known_incidents AS i
JOIN staging.tellings AS t USING (event_no)
JOIN staging.event_names AS n USING (event_no)
JOIN staging.current_incidents AS c ON c.row_id = t.row_id
JOIN staging.place_options AS p ON p.place_no = t.place_no AND p.village_code = i.village_code
JOIN raw.sheets AS s ON s.sheet_id = t.sheet_id
WHERE
    i.village_code IS NOT NULL
    AND i.cutoff = getvariable('published_cutoff')
    AND t.known_on <= getvariable('published_cutoff')
    AND (t.known_until IS NULL OR t.known_until > getvariable('published_cutoff'))
ORDER BY ALL;
