// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// What one pass through the vector unit computes, as a region of scalar ops.

#pragma once

#include "simulator/isa/Result.h"

#include <glowplug/image_writer.h>

#include <array>
#include <compare>
#include <cstdint>
#include <vector>

namespace glowplug::npusim {

/// What the operands of a vector or depthwise command, beyond a window's, are
/// in the region: its parameters.
enum class Role : std::uint8_t {
  A,
  Bias,
  AMultiplier,
  AShift,
  B,
  BMultiplier,
  BShift,
  OutMultiplier,
  OutShift
};
inline constexpr std::size_t roleCount = 9;

/// The roles that are parameters, in the order in which they stand in memory,
/// each with its bytes for a lane.
struct ParameterRole {
  Role role;
  std::int64_t bytes;
};
inline constexpr ParameterRole parameterRoles[] = {
    {Role::Bias, 4},        {Role::OutMultiplier, 4}, {Role::OutShift, 1},
    {Role::AMultiplier, 4}, {Role::AShift, 1},        {Role::BMultiplier, 4},
    {Role::BShift, 1}};

/// One of the two values that are joined.
struct RowInput {
  gp_image_dtype type = gp_image_dtype_i32; ///< i8, u8, or i32 as it is
  std::int32_t zeroPoint = 0;               ///< subtracted
  bool rescale = false;
  auto operator<=>(const RowInput &) const = default;
};

/// The arithmetic of a command, in the words of the instruction set. Where a
/// window or a reduction comes before, A is its result, and the zero point what
/// is subtracted from that.
struct Arithmetic {
  RowInput a, b;
  bool bias = false;
  std::int32_t op = 0; ///< npu::VectorOp
  bool rescale = false, doubleRound = false;
  bool toWords = false; ///< or sums; nothing below counts then
  std::int32_t outZp = 0, outMin = 0, outMax = 0;
  std::vector<std::uint8_t> table; ///< of 256 entries, or empty

  /// The type of the result: i8, unless the limits need u8.
  gp_image_dtype resultType() const;
  /// Whether it changes nothing: the result is A.
  bool isEmpty() const;
  auto operator<=>(const Arithmetic &) const = default;
};

/// The parameters of the region of \p from, in order.
std::vector<Role> rolesOf(const Arithmetic &from);

gp_ref writeRegion(gp_writer *writer, const Arithmetic &arithmetic);

/// A region as a command does it, and the number of the parameter for each
/// role, -1 if it has none.
struct ReadRegion {
  Arithmetic arithmetic;
  std::array<int, roleCount> parameters{-1, -1, -1, -1, -1, -1, -1, -1, -1};
};

/// Reads a region of the form that writeRegion() gives; also without limits
/// that the type has anyway. \p isRow says of each parameter whether it has a
/// row of its own for each row of the result (else it is the same for all). A
/// fault says what the vector unit cannot do in one pass.
npu::Result<ReadRegion> readRegion(gp_image_region region,
                                   const std::vector<bool> &isRow);

} // namespace glowplug::npusim
