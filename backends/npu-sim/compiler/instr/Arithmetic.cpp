// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Writes the arithmetic of commands as regions.

#include "backends/npu-sim/compiler/instr/Arithmetic.h"

#include "hw/spec/Isa.h"

namespace glowplug::npusim {

gp_image_dtype Arithmetic::resultType() const {
  if (toWords)
    return gp_image_dtype_i32;
  return outMin < 0 || outMax <= 127 ? gp_image_dtype_i8 : gp_image_dtype_u8;
}

bool Arithmetic::isEmpty() const {
  return toWords && a.type == gp_image_dtype_i32 && a.zeroPoint == 0 &&
         !a.rescale && !bias && op == npu::VectorOp::Copy && !rescale;
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
  RegionWriter(gp_writer *writer, const Arithmetic &from)
      : writer(writer), from(from), roles(rolesOf(from)) {}

  gp_ref write() {
    Scalar x = input(from.a, Role::A, from.bias, Role::AMultiplier);
    if (from.op != npu::VectorOp::Copy)
      x = add(joining(), gp_image_dtype_i32,
              {x, input(from.b, Role::B, false, Role::BMultiplier)});
    x = from.toWords ? words(x) : bytes(x);
    std::vector<std::uint8_t> parameters;
    for (Role role : roles)
      parameters.push_back(static_cast<std::uint8_t>(typeOf(role)));
    gp_image_region_fields region = gp_image_region_defaults();
    region.parameters = parameters.data();
    region.parameters_count = parameters.size();
    region.instructions = instructions.data();
    region.instructions_count = instructions.size();
    region.results = &x;
    region.results_count = 1;
    return gp_image_write_region(writer, &region);
  }

private:
  gp_image_dtype typeOf(Role role) const {
    switch (role) {
    case Role::A:
      return from.a.type;
    case Role::B:
      return from.b.type;
    case Role::AShift:
    case Role::BShift:
    case Role::OutShift:
      return gp_image_dtype_i8;
    default:
      return gp_image_dtype_i32;
    }
  }

  Scalar parameter(Role role) const {
    Scalar number = 0;
    while (roles[number] != role)
      ++number;
    return number;
  }

  Scalar add(gp_image_scalar_op op, gp_image_dtype type,
             const std::vector<Scalar> &operands, std::uint64_t bits = 0,
             const std::vector<std::uint8_t> &table = {}) {
    gp_image_instruction_fields made = gp_image_instruction_defaults();
    made.op = op;
    made.dtype = type;
    made.operands = operands.data();
    made.operands_count = operands.size();
    made.bits = bits;
    made.table = table.data();
    made.table_count = table.size();
    instructions.push_back(gp_image_write_instruction(writer, &made));
    return static_cast<Scalar>(roles.size() + instructions.size() - 1);
  }

  Scalar constant(std::int32_t value) {
    return add(gp_image_scalar_op_constant, gp_image_dtype_i32, {},
               static_cast<std::uint32_t>(value));
  }

  /// \p multiplier is followed by its shift.
  Scalar rescale(Scalar value, Role multiplier, std::int32_t zeroPoint) {
    const Scalar scale = parameter(multiplier);
    const Scalar shift = add(gp_image_scalar_op_cast, gp_image_dtype_i32,
                             {static_cast<Scalar>(scale + 1)});
    return add(from.doubleRound ? gp_image_scalar_op_rescale_tosa_double
                                : gp_image_scalar_op_rescale_tosa_single,
               gp_image_dtype_i32, {value, scale, shift, constant(zeroPoint)});
  }

  Scalar input(const RowInput &row, Role role, bool hasBias, Role multiplier) {
    Scalar value = parameter(role);
    if (row.type != gp_image_dtype_i32)
      value = add(gp_image_scalar_op_cast, gp_image_dtype_i32, {value});
    if (row.zeroPoint != 0)
      value = add(gp_image_scalar_op_sub, gp_image_dtype_i32,
                  {value, constant(row.zeroPoint)});
    if (hasBias)
      value = add(gp_image_scalar_op_add, gp_image_dtype_i32,
                  {value, parameter(Role::Bias)});
    return row.rescale ? rescale(value, multiplier, 0) : value;
  }

  gp_image_scalar_op joining() const {
    switch (from.op) {
    case npu::VectorOp::Sub:
      return gp_image_scalar_op_sub;
    case npu::VectorOp::Mul:
      return gp_image_scalar_op_mul;
    case npu::VectorOp::Max:
      return gp_image_scalar_op_max;
    case npu::VectorOp::Min:
      return gp_image_scalar_op_min;
    default:
      return gp_image_scalar_op_add;
    }
  }

  Scalar words(Scalar x) {
    return from.rescale ? rescale(x, Role::OutMultiplier, 0) : x;
  }

  Scalar limit(Scalar x, std::int32_t least, std::int32_t most) {
    x = add(gp_image_scalar_op_max, gp_image_dtype_i32, {x, constant(least)});
    return add(gp_image_scalar_op_min, gp_image_dtype_i32, {x, constant(most)});
  }

  Scalar bytes(Scalar x) {
    if (from.rescale) {
      x = limit(rescale(x, Role::OutMultiplier, from.outZp), from.outMin,
                from.outMax);
    } else {
      // Limits first: x plus the zero point may need more than 32 bits.
      x = limit(x, from.outMin - from.outZp, from.outMax - from.outZp);
      if (from.outZp != 0)
        x = add(gp_image_scalar_op_add, gp_image_dtype_i32,
                {x, constant(from.outZp)});
    }
    const gp_image_dtype type = from.resultType();
    x = add(gp_image_scalar_op_cast, type, {x});
    if (!from.table.empty())
      x = add(gp_image_scalar_op_table, type, {x}, 0, from.table);
    return x;
  }

  gp_writer *writer;
  const Arithmetic &from;
  std::vector<Role> roles;
  std::vector<gp_ref> instructions;
};

} // namespace

gp_ref writeRegion(gp_writer *writer, const Arithmetic &arithmetic) {
  return RegionWriter(writer, arithmetic).write();
}

} // namespace glowplug::npusim
