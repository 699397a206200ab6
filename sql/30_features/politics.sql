-- features.politics: how close and how well attended the last election was, as far as it was known at a cutoff
-- grain    one row for each (village_code, cutoff)
-- columns  competitiveness [share 0..1, one less the winner's lead over the second; null = unknown], margin [share 0..1, that
--          lead],
--          turnout [share of voters, null = unknown], results_election [id of the election used]
-- source   reference.results: the newest known result of the village, else of its kecamatan
CREATE OR REPLACE TABLE features.politics AS
WITH ballots AS (
    SELECT
        election,
        level,
        village_code,
        district_code,
        max(known_on) AS known_on,
        max(votes) / nullif(sum(votes), 0) AS first_share,
        max(votes, 2)[2] / nullif(sum(votes), 0) AS second_share,
        -- the figures of the whole ballot stand on each candidate's row
        (max(valid_votes) + coalesce(max(invalid_votes), 0)) / nullif(max(voters), 0) AS turnout
    FROM reference.results
    WHERE level IN ('village', 'district')
    GROUP BY ALL
),
told AS (
    SELECT v.village_code, b.* EXCLUDE (village_code, district_code)
    FROM ballots AS b
    JOIN reference.villages AS v ON v.village_code = b.village_code
    UNION ALL
    SELECT v.village_code, b.* EXCLUDE (village_code, district_code)
    FROM ballots AS b
    JOIN reference.villages AS v ON v.district_code = b.district_code
    WHERE b.level = 'district' AND b.village_code IS DISTINCT FROM v.village_code
),
known AS (
    SELECT
        t.village_code,
        c.cutoff,
        t.election,
        t.level,
        t.known_on,
        1 - (t.first_share - t.second_share) AS competitiveness,
        t.turnout
    FROM told AS t
    JOIN features.cutoffs AS c ON t.known_on <= c.known_by
)
SELECT
    v.village_code,
    c.cutoff,
    arg_max(k.competitiveness, (k.level = 'village', k.known_on, k.election))
        FILTER (k.competitiveness IS NOT NULL) AS competitiveness,
    1 - arg_max(k.competitiveness, (k.level = 'village', k.known_on, k.election))
        FILTER (k.competitiveness IS NOT NULL) AS margin,
    arg_max(k.turnout, (k.level = 'village', k.known_on, k.election))
        FILTER (k.turnout IS NOT NULL) AS turnout,
    arg_max(k.election, (k.level = 'village', k.known_on, k.election))
        FILTER (k.competitiveness IS NOT NULL) AS results_election
FROM reference.villages AS v
CROSS JOIN features.cutoffs AS c
LEFT JOIN known AS k USING (village_code, cutoff)
GROUP BY ALL
ORDER BY ALL;
