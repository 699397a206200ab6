// The first screen's answers: which villages, how sure, what changed, what is unknown.
// Each is a button that shows the villages it counts.

const FIRST_NAMED = 3;
const FOLDED_FROM = 40; // so many blind spots are folded, kecamatan by kecamatan

function showSummary() {
  const list = current();
  const first = number(isFirst);
  const named = list.place.slice(0, FIRST_NAMED).map((place, r) => `${list.rank[r]}. ${places.name[place]} (${list.rank_low[r]}–${list.rank_high[r]})`);
  const all = changesHere();
  const sum = (name) => all[name].filter(Boolean).length;
  const blind = number((list_, r) => list_.blind_spot[r]);
  const sure = number(ONLY.sure);
  const near = number(isNear);
  const tied = onLine();
  const cards = [
    ["which", { only: "first" }, whole(first), tied.n ? t("sum.which_tied", { k: state.k, ...tied }) : t("sum.which", { k: state.k }), named],
    ["sure", { only: "sure" }, `${whole(sure)}/${whole(topK)}`, t("sum.sure", { k: topK }), []],
    ["near", { only: "near" }, whole(near), t("sum.near", { k: state.k }), []],
    all === null
      ? ["changed", null, "–", t("sum.no_earlier"), []]
      : ["changed", { only: "moved" }, whole(number(ONLY.moved)), t("sum.changed", { date: day(facts.compared[1]), entered: sum("entered"), left: sum("left"), beyond: sum("is_beyond") }), []],
    ["blind", { blind: true }, whole(blind), t("sum.blind"), []],
  ];
  $("summary").replaceChildren(...cards.map(([key, filter, figure, words, lines]) => {
    const isOn = filter !== null && Object.entries(filter).every(([name, wanted]) => state[name] === wanted);
    const button = el("button", { type: "button", id: `sum-${key}`, "aria-pressed": filter === null ? null : isOn, disabled: filter === null },
      span(t(`sum_ask.${key}`), "ask"), el("strong", {}, figure), span(words), lines.map((line) => span(line, "line name")));
    if (filter !== null) button.onclick = () => setFilter(isOn ? { only: "", blind: false } : { only: "", blind: false, ...filter }, `sum-${key}`);
    return button;
  }));
}

// What a source places in a kecamatan without naming a village: it is in no village's row.
function showDistricts() {
  const counted = (row) => ["incidents", "reports", "tps"].map((key, i) => [key, row[i + 1]]).filter(([, n]) => n);
  $("districts-intro").hidden = !data.districts.length;
  $("districts-list").replaceChildren(...data.districts.map((row) => el("li", {}, el("b", { class: "name" }, row[0]), ": ",
    counted(row).map(([key, n]) => t(`district_only.${key}`, { n })).join(", "))));
}

function showBlind(list) {
  const blind = list.place.map((place, r) => [place, r]).filter(([, r]) => list.blind_spot[r]);
  $("blind-intro").textContent = blind.length ? t("blind_intro", { n: blind.length }) : t("blind_nothing");
  const groups = new Map();
  for (const pair of blind) {
    const district = places.district.at[pair[0]];
    groups.set(district, [...(groups.get(district) ?? []), pair]);
  }
  const isLong = blind.length > FOLDED_FROM;
  $("blind-groups").replaceChildren(...[...groups].sort(([a], [b]) => a - b).map(([district, pairs]) => {
    const name = places.district.words[district];
    const items = el("ul", {}, pairs.map(([place, r]) => {
      const like = list.rank_if_like_neighbours?.[r] ?? null;
      const also = like === null ? "" : `; ${t("like_neighbours", { rank: like })}`;
      return el("li", {}, pick(place), span(`${t("rank")} ${list.rank[r]} (${list.rank_low[r]}–${list.rank_high[r]})${also}`));
    }));
    return isLong ? el("details", {}, el("summary", { class: "name" }, `${name} (${pairs.length})`), items)
      : el("div", {}, el("h3", { class: "name" }, name), items);
  }));
}
