-- marts.ranking: the published list, but for its words and its run
-- grain    one row for each (hazard, stage, village_code); every village is there
-- columns  those of data/contracts/ranking.v1.json, without run_id, drivers and rank_change; data_origin
--          [publik becomes internal as soon as a file of the inbox counts]; incidents_used and reports_used count
--          what the published score looks at, not all that is on record
-- source   scores.scored, scores.stages, features.village_cutoff, marts.baseline, reference
CREATE OR REPLACE TABLE marts.ranking AS
SELECT
    t.hazard,
    t.stage,
    f.cutoff,
    t.horizon_days,
    v.village_code,
    v.village,
    v.district,
    p.polsek,
    s.rank,
    s.rank_low,
    s.rank_high,
    s.tied_with,
    s.risk,
    s.index,
    s.top_k,
    s.top_k_probability,
    CASE
        WHEN s.top_k_probability >= getvariable('band_sangat_rawan') THEN 'sangat_rawan'
        WHEN s.top_k_probability >= getvariable('band_rawan') THEN 'rawan'
        ELSE 'kurang_rawan'
    END AS band,
    f.coverage,
    f.is_blind_spot AS blind_spot,
    s.rank_if_like_neighbours,
    s.tied_at_k,
    s.share_imputed,
    b.baseline_rank,
    s.score,
    t.score_basis,
    s.components,
    (
        SELECT count(DISTINCT e.event_key)
        FROM marts.evidence AS e
        WHERE e.village_code = v.village_code AND list_contains(s.uses, e.type_group)
    ) AS incidents_used,
    CASE
        WHEN NOT list_contains(s.uses, 'reports') THEN 0
        WHEN t.hazard = 'conflict' THEN f.conflict_reports
        ELSE f.logistics_reports
    END AS reports_used,
    f.tps_known AS tps,
    f.tps_source,
    s.model,
    s.model_beats_baseline,
    CASE
        WHEN getvariable('data_origin') = 'publik' AND EXISTS (FROM raw.files WHERE is_current AND origin = 'inbox')
            THEN 'internal'
        ELSE getvariable('data_origin')
    END AS data_origin
FROM scores.stages AS t
JOIN scores.scored AS s USING (hazard)
JOIN reference.villages AS v USING (village_code)
LEFT JOIN reference.polsek AS p USING (district_code)
LEFT JOIN marts.baseline AS b USING (hazard, village_code)
LEFT JOIN features.village_cutoff AS f
    ON f.village_code = v.village_code AND f.cutoff = getvariable('published_cutoff')
ORDER BY t.position, s.rank, v.village_code;
