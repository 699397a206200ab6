// Why a village has its rank: sentences, and bars of the parts of its score.
// Owns how reasons look; where the drawer puts them is in panel.js.

const reasonsOf = (list, place) => details().reasons.of[list.hazard]?.[place] ?? [];
const groupsRaising = (list, place) => new Set(reasonsOf(list, place)
  .filter(([, , relative, told]) => told && relative > 0).map(([, group]) => details().reasons.groups[group]));

function sentences(list, place, r) {
  const told = reasonsOf(list, place).filter((reason) => reason.length > 4).map((reason) => both(reason.slice(4)));
  const notes = facts.whole ? [] : [el("p", { class: "notice", id: "not-whole" }, t("not_whole"))];
  if (told.length) return [el("ol", { class: "sentences" }, told.map((sentence) => el("li", {}, sentence))), ...notes];
  if (list.drivers) return [el("p", { class: "drivers name" }, list.drivers[r]), ...notes];
  return [small(t("no_reasons")), ...notes];
}

// The parts that add up to the score, or, where those are withheld, each reason against the average.
function bars(list, place, r) {
  const all = details().parts;
  if (all) {
    const parts = Number.isInteger(all[state.list]) ? all[all[state.list]] : all[state.list];
    return barTable(parts.labels.map((label, i) => [both(label), parts.rows[r][i]]), true);
  }
  const labels = details().reasons.labels;
  const shown = reasonsOf(list, place).filter(([, , , told]) => told);
  return shown.length ? barTable(shown.map(([label, , relative]) => [both(labels[label]), relative]), false) : [];
}

function barTable(parts, isSum) {
  const told = parts.filter(([, part]) => part !== 0).sort((a, b) => Math.abs(b[1]) - Math.abs(a[1]));
  const low = Math.min(0, ...told.map(([, part]) => part));
  const reach = Math.max(0, ...told.map(([, part]) => part)) - low || 1;
  const zero = (-100 * low) / reach;
  const bar = (part) => el("div", { class: "bar", "aria-hidden": true },
    el("i", { class: part > 0 ? "up" : "down", style: { left: `${part > 0 ? zero : zero + (100 * part) / reach}%`, width: `${(100 * Math.abs(part)) / reach}%` } }),
    el("b", { style: { left: `${zero}%` } }));
  const sum = parts.reduce((total, [, part]) => total + part, 0);
  const zeros = parts.length - told.length;
  const caption = t(isSum ? "parts" : "parts_relative");
  return [el("table", { class: "parts" },
    el("caption", { class: "unseen" }, caption),
    el("thead", {}, el("tr", {}, el("th", { scope: "col" }, t("part")), el("th", { scope: "col" }, span(t("bar"), "unseen")), el("th", { scope: "col", class: "num" }, t("contribution")))),
    el("tbody", {}, told.map(([label, part]) => el("tr", { "data-thousandths": part },
      el("th", { scope: "row", class: "name" }, label), td("", bar(part)), td("num", `${part > 0 ? "+" : ""}${three(part / 1000)}`)))),
    isSum ? el("tfoot", {}, el("tr", { "data-thousandths": sum }, el("th", { scope: "row" }, t("sum")), td(""), td("num", three(sum / 1000)))) : null),
  small(`${caption}.${isSum && zeros ? ` ${t("zeros", { n: zeros })}.` : ""}`)];
}
