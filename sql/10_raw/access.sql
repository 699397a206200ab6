-- raw.access: every time that a person read what a report says
-- grain    one row for each reading
-- columns  report [file, sheet and row], reader [name], why [command], read_at [timestamp, UTC]
-- source   the commands that show reports; nothing is deleted
CREATE TABLE IF NOT EXISTS raw.access (
    report VARCHAR NOT NULL,
    reader VARCHAR NOT NULL,
    why VARCHAR NOT NULL,
    read_at TIMESTAMP NOT NULL
);
