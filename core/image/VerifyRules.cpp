// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Checks that many ops need.

#include "core/image/VerifyRules.h"

#include "llvm/ADT/StringExtras.h"

using namespace glowplug;
using namespace glowplug::verify;

std::string verify::listString(llvm::ArrayRef<int64_t> values) {
  std::string text = "[";
  for (size_t i = 0; i < values.size(); ++i)
    text += (i ? "," : "") + llvm::itostr(values[i]);
  return text + "]";
}

llvm::Error verify::needCounts(const OpTypes &types, size_t minOperands,
                               size_t maxOperands, size_t results) {
  if (types.operands.size() < minOperands)
    return broken("needs at least {0} operands, but got {1}", minOperands,
                  types.operands.size());
  if (types.operands.size() > maxOperands)
    return broken("needs at most {0} operands, but got {1}", maxOperands,
                  types.operands.size());
  if (types.results.size() != results)
    return broken("needs {0} results, but got {1}", results,
                  types.results.size());
  return llvm::Error::success();
}

llvm::Error verify::needAligned(
    std::initializer_list<const flatbuffers::Vector<int64_t> *> lists) {
  for (const flatbuffers::Vector<int64_t> *list : lists)
    GP_CHECK(needAligned(list));
  return llvm::Error::success();
}

llvm::Error verify::needLength(const char *what, size_t length, size_t needed) {
  if (length != needed)
    return broken("needs {0} entries in {1}, but got {2}", needed, what,
                  length);
  return llvm::Error::success();
}

llvm::Error verify::needAtLeast(const char *what,
                                llvm::ArrayRef<int64_t> values, int64_t low) {
  for (int64_t value : values)
    if (value < low)
      return broken("needs {0} of at least {1}, but got {2}", what, low, value);
  return llvm::Error::success();
}

llvm::Error verify::needDim(int64_t dim, size_t rank) {
  if (dim < 0 || dim >= static_cast<int64_t>(rank))
    return broken("needs a dim of rank {0}, but got {1}", rank, dim);
  return llvm::Error::success();
}

llvm::Error verify::needType(const char *what, DType type, DType needed) {
  if (type != needed)
    return broken("needs {0} of type {1}, but got {2}", what, dtypeName(needed),
                  dtypeName(type));
  return llvm::Error::success();
}

llvm::Error verify::needShape(const TensorType &result,
                              const shapes::MaybeShape &shape) {
  if (!shape)
    return broken("needs a result of countable size, but has {0}",
                  listString(result.shape));
  if (llvm::ArrayRef<int64_t>(*shape) != llvm::ArrayRef(result.shape))
    return broken("needs the result shape {0}, but got {1}", listString(*shape),
                  listString(result.shape));
  return llvm::Error::success();
}

llvm::Error verify::verifyEpilogue(const image::Region *epilogue,
                                   DType accumulator, DType plain,
                                   const OpTypes &types, unsigned firstExtra,
                                   Budget &budget) {
  const TensorType &result = types.results[0];
  llvm::ArrayRef<TensorType> extras = types.operands.drop_front(firstExtra);
  if (!epilogue) {
    if (!extras.empty())
      return broken("needs {0} operands without an epilogue, but got {1}",
                    firstExtra, types.operands.size());
    return needType("a result", result.dtype, plain);
  }
  llvm::SmallVector<DType, 4> parameters = {accumulator};
  for (size_t i = 0; i < extras.size(); ++i) {
    if (!shapes::broadcastsTo(extras[i].shape, result.shape))
      return broken("needs operand {0} broadcastable to {1}, but got {2}",
                    firstExtra + i, listString(result.shape),
                    listString(extras[i].shape));
    parameters.push_back(extras[i].dtype);
  }
  return verifyRegion(epilogue, parameters, result.dtype, budget);
}
