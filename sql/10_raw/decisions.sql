-- raw.decisions: every answer that a person gave to a question of the queue, and every undoing; only ever added to
-- grain    one row for each answer or undoing, in the order given
-- columns  number [1, 2, 3 ... without a gap], decision_id [first 12 digits of hash], subject [place | same_event |
--          report_type | row], key [JSON list: what the question is about], action, value [JSON: name -> text],
--          decided_by [name], decided_at [timestamp, UTC], note [text, may be empty], undoes [decision_id that this
--          row takes back, else null], previous_hash [hash of the row before, empty in the first],
--          hash [sha256 over all the columns before it and previous_hash]
-- source   rawan.review.decisions; the newest answer to a key that is not undone counts
CREATE TABLE IF NOT EXISTS raw.decisions (
    number BIGINT NOT NULL,
    decision_id VARCHAR NOT NULL,
    subject VARCHAR NOT NULL,
    key VARCHAR NOT NULL,
    action VARCHAR NOT NULL,
    value VARCHAR NOT NULL,
    decided_by VARCHAR NOT NULL,
    decided_at TIMESTAMP NOT NULL,
    note VARCHAR NOT NULL,
    undoes VARCHAR,
    previous_hash VARCHAR NOT NULL,
    hash VARCHAR NOT NULL
);
