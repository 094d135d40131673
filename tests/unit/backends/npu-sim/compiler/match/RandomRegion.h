// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Random regions that the vector unit can do, and random faults in them.

#pragma once

#include "tests/unit/backends/npu-sim/compiler/match/Testing.h"

#include <optional>

namespace glowplug::matchtest {

/// A region over sums, or over operands alone, together with the tensors that
/// its parameters stand for. The result has the shape that was asked for.
class RandomRegion {
public:
  /// \p shape is [N, C, H, W]. Without \p hasSums it is the region of a map.
  RandomRegion(Random &random, const std::vector<int64_t> &shape, bool hasSums);

  /// As the epilogue of a convolution, or a map. The region's operands come
  /// after the inputs that the op needs besides.
  void addTo(Case &test) const;
  /// As a map whose first operand is the sums, if there are any.
  void addMapTo(Case &test, const Tensor &sums) const;

  bool hasSums;
  RegionBuilder region;

private:
  struct Operand {
    Tensor value;
    bool isConstant;
  };
  struct Writer;

  std::vector<ValueId> addOperands(Case &test) const;

  std::vector<int64_t> shape;
  std::vector<Operand> operands;
};

/// Sums of every size, and the ends of their range.
Tensor randomSums(Random &random, const std::vector<int64_t> &shape);

/// Changes one thing in \p region, which stays valid: an operation, a constant,
/// an operand. Equal generators do the same to equal regions.
void mutate(image::RegionT &region, Random random);

/// The region of the last op of \p program, a convolution or map.
image::RegionT &lastRegion(ProgramBuilder &program);

} // namespace glowplug::matchtest
