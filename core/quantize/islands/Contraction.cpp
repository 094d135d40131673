// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Convolutions and matrix products of dequantized operands.

#include "core/quantize/islands/Finish.h"
#include "core/quantize/islands/Rewrites.h"

using namespace glowplug;
using namespace glowplug::islands;
using namespace mlir;

namespace {

/// One side of a product.
struct Side {
  Quantized from;
  QuantParams result; ///< In the dims of the result.
};

class Contraction {
public:
  Contraction(Operation *op, std::string &why)
      : op(op), why(why), rank(prim::rankOf(op->getResult(0))) {}

  bool form();

private:
  /// Reads operand \p index, whose parameters may vary along \p axis (-1 for
  /// none), which is dim \p resultAxis of the result.
  std::optional<Side> read(unsigned index, int64_t axis, int64_t resultAxis);
  double termCount() const;
  /// The dim of the weights or of the right side along which its parameters may
  /// vary; -1 for none.
  int64_t rhsAxis() const;
  Value makeSum(prim::PrimBuilder &builder, const Side &lhs, const Side &rhs);

  Operation *op;
  std::string &why;
  int64_t rank;
};

} // namespace

std::optional<Side> Contraction::read(unsigned index, int64_t axis,
                                      int64_t resultAxis) {
  auto refuse = [&](const std::string &reason) {
    why = "operand " + std::to_string(index) + ": " + reason;
    return std::nullopt;
  };
  std::string reason;
  auto from = readDequantize(op->getOperand(index), &reason);
  if (!from)
    return refuse(reason);
  if (!from->params.isNarrow())
    return refuse("its integers do not have 8 bits");
  const int64_t given = from->params.axis();
  if (given >= 0 && given != axis)
    return refuse("its scale varies along dim " + std::to_string(given));
  QuantParams result = from->params.withAxis(resultAxis, rank);
  return Side{std::move(*from), std::move(result)};
}

/// How many products each sum has.
double Contraction::termCount() const {
  ArrayRef<int64_t> rhs = prim::shapeOf(op->getOperand(1));
  if (isa<prim::MatMulOp>(op))
    return static_cast<double>(rhs[rhs.size() - 2]);
  double count = 1;
  for (int64_t size : rhs.drop_front())
    count *= static_cast<double>(size);
  // Its weights have input channels first; all taps count, though some may only
  // ever meet the zeros between elements.
  if (auto transposed = dyn_cast<prim::ConvTransposeOp>(op))
    count = count / static_cast<double>(rhs[1]) *
            static_cast<double>(rhs[0] /
                                static_cast<int64_t>(transposed.getGroups()));
  return count;
}

int64_t Contraction::rhsAxis() const {
  if (isa<prim::MatMulOp>(op))
    return rank - 1;
  auto transposed = dyn_cast<prim::ConvTransposeOp>(op);
  if (!transposed)
    return 0;
  // With groups, one entry stands for an output channel of each.
  return transposed.getGroups() == 1 ? 1 : -1;
}

/// The largest magnitude of an integer less its zero point.
static double mostOf(const QuantParams &params) {
  const auto [low, high] = rangeOf(params.type);
  double most = 0;
  for (double zp : params.zp.values)
    most = std::max({most, high - zp, zp - low});
  return most;
}

/// The attribute of a zero point; null if it is 0.
static DenseI32ArrayAttr zeroPoints(MLIRContext *context, const Numbers &zp) {
  if (llvm::all_of(zp.values, [](double value) { return value == 0; }))
    return nullptr;
  SmallVector<int32_t> entries;
  for (double value : zp.values)
    entries.push_back(static_cast<int32_t>(value));
  return DenseI32ArrayAttr::get(context, entries);
}

