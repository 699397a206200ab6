// The table of villages: columns, the cut line, and which columns give way where it is narrow.
// What passes the filters is settled in chosen.js, what a chosen row shows in panel.js.

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
function changeMark(list, r) {
  const long = changeText(list, r, true);
  return el("span", { title: long, "aria-label": long, role: "img" }, changeText(list, r));
}
// The override beside the rank: what people hold against it, which moves nothing.
function heldTag(place) {
  const one_ = held.get(place);
  if (!one_ || one_.over) return null;
  return el("span", { class: "held", title: t("held", { kind: t(`held_kind.${one_.kind}`) }) }, `${{ up: "⇧", down: "⇩", khusus: "★" }[one_.kind]} ${t(`held_short.${one_.kind}`)}`);
}

// Each column: how it sorts, what it shows, from which width of the table it is seen, and what
// data it needs; a column whose data this audience does not get is left out.
const column = (name, title, from, kind, sort, show, need = null) => ({
  name, title, from, className: kind, data: null, searchable: false, defaultContent: "", need,
  type: kind.includes("num") ? "num" : "string",
  render: (_, type, { r }) => {
    const list = current();
    return type === "display" ? show(list, r, list.place[r]) : sort(list, r, list.place[r]);
  },
});
const allColumns = () => [
  column("rank", t("rank_short"), 0, "num", (l, r) => l.rank[r], (l, r) => span(`${l.rank[r]}${l.tied_with[r] ? "=" : ""}`)),
  column("village", t("village"), 0, "village", (l, r, p) => places.name[p], (l, r, p) => el("div", {},
    el("button", { type: "button", class: "pick name", "aria-controls": "detail" }, places.name[p]),
    l.blind_spot[r] ? blindTag() : null, heldTag(p),
    el("span", { class: "sub name" }, word(places.district, p)))),
  column("district", t("district"), 600, "name", (l, r, p) => word(places.district, p), (l, r, p) => span(word(places.district, p))),
  column("interval", t("interval"), 0, "num wide", (l, r) => l.rank_low[r] * 1e6 + l.rank_high[r],
    (l, r) => span(`${l.rank_low[r]}–${l.rank_high[r]}`)),
  column("top_k", t("top_k", { k: topK }), 0, "num", (l, r) => l.top_k_probability[r], (l, r) => el("div", { class: "meter" },
    el("i", {}, el("b", { style: { width: `${100 * l.top_k_probability[r]}%` } })), span(percent(l.top_k_probability[r])))),
  column("band", t("band"), 500, "", (l, r) => String(bandOf(l, r)), chip),
  column("value", t("risk"), 720, "num", (l, r) => l.value[r], (l, r) => span(value(l, r)), "value"),
  column("past", t("past_short"), 560, "num wide", (l, r) => l.baseline_rank[r], (l, r) => pastCell(l, r), "baseline_rank"),
  column("change", t("change"), 660, "num wide", (l, r) => l.rank_change[r] ?? -1e9, changeMark, "rank_change"),
  column("coverage", t("coverage"), 820, "num", (l, r) => l.coverage[r], (l, r) => span(percent(l.coverage[r])), "coverage"),
];
const GIVE_WAY = ["coverage", "value", "change", "past", "district", "band"]; // where names are long, in this order

function pastCell(list, r) {
  const by = list.baseline_rank[r] - list.rank[r];
  const key = by === 0 ? "baseline_same" : by > 0 ? "baseline_above" : "baseline_below";
  return el("span", { title: t(key, { n: Math.abs(by) }) }, String(list.baseline_rank[r]), el("small", { class: "by" }, by ? ` (${signed(by)})` : " (=)"));
}

