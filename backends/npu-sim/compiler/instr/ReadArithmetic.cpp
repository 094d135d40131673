// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Reads regions as the arithmetic of commands, from the result back to the
// parameters.

#include "backends/npu-sim/compiler/instr/Arithmetic.h"

#include "hw/spec/Isa.h"

#include <algorithm>
#include <limits>
#include <optional>

namespace glowplug::npusim {
namespace {

using Scalar = std::uint16_t;

bool isByte(gp_image_dtype type) {
  return type == gp_image_dtype_i8 || type == gp_image_dtype_u8;
}

class RegionReader {
public:
  RegionReader(gp_image_region region, const std::vector<bool> &isRow)
      : region(region), isRow(isRow),
        parameterCount(gp_image_region_parameters_count(region)) {}

  npu::Result<ReadRegion> read();

private:
  bool isParameter(Scalar n) const { return n < parameterCount; }
  gp_image_instruction at(Scalar n) const {
    return gp_image_region_instructions_at(region, n - parameterCount);
  }
  gp_image_scalar_op opOf(Scalar n) const {
    return gp_image_instruction_op(at(n));
  }
  Scalar operand(Scalar n, std::size_t index) const {
    return gp_image_instruction_operands_at(at(n), index);
  }
  bool is(Scalar n, gp_image_scalar_op op) const {
    return !isParameter(n) && opOf(n) == op;
  }
  gp_image_dtype typeOf(Scalar n) const {
    return isParameter(n) ? gp_image_region_parameters_at(region, n)
                          : gp_image_instruction_dtype(at(n));
  }
  std::optional<std::int32_t> constant(Scalar n) const;
  bool isRescale(Scalar n) const {
    return is(n, gp_image_scalar_op_rescale_tosa_single) ||
           is(n, gp_image_scalar_op_rescale_tosa_double);
  }

  bool fail(const std::string &message) {
    if (problem.empty())
      problem = message;
    return false;
  }
  bool take(Role role, Scalar parameter);
  bool takeScale(Scalar n, Role multiplier);
  bool readBytes(Scalar n);
  bool readLimited(Scalar &n);
  bool readWords(Scalar n);
  bool readJoined(Scalar n);
  bool isB(Scalar n) const;
  bool readInput(Scalar n, RowInput &row, Role role, Role multiplier);

