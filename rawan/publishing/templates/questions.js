// Questions to ask on the ground, from what is known and what is not; nothing here is a finding.
// Owns which condition asks which question; the words are `page.ask.` in words/.

const LITTLE = 0.34; // of the half-years: seen by any source in less than a third
const GROUPS_ASKED = ["closeness", "water", "nearby", "gatherings", "vulnerable", "access", "distance", "season"];

function questions(list, r, place) {
  const asked = [];
  const ask = (key, fill) => asked.push(t(`ask.${key}`, fill));
  const happened = incidentsOf(place);
  const labels = details().evidence.labels;
  if (list.blind_spot[r]) { ask("blind_last"); ask("blind_why"); } else if (list.coverage && list.coverage[r] < LITTLE) ask("little");
  const clash = happened.find(([occurred, , , , , , isOutcome]) => isOutcome && occurred);
  if (clash) ask("clash", { type: labelOf(labels, clash[2]), date: day(clash[0]) });
  for (const [kind, key] of [["sengketa_pilkades", "village_head"], ["sengketa_lahan", "land"], ["gangguan_logistik", "held_up"]]) {
    const found = happened.find((incident) => incident[7] === kind && incident !== clash);
    if (found) ask(key, { date: day(found[0]) });
  }
  const raising = groupsRaising(list, place);
  GROUPS_ASKED.filter((group) => raising.has(group)).forEach((group) => ask(group));
  const reported = reportsOf(place);
  if (reported.length) ask("reports", { n: reported.length, date: day(reported[0][0] ?? reported[0][1]) });
  if (moved.has(place) && flag("entered")(list, r, place)) ask("entered", { date: day(facts.compared[1]) });
  if (places.tps && places.tps[place] === null) ask("tps");
  if (list.baseline_rank && isFirst(list, r) && !isFirstByPast(list, r)) ask("model_only");
  ask("whom");
  return [el("h3", {}, t("questions")), small(t("questions_note")), el("ul", { class: "questions" }, asked.map((question) => el("li", {}, question)))];
}
