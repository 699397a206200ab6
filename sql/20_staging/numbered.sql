-- staging.numbered: tellings that share the number of an event
-- grain    one row for each number (event_id) that more than one telling carries
-- columns  event_no [row_id of the first of them]
-- source   staging.read_incidents
CREATE OR REPLACE TABLE staging.numbered AS
SELECT event_id, min(row_id) AS event_no
FROM staging.read_incidents
WHERE event_id IS NOT NULL AND verdict.fate = 'placed' AND status IS DISTINCT FROM 'dicabut'
GROUP BY ALL
HAVING count(*) > 1
ORDER BY event_no;
