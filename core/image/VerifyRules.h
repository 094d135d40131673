// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// What the parts of the image verifier share.

#pragma once

#include "core/image/Shapes.h"
#include "core/image/Types.h"

#include "llvm/Support/Error.h"
#include "llvm/Support/FormatVariadic.h"

namespace glowplug::verify {

/// A broken rule, worded by llvm::formatv.
template <typename... Args>
llvm::Error broken(const char *format, Args &&...args) {
  return llvm::createStringError(
      llvm::formatv(format, std::forward<Args>(args)...).str());
}

/// For messages: "[1,2]".
std::string listString(llvm::ArrayRef<int64_t> values);

/// Counts the list elements that the verifier walks through. An honest image
/// stores each of them, so their number is below the image's size; one that
/// uses a list over and over could keep the verifier busy for ever.
class Budget {
public:
  explicit Budget(uint64_t elements) : left(elements) {}

  llvm::Error spend(uint64_t elements) {
    if (elements > left)
      return broken("image unfolds to more elements than it has bytes");
    left -= elements;
    return llvm::Error::success();
  }

private:
  uint64_t left;
};

/// The operands and results of an op.
struct OpTypes {
  llvm::ArrayRef<TensorType> operands;
  llvm::ArrayRef<TensorType> results;
};

/// \p region exists, takes \p parameters and yields \p results.
llvm::Error verifyRegion(const image::Region *region,
                         llvm::ArrayRef<DType> parameters,
                         llvm::ArrayRef<DType> results, Budget &budget);

/// Operands from \p firstExtra on are extras of \p epilogue, which turns
/// \p accumulator into the type of the one result. Without an epilogue there
/// are none, and the type is \p plain.
llvm::Error verifyEpilogue(const image::Region *epilogue, DType accumulator,
                           DType plain, const OpTypes &types,
                           unsigned firstExtra, Budget &budget);

/// Numbers of operands (at least, at most) and of results.
llvm::Error needCounts(const OpTypes &types, size_t minOperands,
                       size_t maxOperands, size_t results);
inline constexpr size_t anyNumber = SIZE_MAX;

/// Lists of 64-bit numbers lie at multiples of 8 in memory. FlatBuffers checks
/// only the place of their 32-bit length.
template <typename T>
llvm::Error needAligned(const flatbuffers::Vector<T> *list) {
  if (list && reinterpret_cast<uintptr_t>(list->Data()) % alignof(T) != 0)
    return broken("needs a list at a multiple of {0} bytes", alignof(T));
  return llvm::Error::success();
}
llvm::Error
needAligned(std::initializer_list<const flatbuffers::Vector<int64_t> *> lists);

llvm::Error needLength(const char *what, size_t length, size_t needed);
/// Every value is at least \p low.
llvm::Error needAtLeast(const char *what, llvm::ArrayRef<int64_t> values,
                        int64_t low);
llvm::Error needDim(int64_t dim, size_t rank);
llvm::Error needType(const char *what, DType type, DType needed);
/// \p result has \p shape; nothing means that no result shape exists.
llvm::Error needShape(const TensorType &result,
                      const shapes::MaybeShape &shape);

// One per op kind, in the file of its family.
llvm::Error verifyOp(const image::Constant &op, const OpTypes &types,
                     const image::Program &program);
llvm::Error verifyOp(const image::MatMul &op, const OpTypes &types,
                     Budget &budget);
llvm::Error verifyOp(const image::Conv &op, const OpTypes &types,
                     Budget &budget);
llvm::Error verifyOp(const image::ConvTranspose &op, const OpTypes &types,
                     Budget &budget);
llvm::Error verifyOp(const image::Map &op, const OpTypes &types,
                     Budget &budget);
llvm::Error verifyOp(const image::Reduce &op, const OpTypes &types,
                     Budget &budget);
llvm::Error verifyOp(const image::ArgReduce &op, const OpTypes &types);
llvm::Error verifyOp(const image::Scan &op, const OpTypes &types);
llvm::Error verifyOp(const image::Sort &op, const OpTypes &types);
llvm::Error verifyOp(const image::Window &op, const OpTypes &types,
                     Budget &budget);
llvm::Error verifyOp(const image::Transpose &op, const OpTypes &types);
llvm::Error verifyOp(const image::Reshape &op, const OpTypes &types);
llvm::Error verifyOp(const image::Broadcast &op, const OpTypes &types);
llvm::Error verifyOp(const image::Slice &op, const OpTypes &types);
llvm::Error verifyOp(const image::Pad &op, const OpTypes &types);
llvm::Error verifyOp(const image::Concat &op, const OpTypes &types);
llvm::Error verifyOp(const image::Gather &op, const OpTypes &types);
llvm::Error verifyOp(const image::Scatter &op, const OpTypes &types);
llvm::Error verifyOp(const image::Composite &op, const OpTypes &types,
                     const image::Program &program, Budget &budget);

} // namespace glowplug::verify

/// Returns the error of a check that failed.
#define GP_CHECK(check)                                                        \
  do {                                                                         \
    if (llvm::Error gpError = (check))                                         \
      return gpError;                                                          \
  } while (false)
