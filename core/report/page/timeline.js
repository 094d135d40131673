// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The timeline: a row per track, groups that fold, and an overview of it all.

const timeline = document.getElementById("timeline");
const overview = document.getElementById("overview");
const axisHeight = 24, groupHeight = 20;

// Long groups begin folded, so that engines can be seen with their layers.
const groups = [];
for (const track of tracks) {
  if (!groups.length || groups[groups.length - 1].kind !== track.kind)
    groups.push({ kind: track.kind, tracks: [], isOpen: true });
  groups[groups.length - 1].tracks.push(track);
}
for (const group of groups)
  group.isOpen = group.kind === "layers" || group.kind === "engines" ||
                 group.tracks.length <= 12;

function rowHeight(track) {
  const isMain = track.kind === "engines" || track.kind === "layers";
  return isMain ? Math.min(108, Math.max(22, track.lanes.length * 12))
                : Math.min(48, Math.max(14, track.lanes.length * 5));
}

/// What stands where: [{y, height, group}] and [{y, height, track}].
function layOut() {
  const rows = [];
  let y = axisHeight;
  for (const group of groups) {
    if (group.kind !== "layers") {
      rows.push({ y, height: groupHeight, group });
      y += groupHeight;
    }
    if (!group.isOpen) continue;
    for (const track of group.tracks) {
      const height = rowHeight(track);
      rows.push({ y, height, track });
      y += height + 3;
    }
  }
  return { rows, height: y + 4 };
}

/// Draws the spans of a lane and returns how many of them are in view. What is
/// narrower than a pixel is drawn as how much of that pixel it covers.
function paintLane(context, lane, y, height, width, withText) {
  const scale = width / (view.to - view.from);
  let seen = 0, pixel = -1, cover = 0, colour = "", fades = false;
  const isFaded = (layer) => view.layer >= 0 && layer !== view.layer;
  const flush = () => {
    if (pixel < 0) return;
    context.globalAlpha = Math.min(1, 0.25 + 0.75 * cover) * (fades ? 0.2 : 1);
    context.fillStyle = colour;
    context.fillRect(gutter + pixel, y, 1, height);
    pixel = -1;
  };
  for (let i = firstBehind(lane, view.from);
       i < lane.count && lane.start[i] < view.to; ++i) {
    ++seen;
    const left = Math.max(0, (lane.start[i] - view.from) * scale);
    const right = Math.min(width, (lane.end[i] - view.from) * scale);
    if (right - left < 1.5) {
      if (Math.floor(left) !== pixel) {
        flush();
        pixel = Math.floor(left);
        cover = 0;
        colour = spanColour(lane.label[i], lane.layer[i]);
        fades = isFaded(lane.layer[i]);
      }
      cover += right - left;
      continue;
    }
    flush();
    context.globalAlpha = isFaded(lane.layer[i]) ? 0.2 : 1;
    context.fillStyle = spanColour(lane.label[i], lane.layer[i]);
    context.fillRect(gutter + left, y, right - left - (right - left > 4 ? 1 : 0),
                     height);
    if (withText && right - left > 34) {
      context.save();
      context.beginPath();
      context.rect(gutter + left, y, right - left - 4, height);
      context.clip();
      context.fillStyle = "#14181f";
      context.fillText(labelText(lane.label[i]), gutter + left + 4,
                       y + height / 2);
      context.restore();
    }
  }
  flush();
  context.globalAlpha = 1;
  return seen;
}

function paintAxis(context, width, height) {
  context.strokeStyle = styleColour("--line");
  context.fillStyle = styleColour("--soft");
  context.textAlign = "center";
  for (const at of ticks(width, 110)) {
    const x = gutter + (at - view.from) * width / (view.to - view.from);
    context.beginPath();
    context.moveTo(x, axisHeight - 4);
    context.lineTo(x, height);
    context.stroke();
    if (x < gutter + width - 20) context.fillText(grouped(at), x, axisHeight / 2);
  }
  context.textAlign = "left";
}