  const gp_image_region region;
  const std::vector<bool> &isRow;
  const std::size_t parameterCount;
  ReadRegion result;
  std::optional<bool> roundsTwice;
  std::int64_t least = 0, most = 0;
  std::string problem;
};

} // namespace

/// The value of a constant of at most 32 bits.
std::optional<std::int32_t> RegionReader::constant(Scalar n) const {
  if (!is(n, gp_image_scalar_op_constant))
    return std::nullopt;
  const std::uint64_t bits = gp_image_instruction_bits(at(n));
  switch (typeOf(n)) {
  case gp_image_dtype_i8:
    return static_cast<std::int8_t>(bits);
  case gp_image_dtype_u8:
    return static_cast<std::uint8_t>(bits);
  case gp_image_dtype_i32:
    return static_cast<std::int32_t>(bits);
  default:
    return std::nullopt;
  }
}

bool RegionReader::take(Role role, Scalar parameter) {
  int &place = result.parameters[static_cast<std::size_t>(role)];
  if (place >= 0)
    return fail("uses a parameter in two places");
  place = parameter;
  return true;
}

/// Takes multiplier and shift of the rescale \p n.
bool RegionReader::takeScale(Scalar n, Role multiplier) {
  const bool twice = is(n, gp_image_scalar_op_rescale_tosa_double);
  if (roundsTwice && *roundsTwice != twice)
    return fail("mixes rescales that round once and twice");
  roundsTwice = twice;
  const Scalar scale = operand(n, 1);
  Scalar shift = operand(n, 2);
  if (is(shift, gp_image_scalar_op_cast))
    shift = operand(shift, 0);
  if (!isParameter(scale) || !isParameter(shift) || isRow[scale] ||
      isRow[shift] || typeOf(shift) != gp_image_dtype_i8)
    return fail("needs a multiplier, and a shift of i8, that are operands and "
                "the same for all rows");
  return take(multiplier, scale) &&
         take(static_cast<Role>(static_cast<int>(multiplier) + 1), shift);
}

/// Reads max and min with constants, the innermost last.
bool RegionReader::readLimited(Scalar &n) {
  for (;;) {
    const bool isMax = is(n, gp_image_scalar_op_max),
               isMin = is(n, gp_image_scalar_op_min);
    if (!isMax && !isMin)
      return true;
    const auto limit = constant(operand(n, 1));
    if (!limit)
      return true;
    if (*limit < least || *limit > most)
      return fail("needs limits that narrow, but got " +
                  std::to_string(*limit) + " outside of " +
                  std::to_string(least) + " to " + std::to_string(most));
    (isMax ? least : most) = *limit;
    n = operand(n, 0);
  }
}

bool RegionReader::readBytes(Scalar n) {
  Arithmetic &to = result.arithmetic;
  const bool isSigned = typeOf(n) == gp_image_dtype_i8;
  const bool isCast = is(n, gp_image_scalar_op_cast) &&
                      typeOf(operand(n, 0)) == gp_image_dtype_i32;
  std::int64_t offset = 0;
  if (isCast) {
    // Limits in 32 bits, then the low byte.
    least = std::numeric_limits<std::int32_t>::min();
    most = std::numeric_limits<std::int32_t>::max();
    n = operand(n, 0);
    if (is(n, gp_image_scalar_op_add))
      if (const auto zeroPoint = constant(operand(n, 1))) {
        offset = *zeroPoint;
        n = operand(n, 0);
      }
  } else {
    least = isSigned ? -128 : 0;
    most = isSigned ? 127 : 255;
  }
  if (!readLimited(n))
    return false;
  if (isRescale(n) && (isCast || isByte(typeOf(n)))) {
    const auto zeroPoint = constant(operand(n, 3));
    if (!zeroPoint)
      return fail("needs a zero point that is a constant");
    offset += *zeroPoint;
    least -= *zeroPoint;
    most -= *zeroPoint;
    to.rescale = true;
    if (!takeScale(n, Role::OutMultiplier))
      return false;
    n = operand(n, 0);
  }
  least += offset;
  most += offset;
  if (least < -128 || most > 255 || offset < -128 || offset > 255)
    return fail("needs results limited to a byte, with a zero point of -128 "
                "to 255, but got " +
                std::to_string(least) + " to " + std::to_string(most) +
                " and " + std::to_string(offset));
  to.outMin = static_cast<std::int32_t>(least);
  to.outMax = static_cast<std::int32_t>(most);
  to.outZp = static_cast<std::int32_t>(offset);
  return readJoined(n);
}

bool RegionReader::readWords(Scalar n) {
  Arithmetic &to = result.arithmetic;
  to.toWords = true;
  if (isRescale(n)) {
    if (constant(operand(n, 3)) != 0)
      return fail("needs words without a zero point");
    to.rescale = true;
    if (!takeScale(n, Role::OutMultiplier))
      return false;
    n = operand(n, 0);
  }
  return readJoined(n);
}

/// Whether \p n is a second operand: bytes, less a constant, rescaled.
bool RegionReader::isB(Scalar n) const {
  if (isRescale(n))
    n = operand(n, 0);
  if (is(n, gp_image_scalar_op_sub) && constant(operand(n, 1)))
    n = operand(n, 0);
  if (!is(n, gp_image_scalar_op_cast))
    return false;
  n = operand(n, 0);
  return isParameter(n) && isByte(typeOf(n));
}

bool RegionReader::readJoined(Scalar n) {
  Arithmetic &to = result.arithmetic;
  const std::pair<gp_image_scalar_op, std::int32_t> ops[] = {
      {gp_image_scalar_op_add, npu::VectorOp::Add},
      {gp_image_scalar_op_sub, npu::VectorOp::Sub},
      {gp_image_scalar_op_mul, npu::VectorOp::Mul},
      {gp_image_scalar_op_max, npu::VectorOp::Max},
      {gp_image_scalar_op_min, npu::VectorOp::Min}};
  for (auto [op, number] : ops)
    if (is(n, op) && isB(operand(n, 1))) {
      to.op = number;
      return readInput(operand(n, 1), to.b, Role::B, Role::BMultiplier) &&
             readInput(operand(n, 0), to.a, Role::A, Role::AMultiplier);
    }
  return readInput(n, to.a, Role::A, Role::AMultiplier);
}

bool RegionReader::readInput(Scalar n, RowInput &row, Role role,
                             Role multiplier) {
  if (isRescale(n)) {
    if (constant(operand(n, 3)) != 0)
      return fail("needs rescales of operands to have no zero point");
    row.rescale = true;
    if (!takeScale(n, multiplier))
      return false;
    n = operand(n, 0);
  }
  if (role == Role::A && is(n, gp_image_scalar_op_add)) {
    const Scalar bias = operand(n, 1);
    if (!isParameter(bias) || isRow[bias] || typeOf(bias) != gp_image_dtype_i32)
      return fail("needs a bias that is an operand of i32, and the same for "
                  "all rows");
    result.arithmetic.bias = true;
    if (!take(Role::Bias, bias))
      return false;
    n = operand(n, 0);
  }
  if (is(n, gp_image_scalar_op_sub))
    if (const auto zeroPoint = constant(operand(n, 1))) {
      row.zeroPoint = *zeroPoint;
      n = operand(n, 0);
    }
  if (is(n, gp_image_scalar_op_cast))
    n = operand(n, 0);
  if (!isParameter(n))
    return fail(std::string("cannot do ") + gp_image_scalar_op_name(opOf(n)) +
                " in this place");
  row.type = typeOf(n);
  if (!isByte(row.type) && row.type != gp_image_dtype_i32)
    return fail("needs operands of i8, u8 or i32");
  return take(role, n);
}

npu::Result<ReadRegion> RegionReader::read() {
  if (const std::size_t results = gp_image_region_results_count(region);
      results != 1)
    return npu::Fault{"needs one result, but has " + std::to_string(results)};
  Scalar n = gp_image_region_results_at(region, 0);
  Arithmetic &to = result.arithmetic;
  if (is(n, gp_image_scalar_op_table) && isByte(typeOf(n))) {
    const std::uint8_t *table = gp_image_instruction_table_data(at(n));
    to.table.assign(table, table + gp_image_instruction_table_count(at(n)));
    n = operand(n, 0);
  }
  const bool good = isByte(typeOf(n)) ? readBytes(n)
                    : typeOf(n) == gp_image_dtype_i32
                        ? readWords(n)
                        : fail("needs a result of i8, "
                               "u8 or i32");
  if (!good)
    return npu::Fault{problem};
  to.doubleRound = roundsTwice.value_or(false);
  std::size_t used = 0;
  for (int place : result.parameters)
    used += place >= 0;
  if (used != parameterCount)
    return npu::Fault{"has a parameter without a use"};
  return result;
}

npu::Result<ReadRegion> readRegion(gp_image_region region,
                                   const std::vector<bool> &isRow) {
  return RegionReader(region, isRow).read();
}

} // namespace glowplug::npusim
