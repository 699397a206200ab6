// Two pictures of a village over time: what happened and was reported, and its rank in past runs.
// Each stands beside the same in words, for those who do not see it.

const [WIDE, TALL] = [320, 74];
const dayNumber = (iso) => Date.parse(iso) / 86_400_000;
const ends = (iso) => { const [from, to = from] = iso.split("/"); return [dayNumber(from), dayNumber(to)]; };
const labelOf = (labels, i) => both(labels[i]) ?? t("unknown");
const incidentsOf = (place) => details().evidence.of[place] ?? [];
const reportsOf = (place) => details().reports.of[place] ?? [];

function timeline(place) {
  const happened = incidentsOf(place).filter(([occurred]) => occurred);
  const reported = reportsOf(place).filter(([occurred, known]) => occurred ?? known);
  if (!happened.length && !reported.length) return [];
  const spans = [...happened.map(([occurred]) => ends(occurred)), ...reported.map(([occurred, known]) => ends(occurred ?? known))];
  const last = dayNumber(facts.cutoff);
  const first = Math.min(last - 365, ...spans.map(([from]) => from));
  const x = (n) => 6 + (WIDE - 12) * Math.min(1, Math.max(0, (n - first) / (last - first)));
  const years = [];
  for (let year = new Date(first * 86_400_000).getUTCFullYear() + 1; dayNumber(`${year}-01-01`) < last; year++) years.push(year);
  const step = Math.ceil(years.length / 7);
  const lane = { happened: 20, reported: 44 };
  const picture = el("svg", { class: "timeline", viewBox: `0 0 ${WIDE} ${TALL}`, role: "img",
    "aria-label": t("timeline_label", { incidents: happened.length, reports: reported.length, date: day(facts.cutoff) }) },
  years.map((year) => el("line", { class: "tick", x1: x(dayNumber(`${year}-01-01`)), x2: x(dayNumber(`${year}-01-01`)), y1: 8, y2: 56 })),
  years.filter((year, i) => (years.length - 1 - i) % step === 0).map((year) => el("text", { class: "year", x: x(dayNumber(`${year}-01-01`)), y: 69 }, String(year))),
  el("line", { class: "axis", x1: 6, x2: WIDE - 6, y1: 56, y2: 56 }),
  happened.map(([occurred, , , , , , isOutcome]) => {
    const [from, to] = ends(occurred).map(x);
    const [middle, y] = [(from + to) / 2, lane.happened];
    return el("g", {}, to - from > 1 ? el("line", { class: "span", x1: from, x2: to, y1: y, y2: y }) : null,
      isOutcome ? el("path", { class: "outcome", d: `M${middle} ${y - 6}l6 6l-6 6l-6 -6z` }) : el("circle", { class: "other", cx: middle, cy: y, r: 4 }));
  }),
  reported.map(([occurred, known, , source, information]) => el("g", {},
    el("rect", { class: `report g${"ABCDEF".indexOf(source) < 2 ? "high" : "low"}`, x: x(ends(occurred ?? known)[0]) - 4, y: lane.reported - 4, width: 8, height: 8 }),
    reported.length <= 12 ? el("text", { class: "grade", x: x(ends(occurred ?? known)[0]), y: lane.reported - 6 }, `${source}${information}`) : null)));
  const key = el("p", { class: "small key" }, span("◆", "outcome"), ` ${t("key_outcome")}  ○ ${t("key_other")}`, reported.length ? `  ■ ${t("key_report")}` : "");
  return [picture, key];
}

function link(url, i) {
  let to;
  try { to = new URL(url); } catch { return null; }
  if (to.protocol !== "https:" && to.protocol !== "http:") return null;
  return el("a", { href: to.href, rel: "noopener noreferrer", target: "_blank" }, `${t("source")} ${i + 1}: ${to.hostname}`);
}
function incidentList(place) {
  const found = incidentsOf(place);
  if (!found.length) return small(t("no_incidents"));
  const labels = details().evidence.labels;
  return el("ul", { class: "events" }, found.map(([occurred, known, label, id, urls, closed, isOutcome]) => el("li", { class: isOutcome ? "outcome" : null },
    el("b", {}, `${day(occurred)}: ${labelOf(labels, label)}`),
    el("div", { class: "small" }, `${t("event")} ${id} · ${t("known", { date: day(known) })}${isOutcome ? "" : ` · ${t("not_outcome")}`}`),
    urls.map(link), closed ? span(t("sources_closed", { n: closed }), "small") : null)));
}
function reportList(place) {
  const found = reportsOf(place);
  if (!found.length) return [];
  const labels = details().reports.labels;
  return [el("h3", {}, t("reports")), el("ul", { class: "events", id: "reports" }, found.map(([occurred, known, label, source, information]) => el("li", {},
    el("b", {}, `${day(occurred)}: ${labelOf(labels, label)}`),
    el("div", { class: "small" }, `${t("grade", { source, information })} · ${t("known", { date: day(known) })}`)))),
  small(t("grade_note"))];
}

// ---- rank over past runs -------------------------------------------------------------

function pastRanks(place) {
  const history = details().history;
  const found = history.of[state.list]?.[place] ?? [];
  if (found.length < 2) return [el("h3", {}, t("history")), small(t("history_none"))];
  const n = current().rank.length;
  const x = (i) => 16 + ((WIDE - 32) * i) / (found.length - 1);
  const y = (rank) => 8 + ((TALL - 22) * (rank - 1)) / Math.max(1, n - 1);
  const name = ([run]) => history.runs[run];
  const path = (points) => points.map(([a, b], i) => `${i ? "L" : "M"}${a.toFixed(1)} ${b.toFixed(1)}`).join("");
  const edge = [...found.map(([, , low], i) => [x(i), y(low)]), ...found.map(([, , , high], i) => [x(i), y(high)]).reverse()];
  return [el("h3", {}, t("history")),
    el("svg", { class: "history", viewBox: `0 0 ${WIDE} ${TALL}`, role: "img", "aria-label": t("history_label", { n: found.length }) },
      el("path", { class: "between", d: `${path(edge)}z` }),
      el("line", { class: "cutline", x1: 6, x2: WIDE - 6, y1: y(Math.min(n, state.k) + 0.5), y2: y(Math.min(n, state.k) + 0.5) }),
      el("path", { class: "ranks", d: path(found.map(([, rank], i) => [x(i), y(rank)])) }),
      found.map(([, rank], i) => el("circle", { class: "dot", cx: x(i), cy: y(rank), r: 3 })),
      el("text", { class: "year first", x: 6, y: TALL - 2 }, day(name(found[0])[1])), el("text", { class: "year last", x: WIDE - 6, y: TALL - 2 }, day(name(found.at(-1))[1]))),
    el("details", {}, el("summary", {}, t("history_table")), el("table", { class: "plain" },
      el("thead", {}, el("tr", {}, ["cutoff_short", "rank", "interval", "run"].map((key) => el("th", { scope: "col" }, t(key))))),
      el("tbody", {}, found.map((row) => el("tr", {}, td("", day(name(row)[1])), td("num", String(row[1])), td("num", `${row[2]}–${row[3]}`), td("", el("code", {}, name(row)[0].slice(0, 8))))))))];
}
