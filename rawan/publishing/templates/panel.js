// The drawer of one village, and choosing that village in table, map and address.
// What stands in it comes from reasons.js, timeline.js and questions.js.

function rankTrack(list, r) {
  const n = list.rank.length;
  const where = (rank) => `${n > 1 ? (100 * (rank - 1)) / (n - 1) : 50}%`;
  const width = n > 1 ? (100 * (list.rank_high[r] - list.rank_low[r])) / (n - 1) : 1;
  return [el("div", { class: "track", "aria-hidden": true },
    el("i", { style: { left: where(list.rank_low[r]), width: `${width}%` } }), el("b", { style: { left: where(list.rank[r]) } })),
  el("div", { class: "ends", "aria-hidden": true }, span("1"), span(t("track", { low: list.rank_low[r], high: list.rank_high[r] })), span(String(n)))];
}

function baselineText(list, r) {
  const by = list.baseline_rank[r] - list.rank[r];
  const key = by === 0 ? "baseline_same" : by > 0 ? "baseline_above" : "baseline_below";
  return `${list.baseline_rank[r]} (${t(key, { n: Math.abs(by) })})`;
}

function change(list, r, place) {
  if (!facts.compared) return [el("h3", {}, t("change_long")), small(t("change_none"))];
  const all = changesHere();
  const i = moved.get(place);
  const since = t("since", { date: day(facts.compared[1]) });
  if (i === undefined) return [el("h3", {}, t("change_long")), small(`${since}: ${list.rank_change ? changeText(list, r, true) : t("change_same")}`)];
  return [el("h3", {}, t("change_long")), el("p", {}, `${since}: ${changeLine(all, i)}`),
    all.is_beyond[i] ? small(t("beyond_note")) : null];
}

function pairsOf(list, r, place) {
  const tps = places.tps?.[place];
  const source = places.tps_source && word(places.tps_source, place);
  const has = (name) => list[name] !== undefined;
  return [
    [t("code"), places.code[place]], [t("district"), word(places.district, place)], [t("polsek"), word(places.polsek, place)],
    places.tps && [t("tps"), tps === null ? t("unknown") : whole(tps) + (source ? ` (${source})` : "")],
    [t("interval_long"), `${list.rank_low[r]}–${list.rank_high[r]}; ${list.tied_with[r] ? t("tied", { n: list.tied_with[r] }) : t("not_tied")}`],
    has("baseline_rank") && [t("baseline"), baselineText(list, r)],
    has("coverage") && [t("coverage_long"), percent(list.coverage[r])], has("share_imputed") && [t("imputed"), percent(list.share_imputed[r])],
    has("incidents_used") && [t("incidents_used"), whole(list.incidents_used[r])], has("reports_used") && [t("reports_used"), whole(list.reports_used[r])],
  ].filter(Boolean);
}

function heldNote(place) {
  const one_ = held.get(place);
  if (!one_) return null;
  const lines = [t("held", { kind: t(`held_kind.${one_.kind}`) }), one_.reason && t("held_reason", { reason: one_.reason }),
    one_.by && t("held_by", { by: one_.by }), t(one_.over ? "held_over" : "held_until", { date: day(one_.until) }), t("held_note")];
  return el("p", { class: "notice held-note" }, lines.filter(Boolean).join(" "));
}

function neighbours(place) {
  const list = current();
  const found = (details().neighbours[place] ?? []).filter(([other]) => rowOf[other] >= 0);
  if (!found.length) return [];
  return [el("h3", {}, t("neighbours")), el("ul", { class: "neighbours" }, found.map(([other, km]) => el("li", {}, pick(other),
    span(t("neighbour", { km: one(km), rank: list.rank[rowOf[other]] })), list.blind_spot[rowOf[other]] ? blindTag() : null)))];
}

function showPanel() {
  const panel = $("detail");
  const place = state.place;
  const r = place < 0 ? -1 : rowOf[place];
  panel.hidden = r < 0;
  $("work").classList.toggle("open", r >= 0);
  if (r < 0) { panel.replaceChildren(); return; }
  const list = current();
  const close = el("button", { type: "button", id: "close" }, t("close"));
  close.onclick = () => choose(-1);
  panel.replaceChildren(...[
    el("div", { class: "detail-head" }, el("h2", { tabindex: -1, class: "name" }, places.name[place]), close),
    el("div", { class: "chips" }, chip(list, r), list.blind_spot[r] ? blindTag() : null, heldTag(place), isNear(list, r) ? span(`≈ ${t("near_line")}`, "near-chip") : null),
    list.blind_spot[r] ? el("p", { class: "notice" }, t("blind_note")) : null, heldNote(place),
    el("div", { class: "big" },
      el("div", {}, el("strong", {}, String(list.rank[r])), t("rank_of", { n: list.rank.length })),
      el("div", {}, el("strong", {}, percent(list.top_k_probability[r])), t("top_k", { k: topK })),
      list.value ? el("div", {}, el("strong", {}, value(list, r)), t(list.is_index ? "index_long" : "risk_long")) : null),
    rankTrack(list, r),
    el("h3", {}, t("why")), sentences(list, place, r), bars(list, place, r),
    questions(list, r, place),
    el("h3", {}, t("incidents")), timeline(place), incidentList(place), reportList(place),
    change(list, r, place), pastRanks(place), neighbours(place),
    el("h3", {}, t("detail")), el("dl", { class: "pairs" }, pairsOf(list, r, place).flatMap(([name, content]) => [el("dt", {}, name), el("dd", {}, content)])),
  ].flat().filter(Boolean));
  panel.scrollTop = 0;
}

function choose(place, origin = null) {
  const before = state.place;
  state.place = place;
  showPanel();
  outline(["halo", "line"], place);
  for (const each of [before, place]) cells[each]?.setAttribute("aria-selected", each === place);
  markRows(table);
  remember();
  if (place < 0) {
    $("selection").textContent = "";
    if (state.origin?.isConnected) state.origin.focus({ preventScroll: false });
    return;
  }
  state.origin = origin;
  makeTabStop(place);
  turnTo(place);
  const list = current();
  const r = rowOf[place];
  $("selection").textContent = t("selected", { village: places.name[place], rank: list.rank[r], low: list.rank_low[r], high: list.rank_high[r] });
  if (origin && $("detail").getBoundingClientRect().top > innerHeight * 0.6) {
    $("detail").querySelector("h2").focus({ preventScroll: true });
    $("detail").scrollIntoView({ block: "start" });
  }
}

function turnTo(place) {
  const shown = table.rows({ search: "applied", order: "applied" }).data().toArray();
  const position = shown.findIndex(({ r }) => current().place[r] === place);
  const { page, length } = table.page.info();
  if (position >= 0 && Math.floor(position / length) !== page) table.page(Math.floor(position / length)).draw("page");
}
