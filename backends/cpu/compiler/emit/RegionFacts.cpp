// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What can be said of a region before its code is emitted.

#include "backends/cpu/compiler/emit/RegionFacts.h"

#include "backends/cpu/runtime/MathFunctions.h"

#include <algorithm>

namespace glowplug::cpu {
namespace {

/// Whether emitScalar() calls the library for \p instruction.
bool callsLibrary(const Region &region, const Instruction &instruction) {
  if (instruction.operands.empty())
    return false;
  DType type = region.typeOf(instruction.operands[0]);
  switch (instruction.op) {
#define GP_CALLS(name, isVector)                                               \
  case gp_image_scalar_op_##name:                                              \
    return !(isVector) || type == gp_image_dtype_f64;
    GP_CPU_MATH_FUNCTIONS(GP_CALLS)
#undef GP_CALLS
  case gp_image_scalar_op_rem:
    return isFloat(type);
  case gp_image_scalar_op_pow:
    return !isFloat(type) || type == gp_image_dtype_f64;
  default:
    return false;
  }
}

uint64_t costOf(ScalarOp op) {
  switch (op) {
  case gp_image_scalar_op_constant:
    return 0;
#define GP_COST(name, isVector)                                                \
  case gp_image_scalar_op_##name:                                              \
    return (isVector) ? 700 : 20;
    GP_CPU_MATH_FUNCTIONS(GP_COST)
#undef GP_COST
  case gp_image_scalar_op_pow:
    return 1500;
  case gp_image_scalar_op_div:
  case gp_image_scalar_op_sqrt:
  case gp_image_scalar_op_quantize:
    return 150;
  case gp_image_scalar_op_rescale_fp32_rne:
    return 60;
  case gp_image_scalar_op_rescale_tosa_single:
  case gp_image_scalar_op_rescale_tosa_double:
    return 150;
  case gp_image_scalar_op_table:
    return 100;
  default:
    return 20;
  }
}

} // namespace

unsigned RegionFacts::lanes(const TargetTraits &traits) const {
  return callsLibrary ? 1 : std::max(1u, traits.vectorBytes() / widestBytes);
}

RegionFacts factsOf(const Region &region) {
  RegionFacts facts;
  facts.costPs = 50 + 50 * region.parameters.size();
  for (DType type : region.parameters)
    facts.widestBytes = std::max(facts.widestBytes, computeSize(type));
  for (const Instruction &instruction : region.instructions) {
    facts.widestBytes =
        std::max(facts.widestBytes, computeSize(instruction.type));
    bool slow = callsLibrary(region, instruction);
    facts.callsLibrary |= slow;
    facts.costPs += slow ? 20000 : costOf(instruction.op);
  }
  return facts;
}

} // namespace glowplug::cpu
