// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Transposed convolutions in terms of plain ones.
//
// Output o of a transposed convolution gathers input i through tap t where
// o = i * stride + t * dilation - low. Outputs o = phase + stride * k with the
// same phase use the same taps: t = first + period * j, with period = stride /
// gcd(stride, dilation). With the taps mirrored, phase after phase is a plain
// convolution of stride 1 and dilation dilation / gcd. No zeros are put between
// inputs: they would cost time, and meet infinite weights.

#include "backends/cpu/compiler/program/ExpandConvTranspose.h"

#include "llvm/ADT/STLExtras.h"

#include <algorithm>
#include <numeric>

namespace glowplug::cpu {
namespace {

/// Outputs phase, phase + stride, .. in one dim: k-th of them gathers input k +
/// firstInput - j * dilation through tap firstTap + j * period.
struct Phase {
  int64_t taps = 0; ///< may be none
  int64_t firstTap = 0;
  int64_t period = 1;
  int64_t dilation = 1;
  int64_t firstInput = 0;
};

Phase phaseOf(int64_t number, int64_t stride, int64_t dilation, int64_t low,
              int64_t kernel) {
  const int64_t common = std::gcd(stride, dilation);
  const int64_t position = number + low;
  Phase phase;
  phase.period = stride / common;
  phase.dilation = dilation / common;
  for (int64_t t = 0; t < std::min(phase.period, kernel); ++t)
    if ((position - t * dilation) % stride == 0) {
      phase.firstTap = t;
      phase.firstInput = (position - t * dilation) / stride;
      phase.taps = (kernel - t + phase.period - 1) / phase.period;
    }
  return phase;
}

class Expansion {
public:
  Expansion(Program &program, const Op &op)
      : program(program), op(op), conv(std::get<ConvOp>(op.attributes)),
        sum(conv.epilogue.empty() ? program.values[op.results[0]].type
                                  : conv.epilogue.parameters[0]) {}

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

  void finish(ValueId sums);
  ValueId convolve(llvm::ArrayRef<Phase> phases);
  ValueId interleave(llvm::ArrayRef<ValueId> results);
  ValueId cut(ValueId input, Ints &low, Ints &high);
  ValueId takeTaps(llvm::ArrayRef<Phase> phases);
  /// Outputs per phase: as many in each, so the last may be too many.
  Shape phaseShape() const;
  /// Phases in each dim: those that have an output.
  Ints phaseCounts() const { return transposedPhases(conv.strides, result()); }
  llvm::ArrayRef<int64_t> result() const {
    return llvm::ArrayRef(shapeOf(op.results[0])).drop_front(2);
  }

