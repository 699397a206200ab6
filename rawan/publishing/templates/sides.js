// The model's list beside the list of past incidents alone: in both, and in one of them only.

function showSides() {
  const list = current();
  $("view-sides").hidden = list.baseline_rank === undefined;
  if (list.baseline_rank === undefined || state.view !== "sides") return;
  const rows = list.place.map((place, r) => r);
  const byPast = (a, b) => list.baseline_rank[a] - list.baseline_rank[b] || a - b;
  const groups = [
    ["model_only", rows.filter((r) => isFirst(list, r) && !isFirstByPast(list, r))],
    ["in_both", rows.filter((r) => isFirst(list, r) && isFirstByPast(list, r))],
    ["past_only", rows.filter((r) => !isFirst(list, r) && isFirstByPast(list, r)).sort(byPast)],
  ];
  const tied = [isOnLine, isOnLineByPast].map(number);
  $("sides-intro").textContent = t("sides_intro", { k: state.k, n: groups[0][1].length })
    + (tied[0] || tied[1] ? ` ${t("sides_tied", { model: tied[0], past: tied[1] })}` : "");
  $("sides-lists").replaceChildren(...groups.map(([key, found]) => el("section", { class: key, "aria-labelledby": `side-${key}` },
    el("h3", { id: `side-${key}` }, `${t(`sides.${key}`)} (${found.length})`),
    found.length ? el("table", { class: "plain" },
      el("thead", {}, el("tr", {}, el("th", { scope: "col" }, t("village")), el("th", { scope: "col", class: "num" }, t("by_model")), el("th", { scope: "col", class: "num" }, t("by_past")), el("th", { scope: "col", class: "num" }, t("difference")))),
      el("tbody", {}, found.map((r) => el("tr", {}, td("", pick(list.place[r]), list.blind_spot[r] ? blindTag() : null),
        td("num", String(list.rank[r])), td("num", String(list.baseline_rank[r])), td("num", signed(list.baseline_rank[r] - list.rank[r])))))) : small(t("sides_none")))));
}

function setView(view) {
  state.view = view;
  $("work").classList.toggle("sides-view", view === "sides");
  $("sides").hidden = view !== "sides";
  for (const name of ["work", "sides"]) $(`view-${name}`).setAttribute("aria-pressed", name === view);
  showSides();
  if (view === "work") { fitColumns(); frame(); }
}
$("view-work").onclick = () => setView("work");
$("view-sides").onclick = () => setView("sides");
