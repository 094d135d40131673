// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// From the program to a layout plan, and from there to the kernels.

#include "backends/cpu/compiler/tiled/Tiled.h"

namespace glowplug::cpu {
namespace {

/// Which values have elements that the compiler knows: constants and what only
/// moves them.
std::vector<bool> findConstants(const Program &program) {
  std::vector<bool> isConstant(program.values.size(), false);
  for (const Op &op : program.ops) {
    const bool moves = std::holds_alternative<ReshapeOp>(op.attributes) ||
                       std::holds_alternative<SliceOp>(op.attributes) ||
                       std::holds_alternative<TransposeOp>(op.attributes);
    if (std::holds_alternative<ConstantOp>(op.attributes) ||
        (moves && isConstant[op.operands[0]]))
      isConstant[op.results[0]] = true;
  }
  return isConstant;
}

} // namespace

TiledProgram::TiledProgram(Lowering &lowering) : l(lowering) {
  const Program &program = l.program;
  const unsigned lanes = l.traits.lanes;
  std::vector<LayoutValue> values;
  for (const Value &value : program.values)
    values.push_back({{value.shape.begin(), value.shape.end()},
                      false,
                      elementOf(value.type)});
  for (ValueId output : program.outputs)
    values[output].isOutput = true;
  const std::vector<bool> isConstant = findConstants(program);
  std::vector<LayoutOp> ops;
  for (const Op &op : program.ops) {
    LayoutOp entry{classify(l, op, isConstant),
                   {op.operands.begin(), op.operands.end()},
                   {op.results.begin(), op.results.end()}};
    // Weights have no layout.
    if (std::holds_alternative<ConvOp>(op.attributes))
      entry.operands.erase(entry.operands.begin() + 1);
    if (!canRunBlocked(lanes, values, entry))
      entry.kind = LayoutOpKind::other;
    kinds.push_back(entry.kind);
    ops.push_back(std::move(entry));
  }
  layouts = planLayouts(lanes, values, ops);
}

bool TiledProgram::lower(size_t index) {
  const Op &op = l.program.ops[index];
  if (const auto *product = std::get_if<MatMulOp>(&op.attributes))
    return lowerTiledMatMul(l, op, *product);
  if (layouts.ops[index] == Layout::rowMajor)
    return false;
  switch (kinds[index]) {
  case LayoutOpKind::other:
    return false;
  case LayoutOpKind::conv:
  case LayoutOpKind::convStem:
    lowerTiledConv(l, op, std::get<ConvOp>(op.attributes), kinds[index]);
    return true;
  case LayoutOpKind::pool:
    lowerTiledPool(l, op, std::get<WindowOp>(op.attributes));
    return true;
  case LayoutOpKind::planeReduce:
    lowerTiledPlaneReduce(l, op, std::get<ReduceOp>(op.attributes));
    return true;
  case LayoutOpKind::elementwise:
    lowerTiledMap(l, op, std::get<MapOp>(op.attributes));
    return true;
  case LayoutOpKind::concatChannels:
    lowerTiledConcat(l, op);
    return true;
  }
  llvm_unreachable("unknown kind of op");
}

} // namespace glowplug::cpu
