// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Transposed convolutions in terms of plain ones.
//
// Output o of a transposed convolution gathers input i through tap t where
// o = i * stride + t * dilation - low. In an input with stride - 1 zeros after
// each element but the last, position z = i * stride, so that is the plain
// convolution o = z - low' + t' * dilation with the taps mirrored, t' = size -
// 1 - t, and low' = dilation * (size - 1) - low. A negative low' cuts.

#include "backends/cpu/compiler/program/ExpandConvTranspose.h"

#include <algorithm>
#include <numeric>

namespace glowplug::cpu {
namespace {

class Expansion {
public:
  Expansion(Program &program, const Op &op)
      : program(program), op(op), conv(std::get<ConvOp>(op.attributes)) {}

  /// The ops that take the place of the transposed convolution.
  std::vector<Op> run();
  /// Likewise, when there are no inputs to sum: the epilogue of 0.
  std::vector<Op> runEmpty();

private:
  const Shape &shapeOf(ValueId id) const { return program.values[id].shape; }

  ValueId append(Attributes attributes, std::vector<ValueId> operands,
                 Shape shape) {
    return append(std::move(attributes), operands, std::move(shape),
                  program.values[operands[0]].type);
  }
  ValueId append(Attributes attributes, std::vector<ValueId> operands,
                 Shape shape, DType type) {
    program.values.push_back({type, std::move(shape)});
    const auto result = static_cast<ValueId>(program.values.size() - 1);
    ops.push_back(
        {std::move(attributes), std::move(operands), {result}, op.name});
    return result;
  }

  ValueId appendZero(DType type, Shape shape) {
    ConstantOp zero;
    zero.splat = true;
    zero.data.assign(byteSize(type), 0);
    return append(zero, {}, std::move(shape), type);
  }

  ValueId spreadInput();
  ValueId cut(ValueId input);
  ValueId mirrorWeights();

  Program &program;
  const Op &op;
  const ConvOp &conv;
  std::vector<Op> ops;
  Ints low, high; // of the plain convolution
};

/// Puts the zeros between the elements of the input.
ValueId Expansion::spreadInput() {
  const ValueId input = op.operands[0];
  PadOp pad;
  Shape shape = shapeOf(input);
  pad.low.assign(shape.size(), 0);
  pad.high = pad.interior = pad.low;
  for (size_t d = 2; d < shape.size(); ++d) {
    pad.interior[d] = conv.strides[d - 2] - 1;
    shape[d] += (shape[d] - 1) * pad.interior[d];
  }
  if (shape == shapeOf(input))
    return input;
  ValueId zero = appendZero(program.values[input].type, {});
  return append(pad, {input, zero}, shape);
}

/// Cuts off where the padding is negative, and makes it 0 there.
ValueId Expansion::cut(ValueId input) {
  SliceOp slice;
  Shape shape = shapeOf(input);
  slice.starts.assign(shape.size(), 0);
  slice.strides.assign(shape.size(), 1);
  for (size_t d = 2; d < shape.size(); ++d) {
    int64_t &before = low[d - 2], &after = high[d - 2];
    const int64_t first = std::clamp<int64_t>(-before, 0, shape[d]);
    shape[d] -= first;
    before += first;
    const int64_t last = std::clamp<int64_t>(-after, 0, shape[d]);
    shape[d] -= last;
    after += last;
    // Where nothing is left, one side's padding is cut by the other.
    const int64_t both = before + after;
    if (before < 0 || after < 0)
      before = 0, after = both;
    slice.starts[d] = shape[d] == 0 ? 0 : first;
  }
  return shape == shapeOf(input) ? input : append(slice, {input}, shape);
}

/// [groups * I, O, taps] -> [groups * O, I, mirrored taps]
ValueId Expansion::mirrorWeights() {
  ValueId weights = op.operands[1];
  const Shape from = shapeOf(weights);
  const int64_t in = from[0] / conv.groups, out = from[1];
  Shape split{conv.groups, in, out};
  split.append(from.begin() + 2, from.end());
  weights = append(ReshapeOp{}, {weights}, split);

  TransposeOp exchange;
  exchange.permutation.resize(split.size());
  std::iota(exchange.permutation.begin(), exchange.permutation.end(), 0);
  std::swap(exchange.permutation[1], exchange.permutation[2]);
  std::swap(split[1], split[2]);
  weights = append(exchange, {weights}, split);

  SliceOp mirror;
  mirror.starts.assign(split.size(), 0);
  mirror.strides.assign(split.size(), 1);
  for (size_t d = 3; d < split.size(); ++d) {
    mirror.starts[d] = split[d] - 1;
    mirror.strides[d] = -1;
  }
  weights = append(mirror, {weights}, split);

  Shape merged{conv.groups * out, in};
  merged.append(from.begin() + 2, from.end());
  return append(ReshapeOp{}, {weights}, merged);
}

std::vector<Op> Expansion::run() {
  const Shape weights = shapeOf(op.operands[1]);
  for (size_t d = 0; d < conv.strides.size(); ++d) {
    const int64_t reach = conv.dilations[d] * (weights[d + 2] - 1);
    low.push_back(reach - conv.padsLow[d]);
    high.push_back(reach - conv.padsHigh[d]);
  }
  const ValueId input = cut(spreadInput());
  ConvOp plain;
  plain.strides.assign(conv.strides.size(), 1);
  plain.padsLow = low;
  plain.padsHigh = high;
  plain.dilations = conv.dilations;
  plain.groups = conv.groups;
  plain.epilogue = conv.epilogue;
  std::vector<ValueId> operands{input, mirrorWeights()};
  operands.insert(operands.end(), op.operands.begin() + 2, op.operands.end());
  ops.push_back({plain, std::move(operands), op.results, op.name});
  return std::move(ops);
}

std::vector<Op> Expansion::runEmpty() {
  Region region = conv.epilogue;
  if (region.empty()) {
    region.parameters = {program.values[op.results[0]].type};
    region.results = {0};
  }
  std::vector<ValueId> operands{
      appendZero(region.parameters[0], shapeOf(op.results[0]))};
  operands.insert(operands.end(), op.operands.begin() + 2, op.operands.end());
  ops.push_back({MapOp{region}, std::move(operands), op.results, op.name});
  return std::move(ops);
}

} // namespace

void expandConvTranspose(Program &program) {
  std::vector<Op> ops;
  for (Op &op : program.ops) {
    const auto *conv = std::get_if<ConvOp>(&op.attributes);
    if (!conv || !conv->transposed) {
      ops.push_back(std::move(op));
      continue;
    }
    const bool isEmpty = program.values[op.operands[0]].elements() == 0 ||
                         program.values[op.operands[1]].elements() == 0;
    Expansion expansion(program, op);
    std::vector<Op> expanded = isEmpty ? expansion.runEmpty() : expansion.run();
    std::move(expanded.begin(), expanded.end(), std::back_inserter(ops));
  }
  program.ops = std::move(ops);
}

} // namespace glowplug::cpu
