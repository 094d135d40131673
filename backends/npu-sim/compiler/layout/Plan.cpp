// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Places tensors and turns layers into jobs.

#include "backends/npu-sim/compiler/layout/Plan.h"

#include <glowplug/glue/arena.h>
#include <glowplug/glue/dtype.h>

#include <algorithm>
#include <map>
#include <numeric>

namespace glowplug::npusim {
namespace {

constexpr std::int64_t alignment = 64;

class Planner {
public:
  Planner(const Program &program, std::int64_t lanes, Constants &constants,
          Dram &dram)
      : program(program), lanes(lanes), constants(constants), dram(dram),
        workspace(dram.add("workspace", 0)), places(program.values.size()),
        outputsOf(program.values.size()), users(program.values.size()) {}

  Plan run();

private:
  std::int64_t elementBytes(ValueId id) const {
    return static_cast<std::int64_t>(gp_dtype_bytes(program.values[id].type));
  }
  void bind();
  View bind(ValueId id, const char *kind, std::vector<std::uint32_t> &to);
  View newStorage(const Shape &shape, std::int64_t bytes, int blocked);
  View placeOf(ValueId id);
  std::vector<View> resultsOf(ValueId id, int blocked);
  /// \p view so that \p axes give a grid: a copy if it has to be.
  View wanted(const View &view, int channel, const std::string &name);

  void add(Job job);
  void copy(const View &from, const View &to, const std::string &name);
  void copyInto(const View &from, const View &to,
                const std::vector<std::int64_t> &starts,
                const std::string &name);
  void finish(ValueId id, const View &view, const std::string &name);

  int elementwiseChannel(const Layer &layer);
  void planLayer(const Layer &layer);
  void planMove(const Layer &layer);
  void planConcat(const Layer &layer);
  void planPad(const Layer &layer);
  void planSlice(const Layer &layer);
  void placeStorages();
  std::uint32_t layerNumber(const std::string &name);

