-- features.rates: what a decayed count is multiplied with to be a count a year
-- grain    one row for each cutoff
-- columns  short, long [count a year for a count with the half-life `half_life_days`, `long_half_life_days`]: at a constant
--          rate since `history_from` both give that rate, also where the record is still young
-- source   features.cutoffs
CREATE OR REPLACE TABLE features.rates AS
SELECT
    cutoff,
    365.25 * ln(2) / half_life_days / (1 - 0.5 ** (days / half_life_days)) AS short,
    365.25 * ln(2) / long_half_life_days / (1 - 0.5 ** (days / long_half_life_days)) AS long
FROM (
    SELECT
        cutoff,
        getvariable('half_life_days') AS half_life_days,
        getvariable('long_half_life_days') AS long_half_life_days,
        greatest(cutoff - getvariable('history_from'), 1) AS days
    FROM features.cutoffs
)
ORDER BY cutoff;
