CREATE TABLE IF NOT EXISTS reference.outlines (village_code VARCHAR);
