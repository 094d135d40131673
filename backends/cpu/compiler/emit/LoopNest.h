// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Loop nests over strided operands: the space they cover, how it is cut into
/// work units, and the code of the loops.
#pragma once

#include "backends/cpu/compiler/emit/Kernel.h"

#include "llvm/ADT/SmallVector.h"

#include <cstdint>
#include <vector>

namespace glowplug::cpu {

/// Dims to loop over, outermost first, and the strides of each operand in
/// them (elements).
struct IterationSpace {
  llvm::SmallVector<int64_t, 6> sizes;
  std::vector<llvm::SmallVector<int64_t, 6>> strides; // [operand][dim]

  int64_t elements() const;
  /// Drops dims of size 1 and merges neighbours that every operand walks
  /// through as if they were one. At least one dim stays.
  void simplify();

  bool operator==(const IterationSpace &) const = default;
};

/// Takes \p number apart along \p sizes (outermost first); the index along
/// each.
Values splitIndex(Kernel &k, llvm::Value *number,
                  llvm::ArrayRef<int64_t> sizes);

/// A range of the innermost loop, [lo, hi).
struct RowRange {
  llvm::Value *lo, *hi;
  bool hasTail = true; ///< hi may be no multiple of the lanes; lo is one
};

/// for (x in range, lanes at a time) body(x, lanes). What is left at the end
/// is done with a mask, if \p mayMask and the machine can, else one by one.
void vectorLoop(Kernel &k, RowRange range, unsigned lanes, bool mayMask,
                llvm::function_ref<void(llvm::Value *, Lanes)> body);

/// Loops over all dims of a space but the last, whose loop is the caller's: a
/// *row*. A work unit is one position of the dims before `splitDim` and one
/// block of that dim.
class LoopNest {
public:
  /// Each operand has a type. \p lanes is what the caller steps by in rows;
  /// units have about \p unitElements elements, and only whole rows if
  /// \p keepRows. The space is taken as it is: simplify() it before.
  LoopNest(IterationSpace space, std::vector<DType> types, unsigned lanes,
           int64_t unitElements, bool keepRows = false);

  bool operator==(const LoopNest &) const = default;

  int64_t units() const { return unitCount; }
  int64_t elementsPerUnit() const;
  const IterationSpace &space() const { return loops; }
  /// Stride of an operand along a row.
  int64_t rowStride(size_t operand) const {
    return loops.strides[operand].back();
  }
  DType type(size_t operand) const { return types[operand]; }
  size_t operands() const { return types.size(); }

  /// Operand pointers at the start of the row (x = 0), the index along each
  /// dim but the last, and the part of the row to do.
  using Row = llvm::function_ref<void(llvm::ArrayRef<llvm::Value *> pointers,
                                      llvm::ArrayRef<llvm::Value *> index,
                                      RowRange range)>;

  /// Emits the units [begin, end) of \p k. Operand i is its buffer i.
  void emit(Kernel &k, Row row) const;

private:
  IterationSpace loops;
  std::vector<DType> types;
  unsigned lanes;
  size_t splitDim = 0;
  int64_t block = 1; ///< of splitDim
  int64_t unitCount = 0;
};

/// From loaded inputs to outputs, for the lanes at hand.
using Compute =
    llvm::function_ref<Values(llvm::ArrayRef<llvm::Value *>, Lanes)>;

/// Emits \p nest with rows of: load the first \p inputs operands, compute,
/// store the rest. Stored operands have no row stride of 0.
void emitElementwise(Kernel &k, const LoopNest &nest, unsigned inputs,
                     unsigned lanes, Compute compute);

} // namespace glowplug::cpu
