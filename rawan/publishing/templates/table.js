// The table of villages: columns, the cut line, and which columns give way where it is narrow.
// What passes the filters is settled in base.js, what a chosen row shows in panel.js.

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
  column(t("district"), 565, "name", (l, r, p) => word(places.district, p), (l, r, p) => span(word(places.district, p))),
  column(t("interval"), 0, "num wide", (l, r) => l.rank_low[r] * 1e6 + l.rank_high[r],
    (l, r) => span(`${l.rank_low[r]}–${l.rank_high[r]}`)),
  column(t("top_k", { k }), 0, "num", (l, r) => l.top_k_probability[r], (l, r) => el("div", { class: "meter" },
    el("i", {}, el("b", { style: { width: `${100 * l.top_k_probability[r]}%` } })), span(percent(l.top_k_probability[r])))),
  column(t("band"), 470, "", (l, r) => String(bandOf(l, r)), chip),
  column(t("risk"), 645, "num", (l, r) => l.value[r], (l, r) => span(value(l, r))),
  column(t("change"), 725, "num wide", (l, r) => l.rank_change[r] ?? -1e9,
    (l, r) => el("span", { title: changeText(l, r, true), "aria-label": changeText(l, r, true), role: "img" }, changeText(l, r))),
  column(t("coverage"), 800, "num", (l, r) => l.coverage[r], (l, r) => span(percent(l.coverage[r]))),
];
const RISK = 6;
const GIVE_WAY = [8, 7, 6, 2, 5]; // the order in which columns leave where names are long

const table = new DataTable("#table", {
  data: [], columns, deferRender: true, autoWidth: false, order: [[0, "asc"]], orderMulti: false,
  pageLength: 25, lengthMenu: [25, 50, 100, 250],
  layout: { topStart: null, topEnd: null, bottomStart: ["pageLength", "info"], bottomEnd: { paging: { buttons: 5, firstLast: false } } },
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
  const room = table.table().container().clientWidth;
  const show = (i, visible) => { if (table.column(i).visible() !== visible) table.column(i).visible(visible, false); };
  columns.forEach(({ from }, i) => show(i, room >= from));
  const arrange = () => $("villages").classList.toggle("compact", !table.column(2).visible());
  arrange();
  $("villages").classList.toggle("tiny", room < 400);
  for (const i of GIVE_WAY) {
    if ($("table").offsetWidth <= room + 1) break;
    show(i, false);
    arrange();
  }
  table.table().header().querySelectorAll("th").forEach((th) => th.setAttribute("scope", "col"));
  const cut = document.querySelector("#table tr.cut td");
  if (cut) cut.colSpan = table.columns(":visible").count();
}
new ResizeObserver(() => requestAnimationFrame(() => { fitColumns(); frame(); })).observe($("villages"));
