// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Average pools: sums of dequantized elements, divided by their number.

#include "core/quantize/islands/Counts.h"
#include "core/quantize/islands/Finish.h"
#include "core/quantize/islands/Rewrites.h"

using namespace glowplug;
using namespace glowplug::islands;
using namespace mlir;

/// How many elements each sum has.
static Numbers countsOf(Operation *op) {
  const int64_t rank = prim::rankOf(op->getResult(0));
  Numbers counts = Numbers::one(1, rank);
  if (auto reduce = dyn_cast<prim::ReduceOp>(op)) {
    for (int64_t dim : reduce.getDims())
      counts.values[0] *=
          static_cast<double>(prim::shapeOf(reduce.getInput())[dim]);
    return counts;
  }
  return windowCounts(cast<prim::WindowOp>(op));
}

/// The same sum over integers.
static Value makeSum(prim::PrimBuilder &builder, Operation *op,
                     Value integers) {
  if (auto reduce = dyn_cast<prim::ReduceOp>(op))
    return builder.reduce(reduce.getKind(), integers, reduce.getDims());
  auto window = cast<prim::WindowOp>(op);
  auto copy = [](ArrayRef<int64_t> array) { return prim::Shape(array); };
  return builder.window(window.getKind(), integers,
                        {copy(window.getSizes()), copy(window.getStrides()),
                         copy(window.getPadsLow()), copy(window.getPadsHigh()),
                         copy(window.getDilations())});
}

static bool isPlainSum(Operation *op) {
  auto sums = [](auto reduction) {
    return reduction.getKind() == prim::ReduceKind::sum &&
           reduction.getEpilogue().empty();
  };
  if (auto window = dyn_cast<prim::WindowOp>(op))
    return sums(window);
  auto reduce = dyn_cast<prim::ReduceOp>(op);
  return reduce && sums(reduce);
}

/// The divisor by which \p tail makes an average pool of the sums of \p window,
/// if it does. A pool of one element has no formula of its own.
static std::optional<Average> averageOf(prim::WindowOp window,
                                        const QuantParams &from,
                                        const Numbers &counts,
                                        const Tail &tail) {
  double size = 1;
  for (int64_t dim : window.getSizes())
    size *= static_cast<double>(dim);
  const Numbers factor = tail.factor.collapsed(),
                divisor = tail.divisor.collapsed();
  if (!factor.isOne() || factor.values[0] != 1 || tail.bias ||
      !tail.output->isUniform() || !tail.output->isNarrow() || size == 1)
    return std::nullopt;
  const bool countsAll = divisor.isOne() && divisor.values[0] == size;
  if (!countsAll &&
      (divisor.shape != counts.shape || divisor.values != counts.values))
    return std::nullopt;
  return Average{divisor, from};
}

bool islands::formSum(Operation *op, std::string &why) {
  auto refuse = [&](const std::string &reason) {
    why = reason;
    return false;
  };
  if (!isPlainSum(op))
    return refuse("it is not a plain sum");
  std::string reason;
  auto from = readDequantize(op->getOperand(0), &reason);
  if (!from)
    return refuse("operand 0: " + reason);
  if (!from->params.isNarrow() || !from->params.isUniform())
    return refuse("operand 0: its integers do not have 8 bits, or several "
                  "scales");
  const Tail tail = followTail(op->getResult(0));
  if (!tail.output)
    return refuse("no QuantizeLinear directly after it");

  const Numbers counts = countsOf(op);
  const double zp = from->params.zp.values[0];
  double most = 0;
  for (double count : counts.values)
    most = std::max(most, 256 * count);
  if (most > mostSum)
    return refuse("its sums may exceed 32 bits");

  OpBuilder rewriter(op);
  prim::PrimBuilder builder(rewriter, op->getLoc());
  Sum sum;
  sum.value = makeSum(builder, op, from->integers);
  sum.unit = timesF32(tail.factor,
                      from->params.withRank(prim::rankOf(sum.value)).scale);
  sum.most = most;
  // ONNX Runtime's two kernels differ in this.
  if (auto window = dyn_cast<prim::WindowOp>(op)) {
    sum.roundsLast = true;
    sum.average = averageOf(window, from->params, counts.collapsed(), tail);
  }
  if (zp != 0)
    sum.offset = counts.mapped([&](double count) { return -count * zp; });
  Value end = tail.end;
  end.replaceAllUsesWith(finish(builder, sum, tail));
  return true;
}
