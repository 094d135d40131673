// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Evaluates a region on blocks of elements.

#pragma once

#include "core/reference/Interpreter.h"
#include "core/reference/Scalar.h"

#include <vector>

namespace glowplug::reference {

/// A region made ready: one loop per instruction. Immutable, so threads may
/// share one; each has a Frame of its own.
class CompiledRegion {
public:
  /// Elements evaluated together: enough to amortise the step from instruction
  /// to instruction, few enough that all blocks stay in the first-level cache.
  static constexpr int64_t blockSize = 256;

  CompiledRegion(const image::Region &region, Precision precision);

  /// The blocks of one evaluation.
  class Frame {
  public:
    explicit Frame(const CompiledRegion &region);

  private:
    friend class CompiledRegion;
    std::vector<uint64_t> storage;
    std::vector<uint8_t *> blocks;         // of each instruction
    std::vector<const uint8_t *> scalars;  // of each scalar
    std::vector<const uint8_t *> operands; // of the current instruction
  };

  /// Computes \p count (at most blockSize) elements. parameters[i] points to
  /// as many elements of parameter i, and results[i] receives result i.
  void run(Frame &frame, llvm::ArrayRef<const uint8_t *> parameters,
           llvm::ArrayRef<uint8_t *> results, int64_t count) const;

private:
  struct Step {
    ScalarLoop loop; // null for a constant
    DType dtype;
    uint64_t bits; // of a constant
    llvm::SmallVector<uint16_t, 4> operands;
    std::vector<uint8_t> table; // entries as they are held
  };

  std::vector<Step> steps;
  std::vector<DType> types; // of each scalar
  std::vector<uint16_t> resultNumbers;
  size_t parameterCount;
};

} // namespace glowplug::reference
