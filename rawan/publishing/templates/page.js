// The page at work: showing a list, the filters, the language, the address. Comes last and
// starts everything; the parts it moves are in the scripts before it.

const MOST_PRINTED = 300; // rows; who wants others filters for them

function showList(index) {
  turnToList(index);
  const list = current();
  state.k = Math.min(state.k, list.rank.length);
  [...$("lists").children].forEach((button, i) => button.setAttribute("aria-pressed", i === index));
  const beats = list.beats === null ? "beats.unknown" : list.beats ? "beats.yes" : "beats.no";
  $("list-facts").replaceChildren(
    el("div", {}, t("horizon", { start: day(list.start), end: day(list.end), days: list.days })),
    el("div", {}, span(`${t("model")}: `), `${both(list.model)} (${t(beats)})`), el("div", { class: "name" }, both(list.note)));
  $("window-basis").hidden = list.basis !== "window";
  if (at("value") >= 0) table.column(at("value")).title(t(list.is_index ? "index" : "risk"));
  table.clear().rows.add(list.place.map((_, r) => ({ r }))).draw();
  fitColumns();
  paintMap();
  makeTabStop(list.place.find((place) => cells[place]) ?? -1);
  $("only-changed").disabled = !facts.compared;
  showCut();
  showSides();
  showBlind(list);
  showChanges();
  showSummary();
  refilter(false);
  if (state.place >= 0) choose(state.place);
  remember();
}

function refilter(redraw = true) {
  if (redraw) table.draw();
  fadeMap();
  const shown = table.rows({ search: "applied" }).count();
  const like = state.search?.like && shown ? ` ${t("like_note")}` : "";
  $("shown").textContent = t("shown", { n: shown, all: current().rank.length }) + like;
}

// Set filters from elsewhere than their own controls, and show them in those.
function setFilter(change_, focus = null) {
  Object.assign(state, change_);
  $("only").value = state.only;
  $("only-blind").checked = state.blind;
  $("only-changed").checked = state.changed;
  showSummary();
  refilter();
  if (focus) $(focus).focus();
}

function remember() {
  const { hazard, stage } = current();
  const parts = [hazard, stage, ...(state.place >= 0 ? [places.code[state.place]] : [])];
  history.replaceState(null, "", `#${parts.map(encodeURIComponent).join("/")}`);
}

function fillSelects() {
  $("lists").replaceChildren(...lists.map((list, i) => {
    const button = el("button", { type: "button" }, both(list.label[1]), el("small", {}, both(list.label[0])));
    button.onclick = () => showList(i);
    return button;
  }));
  const options = (id, all, found) => {
    const before = $(id).value;
    $(id).replaceChildren(el("option", { value: "" }, t(all)), ...found.map(([content, label]) => el("option", { value: content }, label)));
    $(id).value = before;
  };
  options("district", "all", places.district.words.map((name, i) => [i, name]));
  options("polsek", "all", places.polsek.words.map((name, i) => [i, name]));
  options("band", "all", BANDS.filter((band) => lists.some((list) => list.band.includes(band))).map((band) => [band, say(`band.${band}`)]));
  const only = Object.keys(ONLY).filter((key) => key && (facts.compared || !["entered", "left", "beyond", "moved"].includes(key)) && (data.overrides.length || key !== "held"));
  options("only", "only.all", only.map((key) => [key, t(`only.${key}`)]));
}

function speak(to) {
  lang = to;
  sayAgain();
  for (const each of ["id", "en"]) $(`lang-${each}`).setAttribute("aria-pressed", each === lang);
  fillSelects();
  buildTable();
  showStanding();
  showFindings();
  showDistricts();
  showList(state.list);
  frame();
}

function buildControls() {
  let wait = 0;
  const read = () => {
    Object.assign(state, { search: find($("search").value.trim()), district: $("district").value, polsek: $("polsek").value,
      band: $("band").value, only: $("only").value, changed: $("only-changed").checked, blind: $("only-blind").checked });
    showSummary();
    refilter();
  };
  $("filters").addEventListener("input", () => { clearTimeout(wait); wait = setTimeout(read, 60); });
  $("filters").addEventListener("reset", () => setTimeout(read));
  $("filters").addEventListener("submit", (event) => event.preventDefault());
  $("colour").onchange = () => { state.colour = $("colour").value; paintMap(); };
  for (const each of ["id", "en"]) $(`lang-${each}`).onclick = () => { if (each !== lang) speak(each); };
  let length = 25;
  addEventListener("beforeprint", () => {
    length = table.page.len();
    const all = table.rows({ search: "applied" }).count();
    $("printed").textContent = all > MOST_PRINTED ? t("printed", { n: MOST_PRINTED, all }) : "";
    table.page.len(MOST_PRINTED).draw();
  });
  addEventListener("afterprint", () => table.page.len(length).draw());
  document.addEventListener("keydown", (event) => { if (event.key === "Escape" && state.place >= 0) choose(-1); });
}

const wanted = location.hash.slice(1).split("/").map((part) => { try { return decodeURIComponent(part); } catch { return ""; } });
buildMap();
svg.append(...marks);
buildControls();
buildCut();
state.list = Math.max(0, lists.findIndex((list) => list.hazard === wanted[0] && list.stage === wanted[1]));
speak(lang);
if (places.code.includes(wanted[2])) choose(places.code.indexOf(wanted[2]));
document.documentElement.dataset.ready = "true";
