// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The scheduler. Each tensor has a place in DRAM; work is done tile by tile in
// the scratchpad. Every kind of tile has two slots that take turns, so that the
// loader fills one while the array reads the other. Nobody orders engines by
// hand: an instruction waits for those whose bytes it reads or overwrites.

#include "schedule.h"
#include "kernels.h"
#include "machine.h"

#include <glowplug/glue/arena.h>
#include <glowplug/glue/instr.h>
#include <glowplug/glue/layout.h>

#include <algorithm>
#include <optional>
#include <stdexcept>

using namespace tiles;
using namespace glowplug::glue;

namespace {

constexpr int64_t elementBytes = 4;

/// Part of a matrix: its first row and column, and its size.
struct Area {
  int64_t row, column;
  Size size;
};

Size sizeOf(gp_image_body body, uint32_t value) {
  const gp_image_value v = gp_image_body_values_at(body, value);
  return {gp_image_value_shape_at(v, 0), gp_image_value_shape_at(v, 1)};
}

/// What \p area of a result needs of an operand, whose dims of size 1 repeat.
Area broadcast(Size operand, const Area &area) {
  const bool oneRow = operand.rows == 1, oneColumn = operand.columns == 1;
  return {oneRow ? 0 : area.row,
          oneColumn ? 0 : area.column,
          {oneRow ? 1 : area.size.rows, oneColumn ? 1 : area.size.columns}};
}

class Scheduler {
public:
  Scheduler(gp_bytes image, const gp_bytes *segments)
      : program(gp_image_root(image.data)),
        body(gp_image_program_body(program)), segments(segments) {}

  Schedule run();

private:
  // ---- Memory ----
  uint32_t addBuffer(const std::string &name, Space space, uint64_t bytes);
  void addSlots();
  void addTensors();
  void addConstant(gp_image_op op);

  // ---- Instructions ----
  /// \p buffer, dense, with \p size; `part` is what is used of it.
  Tile tileOf(uint32_t buffer, Size size, const Area &part) const;
  Tile slotTile(uint32_t slot, Size size) const {
    return tileOf(slot, size, {0, 0, size});
  }
  /// The step of an instruction on \p engine that reads and writes buffers.
  InstrWriter::Step step(uint32_t engine, const std::vector<uint32_t> &reads,
                         uint32_t write);
  void load(uint32_t value, const Area &part, uint32_t slot);
  void store(uint32_t slot, uint32_t buffer, Size whole, const Area &part);

  // ---- Ops ----
  template <typename Function>
  void forEachTile(Size size, Function function);
  /// Applies \p region to the tile in \p slot, if \p hasFirst, and to the
  /// values \p operands; the result is in \p slot.
  void map(gp_image_region region, const std::vector<uint32_t> &operands,
           const Area &area, uint32_t slot, bool hasFirst);
  void addProduct(gp_image_op op);
  void addMap(gp_image_op op);
  void addCopy(uint32_t value, uint32_t buffer);

  /// When the bytes of a buffer were used last.
  struct Use {
    std::optional<uint32_t> write;
    std::vector<uint32_t> reads; ///< since then
  };

