// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Buttons, keys, and the first picture.

document.getElementById("zoom-in").addEventListener("click", () => zoom(2));
document.getElementById("zoom-out").addEventListener("click", () => zoom(0.5));
document.getElementById("zoom-all").addEventListener("click", () => {
  show(0, data.cycles);
  follow(-1);
});
document.getElementById("colours").addEventListener("change", (event) => {
  view.colours = event.target.value;
  planPaint();
});
document.addEventListener("keydown", (event) => {
  if (event.target.tagName === "SELECT") return;
  const step = (view.to - view.from) / 8;
  if (event.key === "+" || event.key === "=") zoom(1.5);
  else if (event.key === "-") zoom(1 / 1.5);
  else if (event.key === "ArrowLeft") show(view.from - step, view.to - step);
  else if (event.key === "ArrowRight") show(view.from + step, view.to + step);
  else if (event.key === "Escape") follow(-1);
});
addEventListener("resize", planPaint);
addEventListener("hashchange", readAddress);
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", planPaint);

readAddress();
paintAll();
