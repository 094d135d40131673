// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Writes the arithmetic of commands as regions.

#include "backends/npu-sim/compiler/instr/Arithmetic.h"

#include "hw/spec/Isa.h"

namespace glowplug::npusim {

using image::DType;
using image::ScalarOp;

DType Arithmetic::resultType() const {
  if (toWords)
    return DType::i32;
  return outMin < 0 || outMax <= 127 ? DType::i8 : DType::u8;
}

bool Arithmetic::isEmpty() const {
  return toWords && a.type == DType::i32 && a.zeroPoint == 0 && !a.rescale &&
         !bias && op == npu::VectorOp::Copy && !rescale;
}

std::vector<Role> rolesOf(const Arithmetic &from) {
  std::vector<Role> roles = {Role::A};
  const auto addScale = [&](bool is, Role multiplier, Role shift) {
    if (is)
      roles.insert(roles.end(), {multiplier, shift});
  };
  if (from.bias)
    roles.push_back(Role::Bias);
  addScale(from.a.rescale, Role::AMultiplier, Role::AShift);
  if (from.op != npu::VectorOp::Copy) {
    roles.push_back(Role::B);
    addScale(from.b.rescale, Role::BMultiplier, Role::BShift);
  }
  addScale(from.rescale, Role::OutMultiplier, Role::OutShift);
  return roles;
}

namespace {

using Scalar = std::uint16_t;

/// Writes scalar ops one after the other.
class RegionWriter {
public:
  explicit RegionWriter(const Arithmetic &from)
      : from(from), roles(rolesOf(from)) {
    for (Role role : roles)
      region.parameters.push_back(typeOf(role));
  }

  image::RegionT write() {
    Scalar x = input(from.a, Role::A, from.bias, Role::AMultiplier);
    if (from.op != npu::VectorOp::Copy)
      x = add(joining(), DType::i32,
              {x, input(from.b, Role::B, false, Role::BMultiplier)});
    region.results = {from.toWords ? words(x) : bytes(x)};
    return std::move(region);
  }

private:
  DType typeOf(Role role) const {
    switch (role) {
    case Role::A:
      return from.a.type;
    case Role::B:
      return from.b.type;
    case Role::AShift:
    case Role::BShift:
    case Role::OutShift:
      return DType::i8;
    default:
      return DType::i32;
    }
  }

  Scalar parameter(Role role) const {
    Scalar number = 0;
    while (roles[number] != role)
      ++number;
    return number;
  }

  Scalar add(ScalarOp op, DType type, std::vector<Scalar> operands,
             std::uint64_t bits = 0, std::vector<std::uint8_t> table = {}) {
    auto made = std::make_unique<image::InstructionT>();
    made->op = op;
    made->dtype = type;
    made->operands = std::move(operands);
    made->bits = bits;
    made->table = std::move(table);
    region.instructions.push_back(std::move(made));
    return static_cast<Scalar>(region.parameters.size() +
                               region.instructions.size() - 1);
  }

  Scalar constant(std::int32_t value) {
    return add(ScalarOp::constant, DType::i32, {},
               static_cast<std::uint32_t>(value));
  }

  /// \p multiplier is followed by its shift.
  Scalar rescale(Scalar value, Role multiplier, std::int32_t zeroPoint) {
    const Scalar scale = parameter(multiplier);
    const Scalar shift =
        add(ScalarOp::cast, DType::i32, {static_cast<Scalar>(scale + 1)});
    return add(from.doubleRound ? ScalarOp::rescale_tosa_double
                                : ScalarOp::rescale_tosa_single,
               DType::i32, {value, scale, shift, constant(zeroPoint)});
  }

  Scalar input(const RowInput &row, Role role, bool hasBias, Role multiplier) {
    Scalar value = parameter(role);
    if (row.type != DType::i32)
      value = add(ScalarOp::cast, DType::i32, {value});
    if (row.zeroPoint != 0)
      value = add(ScalarOp::sub, DType::i32, {value, constant(row.zeroPoint)});
    if (hasBias)
      value = add(ScalarOp::add, DType::i32, {value, parameter(Role::Bias)});
    return row.rescale ? rescale(value, multiplier, 0) : value;
  }

  ScalarOp joining() const {
    switch (from.op) {
    case npu::VectorOp::Sub:
      return ScalarOp::sub;
    case npu::VectorOp::Mul:
      return ScalarOp::mul;
    case npu::VectorOp::Max:
      return ScalarOp::max;
    case npu::VectorOp::Min:
      return ScalarOp::min;
    default:
      return ScalarOp::add;
    }
  }

  Scalar words(Scalar x) {
    return from.rescale ? rescale(x, Role::OutMultiplier, 0) : x;
  }

  Scalar limit(Scalar x, std::int32_t least, std::int32_t most) {
    x = add(ScalarOp::max, DType::i32, {x, constant(least)});
    return add(ScalarOp::min, DType::i32, {x, constant(most)});
  }

  Scalar bytes(Scalar x) {
    if (from.rescale) {
      x = limit(rescale(x, Role::OutMultiplier, from.outZp), from.outMin,
                from.outMax);
    } else {
      // Limits first: x plus the zero point may need more than 32 bits.
      x = limit(x, from.outMin - from.outZp, from.outMax - from.outZp);
      if (from.outZp != 0)
        x = add(ScalarOp::add, DType::i32, {x, constant(from.outZp)});
    }
    const DType type = from.resultType();
    x = add(ScalarOp::cast, type, {x});
    if (!from.table.empty())
      x = add(ScalarOp::table, type, {x}, 0, from.table);
    return x;
  }

  const Arithmetic &from;
  std::vector<Role> roles;
  image::RegionT region;
};

} // namespace

image::RegionT writeRegion(const Arithmetic &arithmetic) {
  return RegionWriter(arithmetic).write();
}

} // namespace glowplug::npusim
