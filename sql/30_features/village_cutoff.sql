-- features.village_cutoff: the one table that training and scoring share
-- grain    one row for each (village_code, cutoff)
-- columns  those of data/contracts/features.toml, with one is_*_missing flag for each source column that may be unknown.
--          Unknown is filled with the region's median at that cutoff; days_since_clash is never filled.
--          share_missing [share 0..1 of the eight kinds of source], days_to_voting [days, to the next known voting day,
--          at most 365], is_election_window [0 or 1: one lies in the window],
--          season_wet_share [share of the window's days that lie in `wet_months`],
--          window_from, window_until [the days asked about], is_tested [the backtest asks there],
--          block [of space, drawn together in bootstraps; the kecamatan in a region]
-- source   the other tables of this floor, reference.elections; features.covariates [a record's covariates with their flags,
--          filled with the median over the units: they have no date and count as known at every cutoff]
CREATE OR REPLACE TABLE features.village_cutoff AS
WITH calendar AS (
    SELECT
        c.cutoff,
        least(coalesce(min(e.voting_day - c.cutoff), 365), 365) AS days_to_voting,
        coalesce(bool_or(e.voting_day >= c.window_from AND e.voting_day < c.window_until), false) AS is_election_window
    FROM features.cutoffs AS c
    LEFT JOIN reference.elections AS e ON e.voting_day >= c.cutoff
    GROUP BY c.cutoff
),
season AS (
    SELECT cutoff, avg(list_contains(getvariable('wet_months'), month(day))::INTEGER) AS season_wet_share
    FROM (SELECT cutoff, unnest(generate_series(window_from, window_until - 1, INTERVAL 1 DAY)) AS day FROM features.cutoffs)
    GROUP BY cutoff
)
SELECT
    h.* EXCLUDE (village_code, cutoff),
    past.* EXCLUDE (village_code, cutoff),
    s.district_clash_decayed,
    s.district_clash_recent,
    s.neighbour_clash_decayed,
    s.near_outcome,
    s.near_any,
    a.* EXCLUDE (village_code, cutoff),
    e.* EXCLUDE (village_code, cutoff),
    coalesce(p.margin, median(p.margin) OVER at_cutoff) AS margin,
    coalesce(q.swing, median(q.swing) OVER at_cutoff) AS swing,
    f.is_first_after_split,
    coalesce(t.tps_vulnerable_share, median(t.tps_vulnerable_share) OVER at_cutoff) AS tps_vulnerable_share,
    d.presence_decayed,
    n.gatherings_planned,
    n.gathering_people,
    m.season_wet_share,
    x.* EXCLUDE (village_code),
    coalesce(p.competitiveness, median(p.competitiveness) OVER at_cutoff) AS competitiveness,
    coalesce(p.turnout, median(p.turnout) OVER at_cutoff) AS turnout,
    p.results_election,
    coalesce(l.tps_count, median(l.tps_count) OVER at_cutoff) AS tps_count,
    l.tps_count AS tps_known,
    l.tps_source,
    coalesce(l.population, median(l.population) OVER at_cutoff) AS population,
    coalesce(l.ikg_access, median(l.ikg_access) OVER at_cutoff) AS ikg_access,
    coalesce(l.ikg_infrastructure, median(l.ikg_infrastructure) OVER at_cutoff) AS ikg_infrastructure,
    coalesce(l.elevation_m, median(l.elevation_m) OVER at_cutoff) AS elevation_m,
    coalesce(l.distance_seat_km, median(l.distance_seat_km) OVER at_cutoff) AS distance_seat_km,
    coalesce(l.distance_capital_km, median(l.distance_capital_km) OVER at_cutoff) AS distance_capital_km,
    coalesce(l.water_crossing_share, 0) AS water_crossing_share,
    p.competitiveness IS NULL AS is_competitiveness_missing,
    p.turnout IS NULL AS is_turnout_missing,
    l.tps_count IS NULL AS is_tps_missing,
    l.population IS NULL AS is_population_missing,
    l.ikg_access IS NULL AS is_ikg_missing,
    l.ikg_infrastructure IS NULL AS is_ikg_infrastructure_missing,
    l.elevation_m IS NULL AS is_elevation_missing,
    l.distance_seat_km IS NULL AS is_distance_missing,
    l.distance_capital_km IS NULL AS is_distance_capital_missing,
    l.water_crossing_share IS NULL AS is_water_crossing_missing,
    q.swing IS NULL AS is_swing_missing,
    t.tps_vulnerable_share IS NULL AS is_tps_vulnerable_missing,
    (
        is_competitiveness_missing::INTEGER + is_turnout_missing::INTEGER + is_tps_missing::INTEGER
        + is_population_missing::INTEGER + is_ikg_missing::INTEGER + is_elevation_missing::INTEGER
        + is_distance_missing::INTEGER + is_water_crossing_missing::INTEGER
    ) / 8 AS share_missing,
    g.report_conflict_decayed,
    g.report_logistics_decayed,
    g.conflict_reports,
    g.logistics_reports,
    r.report_conflict_corroborated,
    r.report_logistics_corroborated,
    r.report_conflict_agreeing,
    r.report_logistics_agreeing,
    v.coverage,
    v.is_blind_spot,
    v.mentions_decayed,
    v.nil_returns_decayed,
    k.days_to_voting,
    k.is_election_window,
    o.outcome_count,
    o.outcome_known_on,
    o.outcomes_known_on,
    o.is_onset_candidate,
    w.window_from,
    w.window_until,
    w.is_tested,
    b.block,
    h.village_code,
    h.cutoff
FROM features.history AS h
JOIN features.past USING (village_code, cutoff)
JOIN features.surroundings AS s USING (village_code, cutoff)
JOIN features.politics AS p USING (village_code, cutoff)
JOIN features.place AS l USING (village_code, cutoff)
JOIN features.signals AS g USING (village_code, cutoff)
JOIN features.corroboration AS r USING (village_code, cutoff)
JOIN features.coverage AS v USING (village_code, cutoff)
JOIN features.outcomes AS o USING (village_code, cutoff)
JOIN features.around AS a USING (village_code, cutoff)
JOIN features.border AS e USING (village_code, cutoff)
JOIN features.swings AS q USING (village_code, cutoff)
JOIN features.split_elections AS f USING (village_code, cutoff)
JOIN features.vulnerability AS t USING (village_code, cutoff)
JOIN features.presence AS d USING (village_code, cutoff)
JOIN features.planned AS n USING (village_code, cutoff)
JOIN features.covariates AS x USING (village_code)
JOIN season AS m USING (cutoff)
JOIN calendar AS k USING (cutoff)
JOIN features.cutoffs AS w USING (cutoff)
JOIN features.blocks AS b USING (village_code)
WINDOW at_cutoff AS (PARTITION BY h.cutoff)
ORDER BY h.cutoff, h.village_code;
