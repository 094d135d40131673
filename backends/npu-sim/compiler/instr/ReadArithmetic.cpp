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

using image::DType;
using image::ScalarOp;
using Scalar = std::uint16_t;

bool isByte(DType type) { return type == DType::i8 || type == DType::u8; }

class RegionReader {
public:
  RegionReader(const image::RegionT &region, const std::vector<bool> &isRow)
      : region(region), isRow(isRow) {}

  npu::Result<ReadRegion> read();

private:
  bool isParameter(Scalar n) const { return n < region.parameters.size(); }
  const image::InstructionT &at(Scalar n) const {
    return *region.instructions[n - region.parameters.size()];
  }
  bool is(Scalar n, ScalarOp op) const {
    return !isParameter(n) && at(n).op == op;
  }
  DType typeOf(Scalar n) const {
    return isParameter(n) ? region.parameters[n] : at(n).dtype;
  }
  std::optional<std::int32_t> constant(Scalar n) const;
  bool isRescale(Scalar n) const {
    return is(n, ScalarOp::rescale_tosa_single) ||
           is(n, ScalarOp::rescale_tosa_double);
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

  const image::RegionT &region;
  const std::vector<bool> &isRow;
  ReadRegion result;
  std::optional<bool> roundsTwice;
  std::int64_t least = 0, most = 0;
  std::string problem;
};

} // namespace

