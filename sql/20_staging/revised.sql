-- staging.revised: rows that a later row of the same number corrects or withdraws
-- grain    one row for each such row, of every kind of input whose rows carry numbers
-- columns  known_until [day from which the later row is known: this one holds no longer]
-- source   staging.read_*, staging.current_*; numbers are unique among the users of a mapping. Of two rows that became
--          known on one day the later file, then the later row, holds.
CREATE OR REPLACE TABLE staging.revised AS
WITH numbered AS (
    SELECT 'incidents' AS kind, r.row_id, r.sheet_id, c.mapping, c.source_key, r.known_on
    FROM staging.read_incidents AS r
    JOIN staging.current_incidents AS c USING (row_id)
    WHERE c.source_key IS NOT NULL AND r.verdict.fate = 'placed'
    UNION ALL
    SELECT 'reports' AS kind, r.row_id, r.sheet_id, c.mapping, c.source_key, r.known_on
    FROM staging.read_reports AS r
    JOIN staging.current_reports AS c USING (row_id)
    WHERE c.source_key IS NOT NULL AND r.verdict.fate = 'placed'
    UNION ALL
    SELECT 'gatherings' AS kind, r.row_id, r.sheet_id, c.mapping, c.source_key, r.known_on
    FROM staging.read_gatherings AS r
    JOIN staging.current_gatherings AS c USING (row_id)
    WHERE c.source_key IS NOT NULL AND r.verdict.fate = 'placed'
    UNION ALL
    SELECT 'deployments' AS kind, r.row_id, r.sheet_id, c.mapping, c.source_key, r.known_on
    FROM staging.read_deployments AS r
    JOIN staging.current_deployments AS c USING (row_id)
    WHERE c.source_key IS NOT NULL AND r.verdict.fate = 'placed'
    UNION ALL
    SELECT 'nil_returns' AS kind, r.row_id, r.sheet_id, c.mapping, c.source_key, r.known_on
    FROM staging.read_nil_returns AS r
    JOIN staging.current_nil_returns AS c USING (row_id)
    WHERE c.source_key IS NOT NULL AND r.verdict.fate = 'placed'
),
ordered AS (
    SELECT
        n.row_id,
        lead(n.known_on) OVER (
            PARTITION BY n.kind, n.mapping, n.source_key
            ORDER BY n.known_on, f.obtained_on, s.file, s.sheet, n.row_id
        ) AS known_until
    FROM numbered AS n
    JOIN raw.sheets AS s USING (sheet_id)
    JOIN raw.files AS f USING (file, file_hash)
)
SELECT row_id, known_until
FROM ordered
WHERE known_until IS NOT NULL
ORDER BY row_id;
