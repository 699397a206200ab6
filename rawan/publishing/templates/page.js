// The published page at work: lists, filters, map, table and the panel of reasons.
// Every value from the data is untrusted and reaches the page as text (textContent, or
// attributes that cannot run); nothing here builds markup out of data.

const data = JSON.parse(document.getElementById("data").textContent);
const { places, lists, evidence, k } = data;
const count = places.code.length;
const BANDS = ["kurang_rawan", "rawan", "sangat_rawan", "khusus"];
const $ = (id) => document.getElementById(id);

// ---- words and numbers -------------------------------------------------------------

const say = (key, fill = {}) =>
  data.words[key].replace(/\{(\w+)\}/g, (whole, name) => fill[name] ?? whole);
const t = (key, fill) => say(`page.${key}`, fill);
const locale = data.lang === "id" ? "id-ID" : "en-GB";
const decimals = (n) => {
  const format = new Intl.NumberFormat(locale, { minimumFractionDigits: n, maximumFractionDigits: n });
  return (x) => format.format(x).replace("-", "−");
};
const [whole, one, three] = [0, 1, 3].map(decimals);
const percent = (x) => {
  if (x > 0 && x < 0.001) return `< ${one(0.1)}%`;
  return x >= 0.1 || x === 0 ? `${whole(x * 100)}%` : `${one(x * 100)}%`;
};
const day = (iso) => {
  const parts = /^(\d{4})-(\d\d)-(\d\d)/.exec(iso ?? "");
  return parts ? `${+parts[3]} ${data.months[parts[2] - 1]} ${parts[1]}` : t("unknown");
};
const word = (column, i) => (column.at[i] === null ? null : column.words[column.at[i]]);
const value = (list, r) => (list.is_index ? one(list.value[r]) : percent(list.value[r]));

function el(tag, attributes = {}, ...children) {
  const svg = ["svg", "path", "rect", "pattern", "defs", "text", "g", "circle"].includes(tag);
  const node = svg ? document.createElementNS("http://www.w3.org/2000/svg", tag) : document.createElement(tag);
  for (const [name, content] of Object.entries(attributes)) {
    if (name === "style") Object.assign(node.style, content);
    else if (content !== null && content !== false) node.setAttribute(name, content === true ? "" : content);
  }
  node.append(...children.filter((child) => child !== null));
  return node;
}
const td = (kind, ...children) => el("td", kind ? { class: kind } : {}, ...children);

// ---- what is chosen ----------------------------------------------------------------

const state = { list: 0, place: -1, origin: null, search: "", district: "", band: "", blind: false, colour: "band" };
const current = () => lists[state.list];
let rowOf = new Int32Array(count).fill(-1); // row of the current list by place

const haystack = places.code.map((code, i) =>
  [code, places.name[i], word(places.district, i), word(places.polsek, i)].join("\n").toLowerCase());

function passes(place) {
  const list = current();
  const r = rowOf[place];
  return r >= 0
    && (state.district === "" || places.district.at[place] === +state.district)
    && (state.band === "" || list.band[r] === state.band)
    && (!state.blind || list.blind_spot[r])
    && state.search.split(/\s+/).every((piece) => haystack[place].includes(piece));
}

// ---- table -------------------------------------------------------------------------

const bandOf = (list, r) => BANDS.indexOf(list.band[r]);
const chip = (list, r) => el("span", { class: `chip b${bandOf(list, r)}` }, say(`band.${list.band[r]}`));
const blindTag = () => el("span", { class: "tag" }, t("blind"));

function changeText(list, r, long) {
  const by = list.rank_change[r];
  if (by === null) return long ? t("change_none") : "–";
  if (by === 0) return long ? t("change_same") : "=";
  if (long) return t(by > 0 ? "change_up" : "change_down", { n: Math.abs(by) });
  return `${by > 0 ? "▲" : "▼"} ${Math.abs(by)}`;
}

