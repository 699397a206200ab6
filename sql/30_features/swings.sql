-- features.swings: how much the last two elections of a kind differed, as far as it was known at a cutoff
-- grain    one row for each (village_code, cutoff)
-- columns  swing [share of the votes: the change, whichever way, of the winner's lead between the newest two known elections of
--          one kind; of the village, else of its kecamatan; null = no kind with two known results]
-- source   reference.results; elections are of one kind if their ids differ only in the year at the end
CREATE OR REPLACE TABLE features.swings AS
WITH ballots AS (
    SELECT
        level,
        CASE level WHEN 'village' THEN village_code ELSE district_code END AS place,
        regexp_replace(election, '[0-9]+$', '') AS kind,
        election,
        max(known_on) AS known_on,
        (max(votes) - max(votes, 2)[2]) / nullif(sum(votes), 0) AS lead
    FROM reference.results
    WHERE level IN ('village', 'district')
    GROUP BY ALL
),
kinds AS (
    SELECT
        b.level,
        b.place,
        c.cutoff,
        b.kind,
        max(b.known_on) AS known_on,
        max_by(b.lead, (b.known_on, b.election), 2) AS leads
    FROM ballots AS b
    JOIN features.cutoffs AS c ON b.known_on <= c.known_by
    WHERE b.lead IS NOT NULL
    GROUP BY ALL
),
places AS (
    SELECT level, place, cutoff, arg_max(abs(leads[1] - leads[2]), (known_on, kind)) AS swing
    FROM kinds
    WHERE len(leads) = 2
    GROUP BY ALL
)
SELECT v.village_code, c.cutoff, coalesce(a.swing, b.swing) AS swing
FROM reference.villages AS v
CROSS JOIN features.cutoffs AS c
LEFT JOIN places AS a ON a.level = 'village' AND a.place = v.village_code AND a.cutoff = c.cutoff
LEFT JOIN places AS b ON b.level = 'district' AND b.place = v.district_code AND b.cutoff = c.cutoff
ORDER BY ALL;