/// The value of a constant of at most 32 bits.
std::optional<std::int32_t> RegionReader::constant(Scalar n) const {
  if (!is(n, ScalarOp::constant))
    return std::nullopt;
  const std::uint64_t bits = at(n).bits;
  switch (at(n).dtype) {
  case DType::i8:
    return static_cast<std::int8_t>(bits);
  case DType::u8:
    return static_cast<std::uint8_t>(bits);
  case DType::i32:
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
  const image::InstructionT &op = at(n);
  const bool twice = op.op == ScalarOp::rescale_tosa_double;
  if (roundsTwice && *roundsTwice != twice)
    return fail("mixes rescales that round once and twice");
  roundsTwice = twice;
  const Scalar scale = op.operands[1];
  Scalar shift = op.operands[2];
  if (is(shift, ScalarOp::cast))
    shift = at(shift).operands[0];
  if (!isParameter(scale) || !isParameter(shift) || isRow[scale] ||
      isRow[shift] || typeOf(shift) != DType::i8)
    return fail("needs a multiplier, and a shift of i8, that are operands and "
                "the same for all rows");
  return take(multiplier, scale) &&
         take(static_cast<Role>(static_cast<int>(multiplier) + 1), shift);
}

/// Reads max and min with constants, the innermost last.
bool RegionReader::readLimited(Scalar &n) {
  for (;;) {
    const bool isMax = is(n, ScalarOp::max), isMin = is(n, ScalarOp::min);
    if (!isMax && !isMin)
      return true;
    const auto limit = constant(at(n).operands[1]);
    if (!limit)
      return true;
    if (*limit < least || *limit > most)
      return fail("needs limits that narrow, but got " +
                  std::to_string(*limit) + " outside of " +
                  std::to_string(least) + " to " + std::to_string(most));
    (isMax ? least : most) = *limit;
    n = at(n).operands[0];
  }
}

bool RegionReader::readBytes(Scalar n) {
  Arithmetic &to = result.arithmetic;
  const bool isSigned = typeOf(n) == DType::i8;
  const bool isCast =
      is(n, ScalarOp::cast) && typeOf(at(n).operands[0]) == DType::i32;
  std::int64_t offset = 0;
  if (isCast) {
    // Limits in 32 bits, then the low byte.
    least = std::numeric_limits<std::int32_t>::min();
    most = std::numeric_limits<std::int32_t>::max();
    n = at(n).operands[0];
    if (is(n, ScalarOp::add))
      if (const auto zeroPoint = constant(at(n).operands[1])) {
        offset = *zeroPoint;
        n = at(n).operands[0];
      }
  } else {
    least = isSigned ? -128 : 0;
    most = isSigned ? 127 : 255;
  }
  if (!readLimited(n))
    return false;
  if (isRescale(n) && (isCast || isByte(typeOf(n)))) {
    const auto zeroPoint = constant(at(n).operands[3]);
    if (!zeroPoint)
      return fail("needs a zero point that is a constant");
    offset += *zeroPoint;
    least -= *zeroPoint;
    most -= *zeroPoint;
    to.rescale = true;
    if (!takeScale(n, Role::OutMultiplier))
      return false;
    n = at(n).operands[0];
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
    if (constant(at(n).operands[3]) != 0)
      return fail("needs words without a zero point");
    to.rescale = true;
    if (!takeScale(n, Role::OutMultiplier))
      return false;
    n = at(n).operands[0];
  }
  return readJoined(n);
}

/// Whether \p n is a second operand: bytes, less a constant, rescaled.
bool RegionReader::isB(Scalar n) const {
  if (isRescale(n))
    n = at(n).operands[0];
  if (is(n, ScalarOp::sub) && constant(at(n).operands[1]))
    n = at(n).operands[0];
  if (!is(n, ScalarOp::cast))
    return false;
  n = at(n).operands[0];
  return isParameter(n) && isByte(typeOf(n));
}

bool RegionReader::readJoined(Scalar n) {
  Arithmetic &to = result.arithmetic;
  const std::pair<ScalarOp, std::int32_t> ops[] = {
      {ScalarOp::add, npu::VectorOp::Add},
      {ScalarOp::sub, npu::VectorOp::Sub},
      {ScalarOp::mul, npu::VectorOp::Mul},
      {ScalarOp::max, npu::VectorOp::Max},
      {ScalarOp::min, npu::VectorOp::Min}};
  for (auto [op, number] : ops)
    if (is(n, op) && isB(at(n).operands[1])) {
      to.op = number;
      return readInput(at(n).operands[1], to.b, Role::B, Role::BMultiplier) &&
             readInput(at(n).operands[0], to.a, Role::A, Role::AMultiplier);
    }
  return readInput(n, to.a, Role::A, Role::AMultiplier);
}

bool RegionReader::readInput(Scalar n, RowInput &row, Role role,
                             Role multiplier) {
  if (isRescale(n)) {
    if (constant(at(n).operands[3]) != 0)
      return fail("needs rescales of operands to have no zero point");
    row.rescale = true;
    if (!takeScale(n, multiplier))
      return false;
    n = at(n).operands[0];
  }
  if (role == Role::A && is(n, ScalarOp::add)) {
    const Scalar bias = at(n).operands[1];
    if (!isParameter(bias) || isRow[bias] || typeOf(bias) != DType::i32)
      return fail("needs a bias that is an operand of i32, and the same for "
                  "all rows");
    result.arithmetic.bias = true;
    if (!take(Role::Bias, bias))
      return false;
    n = at(n).operands[0];
  }
  if (is(n, ScalarOp::sub))
    if (const auto zeroPoint = constant(at(n).operands[1])) {
      row.zeroPoint = *zeroPoint;
      n = at(n).operands[0];
    }
  if (is(n, ScalarOp::cast))
    n = at(n).operands[0];
  if (!isParameter(n))
    return fail(std::string("cannot do ") + image::EnumNameScalarOp(at(n).op) +
                " in this place");
  row.type = typeOf(n);
  if (!isByte(row.type) && row.type != DType::i32)
    return fail("needs operands of i8, u8 or i32");
  return take(role, n);
}

npu::Result<ReadRegion> RegionReader::read() {
  if (region.results.size() != 1)
    return npu::Fault{"needs one result, but has " +
                      std::to_string(region.results.size())};
  Scalar n = region.results[0];
  Arithmetic &to = result.arithmetic;
  if (is(n, ScalarOp::table) && isByte(typeOf(n))) {
    to.table = at(n).table;
    n = at(n).operands[0];
  }
  const bool good = isByte(typeOf(n))         ? readBytes(n)
                    : typeOf(n) == DType::i32 ? readWords(n)
                                              : fail("needs a result of i8, "
                                                     "u8 or i32");
  if (!good)
    return npu::Fault{problem};
  to.doubleRound = roundsTwice.value_or(false);
  std::size_t used = 0;
  for (int place : result.parameters)
    used += place >= 0;
  if (used != region.parameters.size())
    return npu::Fault{"has a parameter without a use"};
  return result;
}

npu::Result<ReadRegion> readRegion(const image::RegionT &region,
                                   const std::vector<bool> &isRow) {
  return RegionReader(region, isRow).read();
}

} // namespace glowplug::npusim
