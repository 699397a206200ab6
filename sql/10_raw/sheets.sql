-- raw.sheets: the tables that files hold: one a file, or one a sheet of a workbook
-- grain    one row for each sheet of each content of each file
-- columns  sheet_id [31 bits, from file, file_hash and sheet], sheet [name, null where a file has no sheets],
--          kind [of data/contracts/inputs.toml], mapping [name], mapping_digest [of the mapping's content],
--          rows [count that came in, damaged ones included]
-- source   the inbox and the public record
CREATE TABLE IF NOT EXISTS raw.sheets (
    sheet_id BIGINT NOT NULL,
    file VARCHAR NOT NULL,
    file_hash VARCHAR NOT NULL,
    sheet VARCHAR,
    kind VARCHAR NOT NULL,
    mapping VARCHAR NOT NULL,
    mapping_digest VARCHAR NOT NULL,
    rows BIGINT NOT NULL
);
