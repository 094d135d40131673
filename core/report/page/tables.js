// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The tables: sorting, and from a row to the timeline.

function sortBy(table, column, isText) {
  const body = table.tBodies[0];
  const isDown = table.dataset.sorted === String(column);
  table.dataset.sorted = isDown ? "" : String(column);
  const key = (row) => {
    const cell = row.cells[column];
    return isText ? cell.textContent : Number(cell.dataset.v);
  };
  const rows = [...body.rows].map((row) => [key(row), row]);
  // Numbers begin with the largest, names with the first.
  rows.sort(([a], [b]) => (isText ? a.localeCompare(b, "en", { numeric: true })
                                  : b - a));
  if (isDown) rows.reverse();
  body.append(...rows.map(([, row]) => row));
}

for (const table of document.querySelectorAll("table.rows"))
  [...table.tHead.rows[0].cells].forEach((cell, column) => {
    if (cell.dataset.sort)
      cell.addEventListener("click", () =>
        sortBy(table, column, cell.dataset.sort === "t"));
  });

for (const row of document.querySelectorAll("tr[data-layer]")) {
  const index = Number(row.dataset.layer);
  row.querySelector(".dot").style.background = layerColours[index];
  row.addEventListener("click", () => {
    const { begin, end } = layers[index];
    const margin = Math.max(4, (end - begin) * 0.1);
    show(begin - margin, end + margin);
    follow(index);
    timeline.scrollIntoView({ block: "nearest", behavior: "smooth" });
  });
}
