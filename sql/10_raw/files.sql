-- raw.files: every file that ever came in
-- grain    one row for each content (file_hash) of each name (file)
-- columns  file [path as named in the intake], file_hash [sha256], origin [record | inbox], obtained_on [date],
--          loaded_at [timestamp, UTC], is_current [false once a newer content of the same name came in]
-- source   the inbox and the public record
CREATE TABLE IF NOT EXISTS raw.files (
    file VARCHAR NOT NULL,
    file_hash VARCHAR NOT NULL,
    origin VARCHAR NOT NULL,
    obtained_on DATE NOT NULL,
    loaded_at TIMESTAMP NOT NULL,
    is_current BOOLEAN NOT NULL
);