// Each column: how it sorts, what it shows, and from which width of the table it is seen.
const column = (title, from, kind, sort, show) => ({
  title, from, className: kind, data: null, searchable: false, defaultContent: "",
  type: kind.includes("num") ? "num" : "string",
  render: (_, type, { r }) => {
    const list = current();
    return type === "display" ? show(list, r, list.place[r]) : sort(list, r, list.place[r]);
  },
});
const span = (content) => el("span", {}, content);
const columns = [
  column(t("rank_short"), 0, "num", (l, r) => l.rank[r], (l, r) => span(`${l.rank[r]}${l.tied_with[r] ? "=" : ""}`)),
  column(t("village"), 0, "village", (l, r, p) => places.name[p], (l, r, p) => el("div", {},
    el("button", { type: "button", class: "pick name", "aria-controls": "detail" }, places.name[p]),
    l.blind_spot[r] ? blindTag() : null,
    el("span", { class: "sub name" }, word(places.district, p)))),
  column(t("district"), 600, "name", (l, r, p) => word(places.district, p), (l, r, p) => span(word(places.district, p))),
  column(t("interval"), 0, "num wide", (l, r) => l.rank_low[r] * 1e6 + l.rank_high[r],
    (l, r) => span(`${l.rank_low[r]}–${l.rank_high[r]}`)),
  column(t("top_k", { k }), 0, "num", (l, r) => l.top_k_probability[r], (l, r) => el("div", { class: "meter" },
    el("i", {}, el("b", { style: { width: `${100 * l.top_k_probability[r]}%` } })), span(percent(l.top_k_probability[r])))),
  column(t("band"), 420, "", (l, r) => String(bandOf(l, r)), chip),
  column(t("risk"), 520, "num", (l, r) => l.value[r], (l, r) => span(value(l, r))),
  column(t("change"), 690, "num wide", (l, r) => l.rank_change[r] ?? -1e9,
    (l, r) => el("span", { title: changeText(l, r, true), "aria-label": changeText(l, r, true), role: "img" }, changeText(l, r))),
  column(t("coverage"), 780, "num", (l, r) => l.coverage[r], (l, r) => span(percent(l.coverage[r]))),
];
const RISK = 6;

const table = new DataTable("#table", {
  data: [], columns, deferRender: true, autoWidth: false, order: [[0, "asc"]], orderMulti: false,
  pageLength: 25, lengthMenu: [25, 50, 100, 250],
  layout: { topStart: null, topEnd: null, bottomStart: ["pageLength", "info"], bottomEnd: { paging: { buttons: 5 } } },
  language: {
    info: t("info"), infoEmpty: "", infoFiltered: "", lengthMenu: t("per_page"), zeroRecords: t("nothing"), emptyTable: t("nothing"),
    aria: { orderable: t("sort"), orderableReverse: t("sort"), orderableRemove: t("sort"),
      paginate: { first: t("first"), previous: t("previous"), next: t("next"), last: t("last"), number: "" } },
  },
  createdRow: (tr, { r }) => {
    const list = current();
    tr.dataset.place = list.place[r];
    tr.classList.toggle("in-k", list.rank[r] <= k);
    tr.classList.toggle("chosen", list.place[r] === state.place);
  },
  drawCallback() { drawCut(this.api()); },
});
table.search.fixed("filters", (_, row) => passes(current().place[row.r]));
table.table().header().querySelectorAll("th").forEach((th) => th.setAttribute("scope", "col"));
table.table().container().querySelector(".dt-paging nav")?.setAttribute("aria-label", t("pages"));

