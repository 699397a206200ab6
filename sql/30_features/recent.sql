-- features.recent: what units lend to those around them, as far as it was known at a cutoff
-- grain    one row for each (district_code, village_code, cutoff) with a known incident; village_code is null for what is
--          known of the kecamatan alone
-- columns  outcome, any_type [count, half-life `half_life_days`], outcome_long [count, half-life `long_half_life_days`],
--          outcome_recent [count within `contagion_days`]
-- source   features.known_incidents
CREATE OR REPLACE TABLE features.recent AS
WITH known AS (
    SELECT
        district_code,
        village_code,
        cutoff,
        hazard = 'conflict' AND is_outcome AS is_outcome,
        cutoff - occurred_on AS age_days,
        -- Whole numbers add up to the same in any order, so that rows which do not count change no last bit.
        (weight * 0.5 ** (greatest(cutoff - occurred_on, 0) / getvariable('half_life_days')) * 4294967296)::BIGINT AS short,
        (weight * 0.5 ** (greatest(cutoff - occurred_on, 0) / getvariable('long_half_life_days')) * 4294967296)::BIGINT AS long,
        (weight * 4294967296)::BIGINT AS whole
    FROM features.known_incidents
)
SELECT
    district_code,
    village_code,
    cutoff,
    coalesce(sum(short) FILTER (is_outcome), 0) / 4294967296 AS outcome,
    sum(short) / 4294967296 AS any_type,
    coalesce(sum(long) FILTER (is_outcome), 0) / 4294967296 AS outcome_long,
    coalesce(sum(whole) FILTER (is_outcome AND age_days <= getvariable('contagion_days')), 0) / 4294967296 AS outcome_recent
FROM known
GROUP BY ALL
ORDER BY ALL;
