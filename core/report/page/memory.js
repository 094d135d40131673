// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The memory maps: addresses upwards, time to the right.

const mapHeight = 180;

function paintMap(canvas, space) {
  const { context, width } = prepare(canvas, mapHeight);
  const inner = width - gutter;
  const scale = inner / (view.to - view.from), rise = mapHeight / space.bytes;
  context.fillStyle = styleColour("--back");
  context.fillRect(gutter, 0, inner, mapHeight);
  context.fillStyle = styleColour("--soft");
  for (const part of [0, 0.25, 0.5, 0.75, 1]) {
    const y = Math.min(mapHeight - 8, Math.max(8, mapHeight * (1 - part)));
    context.fillText(byteText(Math.round(space.bytes * part)), 10, y);
  }
  // Of buffers narrower than a pixel, one for each place is enough.
  const lastPixel = new Int32Array(mapHeight + 1).fill(-1);
  for (const buffer of space.buffers) {
    if (buffer.last < view.from || buffer.first > view.to) continue;
    const left = Math.max(0, (buffer.first - view.from) * scale);
    const right = Math.min(inner, (buffer.last - view.from) * scale);
    const height = Math.max(1, buffer.bytes * rise);
    const y = mapHeight - buffer.begin * rise - height;
    const row = Math.max(0, Math.round(y)), pixel = Math.floor(left);
    if (right - left < 1 && lastPixel[row] === pixel) continue;
    lastPixel[row] = pixel;
    context.globalAlpha =
      view.layer >= 0 && buffer.layer !== view.layer ? 0.15 : 0.85;
    context.fillStyle =
      buffer.layer < 0 ? colourOf(-1) : layerColours[buffer.layer];
    context.fillRect(gutter + left, y, Math.max(1, right - left), height);
    if (right - left > 6 && height > 6) {
      context.strokeStyle = styleColour("--panel");
      context.strokeRect(gutter + left + 0.5, y + 0.5, right - left - 1, height - 1);
    }
    if (right - left > 40 && height > 13) {
      context.save();
      context.beginPath();
      context.rect(gutter + left, y, right - left - 4, height);
      context.clip();
      context.fillStyle = "#14181f";
      context.fillText(buffer.name, gutter + left + 4, y + height / 2);
      context.restore();
    }
  }
  context.globalAlpha = 1;
}

/// The buffer at a place; of those that overlap, the last.
function bufferAt(canvas, space, x, y) {
  const perPixel = (view.to - view.from) / Math.max(1, canvas.clientWidth - gutter);
  const cycle = view.from + (x - gutter) * perPixel;
  const address = (1 - y / mapHeight) * space.bytes;
  const slack = space.bytes / mapHeight;
  let found = null;
  for (const buffer of space.buffers)
    if (cycle >= buffer.first - perPixel && cycle <= buffer.last + perPixel &&
        address >= buffer.begin && address <= buffer.begin + buffer.bytes + slack)
      found = buffer;
  return x < gutter ? null : found;
}

function addMap(given) {
  const space = {
    name: given.name,
    bytes: given.bytes,
    buffers: given.buffers.map(([name, layer, begin, bytes, first, last]) =>
      ({ name, layer, begin, bytes, first, last })),
  };
  const top = space.buffers.reduce((most, b) => Math.max(most, b.begin + b.bytes), 0);
  const heading = document.createElement("h3");
  const note = document.createElement("span");
  heading.textContent = `${space.name} `;
  note.textContent = `${byteText(space.bytes)}, ${grouped(space.buffers.length)} ` +
    `buffers, in use up to ${byteText(top)} ` +
    `(${(100 * top / space.bytes).toFixed(0)} %)`;
  heading.append(note);
  const canvas = document.createElement("canvas");
  document.getElementById("memory").append(heading, canvas);
  canvas.addEventListener("pointermove", (event) => {
    const buffer = bufferAt(canvas, space, event.offsetX, event.offsetY);
    showTip(event, buffer ? `${buffer.name}\n` +
      (buffer.layer < 0 ? "" : `layer ${layers[buffer.layer].name}\n`) +
      `${byteText(buffer.bytes)} at ${grouped(buffer.begin)}\ncycles ` +
      `${grouped(buffer.first)} to ${grouped(buffer.last)}` : "");
  });
  makeMovable(canvas, (event) => {
    const buffer = bufferAt(canvas, space, event.offsetX, event.offsetY);
    follow(buffer ? buffer.layer : -1);
  });
  painters.push(() => paintMap(canvas, space));
}

for (const space of data.spaces) addMap(space);
if (!data.spaces.length) {
  const none = document.createElement("p");
  none.className = "none";
  none.textContent = "The backend gave no memory map.";
  document.getElementById("memory").append(none);
}
