-- raw.nil_returns: units that looked and found nothing, every row that ever came in, its cells as they came
-- grain    one row for each row of each sheet
-- columns  row_id [sheet_id * 2^32 + row], sheet_id, row [number in the file, the header counts]; the fields of
--          data/contracts/inputs.toml as text, null where empty; other [JSON: columns that no field takes],
--          excluded [why the mapping leaves the row out, null = it does not]
-- source   the inbox and the public record; columns that a mapping drops never get here
CREATE TABLE IF NOT EXISTS raw.nil_returns (
    row_id BIGINT NOT NULL,
    sheet_id BIGINT NOT NULL,
    "row" BIGINT NOT NULL,
    source_key VARCHAR,
    status VARCHAR,
    occurred_on VARCHAR,
    ended_on VARCHAR,
    known_on VARCHAR,
    unit VARCHAR,
    source_url VARCHAR,
    regency VARCHAR,
    districts VARCHAR,
    villages VARCHAR,
    village_codes VARCHAR,
    district_codes VARCHAR,
    outside VARCHAR,
    place_text VARCHAR,
    lat VARCHAR,
    lon VARCHAR,
    other VARCHAR,
    excluded VARCHAR
);
