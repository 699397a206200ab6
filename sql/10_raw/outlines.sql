-- reference.outlines: where villages end, as the file of outlines last loaded draws them
-- grain    one row for each village that the file holds
-- columns  village_code, outline [WKB, WGS 84, longitude before latitude, polygon or multipolygon],
--          area_km2 [on the ellipsoid], file, file_hash [sha256], loaded_at [timestamp, UTC], loaded_by [user]
-- source   rawan boundaries FILE; a new file replaces the earlier one whole
CREATE TABLE IF NOT EXISTS reference.outlines (
    village_code VARCHAR NOT NULL,
    outline BLOB NOT NULL,
    area_km2 DOUBLE NOT NULL,
    file VARCHAR NOT NULL,
    file_hash VARCHAR NOT NULL,
    loaded_at TIMESTAMP NOT NULL,
    loaded_by VARCHAR NOT NULL
);