function drawCut(api) {
  const [by, direction] = api.order()[0] ?? [];
  const list = current();
  if (by !== 0 || direction !== "asc" || !list.rank.length) return;
  const inside = [...api.table().body().rows].filter((tr) => tr.classList.contains("in-k"));
  const last = inside.at(-1);
  const shown = api.rows({ search: "applied", order: "applied" }).data().toArray();
  const all = shown.filter(({ r }) => list.rank[r] <= k).at(-1);
  if (!last || +last.dataset.place !== list.place[all.r]) return;
  const tied = list.tied_at_k[0] ? ` · ${t("cut_tied", { n: list.tied_at_k[0] })}` : "";
  last.after(el("tr", { class: "cut" }, el("td", { colspan: api.columns(":visible").count() }, `▲ ${t("cut", { k })}${tied}`)));
}

$("table").tBodies[0].addEventListener("click", (event) => {
  const tr = event.target.closest("tr[data-place]");
  if (tr) choose(+tr.dataset.place, tr.querySelector(".pick"));
});

function fitColumns() {
  const width = $("villages").clientWidth - 24;
  columns.forEach(({ from }, i) => {
    if (table.column(i).visible() !== (width >= from)) table.column(i).visible(width >= from, false);
  });
  $("villages").classList.toggle("compact", width < 600);
  $("villages").classList.toggle("tiny", width < 400);
  table.table().header().querySelectorAll("th").forEach((th) => th.setAttribute("scope", "col"));
  const cut = document.querySelector("#table tr.cut td");
  if (cut) cut.colSpan = table.columns(":visible").count();
}
new ResizeObserver(() => requestAnimationFrame(() => { fitColumns(); frame(); })).observe($("villages"));

// ---- map ---------------------------------------------------------------------------

const svg = $("map");
const [left, top_, right, bottom] = data.map.box;
const home = { x: left - 1, y: top_ - 1, w: right - left + 2, h: bottom - top_ + 2 };
let view = { ...home };
const cells = new Array(count).fill(null);
const centres = new Array(count).fill(null);
const labels = [];
const SHADES = { band: ["--b0", "--b1", "--b2", "--b3"], top_k: ["--p0", "--p1", "--p2", "--p3", "--p4"] };
const shadeOf = (list, r) =>
  state.colour === "band" ? bandOf(list, r) : Math.min(4, Math.floor(list.top_k_probability[r] * 5));
const colourOf = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
const isDark = (name) => ["--b2", "--b3", "--p3", "--p4"].includes(name);

function hatch(id, name, size) {
  return el("pattern", { id, width: size, height: size, patternUnits: "userSpaceOnUse", patternTransform: "rotate(45)" },
    el("rect", { width: size, height: size, fill: colourOf(name) }),
    el("rect", { width: size * 0.3, height: size, fill: isDark(name) ? "#ffffffb0" : "#1c2530b0" }));
}

function middleOf(path) {
  const numbers = path.match(/-?[\d.]+/g).map(Number);
  let [x, y] = [0, 0];
  for (let i = 0; i < numbers.length; i += 2) { x += numbers[i]; y += numbers[i + 1]; }
  return [2 * x / numbers.length, 2 * y / numbers.length];
}

function buildMap() {
  const names = [...SHADES.band, ...SHADES.top_k];
  svg.append(el("defs", {}, ...names.map((name) => hatch(`hatch${name}`, name, Math.max(home.w, home.h) / 110))));
  const ground = el("g", {});
  data.map.cells.forEach((path, place) => {
    if (path === null) return;
    cells[place] = el("path", { d: path, class: "cell", role: "option", tabindex: -1, "data-place": place });
    centres[place] = middleOf(path);
    ground.append(cells[place]);
  });
  svg.append(ground);
  for (const [, path] of data.map.borders) svg.append(el("path", { d: path, class: "border" }));
  const sums = new Map();
  centres.forEach((centre, place) => {
    if (!centre) return;
    const at = places.district.at[place];
    const sum = sums.get(at) ?? [0, 0, 0];
    sums.set(at, [sum[0] + centre[0], sum[1] + centre[1], sum[2] + 1]);
  });
  if (sums.size > 1 && sums.size <= 40) {
    for (const [at, [x, y, n]] of sums) {
      labels.push(el("text", { x: x / n, y: y / n, class: "place", "aria-hidden": true }, places.district.words[at]));
    }
  }
  svg.append(...labels);
  const missing = cells.filter((cell) => cell === null).length;
  if (missing) $("map-missing").textContent = t("map_missing", { n: missing });
}
const marks = ["focus", "halo", "line"].map((kind) => el("path", { class: `mark ${kind}`, d: "" }));
const outline = (kind, place) => marks
  .filter((mark) => kind.includes(mark.classList[1]))
  .forEach((mark) => mark.setAttribute("d", data.map.cells[place] ?? ""));

