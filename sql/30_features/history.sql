-- features.history: what had happened in a village, as far as it was known at a cutoff
-- grain    one row for each (village_code, cutoff)
-- columns  incidents_all [count, of any type; in part where an old name stands for several villages], others_all [count,
--          of any type that is no clash], clash_all, clash_182_days, clash_365_days, clash_1825_days [count],
--          clash_decayed [count, half-life `half_life_days`], clash_decayed_long, protest_decayed, land_decayed,
--          allegation_decayed, logistics_decayed [count, half-life `long_half_life_days`],
--          clash_per_year [count a year since `history_from`], days_since_clash [days, null = never],
--          clash_trend [log ratio, of the yearly rate with `half_life_days` to that with `long_half_life_days`,
--          `trend_offset` added to both: 0 where neither has risen]
-- source   features.known_incidents with a village, features.recent, features.rates
CREATE OR REPLACE TABLE features.history AS
WITH known AS (
    SELECT
        village_code,
        cutoff,
        type_group,
        hazard = 'conflict' AND is_outcome AS is_clash,
        weight,
        cutoff - occurred_on AS age_days
    FROM features.known_incidents
    WHERE village_code IS NOT NULL
),
counted AS (
    SELECT
        village_code,
        cutoff,
        sum(weight) AS incidents_all,
        sum(weight) FILTER (NOT is_clash) AS others_all,
        sum(weight) FILTER (is_clash) AS clash_all,
        sum(weight) FILTER (is_clash AND age_days <= 182) AS clash_182_days,
        sum(weight) FILTER (is_clash AND age_days <= 365) AS clash_365_days,
        sum(weight) FILTER (is_clash AND age_days <= 1825) AS clash_1825_days,
        sum(weight * 0.5 ** (age_days / getvariable('half_life_days'))) FILTER (is_clash) AS clash_decayed,
        sum(weight * 0.5 ** (age_days / getvariable('long_half_life_days'))) FILTER (is_clash) AS clash_decayed_long,
        sum(weight * 0.5 ** (age_days / getvariable('long_half_life_days'))) FILTER (type_group = 'protest') AS protest_decayed,
        sum(weight * 0.5 ** (age_days / getvariable('long_half_life_days'))) FILTER (type_group = 'land') AS land_decayed,
        sum(weight * 0.5 ** (age_days / getvariable('long_half_life_days'))) FILTER (type_group = 'allegation')
            AS allegation_decayed,
        sum(weight * 0.5 ** (age_days / getvariable('long_half_life_days'))) FILTER (type_group = 'logistics')
            AS logistics_decayed,
        min(age_days) FILTER (is_clash) AS days_since_clash
    FROM known
    GROUP BY ALL
)
SELECT
    v.village_code,
    c.cutoff,
    coalesce(h.incidents_all, 0) AS incidents_all,
    coalesce(h.others_all, 0) AS others_all,
    coalesce(h.clash_all, 0) AS clash_all,
    coalesce(h.clash_182_days, 0) AS clash_182_days,
    coalesce(h.clash_365_days, 0) AS clash_365_days,
    coalesce(h.clash_1825_days, 0) AS clash_1825_days,
    coalesce(h.clash_decayed, 0) AS clash_decayed,
    coalesce(h.clash_decayed_long, 0) AS clash_decayed_long,
    coalesce(h.protest_decayed, 0) AS protest_decayed,
    coalesce(h.land_decayed, 0) AS land_decayed,
    coalesce(h.allegation_decayed, 0) AS allegation_decayed,
    coalesce(h.logistics_decayed, 0) AS logistics_decayed,
    coalesce(h.clash_all, 0) / ((c.cutoff - getvariable('history_from')) / 365.25) AS clash_per_year,
    h.days_since_clash,
    ln(
        (coalesce(e.outcome, 0) * r.short + getvariable('trend_offset'))
        / (coalesce(e.outcome_long, 0) * r.long + getvariable('trend_offset'))
    ) AS clash_trend
FROM reference.villages AS v
CROSS JOIN features.cutoffs AS c
JOIN features.rates AS r USING (cutoff)
LEFT JOIN counted AS h USING (village_code, cutoff)
LEFT JOIN features.recent AS e ON e.village_code = v.village_code AND e.cutoff = c.cutoff
ORDER BY ALL;