  const Program &program;
  std::int64_t lanes;
  Constants &constants;
  Dram &dram;
  const std::uint32_t workspace; ///< a buffer
  Plan plan;
  std::vector<std::optional<View>> places;
  std::vector<std::vector<View>> outputsOf;
  std::vector<int> users; ///< layers that read a value
  std::vector<glue::ArenaRequest> storages;
  std::uint32_t number = 0; ///< of the layer that is being planned
};

} // namespace

View Planner::bind(ValueId id, const char *kind,
                   std::vector<std::uint32_t> &to) {
  const Value &value = program.values[id];
  to.push_back(dram.add(std::string(kind) + " " + std::to_string(to.size()),
                        elementCount(value.shape) * elementBytes(id)));
  return denseView({to.back(), 0}, value.shape, elementBytes(id));
}

void Planner::bind() {
  for (ValueId id : program.inputs)
    places[id] = bind(id, "input", plan.inputs);
  for (ValueId id : program.outputs)
    outputsOf[id].push_back(bind(id, "output", plan.outputs));
  for (const Layer &layer : program.layers)
    for (ValueId operand : layer.operands)
      ++users[operand];
}

View Planner::newStorage(const Shape &shape, std::int64_t bytes, int blocked) {
  View view = blocked < 0
                  ? denseView({workspace, 0}, shape, bytes)
                  : blockedView({workspace, 0}, shape, bytes, blocked, lanes);
  view.storage = static_cast<int>(storages.size());
  const auto at = static_cast<std::uint32_t>(plan.jobs.size());
  const std::int64_t size = blocked < 0
                                ? elementCount(shape) * bytes
                                : blockedBytes(shape, bytes, blocked, lanes);
  storages.push_back({static_cast<std::uint64_t>(size), at, at});
  return view;
}

View Planner::placeOf(ValueId id) {
  if (!places[id]) { // a constant
    const Value &value = program.values[id];
    places[id] = denseView(constants.append(value.name, constants.bytesOf(id)),
                           value.shape, elementBytes(id));
  }
  return *places[id];
}

/// Where the result \p id of a layer goes. Whoever reads it inside reads it
/// blocked.
std::vector<View> Planner::resultsOf(ValueId id, int blocked) {
  std::vector<View> results = outputsOf[id];
  if (users[id] > 0 || results.empty()) {
    places[id] =
        newStorage(program.values[id].shape, elementBytes(id), blocked);
    places[id]->isFilled = true; // layers write all lanes
    results.insert(results.begin(), *places[id]);
  }
  return results;
}

void Planner::add(Job job) {
  const auto at = static_cast<std::uint32_t>(plan.jobs.size());
  for (const auto *views : {&job.operands, &job.results})
    for (const View &view : *views)
      if (view.storage >= 0)
        storages[view.storage].last = at;
  job.number = number;
  plan.jobs.push_back(std::move(job));
}

void Planner::copy(const View &from, const View &to, const std::string &name) {
  Job job;
  job.name = name;
  job.operands = {from};
  job.results = {to};
  add(std::move(job));
}

/// The channels first to first + count - 1 of blocked dim \p dim, all of one
/// block, as a plain dim.
static View withinBlock(const View &view, int dim, std::int64_t first,
                        std::int64_t count) {
  View result = view;
  result.at.offset += first / view.lanes * view.strides[dim] +
                      first % view.lanes * view.elementBytes;
  result.strides[dim] = view.elementBytes;
  result.shape[dim] = count;
  result.blocked = -1;
  return result;
}

/// Copies \p from to the part of \p to that begins at \p starts.
void Planner::copyInto(const View &from, const View &to,
                       const std::vector<std::int64_t> &starts,
                       const std::string &name) {
  const std::vector<std::int64_t> ones(starts.size(), 1);
  const auto part = sliced(to, starts, ones, from.shape);
  if (part)
    return copy(from, *part, name);
  // A blocked dim that begins within a block: piece by piece.
  const int dim = to.blocked;
  std::vector<std::int64_t> others = starts;
  others[dim] = 0;
  Shape shape = from.shape;
  shape[dim] = to.shape[dim];
  const View open = *sliced(to, others, ones, shape);
  const std::int64_t size = from.shape[dim];
  for (std::int64_t done = 0; done < size;) {
    const std::int64_t place = starts[dim] + done;
    std::int64_t count = std::min(size - done, lanes - place % lanes);
    View piece = from;
    if (from.blocked == dim) {
      count = std::min(count, lanes - done % lanes);
      piece = withinBlock(from, dim, done, count);
    } else {
      piece.at.offset += done * from.strides[dim];
      piece.shape[dim] = count;
    }
    copy(piece, withinBlock(open, dim, place, count), name);
    done += count;
  }
}

/// \p view is the value \p id: copies it to the outputs that it is.
void Planner::finish(ValueId id, const View &view, const std::string &name) {
  places[id] = view;
  for (const View &output : outputsOf[id])
    copy(view, output, name);
}

View Planner::wanted(const View &view, int channel, const std::string &name) {
  if (gridOf(view, channel, -1, -1, lanes))
    return view;
  const View made = newStorage(view.shape, view.elementBytes, channel);
  copy(view, made, name);
  return made;
}

std::uint32_t Planner::layerNumber(const std::string &name) {
  plan.layers.push_back({name, 0, 0});
  return static_cast<std::uint32_t>(plan.layers.size() - 1);
}

/// Any dim will do as channels if no operand is repeated along it and no
/// parameter differs along another: then that in which an operand is blocked.
int Planner::elementwiseChannel(const Layer &layer) {
  const Shape &shape = program.values[layer.result].shape;
  const auto isFree = [&](const std::optional<Scale> &scale) {
    return !scale || (scale->multiplier.value == noValue &&
                      scale->shift.value == noValue);
  };
  bool free = true;
  for (const Stage &stage : layer.stages)
    free &= (!stage.bias || stage.bias->value == noValue) &&
            isFree(stage.outScale) && isFree(stage.a.scale) &&
            isFree(stage.b.scale);
  for (ValueId operand : layer.operands)
    free &= program.values[operand].shape == shape;
  if (free)
    for (ValueId operand : layer.operands)
      if (const View view = placeOf(operand); view.isBlocked())
        return view.blocked;
  return shape.empty() ? -1 : layer.channel; // a scalar has no dims
}

void Planner::planLayer(const Layer &layer) {
  number = layerNumber(layer.name);
  LayerInfo &info = plan.layers.back();
  info.macs = static_cast<std::uint64_t>(layer.macs);
  const auto bytesOf = [&](ValueId id) {
    return static_cast<std::uint64_t>(elementCount(program.values[id].shape) *
                                      elementBytes(id));
  };
  info.dramBytes = bytesOf(layer.result);
  for (ValueId operand : layer.operands)
    info.dramBytes += bytesOf(operand);

  Job job;
  job.layer = &layer;
  job.name = layer.name;
  const Shape &shape = program.values[layer.result].shape;
  const int channel = layer.kind == LayerKind::Elementwise
                          ? elementwiseChannel(layer)
                          : axesOf(layer, shape.size()).channel;
  for (std::size_t i = 0; i < layer.operands.size(); ++i) {
    const ValueId id = layer.operands[i];
    const bool isWeights = i == 1 && (layer.kind == LayerKind::Conv ||
                                      layer.kind == LayerKind::MatMul ||
                                      layer.kind == LayerKind::Depthwise);
    if (isWeights && program.values[id].isConstant) {
      job.operands.emplace_back();
      continue;
    }
    View view = placeOf(id);
    if (isWeights) {
      // Either of the last two dims may be the blocked one.
      const auto rank = static_cast<int>(view.shape.size());
      if (!gridOf(view, rank - 1, -1, -1, lanes) &&
          !gridOf(view, rank - 2, -1, -1, lanes))
        view = wanted(view, rank - 1, layer.name);
    } else {
      view = wanted(view, channel, layer.name);
    }
    job.operands.push_back(std::move(view));
  }
  job.channel = channel;
  job.results = resultsOf(layer.result, channel);
  add(std::move(job));
}

void Planner::planMove(const Layer &layer) {
  number = layerNumber(layer.name);
  const Move &move = layer.move;
  const Shape &shape = program.values[layer.result].shape;
  switch (move.kind) {
  case gp_image_attributes_concat:
    return planConcat(layer);
  case gp_image_attributes_pad:
    return planPad(layer);
  case gp_image_attributes_slice:
    return planSlice(layer);
  default:
    break;
  }
  const View view = placeOf(layer.operands[0]);
  if (move.kind == gp_image_attributes_transpose)
    return finish(layer.result, transposed(view, move.permutation), layer.name);
  if (move.kind == gp_image_attributes_broadcast)
    return finish(layer.result, broadcasted(view, shape), layer.name);
  if (const auto other = reshaped(view, shape))
    return finish(layer.result, *other, layer.name);
  // Bytes in row-major order have every shape.
  const View dense = newStorage(view.shape, view.elementBytes, -1);
  copy(view, dense, layer.name);
  finish(layer.result, *reshaped(dense, shape), layer.name);
}

void Planner::planSlice(const Layer &layer) {
  const View view = placeOf(layer.operands[0]);
  const Move &move = layer.move;
  const Shape &shape = program.values[layer.result].shape;
  if (const auto part = sliced(view, move.starts, move.strides, shape))
    return finish(layer.result, *part, layer.name);
  // Channel by channel, or as many as lie side by side.
  const int dim = view.blocked;
  const View made = newStorage(shape, view.elementBytes, dim);
  std::vector<std::int64_t> starts = move.starts, strides = move.strides;
  starts[dim] = 0;
  strides[dim] = 1;
  Shape open = shape;
  open[dim] = view.shape[dim];
  const View rows = *sliced(view, starts, strides, open);
  for (std::int64_t done = 0; done < shape[dim];) {
    const std::int64_t place = move.starts[dim] + done * move.strides[dim];
    std::int64_t count = 1;
    if (move.strides[dim] == 1)
      count = std::min(
          {shape[dim] - done, lanes - place % lanes, lanes - done % lanes});
    copy(withinBlock(rows, dim, place, count),
         withinBlock(made, dim, done, count), layer.name);
    done += count;
  }
  finish(layer.result, made, layer.name);
}

void Planner::planConcat(const Layer &layer) {
  const Shape &shape = program.values[layer.result].shape;
  int blocked = -1;
  for (ValueId operand : layer.operands)
    if (const View view = placeOf(operand); view.isBlocked() && blocked < 0)
      blocked = view.blocked;
  const View made = newStorage(shape, elementBytes(layer.result), blocked);
  std::vector<std::int64_t> starts(shape.size(), 0);
  for (ValueId operand : layer.operands) {
    copyInto(placeOf(operand), made, starts, layer.name);
    starts[layer.move.dim] +=
        program.values[operand].shape[static_cast<std::size_t>(layer.move.dim)];
  }
  finish(layer.result, made, layer.name);
}

void Planner::planPad(const Layer &layer) {
  const View view = placeOf(layer.operands[0]);
  View made = newStorage(program.values[layer.result].shape, view.elementBytes,
                         view.blocked);
  made.isFilled = true;
  Job fill;
  fill.name = layer.name;
  fill.results = {made};
  fill.fill = layer.move.padValue;
  add(std::move(fill));
  copyInto(view, made, layer.move.low, layer.name);
  finish(layer.result, made, layer.name);
}

/// Offsets in the workspace for all storages.
void Planner::placeStorages() {
  const auto arena = glue::planArena(storages, alignment);
  for (Job &job : plan.jobs)
    for (auto *views : {&job.operands, &job.results})
      for (View &view : *views)
        if (view.storage >= 0)
          view.at.offset +=
              static_cast<std::int64_t>(arena->offsets[view.storage]);
  dram.place(workspace, static_cast<std::int64_t>(arena->bytes));
}

Plan Planner::run() {
  bind();
  for (const Layer &layer : program.layers) {
    if (layer.kind == LayerKind::Move)
      planMove(layer);
    else
      planLayer(layer);
  }
  // Outputs that no layer makes: inputs and constants.
  for (const ValueId id : program.outputs) {
    const bool isMade =
        std::any_of(program.layers.begin(), program.layers.end(),
                    [&](const Layer &layer) { return layer.result == id; });
    if (!isMade && !outputsOf[id].empty()) {
      number = layerNumber("copy");
      const View from = placeOf(id);
      for (const View &output : outputsOf[id])
        copy(from, output, "copy");
      outputsOf[id].clear();
    }
  }
  placeStorages();
  return std::move(plan);
}

Plan planLayout(const Program &program, std::int64_t lanes,
                Constants &constants, Dram &dram) {
  return Planner(program, lanes, constants, dram).run();
}

} // namespace glowplug::npusim
