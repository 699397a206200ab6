-- staging.event_versions: each event once at each place, as its sources had told it from one day to the next
-- grain    one row for each (event_no, known_from, district_code, village_code); village_code is null where the sources
--          name no village of that kecamatan
-- columns  known_from, known_until [this is what was known from the first day up to, not including, the second; null =
--          still], occurred_from, occurred_on [first and last day it may have been, by the most precise date told so
--          far], known_on [first day that any source told of this place], type [as the first source has it],
--          tellings [count of sources], weight [0..1, below 1 where an old name stands
--          for several villages of today], deaths, injured [count, highest told]
-- source   staging.tellings, staging.place_options; what was told, corrected or withdrawn later
--          does not exist yet in an earlier version
CREATE OR REPLACE TABLE staging.event_versions AS
WITH several AS (
    SELECT *
    FROM staging.tellings
    WHERE NOT is_alone
),
changes AS (
    SELECT event_no, known_on AS known_from FROM several
    UNION
    SELECT event_no, known_until FROM several WHERE known_until IS NOT NULL
),
spans AS (
    SELECT
        event_no,
        known_from,
        lead(known_from) OVER (PARTITION BY event_no ORDER BY known_from) AS known_until
    FROM changes
),
told AS (
    SELECT
        s.event_no,
        s.known_from,
        s.known_until,
        t.* EXCLUDE (event_no, known_until),
        t.known_until IS NULL OR t.known_until > s.known_from AS holds
    FROM spans AS s
    JOIN several AS t
        ON t.event_no = s.event_no
        AND t.known_on <= s.known_from
        AND (t.known_until IS NULL OR t.known_until > t.known_on)
),
events AS (
    SELECT
        event_no,
        known_from,
        -- the most precise date wins: a day over a month over a year
        arg_min(occurred_from, (occurred_on - occurred_from, occurred_on)) AS occurred_from,
        arg_min(occurred_on, (occurred_on - occurred_from, occurred_on)) AS occurred_on,
        arg_min(type, (known_on, row_id)) AS type,
        max(deaths) AS deaths,
        max(injured) AS injured
    FROM told
    WHERE holds
    GROUP BY ALL
),
options AS (
    SELECT t.event_no, t.known_from, t.known_until, t.known_on, t.row_id, t.holds, t.place_no, o.* EXCLUDE (place_no)
    FROM told AS t
    JOIN staging.place_options AS o USING (place_no)
),
spread AS (
    -- An old name that may mean several places of today no longer does once one of them is told.
    SELECT DISTINCT v.event_no, v.known_from, v.place_no
    FROM options AS v
    JOIN options AS e
        ON e.event_no = v.event_no
        AND e.known_from = v.known_from
        AND e.district_code = v.district_code
        AND (e.village_code = v.village_code OR (v.village_code IS NULL AND e.village_code IS NOT NULL))
    WHERE v.weight < 1 AND e.weight = 1 AND e.holds
),
located AS (
    SELECT
        o.event_no,
        o.known_from,
        o.known_until,
        o.district_code,
        o.village_code,
        min(o.known_on) AS known_on,
        count(DISTINCT o.row_id) FILTER (o.holds) AS tellings,
        max(o.weight) FILTER (o.holds) AS weight
    FROM options AS o
    LEFT JOIN spread AS s ON s.event_no = o.event_no AND s.known_from = o.known_from AND s.place_no = o.place_no
    WHERE o.weight = 1 OR s.event_no IS NULL
    GROUP BY ALL
    HAVING count(*) FILTER (o.holds) > 0
),
with_village AS (
    SELECT DISTINCT event_no, known_from, district_code
    FROM located
    WHERE village_code IS NOT NULL
),
versions AS (
    -- Most events are told once, and nothing later is said of them.
    SELECT
        t.event_no,
        t.known_on AS known_from,
        NULL::DATE AS known_until,
        o.district_code,
        o.village_code,
        t.occurred_from,
        t.occurred_on,
        t.known_on,
        t.type,
        1 AS tellings,
        o.weight,
        t.deaths,
        t.injured
    FROM staging.tellings AS t
    JOIN staging.place_options AS o USING (place_no)
    WHERE t.is_alone AND (o.village_code IS NOT NULL OR NOT o.has_village)
    UNION ALL
    SELECT
        l.event_no,
        l.known_from,
        l.known_until,
        l.district_code,
        l.village_code,
        e.occurred_from,
        e.occurred_on,
        l.known_on,
        e.type,
        l.tellings,
        l.weight,
        e.deaths,
        e.injured
    FROM located AS l
    JOIN events AS e ON e.event_no = l.event_no AND e.known_from = l.known_from
    LEFT JOIN with_village AS v
        ON v.event_no = l.event_no AND v.known_from = l.known_from AND v.district_code = l.district_code
    WHERE l.village_code IS NOT NULL OR v.event_no IS NULL
)
SELECT
    v.event_no,
    v.known_from,
    v.known_until,
    v.district_code,
    v.village_code,
    v.occurred_from,
    v.occurred_on,
    v.known_on,
    v.type,
    v.tellings,
    v.weight,
    v.deaths,
    v.injured
FROM versions AS v
ORDER BY v.event_no, v.known_from, v.district_code, v.village_code;
