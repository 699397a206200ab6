// The map: cells, shades and legend, zooming and dragging, the tip, walking by keyboard.
// The outlines come ready from `cells.py`; what a chosen cell shows is left to panel.js.

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
}
const marks = ["focus", "halo", "line"].map((kind) => el("path", { class: `mark ${kind}`, d: "" }));
const outline = (kind, place) => marks
  .filter((mark) => kind.includes(mark.classList[1]))
  .forEach((mark) => mark.setAttribute("d", data.map.cells[place] ?? ""));

function paintMap() {
  const list = current();
  const missing = cells.filter((cell) => cell === null).length;
  $("map-missing").textContent = missing ? t("map_missing", { n: missing }) : "";
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
  const shownAt = [];
  for (const label of labels) { // a name that would lie on another waits until there is room
    label.setAttribute("font-size", 11 / pixels);
    label.style.display = "";
    const { x, y, width, height } = label.getBBox();
    const lies = shownAt.some((box) => x < box.x + box.width && box.x < x + width && y < box.y + box.height && box.y < y + height);
    if (lies) label.style.display = "none"; else shownAt.push({ x, y, width, height });
  }
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
