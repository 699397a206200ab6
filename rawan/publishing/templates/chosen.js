// What the reader has chosen: the list, the cut line, the filters; and what that means for a village.
// Owns the state of the page; showing it is left to the scripts that come after.

const state = {
  list: 0, place: -1, origin: null, view: "work", k: topK, colour: "band",
  search: null, district: "", polsek: "", band: "", only: "", changed: false, blind: false,
};
const SURE = 0.8; // as the highest band: nearly always among the first
const current = () => lists[state.list];
const changesHere = () => data.changes?.[current().hazard] ?? null;
let rowOf = new Int32Array(count).fill(-1); // row of the current list by place
let moved = new Map(); // row of the changes of this hazard by place
let held = new Map(); // overrides of this hazard by place

function turnToList(index) {
  state.list = index;
  rowOf.fill(-1);
  current().place.forEach((place, r) => { rowOf[place] = r; });
  moved = new Map((changesHere()?.place ?? []).map((place, i) => [place, i]));
  moved.delete(-1);
  held = new Map(data.overrides.filter(({ hazard }) => hazard === current().hazard).map((one_) => [one_.place, one_]));
}

// ---- the cut line --------------------------------------------------------------------

// A village is above the line if all that share its score are; those whose score the line cuts
// through stand on it: nothing tells which of them has a place.
const isFirst = (list, r) => list.rank[r] + list.tied_with[r] <= state.k;
const isOnLine = (list, r) => list.rank[r] <= state.k && !isFirst(list, r);
// Its interval holds the line: it may as well lie on the other side.
const isNear = (list, r) => list.rank_low[r] <= state.k && list.rank_high[r] > state.k;
const lastByPast = new Map(); // by list: the last rank of each score by past incidents
function isFirstByPast(list, r) {
  if (!lastByPast.has(list)) {
    const last = new Map();
    for (const rank of list.baseline_rank) last.set(rank, (last.get(rank) ?? rank - 1) + 1);
    lastByPast.set(list, last);
  }
  return lastByPast.get(list).get(list.baseline_rank[r]) <= state.k;
}
const isOnLineByPast = (list, r) => list.baseline_rank[r] <= state.k && !isFirstByPast(list, r);
// Villages of one score that the line cuts through, and for how many places.
const onLine = () => ({ n: number(isOnLine), places: state.k - number(isFirst) });

const flag = (name) => (list, r, place) => moved.has(place) && changesHere()[name][moved.get(place)];
const hasMoved = (list, r, place) => list.rank_change?.[r] ? true : changesHere()?.rank_before[moved.get(place)] === null;
const ONLY = {
  "": () => true,
  first: isFirst,
  sure: (list, r) => list.top_k_probability[r] >= SURE,
  near: isNear,
  tied: isOnLine,
  entered: flag("entered"),
  left: flag("left"),
  beyond: flag("is_beyond"),
  moved: (...row) => flag("entered")(...row) || flag("left")(...row) || flag("is_beyond")(...row),
  held: (list, r, place) => held.has(place),
};
const number = (test) => current().place.filter((place, r) => test(current(), r, place)).length;

function passes(place) {
  const list = current();
  const r = rowOf[place];
  return r >= 0
    && (state.district === "" || places.district.at[place] === +state.district)
    && (state.polsek === "" || places.polsek.at[place] === +state.polsek)
    && (state.band === "" || list.band[r] === state.band)
    && (!state.blind || list.blind_spot[r])
    && (!state.changed || hasMoved(list, r, place))
    && ONLY[state.only](list, r, place)
    && (state.search === null || state.search.found.has(place));
}
