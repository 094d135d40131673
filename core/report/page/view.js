// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The cycles that are shown, the layer that is followed, and who draws them.

const gutter = 130; // pixels for the names of tracks
const view = { from: 0, to: Math.max(1, data.cycles), layer: -1,
               colours: document.getElementById("colours").value };
const painters = [];
let isPaintPlanned = false;

function paintAll() {
  isPaintPlanned = false;
  for (const paint of painters) paint();
}

function planPaint() {
  if (isPaintPlanned) return;
  isPaintPlanned = true;
  requestAnimationFrame(paintAll);
}

/// Shows the cycles from `from` to `to`, at least 4 of them, within the run.
function show(from, to) {
  const all = Math.max(1, data.cycles);
  const length = Math.min(all, Math.max(4, to - from));
  view.from = Math.min(Math.max(0, from), all - length);
  view.to = view.from + length;
  planPaint();
}

/// Makes what lies at `cycle` `factor` times as wide, and keeps it in place.
function zoom(factor, cycle = (view.from + view.to) / 2) {
  show(cycle - (cycle - view.from) / factor, cycle + (view.to - cycle) / factor);
}

function follow(layer) {
  view.layer = layer;
  for (const row of document.querySelectorAll("tr[data-layer]"))
    row.classList.toggle("chosen", Number(row.dataset.layer) === layer);
  planPaint();
}

/// The part of the run that an address like page.html#cycles=100-200 names.
function readAddress() {
  const found = /cycles=(\d+)-(\d+)/.exec(location.hash);
  if (found) show(Number(found[1]), Number(found[2]));
}

const spanColour = (label, layer) =>
  view.colours === "label" && label < labelColours.length
    ? labelColours[label]
    : layer < 0 ? colourOf(-1) : layerColours[layer];

/// A canvas of `height` CSS pixels, cleared and ready to draw on.
function prepare(canvas, height) {
  const scale = window.devicePixelRatio || 1;
  const width = canvas.clientWidth || canvas.parentElement.clientWidth;
  canvas.style.height = `${height}px`;
  canvas.width = Math.round(width * scale);
  canvas.height = Math.round(height * scale);
  const context = canvas.getContext("2d");
  context.scale(scale, scale);
  context.font = "11px system-ui, 'DejaVu Sans', sans-serif";
  context.textBaseline = "middle";
  return { context, width };
}

/// Index of the first span of `lane` that ends behind `cycle`.
function firstBehind(lane, cycle) {
  let low = 0, high = lane.count;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (lane.end[middle] > cycle) high = middle;
    else low = middle + 1;
  }
  return low;
}

/// Round numbers of cycles, about `pixels` apart.
function ticks(width, pixels) {
  const least = (view.to - view.from) * pixels / Math.max(1, width);
  let step = 10 ** Math.ceil(Math.log10(Math.max(1, least)));
  if (step / 5 >= least) step /= 5;
  else if (step / 2 >= least) step /= 2;
  const result = [];
  for (let at = Math.ceil(view.from / step) * step; at <= view.to; at += step)
    result.push(at);
  return result;
}

// ---- The box beside the pointer ---------------------------------------------

const tip = document.getElementById("tip");

function showTip(event, text) {
  tip.hidden = !text;
  if (!text) return;
  tip.textContent = text;
  const x = Math.min(event.clientX + 14, innerWidth - tip.offsetWidth - 8);
  const y = Math.min(event.clientY + 14, innerHeight - tip.offsetHeight - 8);
  tip.style.left = `${Math.max(4, x)}px`;
  tip.style.top = `${Math.max(4, y)}px`;
}

/// Wheel and drag on a canvas whose time axis begins at the gutter.
/// `clicked(event)` is told of presses that moved nothing.
function makeMovable(canvas, clicked) {
  let last = null, moved = 0;
  const perPixel = () =>
    (view.to - view.from) / Math.max(1, canvas.clientWidth - gutter);
  canvas.addEventListener("wheel", (event) => {
    event.preventDefault();
    const sideways = event.shiftKey || Math.abs(event.deltaX) > Math.abs(event.deltaY);
    if (sideways) {
      const by = (event.deltaX || event.deltaY) * perPixel();
      show(view.from + by, view.to + by);
    } else {
      const cycle = view.from + (event.offsetX - gutter) * perPixel();
      zoom(Math.exp(-event.deltaY / 300), cycle);
    }
  }, { passive: false });
  canvas.addEventListener("pointerdown", (event) => {
    last = event.clientX;
    moved = 0;
    canvas.setPointerCapture(event.pointerId);
  });
  canvas.addEventListener("pointermove", (event) => {
    if (last === null) return;
    const by = (last - event.clientX) * perPixel();
    moved += Math.abs(last - event.clientX);
    last = event.clientX;
    show(view.from + by, view.to + by);
  });
  canvas.addEventListener("pointerup", (event) => {
    if (last !== null && moved < 4) clicked(event);
    last = null;
  });
  canvas.addEventListener("pointerleave", () => showTip(null, ""));
  canvas.addEventListener("dblclick", () => show(0, data.cycles));
}
