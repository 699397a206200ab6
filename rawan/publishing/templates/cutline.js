// The cut line: how many villages one has teams for, and what past elections say of that number.

const FEW_CUTOFFS = 10; // fewer past cutoffs say little, and the page says that they do

// What the curve says of the first k; the greatest number told that does not exceed it.
function captureAt(k) {
  const curve = data.curve[current().hazard];
  const i = curve ? curve.k.findLastIndex((told) => told <= k) : -1;
  if (i < 0) return null;
  return { k: curve.k[i], capture: curve.capture[i], low: curve.low[i], high: curve.high[i], past: curve.baseline_capture[i] };
}

function curvePicture() {
  const curve = data.curve[current().hazard];
  if (!curve || curve.k.length < 2) return null;
  const [w, h] = [200, 60];
  const n = current().rank.length;
  const x = (k) => (w * k) / n;
  const y = (share) => 2 + (h - 4) * (1 - share);
  const path = (name) => curve.k.map((k, i) => `${i ? "L" : "M"}${x(k).toFixed(1)} ${y(curve[name][i]).toFixed(1)}`).join("");
  const back = curve.k.map((k, i) => `L${x(k).toFixed(1)} ${y(curve.high[i]).toFixed(1)}`).reverse().join("");
  return el("svg", { class: "curve", viewBox: `0 0 ${w} ${h}`, "aria-hidden": true, preserveAspectRatio: "none" },
    el("path", { class: "between", d: `${path("low")}${back}z` }), el("path", { class: "past", d: path("baseline_capture") }),
    el("path", { class: "ranks", d: path("capture") }), el("line", { class: "cutline", x1: x(state.k), x2: x(state.k), y1: 0, y2: h }));
}

function showCut() {
  const list = current();
  const n = list.rank.length;
  for (const input of [$("k"), $("k-slide")]) { input.max = n; if (+input.value !== state.k) input.value = state.k; }
  const told = captureAt(state.k);
  const tied = onLine();
  const near = number(isNear);
  $("capture").replaceChildren(...(told === null ? [el("p", {}, t("capture_none"))] : [
    el("p", {}, el("b", {}, t("capture", { k: told.k, share: percent(told.capture), low: percent(told.low), high: percent(told.high) })), ` ${t("capture_past", { share: percent(told.past) })}`),
    facts.cutoffs_tested < FEW_CUTOFFS ? small(t("capture_few", { n: facts.cutoffs_tested })) : small(t("capture_from", { n: facts.cutoffs_tested })),
  ]));
  $("curve").replaceChildren(...[told === null ? null : curvePicture()].filter(Boolean));
  $("k-near").textContent = t("near_count", { n: near });
  $("k-tied").textContent = tied.n ? t("tied_at_line", tied) : "";
  $("k-reset").hidden = state.k === topK;
}

function moveCut(k) {
  if (!Number.isFinite(k)) return;
  state.k = Math.min(current().rank.length, Math.max(1, Math.round(k)));
  showCut();
  showSides();
  showSummary();
  refilter();
  if (state.place >= 0) showPanel();
}

function buildCut() {
  let wait = 0;
  for (const input of [$("k"), $("k-slide")]) {
    input.addEventListener("input", () => { clearTimeout(wait); wait = setTimeout(() => moveCut(input.value === "" ? NaN : +input.value), 40); });
    input.addEventListener("change", () => { clearTimeout(wait); if (input.value !== "" && +input.value !== state.k) moveCut(+input.value); input.value = state.k; });
  }
  $("k-reset").onclick = () => moveCut(topK);
  $("k-near").onclick = () => setFilter({ only: state.only === "near" ? "" : "near" });
}
