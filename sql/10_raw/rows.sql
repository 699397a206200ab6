-- raw.rows: every row that ever came in, as it came
-- grain    one row for each row of each file
-- columns  row_id [hash of file name, content, sheet and row], sheet [name or null], row [number in the file,
--          the header is row 1], cells [JSON: column of the file -> text], loaded_at [timestamp]
-- source   the inbox and the public record; columns that a mapping drops never get here
CREATE TABLE IF NOT EXISTS raw.rows (
    row_id VARCHAR NOT NULL,
    file VARCHAR NOT NULL,
    file_hash VARCHAR NOT NULL,
    sheet VARCHAR,
    "row" BIGINT NOT NULL,
    cells JSON NOT NULL,
    loaded_at TIMESTAMP NOT NULL
);
