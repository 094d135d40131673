// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Chooses for each value of a program whether it is stored row-major or
/// blocked, so that few conversions are needed. Knows nothing of IR or image.
#pragma once

#include "backends/cpu/compiler/kernels/Conv.h"
#include "backends/cpu/compiler/kernels/Element.h"

#include <optional>
#include <vector>

namespace glowplug::cpu {

/// What an op accepts, as far as layouts go.
enum class LayoutOpKind {
  /// Row-major operands and results only (matmul, reshape, transpose, ...).
  other,
  /// Result blocked. Operand 0 blocked; extras (see below).
  conv,
  /// Result blocked. Operand 0 row-major; extras.
  convStem,
  /// Sliding window over the spatial dims: operand 0 and result of one layout;
  /// extras.
  pool,
  /// Reduction over the whole plane: operand 0 in either layout; the result is
  /// row-major; extras row-major.
  planeReduce,
  /// Element-wise: all operands and results of one layout; extras.
  elementwise,
  /// Concatenation along channels: all of one layout; blocked only if every
  /// operand but the last has a multiple of lanes channels.
  concatChannels,
};

/// A value, as far as layouts go. One without a defining op (program input,
/// constant) is row-major.
struct LayoutValue {
  std::vector<int64_t> shape;
  bool isOutput = false; ///< must exist row-major after the last op
  /// Nothing if there is no blocked layout for the type.
  std::optional<Element> element = Element::f32;
};

struct LayoutOp {
  LayoutOpKind kind = LayoutOpKind::other;
  std::vector<unsigned> operands; ///< value numbers
  std::vector<unsigned> results;
};

/// Where a conversion is needed: before op `op`, value `value` is wanted in
/// `to`. One conversion serves all later ops that want the same. `op` is the
/// number of ops for an output that its op writes blocked.
struct LayoutConversion {
  unsigned op;
  unsigned value;
  Layout to;
  bool operator==(const LayoutConversion &) const = default;
};

struct LayoutPlan {
  /// Layout in which the defining op writes the value.
  std::vector<Layout> values;
  /// In which layout each op runs its operands of full shape and its results.
  std::vector<Layout> ops;
  /// Ordered by op, then by operand.
  std::vector<LayoutConversion> conversions;
};

/// True if kernels that write \p result blocked can read \p extra row-major by
/// its strides: in each dim it has the result's size or 1, and either one
/// channel, or all channels and one pixel.
bool isBroadcastExtra(const LayoutValue &extra, const LayoutValue &result);

/// True if \p op may run blocked: every operand after the first (every operand
/// of element-wise work) has the result's shape or is a broadcast extra, and
/// all that would be blocked is an Element of rank 3 or 4. To be asked before
/// an op is declared conv or convStem, which have no other choice.
bool canRunBlocked(unsigned lanes, const std::vector<LayoutValue> &values,
                   const LayoutOp &op);

/// \p ops are in execution order. Every value has at most one defining op.
/// Rank 3 values count as [N, C, 1, W]; other ranks are row-major.
/// Deterministic.
LayoutPlan planLayouts(unsigned lanes, const std::vector<LayoutValue> &values,
                       const std::vector<LayoutOp> &ops);

} // namespace glowplug::cpu
