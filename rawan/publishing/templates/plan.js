"use strict";
// The filter of the plan's table: words, day, task and sector; sums follow what is shown.
const rows = [...document.querySelectorAll("#plan tbody tr")];
const fields = [...document.querySelectorAll("#filter [name]")];
const sums = document.querySelector("#sums");
const show = () => {
  const words = document.querySelector("#filter [name=words]").value.toLowerCase().split(/\s+/);
  let officers = 0, tps = 0, shown = 0;
  for (const row of rows) {
    const said = row.textContent.toLowerCase();
    const fits = words.every((word) => said.includes(word)) &&
      fields.every((field) => field.name === "words" || !field.value || row.dataset[field.name] === field.value);
    row.hidden = !fits;
    if (fits) {
      shown += 1;
      officers += Number(row.dataset.officers);
      tps += Number(row.dataset.tps);
    }
  }
  sums.textContent = sums.dataset.form
    .replace("{rows}", shown).replace("{officers}", officers).replace("{tps}", tps);
};
document.querySelector("#filter").hidden = false;
for (const field of fields) field.addEventListener("input", show);
show();