  Program &program;
  const Op &op;
  const ConvOp &conv;
  DType sum; ///< of what a phase gives
  std::vector<Op> ops;
};

/// Cuts off where the padding is negative, and makes it 0 there.
ValueId Expansion::cut(ValueId input, Ints &low, Ints &high) {
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

/// [groups * I, O, taps] -> [groups * O, I, taps of \p phases, mirrored]
ValueId Expansion::takeTaps(llvm::ArrayRef<Phase> phases) {
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
  Shape merged{conv.groups * out, in};
  for (size_t d = 0; d < phases.size(); ++d) {
    const Phase &phase = phases[d];
    mirror.starts[d + 3] = phase.firstTap + (phase.taps - 1) * phase.period;
    mirror.strides[d + 3] = -phase.period;
    split[d + 3] = phase.taps;
    merged.push_back(phase.taps);
  }
  weights = append(mirror, {weights}, split);
  return append(ReshapeOp{}, {weights}, merged);
}

Shape Expansion::phaseShape() const {
  Shape shape = shapeOf(op.results[0]);
  for (size_t d = 0; d < conv.strides.size(); ++d)
    if (shape[d + 2] != 0) // the stride may be anything
      shape[d + 2] = (shape[d + 2] - 1) / conv.strides[d] + 1;
  return shape;
}

/// The outputs of one phase per dim, without the epilogue.
ValueId Expansion::convolve(llvm::ArrayRef<Phase> phases) {
  const Shape shape = phaseShape();
  if (llvm::any_of(phases, [](const Phase &phase) { return phase.taps == 0; }))
    return appendZero(sum, shape);
  ConvOp plain;
  plain.groups = conv.groups;
  const Shape in = shapeOf(op.operands[0]);
  for (size_t d = 0; d < phases.size(); ++d) {
    const Phase &phase = phases[d];
    const int64_t reach = (phase.taps - 1) * phase.dilation;
    const int64_t low = reach - phase.firstInput;
    plain.strides.push_back(1);
    plain.dilations.push_back(phase.dilation);
    plain.padsLow.push_back(low);
    plain.padsHigh.push_back(shape[d + 2] + reach - in[d + 2] - low);
  }
  const ValueId input = cut(op.operands[0], plain.padsLow, plain.padsHigh);
  return append(plain, {input, takeTaps(phases)}, shape, sum);
}

/// Brings the results of all phases, the last dim's running fastest, together.
ValueId Expansion::interleave(llvm::ArrayRef<ValueId> results) {
  const size_t dims = conv.strides.size();
  const Shape part = phaseShape();
  Shape stacked{1};
  stacked.append(part.begin(), part.end());
  std::vector<ValueId> parts;
  for (ValueId result : results)
    parts.push_back(append(ReshapeOp{}, {result}, stacked));
  stacked[0] = static_cast<int64_t>(parts.size());
  ValueId all = append(ConcatOp{0}, parts, stacked, sum);

  // [phases.., N, C, positions..] -> [N, C, (position, phase)..]
  const Ints counts = phaseCounts();
  Shape split(counts);
  split.append(part.begin(), part.end());
  all = append(ReshapeOp{}, {all}, split);
  TransposeOp order;
  Shape ordered;
  const auto take = [&](size_t d) {
    order.permutation.push_back(static_cast<int64_t>(d));
    ordered.push_back(split[d]);
  };
  take(dims);
  take(dims + 1);
  Shape merged(ordered);
  for (size_t d = 0; d < dims; ++d) {
    take(dims + 2 + d);
    take(d);
    merged.push_back(part[d + 2] * counts[d]);
  }
  all = append(order, {all}, ordered);
  all = append(ReshapeOp{}, {all}, merged);
  SliceOp whole;
  whole.starts.assign(merged.size(), 0);
  whole.strides.assign(merged.size(), 1);
  return append(whole, {all}, shapeOf(op.results[0]));
}

std::vector<Op> Expansion::run() {
  const Shape weights = shapeOf(op.operands[1]);
  const Ints counts = phaseCounts();
  // All combinations of a phase per dim.
  std::vector<std::vector<Phase>> all{{}};
  for (size_t d = 0; d < conv.strides.size(); ++d) {
    std::vector<std::vector<Phase>> longer;
    for (const std::vector<Phase> &phases : all)
      for (int64_t r = 0; r < counts[d]; ++r) {
        longer.push_back(phases);
        longer.back().push_back(phaseOf(r, conv.strides[d], conv.dilations[d],
                                        conv.padsLow[d], weights[d + 2]));
      }
    all = std::move(longer);
  }
  std::vector<ValueId> results;
  for (const std::vector<Phase> &phases : all)
    results.push_back(convolve(phases));
  if (results.size() == 1) {
    // The epilogue stays fused.
    Op &plain = ops.back();
    auto *attributes = std::get_if<ConvOp>(&plain.attributes);
    if (attributes) {
      attributes->epilogue = conv.epilogue;
      plain.operands.insert(plain.operands.end(), op.operands.begin() + 2,
                            op.operands.end());
      plain.results = op.results;
      return std::move(ops);
    }
  }
  finish(results.size() == 1 ? results[0] : interleave(results));
  return std::move(ops);
}

/// Applies the epilogue to \p sums, of the shape of the result.
void Expansion::finish(ValueId sums) {
  Region region = conv.epilogue;
  if (region.empty()) {
    region.parameters = {sum};
    region.results = {0};
  }
  std::vector<ValueId> operands{sums};
  operands.insert(operands.end(), op.operands.begin() + 2, op.operands.end());
  ops.push_back({MapOp{region}, std::move(operands), op.results, op.name});
}

std::vector<Op> Expansion::runEmpty() {
  finish(appendZero(sum, shapeOf(op.results[0])));
  return std::move(ops);
}

} // namespace

Ints transposedPhases(llvm::ArrayRef<int64_t> strides,
                      llvm::ArrayRef<int64_t> sizes) {
  Ints counts;
  for (const auto [stride, size] : llvm::zip_equal(strides, sizes))
    counts.push_back(std::clamp<int64_t>(size, 1, stride));
  return counts;
}

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
