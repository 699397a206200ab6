// The page's ground: the data, words and numbers, the making of elements.
// Every value from the data is untrusted and reaches the page as text (textContent, or
// attributes that cannot run); nothing in these scripts builds markup out of data.
// Owns what all scripts share; `page.py` puts them together into one, in its order `SCRIPTS`.

const $ = (id) => document.getElementById(id);
const readJson = (id) => JSON.parse($(id).textContent);
const data = readJson("data");
const { places, lists, facts } = data;
const topK = data.k; // what probabilities and bands speak of; the cut line is state.k
const count = places.code.length;
const BANDS = ["kurang_rawan", "rawan", "sangat_rawan", "khusus"];
let kept = null;
const details = () => (kept ??= readJson("details")); // large, so read when first asked for

// ---- words and numbers, in the language of the moment --------------------------------

let lang = data.lang;
const both = (pair) => pair[lang === "id" ? 0 : 1];
const say = (key, fill = {}) => data.words[lang][key].replace(/\{(\w+)\}/g, (whole_, name) =>
  (typeof fill[name] === "number" ? whole(fill[name]) : fill[name] ?? whole_));
const t = (key, fill) => say(`page.${key}`, fill);
const columnName = (name) => data.words[lang][`page.lacks.${name}`] ?? data.words[lang][`column.${name}`] ?? name;
const formats = new Map();
const decimals = (n) => (x) => {
  const key = lang + n;
  if (!formats.has(key)) {
    formats.set(key, new Intl.NumberFormat(lang === "id" ? "id-ID" : "en-GB", { minimumFractionDigits: n, maximumFractionDigits: n }));
  }
  return formats.get(key).format(x).replace("-", "−");
};
const [whole, one, three] = [0, 1, 3].map(decimals);
const percent = (x) => {
  if (x > 0 && x < 0.001) return `< ${one(0.1)}%`;
  return x >= 0.1 || x === 0 ? `${whole(x * 100)}%` : `${one(x * 100)}%`;
};
const signed = (x) => (x > 0 ? `+${whole(x)}` : whole(x));
const day = (iso) => {
  if (iso?.includes("/")) return iso.split("/").map(day).join(" – ");
  const parts = /^(\d{4})-(\d\d)-(\d\d)/.exec(iso ?? "");
  return parts ? `${+parts[3]} ${data.months[lang][parts[2] - 1]} ${parts[1]}` : t("unknown");
};
const word = (column, i) => (column.at[i] === null ? null : column.words[column.at[i]]);
const value = (list, r) => (list.is_index ? one(list.value[r]) : percent(list.value[r]));

const SVG = new Set(["svg", "path", "rect", "pattern", "defs", "text", "g", "circle", "line"]);
function el(tag, attributes = {}, ...children) {
  const node = SVG.has(tag) ? document.createElementNS("http://www.w3.org/2000/svg", tag) : document.createElement(tag);
  for (const [name, content] of Object.entries(attributes)) {
    if (name === "style") Object.assign(node.style, content);
    else if (name.startsWith("aria-") && content !== null) node.setAttribute(name, content);
    else if (content !== null && content !== false) node.setAttribute(name, content === true ? "" : content);
  }
  node.append(...children.flat().filter((child) => child !== null && child !== undefined));
  return node;
}
const td = (kind, ...children) => el("td", kind ? { class: kind } : {}, ...children);
const span = (content, kind = null) => el("span", { class: kind }, content);
const small = (content) => el("p", { class: "small" }, content);

// A village as a button that chooses it.
function pick(place, label = places.name[place]) {
  const button = el("button", { type: "button", class: "pick name" }, label);
  button.onclick = () => { choose(place, button); $("detail").scrollIntoView({ block: "nearest" }); };
  return button;
}

// Words of the page itself, said again when the language changes.
function sayAgain() {
  const fill = (node) => Object.fromEntries(Object.entries(JSON.parse(node.dataset.fill || "{}"))
    .map(([name, content]) => [name, /^\d{4}-\d\d-\d\d$/.test(content) ? day(content) : content]));
  document.documentElement.lang = lang;
  document.title = `${t("title")}: ${facts.region}`;
  document.querySelectorAll("[data-t]").forEach((node) => { node.textContent = t(node.dataset.t, fill(node)); });
  for (const name of ["aria-label", "title"]) {
    document.querySelectorAll(`[data-t-${name}]`).forEach((node) => node.setAttribute(name, t(node.getAttribute(`data-t-${name}`), fill(node))));
  }
}