function paintTimeline() {
  const { rows, height } = layOut();
  const { context, width } = prepare(timeline, height);
  const text = styleColour("--text"), soft = styleColour("--soft");
  paintAxis(context, width - gutter, height);
  let seen = 0;
  for (const row of rows) {
    if (row.group) {
      context.fillStyle = soft;
      context.fillText(
        `${row.group.isOpen ? "\u25be" : "\u25b8"} ${row.group.kind} ` +
        `(${row.group.tracks.length})`, 0, row.y + row.height / 2 + 2);
      continue;
    }
    context.fillStyle = text;
    context.fillText(row.track.name, 10, row.y + row.height / 2, gutter - 16);
    const each = row.height / row.track.lanes.length;
    row.track.lanes.forEach((lane, i) => {
      const drawn = paintLane(context, lane, row.y + i * each,
                              Math.max(1, each - (each > 3 ? 1 : 0)),
                              width - gutter, each >= 10);
      if (row.track.kind !== "layers") seen += drawn;
    });
  }
  document.getElementById("timeline-status").textContent =
    `${grouped(spanCount)} spans, ${grouped(seen)} shown: cycles ` +
    `${grouped(view.from)} to ${grouped(view.to)}`;
}

// ---- The whole run, small -----------------------------------------------------

function paintOverview() {
  const { context, width } = prepare(overview, 26);
  const inner = width - gutter, scale = inner / Math.max(1, data.cycles);
  context.fillStyle = styleColour("--soft");
  context.fillText("whole run", 10, 13);
  context.fillStyle = styleColour("--back");
  context.fillRect(gutter, 2, inner, 22);
  for (const [i, layer] of layers.entries()) {
    context.fillStyle = layerColours[i];
    context.fillRect(gutter + layer.begin * scale, 7,
                     Math.max(0.5, (layer.end - layer.begin) * scale), 12);
  }
  context.strokeStyle = styleColour("--accent");
  context.lineWidth = 2;
  context.strokeRect(gutter + view.from * scale + 1, 3,
                     Math.max(2, (view.to - view.from) * scale - 2), 20);
}

function moveOverview(event) {
  if (!(event.buttons & 1)) return;
  const inner = Math.max(1, overview.clientWidth - gutter);
  const cycle = (event.offsetX - gutter) / inner * data.cycles;
  const half = (view.to - view.from) / 2;
  show(cycle - half, cycle + half);
}

// ---- The pointer ----------------------------------------------------------------

/// What lies at a place of the canvas: {group}, {track, lane, index} or null.
function spanAt(x, y) {
  const row = layOut().rows.find((r) => y >= r.y && y < r.y + r.height);
  if (!row) return null;
  if (row.group) return { group: row.group };
  const { track } = row;
  const lane = track.lanes[Math.min(track.lanes.length - 1, Math.floor(
    (y - row.y) / row.height * track.lanes.length))];
  const perPixel = (view.to - view.from) / Math.max(1, timeline.clientWidth - gutter);
  const cycle = view.from + (x - gutter) * perPixel;
  if (x < gutter) return null;
  const index = firstBehind(lane, cycle - perPixel);
  if (index >= lane.count || lane.start[index] > cycle + perPixel) return null;
  return { track, lane, index };
}

function describe({ track, lane, index }) {
  const layer = lane.layer[index];
  let text = labelText(lane.label[index]);
  if (track.kind !== "layers" && layer >= 0) text += `\nlayer ${layers[layer].name}`;
  return `${text}\n${track.name}, cycles ${grouped(lane.start[index])} to ` +
    `${grouped(lane.end[index])}\n` +
    durationText(lane.end[index] - lane.start[index]);
}

timeline.addEventListener("pointermove", (event) => {
  const found = spanAt(event.offsetX, event.offsetY);
  timeline.style.cursor = found ? "pointer" : "crosshair";
  showTip(event, found && found.track ? describe(found) : "");
});
makeMovable(timeline, (event) => {
  const found = spanAt(event.offsetX, event.offsetY);
  if (found && found.group) {
    found.group.isOpen = !found.group.isOpen;
    planPaint();
  } else {
    follow(found ? found.lane.layer[found.index] : -1);
  }
});
overview.addEventListener("pointerdown", moveOverview);
overview.addEventListener("pointermove", moveOverview);
painters.push(paintTimeline, paintOverview);