function paintMap() {
  const list = current();
  cells.forEach((cell, place) => {
    if (!cell) return;
    const r = rowOf[place];
    if (r < 0) { cell.style.fill = "#fff"; return; }
    const name = SHADES[state.colour][shadeOf(list, r)];
    const blind = list.blind_spot[r];
    cell.style.fill = blind ? `url(#hatch${name})` : `var(${name})`;
    cell.classList.toggle("blind", blind);
    cell.setAttribute("aria-label", tipLines(place).join(", "));
    cell.setAttribute("aria-selected", place === state.place);
  });
  const steps = state.colour === "band"
    ? BANDS.map((band, i) => [i, say(`band.${band}`)]).filter(([i]) => i < 3 || list.band.includes("khusus"))
    : [0, 1, 2, 3, 4].map((i) => [i, `${i * 20}–${i * 20 + 20}%`]);
  $("legend").replaceChildren(
    ...steps.map(([i, label]) => el("li", {},
      el("svg", { "aria-hidden": true }, el("rect", { width: 20, height: 14, stroke: "#777", style: { fill: `var(${SHADES[state.colour][i]})` } })), label)),
    el("li", {}, el("span", { class: "tag", style: { marginLeft: 0, width: "20px", height: "14px" }, "aria-hidden": true }), t("blind")));
}

function fadeMap() {
  cells.forEach((cell, place) => cell?.classList.toggle("off", !passes(place)));
}

function frame() {
  svg.setAttribute("viewBox", `${view.x} ${view.y} ${view.w} ${view.h}`);
  const pixels = Math.min(svg.clientWidth / view.w, svg.clientHeight / view.h) || 1;
  labels.forEach((label) => label.setAttribute("font-size", 11 / pixels));
  const km = [0.5, 1, 2, 5, 10, 20, 50, 100, 200].find((length) => length * pixels >= 45) ?? 500;
  $("scale-bar").style.width = `${km * pixels}px`;
  $("scale-text").textContent = `${km} km`;
  $("canvas").classList.toggle("zoomed", view.w < home.w * 0.99);
}

function zoom(factor, x = view.x + view.w / 2, y = view.y + view.h / 2) {
  const scale = Math.min(1, Math.max(0.02, (view.w * factor) / home.w)) * home.w / view.w;
  view = { x: x - (x - view.x) * scale, y: y - (y - view.y) * scale, w: view.w * scale, h: view.h * scale };
  if (view.w > home.w * 0.99) view = { ...home };
  frame();
}
$("zoom-in").onclick = () => zoom(0.6, ...(centres[state.place] ?? []));
$("zoom-out").onclick = () => zoom(1 / 0.6);
$("zoom-reset").onclick = () => zoom(1e6);
svg.addEventListener("wheel", (event) => {
  if (!event.ctrlKey) return;
  event.preventDefault();
  const at = new DOMPoint(event.clientX, event.clientY).matrixTransform(svg.getScreenCTM().inverse());
  zoom(event.deltaY > 0 ? 1.25 : 0.8, at.x, at.y);
}, { passive: false });

