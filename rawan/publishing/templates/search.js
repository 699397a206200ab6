// Finding a village by a name that may be misspelt.
// Owns likeness of names; what else a village must pass is in chosen.js.

const LETTERS_A_SLIP = 4; // one slip of the pen is forgiven for so many letters
const LEAST_LETTERS = 4;

// Letters and digits alone, old spelling as the new one: "Soeka Djaya" and "Suka Jaya" are one.
const bare = (name) => name.toLowerCase().normalize("NFD").replace(/[^\p{L}\p{N}]/gu, "")
  .replace(/oe/g, "u").replace(/tj/g, "c").replace(/dj/g, "j");

// Least number of letters changed, added or left out that make `wanted` a part of `name`.
function slips(wanted, name, most) {
  let row = new Uint16Array(name.length + 1); // starts anywhere in the name for nothing
  for (let i = 1; i <= wanted.length; i++) {
    const next = new Uint16Array(name.length + 1);
    next[0] = i;
    let least = i;
    for (let j = 1; j <= name.length; j++) {
      const same = row[j - 1] + (wanted[i - 1] === name[j - 1] ? 0 : 1);
      next[j] = Math.min(same, row[j] + 1, next[j - 1] + 1);
      least = Math.min(least, next[j]);
    }
    if (least > most) return most + 1;
    row = next;
  }
  return Math.min(...row);
}

const haystack = places.code.map((code, i) =>
  [code, places.name[i], word(places.district, i), word(places.polsek, i)].join("\n").toLowerCase());
const bareNames = places.name.map(bare);

// What a search finds: places that hold it as written, or else, marked, those whose names are
// nearest to it; `like` says whether they are only alike.
function find(written) {
  const pieces = written.toLowerCase().split(/\s+/).filter(Boolean);
  if (!pieces.length) return null;
  const joined = bare(written);
  const found = new Set();
  for (let place = 0; place < count; place++) {
    if (pieces.every((piece) => haystack[place].includes(piece)) || (joined && bareNames[place].includes(joined))) found.add(place);
  }
  if (found.size || joined.length < LEAST_LETTERS || /\d/.test(joined)) return { found, like: false };
  const most = Math.floor(joined.length / LETTERS_A_SLIP);
  const away = bareNames.map((name) => slips(joined, name, most));
  const nearest = away.reduce((a, b) => Math.min(a, b), Infinity);
  if (nearest <= most) away.forEach((n, place) => { if (n <= Math.min(most, nearest + 1)) found.add(place); });
  return { found, like: true };
}
