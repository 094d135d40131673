// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Finds cases: by words, level, op, verdict, or a cell of the matrix. The
// address says what is shown, as in #verdict=fail&find=Conv, so that it can be
// sent to somebody.

const controls = {
  find: document.getElementById("find"),
  level: document.getElementById("level"),
  op: document.getElementById("op"),
  verdict: document.getElementById("verdict-is"),
};
const rows = [...document.querySelectorAll("#case-table tbody tr")].map((row) => ({
  row,
  words: row.textContent.toLowerCase(),
}));

function filterRows(cell) {
  const words = controls.find.value.toLowerCase().split(/\s+/).filter(Boolean);
  let shown = 0;
  for (const { row, words: text } of rows) {
    const isShown =
      (!cell || row.dataset.cell === cell) &&
      ["level", "op", "verdict"].every(
        (name) => !controls[name].value || controls[name].value === row.dataset[name]) &&
      words.every((word) => text.includes(word));
    row.hidden = !isShown;
    shown += isShown ? 1 : 0;
  }
  document.getElementById("shown").textContent =
    `${shown.toLocaleString("en")} of ${rows.length.toLocaleString("en")} cases`;
}

function readAddress() {
  const address = decodeURIComponent(location.hash.slice(1));
  const isCell = address.startsWith("cell-");
  const wanted = new URLSearchParams(location.hash.includes("=") ? location.hash.slice(1) : "");
  for (const [name, control] of Object.entries(controls)) control.value = wanted.get(name) ?? "";
  filterRows(isCell ? address : "");
  if (isCell || location.hash.includes("=")) document.getElementById("cases").scrollIntoView();
}

function writeAddress() {
  const wanted = new URLSearchParams();
  for (const [name, control] of Object.entries(controls))
    if (control.value) wanted.set(name, control.value);
  history.replaceState(null, "", "#" + (wanted.toString() || "cases"));
  filterRows("");
}

document.getElementById("filter").hidden = false;
for (const control of Object.values(controls)) control.addEventListener("input", writeAddress);
addEventListener("hashchange", readAddress);
readAddress();