  gp_image_program program;
  gp_image_body body;
  const gp_bytes *segments;
  InstrWriter writer;
  Kernels kernels;
  Schedule result;
  uint64_t used[spaceCount] = {};
  std::vector<uint32_t> bufferOf; ///< by value
  uint32_t left[2], right[2], sums[2], extras[2][mostOperands];
  std::vector<Use> uses;         ///< by buffer
  std::vector<uint32_t> engines; ///< by instruction
  uint32_t layer = 0, turn = 0, loadTurn = 0;
};

uint32_t Scheduler::addBuffer(const std::string &name, Space space,
                              uint64_t bytes) {
  const uint64_t limit = space == dram ? dramBytes : scratchpadBytes;
  const uint64_t offset = alignUp(used[space], alignment);
  if (offset > limit || bytes > limit - offset)
    throw std::runtime_error(
        "'" + name + "' needs " + std::to_string(bytes) + " bytes, but only " +
        std::to_string(limit - std::min(limit, offset)) + " are left");
  used[space] = offset + bytes;
  uses.emplace_back();
  return writer.addBuffer(
      {name, space, static_cast<int64_t>(offset), static_cast<int64_t>(bytes)});
}

void Scheduler::addSlots() {
  constexpr uint64_t bytes = tileSize * tileSize * elementBytes;
  for (int i = 0; i < 2; ++i) {
    const std::string number = std::to_string(i);
    left[i] = addBuffer("left" + number, scratchpad, bytes);
    right[i] = addBuffer("right" + number, scratchpad, bytes);
    sums[i] = addBuffer("sums" + number, scratchpad, bytes);
    for (uint32_t &slot : extras[i])
      slot = addBuffer("extra" + number, scratchpad, bytes);
  }
}

void Scheduler::addTensors() {
  for (uint32_t i = 0; i < gp_image_body_values_count(body); ++i) {
    const Size size = sizeOf(body, i);
    bufferOf.push_back(addBuffer(
        gp_image_value_name(gp_image_body_values_at(body, i)), dram,
        static_cast<uint64_t>(size.rows * size.columns) * elementBytes));
  }
  for (size_t i = 0; i < gp_image_body_inputs_count(body); ++i) {
    const uint32_t value = gp_image_body_inputs_at(body, i);
    const Size size = sizeOf(body, value);
    writer.addInput(
        {bufferOf[value], gp_image_dtype_f32, {size.rows, size.columns}});
  }
}

void Scheduler::addConstant(gp_image_op op) {
  const gp_image_constant constant = gp_image_op_as_constant(op);
  const uint32_t value = gp_image_op_results_at(op, 0);
  const Size size = sizeOf(body, value);
  std::vector<uint8_t> bytes(
      static_cast<size_t>(size.rows * size.columns * elementBytes));
  if (gp_image_constant_segment(constant) >= 0) {
    const gp_bytes &segment = segments[gp_image_constant_segment(constant)];
    const auto *data = static_cast<const uint8_t *>(segment.data) +
                       gp_image_constant_offset(constant);
    std::copy_n(data, bytes.size(), bytes.begin());
  } else {
    // A splat has one element, which fills the tensor.
    const size_t count = gp_image_constant_data_count(constant);
    for (size_t i = 0; i < bytes.size(); ++i)
      bytes[i] = gp_image_constant_data_at(constant, i % count);
  }
  writer.addConstant(bufferOf[value],
                     static_cast<uint32_t>(result.segments.size()), 0);
  result.segments.push_back(std::move(bytes));
}

Tile Scheduler::tileOf(uint32_t buffer, Size size, const Area &part) const {
  const int64_t row = size.columns * elementBytes;
  return {{buffer, part.row * row + part.column * elementBytes},
          gp_image_dtype_f32,
          {{part.size.rows, row}, {part.size.columns, elementBytes}}};
}

InstrWriter::Step Scheduler::step(uint32_t engine,
                                  const std::vector<uint32_t> &reads,
                                  uint32_t write) {
  const auto number = static_cast<uint32_t>(engines.size());
  std::vector<uint32_t> waits = uses[write].reads;
  if (uses[write].write)
    waits.push_back(*uses[write].write);
  for (const uint32_t buffer : reads) {
    if (uses[buffer].write)
      waits.push_back(*uses[buffer].write);
    uses[buffer].reads.push_back(number);
  }
  uses[write] = {number, {}};
  // An engine does its own instructions in order.
  waits.erase(std::remove_if(waits.begin(), waits.end(),
                             [&](uint32_t i) {
                               return i == number || engines[i] == engine;
                             }),
              waits.end());
  std::sort(waits.begin(), waits.end());
  waits.erase(std::unique(waits.begin(), waits.end()), waits.end());
  engines.push_back(engine);
  return {engine, waits, layer};
}

void Scheduler::load(uint32_t value, const Area &part, uint32_t slot) {
  const uint32_t buffer = bufferOf[value];
  writer.copy(step(loader, {buffer}, slot),
              tileOf(buffer, sizeOf(body, value), part),
              slotTile(slot, part.size));
}

void Scheduler::store(uint32_t slot, uint32_t buffer, Size whole,
                      const Area &part) {
  writer.copy(step(storer, {slot}, buffer), slotTile(slot, part.size),
              tileOf(buffer, whole, part));
}

template <typename Function>
void Scheduler::forEachTile(Size size, Function function) {
  for (int64_t row = 0; row < size.rows; row += tileSize)
    for (int64_t column = 0; column < size.columns; column += tileSize)
      function(Area{row,
                    column,
                    {std::min(tileSize, size.rows - row),
                     std::min(tileSize, size.columns - column)}},
               sums[turn++ % 2]);
}

void Scheduler::map(gp_image_region region,
                    const std::vector<uint32_t> &operands, const Area &area,
                    uint32_t slot, bool hasFirst) {
  std::vector<uint32_t> slots;
  std::vector<Size> sizes;
  std::vector<Tile> tiles;
  if (hasFirst) {
    slots.push_back(slot);
    sizes.push_back(area.size);
    tiles.push_back(slotTile(slot, area.size));
  }
  const uint32_t *free = extras[turn % 2];
  for (const uint32_t value : operands) {
    const Area part = broadcast(sizeOf(body, value), area);
    load(value, part, *free);
    slots.push_back(*free);
    sizes.push_back(part.size);
    tiles.push_back(slotTile(*free++, part.size));
  }
  const uint32_t kernel = kernels.map(region, sizes, area.size);
  writer.compute(step(vectorUnit, slots, slot), kernel, tiles,
                 {slotTile(slot, area.size)});
}

void Scheduler::addProduct(gp_image_op op) {
  const uint32_t a = gp_image_op_operands_at(op, 0);
  const uint32_t b = gp_image_op_operands_at(op, 1);
  const uint32_t target = gp_image_op_results_at(op, 0);
  const gp_image_region epilogue =
      gp_image_mat_mul_epilogue(gp_image_op_as_mat_mul(op));
  std::vector<uint32_t> extra;
  for (size_t i = 2; i < gp_image_op_operands_count(op); ++i)
    extra.push_back(gp_image_op_operands_at(op, i));
  const int64_t depth = sizeOf(body, a).columns;
  const Size whole = sizeOf(body, target);
  forEachTile(whole, [&](const Area &area, uint32_t slot) {
    for (int64_t k = 0; k < depth; k += tileSize) {
      const int64_t length = std::min(tileSize, depth - k);
      const uint32_t l = left[loadTurn % 2], r = right[loadTurn % 2];
      ++loadTurn;
      const Size ofLeft = {area.size.rows, length};
      const Size ofRight = {length, area.size.columns};
      load(a, {area.row, k, ofLeft}, l);
      load(b, {k, area.column, ofRight}, r);
      std::vector<uint32_t> reads = {l, r};
      if (k > 0)
        reads.push_back(slot);
      writer.compute(step(array, reads, slot), kernels.product(ofLeft, ofRight),
                     {slotTile(l, ofLeft), slotTile(r, ofRight)},
                     {slotTile(slot, area.size)}, /*accumulate=*/k > 0);
    }
    if (epilogue.p != nullptr)
      map(epilogue, extra, area, slot, /*hasFirst=*/true);
    store(slot, bufferOf[target], whole, area);
  });
}

void Scheduler::addMap(gp_image_op op) {
  const uint32_t target = gp_image_op_results_at(op, 0);
  const Size whole = sizeOf(body, target);
  std::vector<uint32_t> operands;
  for (size_t i = 0; i < gp_image_op_operands_count(op); ++i)
    operands.push_back(gp_image_op_operands_at(op, i));
  forEachTile(whole, [&](const Area &area, uint32_t slot) {
    map(gp_image_map_region(gp_image_op_as_map(op)), operands, area, slot,
        /*hasFirst=*/false);
    store(slot, bufferOf[target], whole, area);
  });
}

void Scheduler::addCopy(uint32_t value, uint32_t buffer) {
  const Size whole = sizeOf(body, value);
  forEachTile(whole, [&](const Area &area, uint32_t slot) {
    load(value, area, slot);
    store(slot, buffer, whole, area);
  });
}

Schedule Scheduler::run() {
  addSlots();
  addTensors();
  for (size_t i = 0; i < gp_image_body_ops_count(body); ++i) {
    const gp_image_op op = gp_image_body_ops_at(body, i);
    if (gp_image_op_attributes_type(op) == gp_image_attributes_constant) {
      addConstant(op);
      continue;
    }
    const Size size = sizeOf(body, gp_image_op_results_at(op, 0));
    const bool isProduct =
        gp_image_op_attributes_type(op) == gp_image_attributes_mat_mul;
    const auto elements = static_cast<uint64_t>(size.rows * size.columns);
    const auto depth = static_cast<uint64_t>(
        sizeOf(body, gp_image_op_operands_at(op, 0)).columns);
    uint64_t bytes = elements * elementBytes;
    for (size_t j = 0; j < gp_image_op_operands_count(op); ++j)
      bytes += gp_elements(body, gp_image_op_operands_at(op, j)) * elementBytes;
    writer.addLayer(gp_image_op_name(op), isProduct ? elements * depth : 0,
                    bytes);
    isProduct ? addProduct(op) : addMap(op);
    ++layer;
  }
  layer = UINT32_MAX;
  // What the caller gets has a buffer of its own.
  std::vector<uint32_t> taken;
  for (size_t i = 0; i < gp_image_body_inputs_count(body); ++i)
    taken.push_back(gp_image_body_inputs_at(body, i));
  for (size_t i = 0; i < gp_image_body_ops_count(body); ++i) {
    const gp_image_op op = gp_image_body_ops_at(body, i);
    if (gp_image_op_attributes_type(op) == gp_image_attributes_constant)
      taken.push_back(gp_image_op_results_at(op, 0));
  }
  for (size_t i = 0; i < gp_image_body_outputs_count(body); ++i) {
    const uint32_t value = gp_image_body_outputs_at(body, i);
    const Size size = sizeOf(body, value);
    uint32_t buffer = bufferOf[value];
    if (std::find(taken.begin(), taken.end(), value) != taken.end()) {
      buffer = addBuffer(
          "output", dram,
          static_cast<uint64_t>(size.rows * size.columns * elementBytes));
      addCopy(value, buffer);
    }
    taken.push_back(value);
    writer.addOutput({buffer, gp_image_dtype_f32, {size.rows, size.columns}});
  }
  std::vector<uint64_t> segmentBytes;
  for (const std::vector<uint8_t> &segment : result.segments)
    segmentBytes.push_back(segment.size());
  result.program =
      writer.finish(gp_image_program_name(program), describeMachine(),
                    kernels.finish(), segmentBytes);
  return std::move(result);
}

} // namespace

Schedule tiles::schedule(gp_bytes image, const gp_bytes *segments) {
  return Scheduler(image, segments).run();
}
