// The page at work: showing a list, the filters, the blind spots, the address. Comes last and
// starts everything; the parts it moves are in base.js, table.js, map.js and panel.js.

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
  fitColumns();
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
      const like = list.rank_if_like_neighbours[r];
      const also = like === null ? "" : `; ${t("like_neighbours", { rank: like })}`;
      return el("li", {}, button, span(`${t("rank")} ${list.rank[r]} (${list.rank_low[r]}–${list.rank_high[r]})${also}`));
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
