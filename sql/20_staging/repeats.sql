-- staging.repeats: tellings without a number that give the same days, type and places: they are of one event
-- grain    one row for each set of days, type and places that more than one telling gives
-- columns  event_no [row_id of the first of them]
-- source   staging.read_incidents
CREATE OR REPLACE TABLE staging.repeats AS
SELECT occurred_from, occurred_on, type, loose_set_no, min(row_id) AS event_no
FROM staging.read_incidents
WHERE loose_set_no IS NOT NULL AND verdict.fate = 'placed' AND status IS DISTINCT FROM 'dicabut'
GROUP BY ALL
HAVING count(*) > 1
ORDER BY event_no;
