// The panel of reasons for one village, and choosing that village in table, map and address.
// How the table and the map look is left to table.js and map.js.

function rankTrack(list, r) {
  const n = list.rank.length;
  const at = (rank) => `${n > 1 ? (100 * (rank - 1)) / (n - 1) : 50}%`;
  const width = n > 1 ? (100 * (list.rank_high[r] - list.rank_low[r])) / (n - 1) : 1;
  return [el("div", { class: "track", "aria-hidden": true },
    el("i", { style: { left: at(list.rank_low[r]), width: `${width}%` } }), el("b", { style: { left: at(list.rank[r]) } })),
  el("div", { class: "ends", "aria-hidden": true }, span("1"), span(String(n)))];
}

function partsTable(list, r) {
  const parts = list.part_labels.map((label, i) => [label, list.parts[r][i]]);
  const told = parts.filter(([, part]) => part !== 0).sort((a, b) => Math.abs(b[1]) - Math.abs(a[1]));
  const low = Math.min(0, ...told.map(([, part]) => part));
  const reach = Math.max(0, ...told.map(([, part]) => part)) - low || 1;
  const zero = (-100 * low) / reach;
  const bar = (part) => el("div", { class: "bar", "aria-hidden": true },
    el("i", { class: part > 0 ? "up" : "down", style: { left: `${part > 0 ? zero : zero + (100 * part) / reach}%`, width: `${(100 * Math.abs(part)) / reach}%` } }),
    el("b", { style: { left: `${zero}%` } }));
  const sum = list.parts[r].reduce((a, b) => a + b, 0);
  const zeros = parts.length - told.length;
  return [el("table", { class: "parts" },
    el("caption", { class: "unseen" }, t("parts")),
    el("thead", {}, el("tr", {}, el("th", { scope: "col" }, t("part")), el("th", { scope: "col" }, ""), el("th", { scope: "col", class: "num" }, t("contribution")))),
    el("tbody", {}, ...told.map(([label, part]) => el("tr", { "data-thousandths": part },
      el("th", { scope: "row", class: "name" }, label), td("", bar(part)), td("num", `${part > 0 ? "+" : ""}${three(part / 1000)}`)))),
    el("tfoot", {}, el("tr", { "data-thousandths": sum }, el("th", { scope: "row" }, t("sum")), td(""), td("num", three(sum / 1000))))),
  el("p", { class: "small" }, `${t("parts")}.${zeros ? ` ${t("zeros", { n: zeros })}.` : ""}`)];
}

function link(url, i) {
  let at;
  try { at = new URL(url); } catch { return null; }
  if (at.protocol !== "https:" && at.protocol !== "http:") return null;
  return el("a", { href: at.href, rel: "noopener noreferrer", target: "_blank" }, `${t("source")} ${i + 1}: ${at.hostname}`);
}
function incidents(place) {
  const found = evidence[place] ?? [];
  if (!found.length) return el("p", { class: "small" }, t("no_incidents"));
  return el("ul", { class: "events" }, ...found.map(([occurred, known, label, id, urls, closed]) => el("li", {},
    el("b", {}, `${day(occurred)}: ${label ?? t("unknown")}`),
    el("div", { class: "small" }, `${t("event")} ${id} · ${t("known", { date: day(known) })}`),
    ...urls.map(link), closed ? el("span", { class: "small" }, t("sources_closed", { n: closed })) : null)));
}

function baselineText(list, r) {
  const by = list.baseline_rank[r] - list.rank[r];
  const key = by === 0 ? "baseline_same" : by > 0 ? "baseline_above" : "baseline_below";
  return `${list.baseline_rank[r]} (${t(key, { n: Math.abs(by) })})`;
}

function showPanel() {
  const panel = $("detail");
  const place = state.place;
  const r = place < 0 ? -1 : rowOf[place];
  panel.hidden = r < 0;
  $("work").classList.toggle("open", r >= 0);
  if (r < 0) { panel.replaceChildren(); return; }
  const list = current();
  const tps = places.tps[place];
  const tpsSource = word(places.tps_source, place);
  const pairs = [
    [t("code"), places.code[place]], [t("district"), word(places.district, place)], [t("polsek"), word(places.polsek, place)],
    [t("tps"), tps === null ? t("unknown") : whole(tps) + (tpsSource ? ` (${tpsSource})` : "")],
    [t("interval_long"), `${list.rank_low[r]}–${list.rank_high[r]}; ${list.tied_with[r] ? t("tied", { n: list.tied_with[r] }) : t("not_tied")}`],
    [t("baseline"), baselineText(list, r)], [t("change_long"), changeText(list, r, true)],
    [t("coverage_long"), percent(list.coverage[r])], [t("imputed"), percent(list.share_imputed[r])],
    [t("used"), t("used_value", { incidents: list.incidents_used[r], reports: list.reports_used[r] })],
  ];
  const close = el("button", { type: "button", id: "close" }, t("close"));
  close.onclick = () => choose(-1);
  panel.replaceChildren(
    el("div", { class: "detail-head" }, el("h2", { tabindex: -1, class: "name" }, places.name[place]), close),
    el("div", { class: "chips" }, chip(list, r), list.blind_spot[r] ? blindTag() : null),
    ...(list.blind_spot[r] ? [el("p", { class: "notice" }, t("blind_note"))] : []),
    el("div", { class: "big" },
      el("div", {}, el("strong", {}, String(list.rank[r])), t("rank_of", { n: list.rank.length })),
      el("div", {}, el("strong", {}, percent(list.top_k_probability[r])), t("top_k", { k })),
      el("div", {}, el("strong", {}, value(list, r)), t(list.is_index ? "index_long" : "risk_long"))),
    ...rankTrack(list, r),
    el("h3", {}, t("why")), el("p", { class: "drivers name" }, list.drivers[r]), ...partsTable(list, r),
    el("h3", {}, t("incidents")), incidents(place),
    el("h3", {}, t("detail")), el("dl", { class: "pairs" }, ...pairs.flatMap(([name, content]) => [el("dt", {}, name), el("dd", {}, content)])));
  panel.scrollTop = 0;
}

function choose(place, origin = null) {
  const before = state.place;
  state.place = place;
  showPanel();
  outline(["halo", "line"], place);
  for (const at of [before, place]) cells[at]?.setAttribute("aria-selected", at === place);
  table.rows((_, row) => [before, place].includes(current().place[row.r])).every(function () {
    const node = this.node();
    node?.classList.toggle("chosen", current().place[this.data().r] === place);
    if (current().place[this.data().r] === place) node?.setAttribute("aria-current", "true"); else node?.removeAttribute("aria-current");
  });
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
  document.querySelectorAll("#table tr[data-place]").forEach((tr) => tr.classList.toggle("chosen", +tr.dataset.place === place));
}
