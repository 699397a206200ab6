-- marts.baseline: the list that past incidents alone would give, beside which every list is shown
-- grain    one row for each (hazard, village_code)
-- columns  baseline_rank [1 = highest; ties share the smallest], by decayed count, then by the all-time mean
-- source   features.village_cutoff at the published cutoff
CREATE OR REPLACE TABLE marts.baseline AS
SELECT
    'conflict' AS hazard,
    village_code,
    rank() OVER (ORDER BY clash_decayed DESC, clash_per_year DESC) AS baseline_rank
FROM features.village_cutoff
WHERE cutoff = getvariable('published_cutoff')
UNION ALL
SELECT
    'logistics',
    village_code,
    rank() OVER (ORDER BY logistics_decayed DESC)
FROM features.village_cutoff
WHERE cutoff = getvariable('published_cutoff')
ORDER BY ALL;
