// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Rules of reduce, arg_reduce, scan, sort and window.

#include "core/image/VerifyRules.h"

using namespace glowplug;
using namespace glowplug::verify;
using image::ReduceKind;

/// \p kind is one of \p allowed.
static llvm::Error needKind(ReduceKind kind,
                            std::initializer_list<ReduceKind> allowed) {
  for (ReduceKind each : allowed)
    if (kind == each)
      return llvm::Error::success();
  std::string names;
  for (ReduceKind each : allowed)
    names += (names.empty() ? "" : ", ") +
             std::string(image::EnumNameReduceKind(each));
  return broken("needs a kind of {0}, but got {1}", names,
                static_cast<int>(kind));
}

static bool accumulates(ReduceKind kind) {
  return kind == ReduceKind::sum || kind == ReduceKind::prod;
}

static llvm::Error needSummable(ReduceKind kind, DType type) {
  if (accumulates(kind) && accumulatorType(type) == DType::none)
    return broken("needs numbers for {0}, but got {1}",
                  image::EnumNameReduceKind(kind), dtypeName(type));
  return llvm::Error::success();
}

/// The epilogue of an op that reduces its first operand.
static llvm::Error verifyReducing(ReduceKind kind,
                                  const image::Region *epilogue,
                                  const OpTypes &types, Budget &budget) {
  const DType input = types.operands[0].dtype;
  const DType accumulator = accumulates(kind) ? accumulatorType(input) : input;
  const DType plain = isFloat(input) ? input : accumulator;
  return verifyEpilogue(epilogue, accumulator, plain, types, 1, budget);
}

llvm::Error verify::verifyOp(const image::Reduce &op, const OpTypes &types,
                             Budget &budget) {
  GP_CHECK(needCounts(types, 1, anyNumber, 1));
  GP_CHECK(needKind(op.kind(), {ReduceKind::sum, ReduceKind::prod,
                                ReduceKind::min, ReduceKind::max}));
  const TensorType &input = types.operands[0];
  GP_CHECK(needSummable(op.kind(), input.dtype));
  GP_CHECK(needAligned(op.dims()));
  llvm::ArrayRef<int64_t> dims = arrayOf(op.dims());
  if (dims.empty() || dims.size() > input.shape.size())
    return broken("needs 1 to {0} dims, but got {1}", input.shape.size(),
                  dims.size());
  for (size_t i = 0; i < dims.size(); ++i) {
    GP_CHECK(needDim(dims[i], input.shape.size()));
    if (i > 0 && dims[i] <= dims[i - 1])
      return broken("needs ascending dims, but got {0} after {1}", dims[i],
                    dims[i - 1]);
  }
  GP_CHECK(needShape(types.results[0], shapes::reduce(input.shape, dims)));
  return verifyReducing(op.kind(), op.epilogue(), types, budget);
}

llvm::Error verify::verifyOp(const image::ArgReduce &op, const OpTypes &types) {
  GP_CHECK(needCounts(types, 1, 1, 1));
  GP_CHECK(needKind(op.kind(), {ReduceKind::min, ReduceKind::max}));
  const TensorType &input = types.operands[0];
  GP_CHECK(needDim(op.dim(), input.shape.size()));
  if (input.shape[op.dim()] == 0)
    return broken("needs a dim that is not empty, but dim {0} has size 0",
                  op.dim());
  GP_CHECK(needType("a result", types.results[0].dtype, DType::i64));
  return needShape(types.results[0], shapes::reduce(input.shape, op.dim()));
}

llvm::Error verify::verifyOp(const image::Scan &op, const OpTypes &types) {
  GP_CHECK(needCounts(types, 1, 1, 1));
  GP_CHECK(needKind(op.kind(), {ReduceKind::sum, ReduceKind::prod}));
  const TensorType &input = types.operands[0];
  GP_CHECK(needSummable(op.kind(), input.dtype));
  GP_CHECK(needDim(op.dim(), input.shape.size()));
  GP_CHECK(needType("a result", types.results[0].dtype, input.dtype));
  return needShape(types.results[0], input.shape);
}

llvm::Error verify::verifyOp(const image::Sort &op, const OpTypes &types) {
  GP_CHECK(needCounts(types, 1, 1, 2));
  const TensorType &input = types.operands[0];
  GP_CHECK(needDim(op.dim(), input.shape.size()));
  GP_CHECK(needType("result 0", types.results[0].dtype, input.dtype));
  GP_CHECK(needType("result 1", types.results[1].dtype, DType::i64));
  GP_CHECK(needShape(types.results[0], input.shape));
  return needShape(types.results[1], input.shape);
}

llvm::Error verify::verifyOp(const image::Window &op, const OpTypes &types,
                             Budget &budget) {
  GP_CHECK(needCounts(types, 1, anyNumber, 1));
  GP_CHECK(
      needKind(op.kind(), {ReduceKind::sum, ReduceKind::min, ReduceKind::max}));
  const TensorType &input = types.operands[0];
  GP_CHECK(needSummable(op.kind(), input.dtype));
  GP_CHECK(needAligned({op.sizes(), op.strides(), op.pads_low(), op.pads_high(),
                        op.dilations()}));
  const size_t rank = input.shape.size();
  GP_CHECK(needLength("sizes", arrayOf(op.sizes()).size(), rank));
  GP_CHECK(needLength("strides", arrayOf(op.strides()).size(), rank));
  GP_CHECK(needLength("pads_low", arrayOf(op.pads_low()).size(), rank));
  GP_CHECK(needLength("pads_high", arrayOf(op.pads_high()).size(), rank));
  GP_CHECK(needLength("dilations", arrayOf(op.dilations()).size(), rank));
  GP_CHECK(needAtLeast("sizes", arrayOf(op.sizes()), 1));
  GP_CHECK(needAtLeast("strides", arrayOf(op.strides()), 1));
  GP_CHECK(needAtLeast("pads_low", arrayOf(op.pads_low()), 0));
  GP_CHECK(needAtLeast("pads_high", arrayOf(op.pads_high()), 0));
  GP_CHECK(needAtLeast("dilations", arrayOf(op.dilations()), 1));
  GP_CHECK(needShape(
      types.results[0],
      shapes::window(input.shape, arrayOf(op.sizes()),
                     {arrayOf(op.strides()), arrayOf(op.pads_low()),
                      arrayOf(op.pads_high()), arrayOf(op.dilations())})));
  return verifyReducing(op.kind(), op.epilogue(), types, budget);
}
