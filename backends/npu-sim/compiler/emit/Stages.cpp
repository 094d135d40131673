// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Stages, passes through the vector unit, as maps.

#include "backends/npu-sim/compiler/emit/Emitter.h"

#include "hw/spec/Isa.h"

#include <algorithm>

namespace glowplug::npusim {

static std::int32_t opOf(Stage::Op op) {
  switch (op) {
  case Stage::Op::Copy:
    return npu::VectorOp::Copy;
  case Stage::Op::Add:
    return npu::VectorOp::Add;
  case Stage::Op::Sub:
    return npu::VectorOp::Sub;
  case Stage::Op::Mul:
    return npu::VectorOp::Mul;
  case Stage::Op::Max:
    return npu::VectorOp::Max;
  case Stage::Op::Min:
    return npu::VectorOp::Min;
  }
  return npu::VectorOp::Copy;
}

Arithmetic outputOf(const Stage &stage, RowInput a) {
  Arithmetic made;
  made.a = a;
  made.bias = stage.bias.has_value();
  made.rescale = stage.outScale.has_value();
  made.doubleRound = stage.doubleRound;
  made.toWords = stage.toWords;
  if (!stage.toWords) {
    made.outZp = stage.outZeroPoint;
    made.outMin = stage.outMin;
    made.outMax = stage.outMax;
    made.table = stage.table;
  }
  return made;
}

static RowInput rowOf(const StageInput &input) {
  RowInput row;
  if (input.from != StageInput::From::Sums)
    row = {byteType(input.isUnsigned), input.zeroPoint, false};
  row.rescale = input.scale.has_value();
  return row;
}

Arithmetic arithmeticOf(const Stage &stage) {
  Arithmetic made = outputOf(stage, rowOf(stage.a));
  made.op = opOf(stage.op);
  if (stage.op != Stage::Op::Copy)
    made.b = rowOf(stage.b);
  return made;
}

WindowDim windowDim(std::int64_t &in, std::int64_t out, std::int64_t pad,
                    std::int64_t stride, std::int64_t size,
                    std::int64_t dilation) {
  const std::int64_t needed =
      (out - 1) * stride + (size - 1) * dilation + 1 - pad;
  in = std::clamp<std::int64_t>(needed, 1, in);
  return {size, stride, dilation, pad, needed - in};
}

void Emitter::addExtras(std::vector<Tile> &operands, const Arithmetic &from,
                        Place params, std::size_t rank, std::size_t laneDim,
                        const Tile &b) const {
  const std::vector<Role> roles = rolesOf(from);
  std::array<Tile, roleCount> tiles;
  tiles[static_cast<std::size_t>(Role::B)] = b;
  for (const auto &[role, bytes] : parameterRoles) {
    if (std::find(roles.begin(), roles.end(), role) == roles.end())
      continue;
    Tile &tile = tiles[static_cast<std::size_t>(role)];
    tile = {params, bytes == 1 ? gp_image_dtype_i8 : gp_image_dtype_i32,
            std::vector<TileDim>(rank)};
    tile.dims[laneDim] = {lanes, bytes};
    params = params + bytes * lanes;
  }
  for (Role role : roles)
    if (role != Role::A)
      operands.push_back(tiles[static_cast<std::size_t>(role)]);
}

Place Emitter::runStages(const Layer &of, const PackedParams &params,
                         const Rows &rows, std::size_t first, Place previous) {
  const auto bytesOf = [&](const StageInput &input,
                           const std::vector<Place> &operands) {
    return Tile{input.from == StageInput::From::Previous
                    ? previous
                    : operands[input.operand],
                byteType(input.isUnsigned),
                {{1}, {rows.count, lanes}, {lanes, 1}}};
  };
  for (std::size_t i = first; i < of.stages.size(); ++i) {
    const Stage &stage = of.stages[i];
    Kernel kernel;
    kernel.op = gp_image_attributes_map;
    kernel.arithmetic = arithmeticOf(stage);
    std::vector<Tile> operands;
    if (stage.a.from == StageInput::From::Sums)
      operands.push_back({rows.sums,
                          gp_image_dtype_i32,
                          {{1}, {rows.count, map.sumBytes}, {lanes, 4}}});
    else
      operands.push_back(bytesOf(stage.a, rows.operandsA));
    Tile b;
    if (stage.op != Stage::Op::Copy)
      b = bytesOf(stage.b, rows.operandsB);
    addExtras(operands, *kernel.arithmetic, rows.params + params.stage[i], 3, 2,
              b);
    const std::int64_t element = stage.toWords ? 4 : 1;
    const std::int64_t bytes = rows.count * lanes * element;
    const bool isLast = i + 1 == of.stages.size();
    const Place to =
        !isLast ? take(regions.between, bytes, "bytes between stages")
        : rows.results.exists() ? rows.results
                                : take(regions.outputs, bytes, "results");
    compute(npu::Queue::Vector, kernel, operands,
            {to,
             kernel.arithmetic->resultType(),
             {{1}, {rows.count, lanes * element}, {lanes, element}}});
    previous = to;
  }
  return previous;
}

} // namespace glowplug::npusim
