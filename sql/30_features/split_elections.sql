-- features.split_elections: the first elections of a village after it, or its kecamatan, was parted from another
-- grain    one row for each (village_code, cutoff)
-- columns  is_first_after_split [0 or 1: the first voting day of its kind since a split lies in the window asked about, at most
--          1826 days after it]
-- source   features.splits, reference.elections; the list of elections may begin later than a split, so one long after it
--          is not taken for the first
CREATE OR REPLACE TABLE features.split_elections AS
WITH parted AS (
    SELECT v.village_code, s.last_day
    FROM reference.villages AS v
    JOIN features.splits AS s ON s.village_code = v.village_code
    UNION
    SELECT v.village_code, s.last_day
    FROM reference.villages AS v
    JOIN features.splits AS s ON s.district_code = v.district_code
    WHERE s.village_code IS NULL
),
first_votes AS (
    SELECT s.last_day, e.kind, min(e.voting_day) AS voting_day
    FROM (SELECT DISTINCT last_day FROM features.splits) AS s
    JOIN reference.elections AS e ON e.voting_day > s.last_day AND e.voting_day <= s.last_day + 1826
    GROUP BY s.last_day, e.kind
),
ahead AS (
    SELECT DISTINCT p.village_code, c.cutoff
    FROM parted AS p
    JOIN first_votes AS f USING (last_day)
    JOIN features.cutoffs AS c
        ON f.voting_day >= c.window_from
        AND f.voting_day < c.window_until
        AND f.last_day < c.cutoff
)
SELECT v.village_code, c.cutoff, (a.village_code IS NOT NULL)::INTEGER AS is_first_after_split
FROM reference.villages AS v
CROSS JOIN features.cutoffs AS c
LEFT JOIN ahead AS a ON a.village_code = v.village_code AND a.cutoff = c.cutoff
ORDER BY ALL;
