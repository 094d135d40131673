// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// What the parts of the image verifier share. The rules of the primitives are
/// those of core/semantics.

#pragma once

#include "core/image/Types.h"
#include "core/semantics/Checks.h"

namespace glowplug::verify {

using semantics::broken;
using semantics::needAtLeast;
using semantics::OpTypes;

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

/// Lists of 64-bit numbers lie at multiples of 8 in memory. FlatBuffers checks
/// only the place of their 32-bit length.
template <typename T>
llvm::Error needAligned(const flatbuffers::Vector<T> *list) {
  if (list && reinterpret_cast<uintptr_t>(list->Data()) % alignof(T) != 0)
    return broken("needs a list at a multiple of {0} bytes", alignof(T));
  return llvm::Error::success();
}

inline llvm::Error
needAligned(llvm::ArrayRef<const flatbuffers::Vector<int64_t> *> lists) {
  for (const flatbuffers::Vector<int64_t> *list : lists)
    GP_CHECK(needAligned(list));
  return llvm::Error::success();
}

inline llvm::Error needLength(const char *what, size_t length, size_t needed) {
  if (length != needed)
    return broken("needs {0} entries in {1}, but got {2}", needed, what,
                  length);
  return llvm::Error::success();
}

/// What \p region takes and yields, if its instructions are in order. Absent
/// if it is null.
llvm::Expected<semantics::RegionTypes> verifyRegion(const image::Region *region,
                                                    Budget &budget);

/// The rules of the primitive that \p op is, its version among them. Not for
/// constants and composites.
llvm::Error verifyPrimitive(const image::Op &op, const OpTypes &types,
                            Budget &budget);

// The rules of constants (VerifyConstant.cpp), and of the ops that name bodies
// (VerifyBodies.cpp). verifyControl() is for `if` and `loop`.
llvm::Error verifyOp(const image::Constant &op, const OpTypes &types,
                     const image::Program &program);
llvm::Error verifyOp(const image::Composite &op, const OpTypes &types,
                     const image::Program &program, Budget &budget);
llvm::Error verifyControl(const image::Op &op, const OpTypes &types,
                          const image::Program &program, Budget &budget);

} // namespace glowplug::verify
