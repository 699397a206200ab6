-- staging.revised: rows that share their number with others: a later one corrects or withdraws the earlier
-- grain    one row for each such row, of every kind of input whose rows carry numbers
-- columns  first_id [row_id of the first of them that withdraws nothing], known_until [day from which a later row is
--          known: this one holds no longer; null = it holds]
-- source   staging.read_*, staging.current_*; numbers are unique among the users of a mapping. Of two rows that became
--          known on one day the later file, then the later row, holds.
CREATE OR REPLACE TABLE staging.revised AS
WITH numbered AS (
    SELECT 'incidents' AS kind, r.row_id, r.sheet_id, c.mapping, c.source_key, r.known_on, r.status
    FROM staging.read_incidents AS r
    JOIN staging.current_incidents AS c USING (row_id)
    WHERE c.source_key IS NOT NULL AND r.verdict.fate = 'placed'
    UNION ALL
    SELECT 'reports' AS kind, r.row_id, r.sheet_id, c.mapping, c.source_key, r.known_on, r.status
    FROM staging.read_reports AS r
    JOIN staging.current_reports AS c USING (row_id)
    WHERE c.source_key IS NOT NULL AND r.verdict.fate = 'placed'
    UNION ALL
    SELECT 'gatherings' AS kind, r.row_id, r.sheet_id, c.mapping, c.source_key, r.known_on, r.status
    FROM staging.read_gatherings AS r
    JOIN staging.current_gatherings AS c USING (row_id)
    WHERE c.source_key IS NOT NULL AND r.verdict.fate = 'placed'
    UNION ALL
    SELECT 'deployments' AS kind, r.row_id, r.sheet_id, c.mapping, c.source_key, r.known_on, r.status
    FROM staging.read_deployments AS r
    JOIN staging.current_deployments AS c USING (row_id)
    WHERE c.source_key IS NOT NULL AND r.verdict.fate = 'placed'
    UNION ALL
    SELECT 'nil_returns' AS kind, r.row_id, r.sheet_id, c.mapping, c.source_key, r.known_on, r.status
    FROM staging.read_nil_returns AS r
    JOIN staging.current_nil_returns AS c USING (row_id)
    WHERE c.source_key IS NOT NULL AND r.verdict.fate = 'placed'
),
ordered AS (
    SELECT
        n.row_id,
        lead(n.known_on) OVER told AS known_until,
        count(*) OVER (PARTITION BY n.kind, n.mapping, n.source_key) AS rows,
        first_value(CASE WHEN n.status IS DISTINCT FROM 'dicabut' THEN n.row_id END IGNORE NULLS) OVER told AS first_id
    FROM numbered AS n
    JOIN raw.sheets AS s USING (sheet_id)
    JOIN raw.files AS f USING (file, file_hash)
    WINDOW told AS (
        PARTITION BY n.kind, n.mapping, n.source_key
        ORDER BY n.known_on, f.obtained_on, s.file, s.sheet, n.row_id
    )
)
SELECT row_id, first_id, known_until
FROM ordered
WHERE rows > 1
ORDER BY row_id;
