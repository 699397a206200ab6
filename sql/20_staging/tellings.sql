-- staging.tellings: incidents as each source tells them (a view)
-- grain    one row for each placed row on an incident that is not a withdrawal
-- columns  event_no [shared by the tellings of one event: row_id of one of them], is_alone [no other telling of the event,
--          and no revision], occurred_from, occurred_on [first and last day it may have been], known_on, known_until [day
--          from which a later row corrects or withdraws this one, null = it still holds], type, deaths, injured [count]
-- source   staging.own_events, staging.same_events [tellings found alike: row_id, event_no], staging.revised
CREATE OR REPLACE VIEW staging.tellings AS
SELECT
    r.row_id,
    r.sheet_id,
    coalesce(m.event_no, r.event_no) AS event_no,
    r.is_alone AND m.is_alone IS NULL AND v.known_until IS NULL AS is_alone,
    r.occurred_from,
    r.occurred_on,
    r.known_on,
    r.known_on_assumed,
    v.known_until,
    r.type,
    r.deaths,
    r.injured,
    r.place_no
FROM staging.own_events AS r
LEFT JOIN staging.same_events AS m ON m.row_id = r.row_id
LEFT JOIN staging.revised AS v ON v.row_id = r.row_id;
