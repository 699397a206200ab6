// What changed since the last list, and what the gates found that someone should mend.

const LISTED = 20;
const PARTS = ["time", "data", "model", "places"];

// One village's change in words: from which rank to which, and by what.
function changeLine(all, i) {
  const [before, after] = [all.rank_before[i], all.rank_after[i]];
  if (before === null) return t("change_new", { rank: after });
  if (after === null) return t("change_gone", { rank: before });
  const why = PARTS.filter((part) => all[`by_${part}`][i]).map((part) => t(`by.${part}`, { n: signed(all[`by_${part}`][i]) }));
  return `${before} → ${after}${why.length ? ` (${why.join(", ")})` : ""}`;
}

function showChanges() {
  const all = changesHere();
  if (all === null) {
    $("changes-intro").textContent = facts.compared ? t("changes_none_here", { date: day(facts.compared[1]) }) : t("changes_none");
    $("changes-lists").replaceChildren();
    return;
  }
  $("changes-intro").textContent = t("changes_intro", { date: day(facts.compared[1]), run: facts.compared[0].slice(0, 8) });
  const rows = all.place.map((place, i) => i);
  const groups = [["entered", rows.filter((i) => all.entered[i])], ["left", rows.filter((i) => all.left[i])],
    ["beyond", rows.filter((i) => all.is_beyond[i])]];
  $("changes-lists").replaceChildren(...groups.map(([key, found]) => {
    const more = found.length > LISTED ? el("button", { type: "button" }, t("changes_more", { n: found.length - LISTED })) : null;
    if (more) more.onclick = () => { setFilter({ only: key }); $("villages").focus(); };
    return el("div", {}, el("h3", {}, `${t(`changed.${key}`, { k: topK })} (${found.length})`),
      found.length ? el("ul", {}, found.slice(0, LISTED).map((i) => el("li", {},
        rowOf[all.place[i]] >= 0 ? pick(all.place[i]) : span(all.code[i]), " ", span(changeLine(all, i))))) : small(t("changes_no_village")), more);
  }));
}

function showFindings() {
  const { findings, warnings } = data;
  $("findings-intro").textContent = t(findings.length ? "findings_intro" : "findings_none", { n: findings.length });
  $("findings-list").replaceChildren(...findings.map(({ text, owner }) => el("li", {}, both(text), " ", el("b", {}, t("mend", { owner: t(`owner.${owner}`) })))));
  $("warnings-list").replaceChildren(...warnings.map((warning) => el("li", {}, both(warning))));
  $("warnings").hidden = !warnings.length;
  $("lacking").textContent = facts.lacking.length ? t("lacking", { columns: facts.lacking.map(columnName).join(", ") }) : "";
}

function showStanding() {
  const { status, approval, erratum } = facts;
  $("election").textContent = both(facts.election);
  const words = status === "withdrawn" ? t("withdrawn", { by: erratum.by, date: day(erratum.on), reason: erratum.reason })
    : status === "draft" ? t("draft_note") : t("approved", { by: approval.by, date: day(approval.on) });
  $("standing").className = `standing ${status}`;
  $("standing").replaceChildren(el("strong", {}, t(`status.${status}`)), " ", span(words));
}