/// conv(input with zero points between its elements, weights mirrored): the
/// sums of conv_transpose, which has no zero points itself. \p sum is the
/// convolution; the result is a part of it where pads reach beyond the kernel.
static Value transposedAsConv(prim::PrimBuilder &b, prim::ConvTransposeOp op,
                              const Quantized &input, const Quantized &weights,
                              Value &sum) {
  const ArrayRef<int64_t> shape = prim::shapeOf(weights.integers);
  const auto groups = static_cast<int64_t>(op.getGroups());
  const int64_t rank = prim::rankOf(op.getResult());
  const auto spatial = static_cast<size_t>(rank - 2);

  // [C, O / groups, kernel..] -> [O, C / groups, kernel..]
  prim::Shape grouped{groups, shape[0] / groups, shape[1]};
  prim::Shape order{0, 2, 1};
  prim::Shape swapped{groups * shape[1], shape[0] / groups};
  for (size_t i = 0; i < spatial; ++i) {
    grouped.push_back(shape[2 + i]);
    order.push_back(static_cast<int64_t>(3 + i));
    swapped.push_back(shape[2 + i]);
  }
  Value turned = b.reshape(
      b.transpose(b.reshape(weights.integers, grouped), order), swapped);
  for (size_t i = 0; i < spatial; ++i) {
    prim::Shape backwards;
    for (int64_t k = shape[2 + i]; k-- > 0;)
      backwards.push_back(k);
    turned =
        b.gather(turned, b.indices(backwards), static_cast<int64_t>(2 + i));
  }

  const prim::Shape none(rank, 0), ones(spatial, 1);
  prim::Shape interior(rank, 0), low(spatial), high(spatial), from(rank, 0);
  for (size_t i = 0; i < spatial; ++i) {
    const int64_t reach = op.getDilations()[i] * (shape[2 + i] - 1);
    interior[2 + i] = op.getStrides()[i] - 1;
    low[i] = std::max<int64_t>(reach - op.getPadsLow()[i], 0);
    high[i] = std::max<int64_t>(reach - op.getPadsHigh()[i], 0);
    from[2 + i] = std::max<int64_t>(op.getPadsLow()[i] - reach, 0);
  }
  Value zero = b.splat(static_cast<int64_t>(input.params.zp.values[0]),
                       input.params.type);
  Value spread = b.pad(input.integers, zero, none, none, interior);
  sum = b.conv(spread, turned,
               {ones, low, high, prim::Shape(op.getDilations()), groups});
  return b.slice(sum, from, prim::shapeOf(op.getResult()),
                 prim::Shape(rank, 1));
}

Value Contraction::makeSum(prim::PrimBuilder &builder, const Side &lhs,
                           const Side &rhs) {
  MLIRContext *context = op->getContext();
  auto setZeroPoints = [&](auto contraction) {
    contraction.setLhsZpAttr(zeroPoints(context, lhs.result.zp));
    contraction.setRhsZpAttr(zeroPoints(context, rhs.result.zp));
  };
  if (auto transposed = dyn_cast<prim::ConvTransposeOp>(op)) {
    Value sum;
    Value result =
        transposedAsConv(builder, transposed, lhs.from, rhs.from, sum);
    setZeroPoints(sum.getDefiningOp<prim::ConvOp>());
    return result;
  }
  auto conv = dyn_cast<prim::ConvOp>(op);
  if (!conv) {
    Value sum = builder.matmul(lhs.from.integers, rhs.from.integers);
    setZeroPoints(sum.getDefiningOp<prim::MatMulOp>());
    return sum;
  }
  Value sum = builder.conv(
      lhs.from.integers, rhs.from.integers,
      {prim::Shape(conv.getStrides()), prim::Shape(conv.getPadsLow()),
       prim::Shape(conv.getPadsHigh()), prim::Shape(conv.getDilations()),
       static_cast<int64_t>(conv.getGroups())});
  setZeroPoints(sum.getDefiningOp<prim::ConvOp>());
  return sum;
}

bool Contraction::form() {
  const bool isConv = !isa<prim::MatMulOp>(op);
  const auto lhs = read(0, isConv ? -1 : rank - 2, isConv ? -1 : rank - 2);
  const auto rhs =
      lhs ? read(1, rhsAxis(), isConv ? 1 : rank - 1) : std::optional<Side>();
  if (!rhs)
    return false;
  const double most = termCount() * mostOf(lhs->result) * mostOf(rhs->result);
  if (most > mostSum) {
    why = "its sums may exceed 32 bits";
    return false;
  }

  const Tail tail = followTail(op->getResult(0));
  OpBuilder rewriter(op);
  prim::PrimBuilder builder(rewriter, op->getLoc());
  Sum sum;
  sum.value = makeSum(builder, *lhs, *rhs);
  sum.unit =
      timesF32(timesF32(tail.factor, lhs->result.scale), rhs->result.scale);
  sum.most = most;
  Value end = tail.end;
  end.replaceAllUsesWith(finish(builder, sum, tail));
  return true;
}

bool islands::formContraction(Operation *op, std::string &why) {
  if (op->getNumOperands() != 2 || !op->getRegion(0).empty() ||
      !prim::elementOf(op->getResult(0)).isF32()) {
    why = "its result is not f32";
    return false;
  }
  return Contraction(op, why).form();
}
