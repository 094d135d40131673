// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The data of the page as arrays that are quick to draw, and words for them.
"use strict";

const data = JSON.parse(document.getElementById("data").textContent);
const layers = data.layers.map(([name, begin, end, lane]) =>
  ({ name, begin, end, lane }));

/// A lane: spans that do not overlap, by their starts.
function makeLane(count) {
  return {
    count: 0,
    start: new Float64Array(count),
    end: new Float64Array(count),
    label: new Uint32Array(count),
    layer: new Int32Array(count),
    push(start, end, label, layer) {
      this.start[this.count] = start;
      this.end[this.count] = end;
      this.label[this.count] = label;
      this.layer[this.count++] = layer;
    },
  };
}

function lanesOfTrack(track) {
  const sizes = new Array(track.lanes).fill(0);
  const laneOf = (i) => (track.lanes > 1 ? track.lane[i] : 0);
  for (let i = 0; i < track.step.length; ++i) ++sizes[laneOf(i)];
  const lanes = sizes.map(makeLane);
  let start = 0;
  for (let i = 0; i < track.step.length; ++i) {
    start += track.step[i];
    lanes[laneOf(i)].push(start, start + track.last[i], track.label[i],
                          track.layer[i]);
  }
  return lanes;
}

/// The layers themselves as a track; their labels are behind those of spans.
function lanesOfLayers() {
  const lanes = [];
  const order = layers.map((_, i) => i);
  order.sort((a, b) => layers[a].begin - layers[b].begin);
  for (const i of order) {
    const { begin, end, lane } = layers[i];
    while (lanes.length <= lane) lanes.push(makeLane(layers.length));
    lanes[lane].push(begin, end, data.labels.length + i, i);
  }
  return lanes;
}

const labelText = (label) =>
  label < data.labels.length ? data.labels[label]
                             : layers[label - data.labels.length].name;

const tracks = [];
if (layers.length)
  tracks.push({ name: "layers", kind: "layers", lanes: lanesOfLayers() });
for (const kind of ["engines", "queues", "semaphores", "memory"])
  for (const track of data.tracks)
    if (track.kind === kind && track.lanes)
      tracks.push({ name: track.name, kind, lanes: lanesOfTrack(track) });
const spanCount = data.tracks.reduce((sum, t) => sum + t.step.length, 0);

// ---- Words and colours -----------------------------------------------------

const grouped = (number) =>
  Math.round(number).toString().replace(/\B(?=(\d{3})+$)/g, ",");

function byteText(bytes) {
  if (bytes < 1024) return `${bytes} B`;
  if (bytes < 1024 * 1024) return `${(bytes / 1024).toFixed(1)} KiB`;
  return `${(bytes / 1024 / 1024).toFixed(2)} MiB`;
}

function durationText(cycles) {
  const text = `${grouped(cycles)} cycles`;
  if (!data.clockKhz) return text;
  return `${text}, ${(cycles * 1000 / data.clockKhz).toFixed(2)} us`;
}

/// Neighbours in the list get hues far apart.
const hueOf = (index) => (index * 137.508 + 210) % 360;
const colourOf = (index) =>
  index < 0 ? "#8a8f98" : `hsl(${hueOf(index).toFixed(1)} 58% 62%)`;
const layerColours = layers.map((_, i) => colourOf(i));
const labelColours = data.labels.map((_, i) => colourOf(i));
const styleColour = (name) =>
  getComputedStyle(document.documentElement).getPropertyValue(name).trim();