let drag = null;
svg.addEventListener("pointerdown", (event) => { drag = { x: event.clientX, y: event.clientY, view, moved: false }; });
window.addEventListener("pointerup", () => setTimeout(() => { drag = null; }));
svg.addEventListener("pointermove", (event) => {
  showTip(event);
  if (!drag || view.w > home.w * 0.99) return;
  const [dx, dy] = [event.clientX - drag.x, event.clientY - drag.y];
  if (Math.hypot(dx, dy) > 4) drag.moved = true;
  const scale = svg.getScreenCTM().a;
  view = { ...view, x: drag.view.x - dx / scale, y: drag.view.y - dy / scale };
  frame();
});
svg.addEventListener("click", (event) => {
  const place = event.target.dataset?.place;
  if (place !== undefined && !drag?.moved) choose(+place, event.target);
});

function tipLines(place) {
  const list = current();
  const r = rowOf[place];
  return [places.name[place], word(places.district, place),
    `${t("rank")} ${list.rank[r]} (90%: ${list.rank_low[r]}–${list.rank_high[r]})`,
    ...(list.blind_spot[r] ? [t("blind")] : [])];
}
function showTip(event, place = event.target.dataset?.place) {
  const tip = $("tip");
  tip.hidden = place === undefined || rowOf[place] < 0;
  if (tip.hidden) return;
  const [name, ...rest] = tipLines(+place);
  tip.replaceChildren(el("b", { class: "name" }, name), ...rest.map((line) => el("div", { class: "name" }, line)));
  const box = $("canvas").getBoundingClientRect();
  const [x, y] = [event.clientX - box.left, event.clientY - box.top];
  tip.style.left = `${Math.max(4, Math.min(x + 14, box.width - tip.offsetWidth - 4))}px`;
  tip.style.top = `${y + 18 + tip.offsetHeight > box.height ? Math.max(4, y - tip.offsetHeight - 8) : y + 18}px`;
}
svg.addEventListener("pointerleave", () => { $("tip").hidden = true; });

function makeTabStop(place) {
  svg.querySelectorAll('[tabindex="0"]').forEach((cell) => cell.setAttribute("tabindex", -1));
  cells[place]?.setAttribute("tabindex", 0);
}
svg.addEventListener("focusin", (event) => {
  const place = event.target.dataset.place;
  if (place === undefined || !event.target.matches(":focus-visible")) return;
  outline(["focus"], place);
  const box = event.target.getBoundingClientRect();
  showTip({ clientX: box.right, clientY: box.bottom }, place);
});
svg.addEventListener("focusout", () => { outline(["focus"], -1); $("tip").hidden = true; });
svg.addEventListener("keydown", (event) => {
  const here = +event.target.dataset.place;
  if (event.key === "Enter" || event.key === " ") { event.preventDefault(); choose(here, event.target); }
  const way = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
  if (!way) return;
  event.preventDefault();
  let [best, least] = [-1, Infinity];
  centres.forEach((centre, place) => {
    if (!centre || place === here) return;
    const [dx, dy] = [centre[0] - centres[here][0], centre[1] - centres[here][1]];
    const along = dx * way[0] + dy * way[1];
    const cost = along + 2.5 * Math.abs(dx * way[1] - dy * way[0]);
    if (along > 0 && cost < least) [best, least] = [place, cost];
  });
  if (best >= 0) { makeTabStop(best); cells[best].focus(); }
});

// ---- panel -------------------------------------------------------------------------

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
      el("div", {}, el("strong", {}, t("of", { rank: list.rank[r], n: list.rank.length })), t("rank")),
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

// ---- lists, filters, blind spots ---------------------------------------------------

function showList(index) {
  state.list = index;
  const list = current();
  rowOf.fill(-1);
  list.place.forEach((place, r) => { rowOf[place] = r; });
  [...$("lists").children].forEach((button, i) => button.setAttribute("aria-pressed", i === index));
  const beats = list.beats === null ? "beats.unknown" : list.beats ? "beats.yes" : "beats.no";
  $("list-facts").replaceChildren(
    el("div", {}, t("horizon", { start: day(list.start), end: day(list.end), days: list.days })),
    el("div", {}, span(`${t("model")}: `), `${list.model} (${t(beats)})`), el("div", { class: "name" }, list.note));
  $("window-basis").hidden = list.basis !== "window";
  table.column(RISK).title(t(list.is_index ? "index" : "risk"));
  table.clear().rows.add(list.place.map((_, r) => ({ r }))).draw();
  paintMap();
  makeTabStop(list.place.find((place) => cells[place]) ?? -1);
  showBlind(list);
  refilter(false);
  if (state.place >= 0) choose(state.place);
  remember();
}

