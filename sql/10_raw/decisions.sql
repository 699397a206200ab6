CREATE TABLE IF NOT EXISTS raw.decisions (decision_id VARCHAR);
