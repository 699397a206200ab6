-- raw.forgotten: reports that were deleted for good, so that the same file cannot bring them back
-- grain    one row for each deleted row of each file's content
-- columns  file_hash [sha256], sheet [name or null], row [number in the file], reason [expired | deleted],
--          forgotten_by [name], forgotten_at [timestamp, UTC]; nothing of what the report said
-- source   rawan report-data, and the retention of the configuration
CREATE TABLE IF NOT EXISTS raw.forgotten (
    file_hash VARCHAR NOT NULL,
    sheet VARCHAR,
    "row" BIGINT NOT NULL,
    reason VARCHAR NOT NULL,
    forgotten_by VARCHAR NOT NULL,
    forgotten_at TIMESTAMP NOT NULL
);
