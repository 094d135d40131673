// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// The kinds of ops, one function each, and what they share.

#pragma once

#include "backends/npu-sim/compiler/match/Match.h"
#include "backends/npu-sim/compiler/match/Region.h"

#include <optional>
#include <utility>

namespace glowplug::npusim {

/// A layer on its way.
struct OpUse {
  gp_image_op op;
  const Program &values;
  const npu::Config &config;
  Layer layer; ///< with op, name and result

  std::size_t operandCount() const { return gp_image_op_operands_count(op); }
  ValueId operandId(std::size_t i) const {
    return gp_image_op_operands_at(op, i);
  }
  const Value &operand(std::size_t i) const {
    return values.values[operandId(i)];
  }
  const Value &result() const { return values.values[layer.result]; }
};

/// Nothing when the layer is complete.
using Refused = std::optional<Refusal>;

Refused matchConv(OpUse &use);
Refused matchMatMul(OpUse &use);
Refused matchWindow(OpUse &use);
Refused matchReduce(OpUse &use);
Refused matchMap(OpUse &use);
/// reshape, transpose, slice, concat, pad and broadcast.
Refused matchMove(OpUse &use);

inline Refusal refuse(std::string reason) { return {std::move(reason), false}; }

/// Checks that the tensor named \p what has 8-bit elements, at least one, and a
/// size that transfers can step over.
Refused needBytes(const Value &value, std::string_view what);
/// Likewise, but \p value is also not a constant.
Refused needTensor(const Value &value, std::string_view what);
/// Likewise, but of any type: which one is up to the epilogue.
Refused needResult(const Value &value);

/// \p zeroPoint lies in the type of \p value.
Refused needZeroPoint(std::int32_t zeroPoint, const Value &value,
                      std::string_view what);

/// The layer's window over operand 0 has room in the fields of matmul and
/// depthwise commands, and no result comes from padding alone.
Refused needWindow(const OpUse &use);

/// Sums of \p count products cannot leave 32 bits: the worst case of |input -
/// zero point| times |weight - zero point|, over all bytes, \p count times.
Refused needSums(std::int64_t count, const Layer &layer);

/// Adds the stages of the op's epilogue, and the operands from number
/// \p extras on that they read. \p accumulator is its parameter 0.
Refused addEpilogue(OpUse &use, gp_image_region region,
                    gp_image_dtype accumulator, std::size_t extras,
                    int channel);

} // namespace glowplug::npusim