function refilter(redraw = true) {
  if (redraw) table.draw();
  fadeMap();
  $("shown").textContent = t("shown", { n: table.rows({ search: "applied" }).count(), all: current().rank.length });
}

function showBlind(list) {
  const blind = list.place.map((place, r) => [place, r]).filter(([, r]) => list.blind_spot[r]);
  $("blind-intro").textContent = blind.length ? t("blind_intro", { n: blind.length }) : t("blind_nothing");
  const groups = Map.groupBy
    ? Map.groupBy(blind, ([place]) => places.district.at[place])
    : blind.reduce((all, pair) => all.set(places.district.at[pair[0]], [...(all.get(places.district.at[pair[0]]) ?? []), pair]), new Map());
  $("blind-groups").replaceChildren(...[...groups].sort(([a], [b]) => a - b).map(([at, pairs]) => el("div", {},
    el("h3", { class: "name" }, places.district.words[at]),
    el("ul", {}, ...pairs.map(([place, r]) => {
      const button = el("button", { type: "button", class: "pick name" }, places.name[place]);
      button.onclick = () => { choose(place, button); $("detail").scrollIntoView({ block: "nearest" }); };
      return el("li", {}, button, span(`${t("rank")} ${list.rank[r]} (${list.rank_low[r]}–${list.rank_high[r]})`));
    })))));
}

function remember() {
  const { hazard, stage } = current();
  const parts = [hazard, stage, ...(state.place >= 0 ? [places.code[state.place]] : [])];
  history.replaceState(null, "", `#${parts.map(encodeURIComponent).join("/")}`);
}

function buildControls() {
  lists.forEach((list, i) => {
    const button = el("button", { type: "button" }, list.label[1], el("small", {}, list.label[0]));
    button.onclick = () => showList(i);
    $("lists").append(button);
  });
  places.district.words.forEach((name, i) => $("district").append(el("option", { value: i }, name)));
  BANDS.filter((band) => lists.some((list) => list.band.includes(band)))
    .forEach((band) => $("band").append(el("option", { value: band }, say(`band.${band}`))));
  let wait = 0;
  const read = () => {
    Object.assign(state, { search: $("search").value.trim().toLowerCase(), district: $("district").value,
      band: $("band").value, blind: $("only-blind").checked });
    refilter();
  };
  $("filters").addEventListener("input", () => { clearTimeout(wait); wait = setTimeout(read, 60); });
  $("filters").addEventListener("reset", () => setTimeout(read));
  $("filters").addEventListener("submit", (event) => event.preventDefault());
  $("colour").onchange = () => { state.colour = $("colour").value; paintMap(); };
  let length = 25;
  addEventListener("beforeprint", () => { length = table.page.len(); table.page.len(-1).draw(); });
  addEventListener("afterprint", () => table.page.len(length).draw());
  document.addEventListener("keydown", (event) => { if (event.key === "Escape" && state.place >= 0) choose(-1); });
}

const wanted = location.hash.slice(1).split("/").map((part) => { try { return decodeURIComponent(part); } catch { return ""; } });
buildMap();
svg.append(...marks);
buildControls();
fitColumns();
showList(Math.max(0, lists.findIndex((list) => list.hazard === wanted[0] && list.stage === wanted[1])));
frame();
if (places.code.includes(wanted[2])) choose(places.code.indexOf(wanted[2]));
document.documentElement.dataset.ready = "true";
