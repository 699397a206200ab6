-- staging.polling_stations: polling stations and voters of a village in an election, as files of the inbox give them
-- grain    one row for each (election, village_code, known_on): a later figure never erases what was known before
-- columns  tps [count], voters [count, null = not given], known_on [day]
-- source   staging.read_polling_stations
CREATE OR REPLACE TABLE staging.polling_stations AS
SELECT election, village_code, tps, voters, known_on, source_url
FROM staging.read_polling_stations
WHERE verdict.fate = 'placed'
QUALIFY row_number() OVER (PARTITION BY election, village_code, known_on ORDER BY row_id DESC) = 1
ORDER BY ALL;
