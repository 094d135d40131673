// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Folding of batch normalisation into the weights of the op before it.

#include "core/graph/Graph.h"
#include "core/prim/Build.h"
#include "core/prim/Constant.h"
#include "core/semantics/BatchNorm.h"
#include "core/support/Convert.h"
#include "core/support/Dispatch.h"
#include "core/transforms/Passes.h"
#include "core/transforms/Regions.h"

#include <cmath>

namespace glowplug {
#define GEN_PASS_DEF_FOLDBATCHNORM
#include "core/transforms/Passes.h.inc"
} // namespace glowplug

using namespace glowplug;
using namespace mlir;

namespace {

/// The numbers of a constant; nothing if \p value is not one, or has no data.
std::optional<std::vector<double>> numbersOf(Value value) {
  auto constant = value.getDefiningOp<prim::ConstantOp>();
  if (!constant)
    return std::nullopt;
  std::optional<Tensor> tensor = prim::constantTensor(constant);
  if (!tensor)
    return std::nullopt;
  return toDoubles(*tensor);
}

/// The factors and offsets of \p op; nothing if its statistics are not
/// constants, or a result is not finite.
std::optional<Affine> affineOf(graph::BatchNormOp op) {
  const auto scale = numbersOf(op.getScale()), bias = numbersOf(op.getBias()),
             mean = numbersOf(op.getMean()),
             variance = numbersOf(op.getVariance());
  if (!scale || !bias || !mean || !variance)
    return std::nullopt;
  return batchNormAffine({*scale, *bias, *mean, *variance},
                         op.getEpsilon().convertToDouble());
}

/// A constant of \p values as [1, C, 1 ...] of \p rank dims.
Value channelConstant(OpBuilder &builder, Location loc, ArrayRef<double> values,
                      Type element, int64_t rank) {
  prim::Shape shape(rank, 1);
  shape[1] = static_cast<int64_t>(values.size());
  Tensor tensor =
      cantFail(Tensor::uninitialized(prim::dtypeOfElement(element), shape));
  dispatch(tensor.dtype(), [&](auto tag) {
    using T = typename decltype(tag)::Type;
    llvm::transform(values, tensor.mutableElements<T>().begin(),
                    [](double value) { return convert<T>(value); });
  });
  return prim::createConstant(builder, loc, tensor);
}

/// How output channels stand in the weights of a contraction: row by row, each
/// row with `inner` elements of every channel of its group.
struct ChannelLayout {
  int64_t count = 0; // channels per group
  int64_t inner = 0;
  int64_t rowsPerGroup = 0;
};

/// How the weights of \p op are laid out; nothing for another kind of op, or
/// if dim 1 of its result is not the output channel.
std::optional<ChannelLayout> layoutOf(Operation *op) {
  auto elements = [](ArrayRef<int64_t> shape) {
    int64_t count = 1;
    for (int64_t size : shape)
      count *= size;
    return count;
  };
  if (auto conv = dyn_cast<prim::ConvOp>(op)) { // [O, I, kernel..]
    ArrayRef<int64_t> shape = prim::shapeOf(conv.getWeights());
    return ChannelLayout{shape[0], elements(shape.drop_front()), 1};
  }
  if (auto conv = dyn_cast<prim::ConvTransposeOp>(op)) { // [I, O/g, kernel..]
    ArrayRef<int64_t> shape = prim::shapeOf(conv.getWeights());
    return ChannelLayout{shape[1], elements(shape.drop_front(2)),
                         shape[0] / static_cast<int64_t>(conv.getGroups())};
  }
  if (auto matmul = dyn_cast<prim::MatMulOp>(op)) { // [K, N]
    ArrayRef<int64_t> shape = prim::shapeOf(matmul.getRhs());
    if (shape.size() == 2)
      return ChannelLayout{shape[1], 1, shape[0]};
  }
  return std::nullopt;
}

/// The least number of \p type that has all of its digits.
double leastNormal(DType type) {
  switch (type) {
  case DType::f16:
    return 0x1p-14;
  case DType::f64:
    return 0x1p-1022;
  default:
    return 0x1p-126;
  }
}

/// \p weights with each output channel multiplied by its factor, rounded once.
/// Nothing if one no longer fits its type, if all of a channel become so small
/// that they lose digits, or if memory runs out.
std::optional<Tensor> scaled(const Tensor &weights, ArrayRef<double> factor,
                             const ChannelLayout &layout) {
  llvm::Expected<Tensor> result = weights.clone();
  if (!result) {
    llvm::consumeError(result.takeError()); // then nothing is folded
    return std::nullopt;
  }
  bool overflows = false;
  std::vector<double> largest(factor.size(), 0.0);
  dispatch(weights.dtype(), [&](auto tag) {
    using T = typename decltype(tag)::Type;
    T *element = result->template mutableElements<T>().data();
    const int64_t rows =
        weights.elementCount() == 0
            ? 0
            : weights.elementCount() / (layout.count * layout.inner);
    for (int64_t row = 0; row < rows; ++row) {
      const int64_t first = row / layout.rowsPerGroup * layout.count;
      for (int64_t channel = 0; channel < layout.count; ++channel)
        for (int64_t i = 0; i < layout.inner; ++i, ++element) {
          const auto number = convert<double>(*element);
          *element = convert<T>(number * factor[first + channel]);
          largest[first + channel] =
              std::max(largest[first + channel],
                       std::abs(number * factor[first + channel]));
          overflows |= std::isfinite(number) &&
                       !std::isfinite(convert<double>(*element));
        }
    }
  });
  const bool vanishes = llvm::any_of(largest, [&](double number) {
    return number > 0 && number < leastNormal(weights.dtype());
  });
  if (overflows || vanishes)
    return std::nullopt;
  return std::move(*result);
}

/// The constant that \p map adds to \p input, one number per channel (or one
/// for all); nothing if it does anything else.
std::optional<std::vector<double>>
addedPerChannel(prim::MapOp map, Operation *&input, int64_t channels) {
  Block &body = map.getBody().front();
  if (map.getNumOperands() != 2 || map.getNumResults() != 1 ||
      scalarCount(map.getBody()) != 1)
    return std::nullopt;
  auto add = dyn_cast<prim::ScalarOp>(body.front());
  if (!add || add.getKind() != prim::ScalarKind::add ||
      add.getOperand(0) == add.getOperand(1) ||
      body.getTerminator()->getOperand(0) != add.getResult())
    return std::nullopt;
  const bool isFirst =
      map.getOperand(0).getDefiningOp<prim::ConstantOp>() != nullptr;
  Value added = map.getOperand(isFirst ? 0 : 1);
  Value other = map.getOperand(isFirst ? 1 : 0);
  if (prim::shapeOf(other) != prim::shapeOf(map.getResult(0)))
    return std::nullopt;
  input = other.getDefiningOp();
  ArrayRef<int64_t> shape = prim::shapeOf(added);
  for (auto [dim, size] : llvm::enumerate(shape))
    if (size != 1 && dim != 1)
      return std::nullopt;
  std::optional<std::vector<double>> numbers = numbersOf(added);
  if (!input || !numbers)
    return std::nullopt;
  if (numbers->size() == 1)
    numbers->resize(channels, numbers->front());
  return numbers;
}

struct FoldBatchNorm : glowplug::impl::FoldBatchNormBase<FoldBatchNorm> {
  void runOnOperation() override {
    SmallVector<graph::BatchNormOp> ops;
    getOperation().walk([&](graph::BatchNormOp op) { ops.push_back(op); });
    for (graph::BatchNormOp op : ops)
      if (std::optional<Affine> affine = affineOf(op))
        if (failed(foldIntoWeights(op, *affine)))
          replaceByMap(op, *affine);
  }

private:
  LogicalResult foldIntoWeights(graph::BatchNormOp op, Affine &affine);
  void replaceByMap(graph::BatchNormOp op, const Affine &affine);
};

/// batch_norm(contraction(x, w) + c) -> contraction(x, w * a) + (c * a + b)
LogicalResult FoldBatchNorm::foldIntoWeights(graph::BatchNormOp op,
                                             Affine &affine) {
  Operation *producer = op.getInput().getDefiningOp();
  if (!producer || !isUsedOnlyBy(producer, op))
    return failure();
  std::vector<double> added(affine.factor.size(), 0.0);
  auto map = dyn_cast<prim::MapOp>(producer);
  if (map) {
    std::optional<std::vector<double>> numbers =
        addedPerChannel(map, producer, static_cast<int64_t>(added.size()));
    if (!numbers || !isUsedOnlyBy(producer, map))
      return failure();
    added = std::move(*numbers);
  }
  const std::optional<ChannelLayout> layout = layoutOf(producer);
  if (!layout || !producer->getRegion(0).empty() ||
      producer->getBlock() != op->getBlock())
    return failure();
  auto weights = producer->getOperand(1).getDefiningOp<prim::ConstantOp>();
  std::optional<Tensor> tensor =
      weights ? prim::constantTensor(weights) : std::nullopt;
  if (!tensor)
    return failure();
  std::optional<Tensor> folded = scaled(*tensor, affine.factor, *layout);
  if (!folded)
    return failure();

  for (size_t i = 0; i < added.size(); ++i)
    added[i] = added[i] * affine.factor[i] + affine.offset[i];
  OpBuilder builder(producer);
  producer->setOperand(1,
                       prim::createConstant(builder, weights.getLoc(), *folded,
                                            std::make_shared<Tensor>(*folded)));
  builder.setInsertionPoint(op);
  const Type element = prim::elementOf(op.getInput());
  // A mean of many deviations makes an offset that a half would not hold.
  const Type compute = prim::accumulatorType(element);
  Value offset = channelConstant(builder, op.getLoc(), added, compute,
                                 prim::rankOf(op.getInput()));
  prim::PrimBuilder prims(builder, op.getLoc());
  op.replaceAllUsesWith(
      prims.map({producer->getResult(0), offset},
                [&](prim::ScalarBuilder &s, ValueRange arguments) {
                  Value x = s.cast(arguments[0], compute);
                  return s.cast(s.add(x, arguments[1]), element);
                }));
  op.erase();
  if (map)
    map.erase();
  return success();
}

/// batch_norm(x) -> x * a + b
void FoldBatchNorm::replaceByMap(graph::BatchNormOp op, const Affine &affine) {
  OpBuilder builder(op);
  prim::PrimBuilder prims(builder, op.getLoc());
  const int64_t rank = prim::rankOf(op.getInput());
  const Type element = prim::elementOf(op.getInput());
  const Type compute = prim::accumulatorType(element);
  Value factor =
      channelConstant(builder, op.getLoc(), affine.factor, compute, rank);
  Value offset =
      channelConstant(builder, op.getLoc(), affine.offset, compute, rank);
  op.replaceAllUsesWith(
      prims.map({op.getInput(), factor, offset}, [&](prim::ScalarBuilder &s,
                                                     ValueRange arguments) {
        Value x = s.cast(arguments[0], compute);
        return s.cast(s.add(s.mul(x, arguments[1]), arguments[2]), element);
      }));
  op.erase();
}

} // namespace
