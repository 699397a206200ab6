-- features.outcomes: what followed a cutoff, for learning and for the backtest
-- grain    one row for each (village_code, cutoff)
-- columns  outcome_count [count of outcome incidents of hazard conflict within the cutoff's window],
--          outcome_known_on [first day that any of them was known, null = none], outcomes_known_on [the days on which
--          each was known, null = none], is_onset_candidate [no such
--          incident within the 730 days before, as known now]
-- source   features.known_incidents with a village, as known at the published cutoff: later news does not exist
CREATE OR REPLACE TABLE features.outcomes AS
WITH outcome AS (
    SELECT village_code, occurred_on, known_on
    FROM features.known_incidents
    WHERE
        hazard = 'conflict'
        AND is_outcome
        AND village_code IS NOT NULL
        AND weight = 1
        AND cutoff = getvariable('published_cutoff')
)
SELECT
    v.village_code,
    c.cutoff,
    count(*) FILTER (o.occurred_on >= c.window_from) AS outcome_count,
    min(o.known_on) FILTER (o.occurred_on >= c.window_from) AS outcome_known_on,
    list_sort(list(o.known_on) FILTER (o.occurred_on >= c.window_from)) AS outcomes_known_on,
    count(*) FILTER (o.occurred_on < c.cutoff) = 0 AS is_onset_candidate
FROM reference.villages AS v
CROSS JOIN features.cutoffs AS c
LEFT JOIN outcome AS o
    ON o.village_code = v.village_code
    AND o.occurred_on >= c.cutoff - 730
    AND o.occurred_on < c.window_until
GROUP BY v.village_code, c.cutoff
ORDER BY ALL;
