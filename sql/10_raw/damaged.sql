-- raw.damaged: rows that could not be read as rows of their sheet
-- grain    one row for each damaged row of each sheet
-- columns  row_id [sheet_id * 2^32 + row], reason [a sentence]
-- source   the inbox and the public record
CREATE TABLE IF NOT EXISTS raw.damaged (
    row_id BIGINT NOT NULL,
    sheet_id BIGINT NOT NULL,
    "row" BIGINT NOT NULL,
    reason VARCHAR NOT NULL
);
