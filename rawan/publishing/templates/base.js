// The page's ground: the data, words and numbers, the making of elements, what is chosen.
// Every value from the data is untrusted and reaches the page as text (textContent, or
// attributes that cannot run); nothing in these scripts builds markup out of data.
// Owns what all scripts share; `page.py` puts them together into one, in its order `SCRIPTS`.

const data = JSON.parse(document.getElementById("data").textContent);
const { places, lists, evidence, k } = data;
const count = places.code.length;
const BANDS = ["kurang_rawan", "rawan", "sangat_rawan", "khusus"];
const $ = (id) => document.getElementById(id);

// ---- words and numbers -------------------------------------------------------------

const say = (key, fill = {}) =>
  data.words[key].replace(/\{(\w+)\}/g, (whole, name) => fill[name] ?? whole);
const t = (key, fill) => say(`page.${key}`, fill);
const locale = data.lang === "id" ? "id-ID" : "en-GB";
const decimals = (n) => {
  const format = new Intl.NumberFormat(locale, { minimumFractionDigits: n, maximumFractionDigits: n });
  return (x) => format.format(x).replace("-", "−");
};
const [whole, one, three] = [0, 1, 3].map(decimals);
const percent = (x) => {
  if (x > 0 && x < 0.001) return `< ${one(0.1)}%`;
  return x >= 0.1 || x === 0 ? `${whole(x * 100)}%` : `${one(x * 100)}%`;
};
const day = (iso) => {
  if (iso?.includes("/")) return iso.split("/").map(day).join(" – ");
  const parts = /^(\d{4})-(\d\d)-(\d\d)/.exec(iso ?? "");
  return parts ? `${+parts[3]} ${data.months[parts[2] - 1]} ${parts[1]}` : t("unknown");
};
const word = (column, i) => (column.at[i] === null ? null : column.words[column.at[i]]);
const value = (list, r) => (list.is_index ? one(list.value[r]) : percent(list.value[r]));

function el(tag, attributes = {}, ...children) {
  const svg = ["svg", "path", "rect", "pattern", "defs", "text", "g", "circle"].includes(tag);
  const node = svg ? document.createElementNS("http://www.w3.org/2000/svg", tag) : document.createElement(tag);
  for (const [name, content] of Object.entries(attributes)) {
    if (name === "style") Object.assign(node.style, content);
    else if (content !== null && content !== false) node.setAttribute(name, content === true ? "" : content);
  }
  node.append(...children.filter((child) => child !== null));
  return node;
}
const td = (kind, ...children) => el("td", kind ? { class: kind } : {}, ...children);

// ---- what is chosen ----------------------------------------------------------------

const state = { list: 0, place: -1, origin: null, search: "", district: "", band: "", blind: false, colour: "band" };
const current = () => lists[state.list];
let rowOf = new Int32Array(count).fill(-1); // row of the current list by place

const haystack = places.code.map((code, i) =>
  [code, places.name[i], word(places.district, i), word(places.polsek, i)].join("\n").toLowerCase());

function passes(place) {
  const list = current();
  const r = rowOf[place];
  return r >= 0
    && (state.district === "" || places.district.at[place] === +state.district)
    && (state.band === "" || list.band[r] === state.band)
    && (!state.blind || list.blind_spot[r])
    && state.search.split(/\s+/).every((piece) => haystack[place].includes(piece));
}
