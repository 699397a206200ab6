-- marts.evidence: the incidents behind a village's score, with every source that tells them
-- grain    one row for each (village_code, event_key, source_url)
-- columns  occurred_on, known_on [days], type, type_group, file and row [where the telling came in]
-- source   staging.known_incidents at the published cutoff, staging.tellings, raw.rows
CREATE OR REPLACE TABLE marts.evidence AS
SELECT
    i.village_code,
    i.event_key,
    i.occurred_from,
    i.occurred_on,
    t.known_on,
    i.type,
    i.type_group,
    t.source_url,
    r.file,
    r."row",
    r.file_hash
FROM staging.known_incidents AS i
JOIN staging.tellings AS t USING (event_key)
JOIN staging.places AS p ON p.row_id = t.row_id AND p.village_code = i.village_code
JOIN raw.rows AS r ON r.row_id = t.row_id
WHERE
    i.village_code IS NOT NULL
    AND i.cutoff = getvariable('published_cutoff')
    AND t.known_on <= getvariable('published_cutoff')
ORDER BY ALL;