let table = null;
let columns = [];
function buildTable() {
  const before = table && { order: table.order(), length: table.page.len() };
  table?.destroy();
  $("table").replaceChildren(el("caption", { class: "unseen" }, t("table")));
  columns = allColumns().filter(({ need }) => need === null || lists.every((list) => list[need] !== undefined));
  table = new DataTable("#table", {
    data: [], columns, deferRender: true, autoWidth: false, order: before?.order ?? [[0, "asc"]], orderMulti: false,
    pageLength: before?.length ?? 25, lengthMenu: [25, 50, 100, 250],
    layout: { topStart: null, topEnd: null, bottomStart: ["pageLength", "info"], bottomEnd: { paging: { buttons: 5, firstLast: false } } },
    language: {
      info: t("info"), infoEmpty: "", infoFiltered: "", lengthMenu: t("per_page"), zeroRecords: t("nothing"), emptyTable: t("nothing"),
      thousands: lang === "id" ? "." : ",",
      aria: { orderable: t("sort"), orderableReverse: t("sort"), orderableRemove: t("sort"),
        paginate: { first: t("first"), previous: t("previous"), next: t("next"), last: t("last"), number: "" } },
    },
    createdRow: (tr, { r }) => { tr.dataset.place = current().place[r]; },
    drawCallback() { markRows(this.api()); drawCut(this.api()); },
  });
  table.search.fixed("filters", (_, row) => passes(current().place[row.r]));
  table.table().container().querySelector(".dt-paging nav")?.setAttribute("aria-label", t("pages"));
}
const at = (name) => columns.findIndex((one_) => one_.name === name);

// What changes with the cut line, the search or the choice, on the rows that are seen.
function markRows(api) {
  const list = current();
  for (const tr of api.table().body().rows) {
    if (!tr.dataset.place) continue;
    const place = +tr.dataset.place;
    const r = rowOf[place];
    tr.classList.toggle("in-k", isFirst(list, r));
    tr.classList.toggle("on-line", isOnLine(list, r));
    tr.classList.toggle("chosen", place === state.place);
    if (place === state.place) tr.setAttribute("aria-current", "true"); else tr.removeAttribute("aria-current");
    tr.querySelectorAll(".near-mark, .like").forEach((mark) => mark.remove());
    if (isNear(list, r)) tr.children[0].prepend(el("span", { class: "near-mark", role: "img", "aria-label": t("near_line"), title: t("near_line") }, "≈"));
    if (state.search?.like) tr.querySelector(".pick").after(el("span", { class: "like" }, t("like")));
  }
}

function drawCut(api) {
  const [by, direction] = api.order()[0] ?? [];
  const list = current();
  document.querySelector("#table tr.cut")?.remove();
  if (by !== 0 || direction !== "asc" || !list.rank.length) return;
  const shown = api.rows({ search: "applied", order: "applied" }).data().toArray();
  const last = shown.filter(({ r }) => isFirst(list, r)).at(-1);
  const { n, places: free } = onLine();
  const row = el("tr", { class: "cut" }, el("td", { colspan: api.columns(":visible").count() },
    n ? t("cut_tied", { k: state.k, n, places: free }) : `▲ ${t("cut", { k: state.k })}`));
  if (last) [...api.table().body().rows].find((tr) => +tr.dataset.place === list.place[last.r])?.after(row);
  else if (n && shown.length && api.page() === 0) api.table().body().prepend(row);
}

$("table").addEventListener("click", (event) => {
  const tr = event.target.closest("tr[data-place]");
  if (tr) choose(+tr.dataset.place, tr.querySelector(".pick"));
});

function fitColumns() {
  const room = table.table().container().clientWidth;
  if (!room) return; // the table is not the view of the moment
  const show = (i, visible) => { if (i >= 0 && table.column(i).visible() !== visible) table.column(i).visible(visible, false); };
  columns.forEach(({ from }, i) => show(i, room >= from));
  const arrange = () => $("villages").classList.toggle("compact", !table.column(at("district")).visible());
  arrange();
  $("villages").classList.toggle("tiny", room < 400);
  for (const name of GIVE_WAY) {
    if ($("table").offsetWidth <= room + 1) break;
    show(at(name), false);
    arrange();
  }
  table.table().header().querySelectorAll("th").forEach((th) => th.setAttribute("scope", "col"));
  const cut = document.querySelector("#table tr.cut td");
  if (cut) cut.colSpan = table.columns(":visible").count();
}
new ResizeObserver(() => requestAnimationFrame(() => { fitColumns(); frame(); })).observe($("villages"));
