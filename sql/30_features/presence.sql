-- features.presence: who had been sent to a village in the past, as far as it was known at a cutoff
-- grain    one row for each (village_code, cutoff)
-- columns  presence_decayed [person-days, half-life `half_life_days` from the last day; only what was over by the cutoff. A
--          row that names several places, or a kecamatan alone, is spread over them evenly]
-- source   staging.deployments
CREATE OR REPLACE TABLE features.presence AS
WITH size AS (
    SELECT district_code, count(*) AS villages
    FROM reference.villages
    GROUP BY district_code
),
sent AS (
    SELECT
        d.row_id,
        d.district_code,
        d.village_code,
        c.cutoff,
        d.officers * (d.occurred_on - d.occurred_from + 1) / count(*) OVER (PARTITION BY d.row_id, c.cutoff)
        * 0.5 ** ((c.cutoff - d.occurred_on) / getvariable('half_life_days')) AS person_days
    FROM staging.deployments AS d
    JOIN features.cutoffs AS c
        ON d.occurred_on < c.cutoff
        AND d.known_on <= c.known_by
        AND (d.known_until IS NULL OR d.known_until > c.known_by)
),
to_villages AS (
    SELECT village_code, cutoff, sum(person_days ORDER BY row_id) AS person_days
    FROM sent
    WHERE village_code IS NOT NULL
    GROUP BY ALL
),
to_districts AS (
    SELECT s.district_code, s.cutoff, sum(s.person_days / z.villages ORDER BY s.row_id) AS person_days
    FROM sent AS s
    JOIN size AS z USING (district_code)
    WHERE s.village_code IS NULL
    GROUP BY s.district_code, s.cutoff
)
SELECT
    v.village_code,
    c.cutoff,
    coalesce(a.person_days, 0) + coalesce(b.person_days, 0) AS presence_decayed
FROM reference.villages AS v
CROSS JOIN features.cutoffs AS c
LEFT JOIN to_villages AS a ON a.village_code = v.village_code AND a.cutoff = c.cutoff
LEFT JOIN to_districts AS b ON b.district_code = v.district_code AND b.cutoff = c.cutoff
ORDER BY v.village_code, c.cutoff;
