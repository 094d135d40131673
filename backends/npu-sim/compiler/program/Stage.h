// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// What becomes of each element: the vector unit's arithmetic.

#pragma once

#include <cstdint>
#include <optional>
#include <vector>

namespace glowplug::npusim {

using ValueId = std::uint32_t;
inline constexpr ValueId noValue = ~ValueId(0);

/// An integer for all channels, or a constant tensor with one for each channel
/// of the result.
struct Lanes {
  std::int32_t number = 0;
  ValueId value = noValue;
};

/// apply_scale_32 of <glowplug/arithmetic.h>; shifts out of range count as the
/// nearer end.
struct Scale {
  Lanes multiplier, shift;
};

/// A row that a stage reads.
struct StageInput {
  enum class From : std::uint8_t {
    Sums,     ///< 32-bit sums of the engine before; A of the first stage only
    Operand,  ///< bytes of an operand of the layer
    Previous, ///< bytes of the stage before
  };
  From from = From::Sums;
  std::uint32_t operand = 0; ///< index into Layer.operands
  bool isUnsigned = false;
  std::int32_t zeroPoint = 0; ///< subtracted from bytes, as a 32-bit number
  std::optional<Scale> scale; ///< then
};

/// One vector command over all rows: see `vector` in docs/reference/isa.md.
/// y = limit(rescale(op(scale(A - zp + bias), scale(B - zp))) + outZeroPoint,
/// outMin, outMax), and then the table.
struct Stage {
  enum class Op : std::uint8_t { Copy, Add, Sub, Mul, Max, Min };
  StageInput a;
  std::optional<Lanes> bias; ///< added to A before its scale
  Op op = Op::Copy;
  StageInput b; ///< not for Copy
  bool doubleRound = false;
  std::optional<Scale> outScale;
  std::int32_t outZeroPoint = 0, outMin = -128, outMax = 127;
  std::vector<std::uint8_t> table; ///< empty, or 256 bytes
  bool toWords = false; ///< 32-bit results: no zero point, limits or table
};

} // namespace glowplug::npusim
