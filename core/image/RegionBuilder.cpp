// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Writes regions.

#include "core/image/RegionBuilder.h"

#include "core/semantics/Rules.h"
#include "core/support/Convert.h"
#include "core/support/Dispatch.h"

#include "llvm/ADT/SmallVectorExtras.h"

using namespace glowplug;

RegionBuilder::RegionBuilder(llvm::ArrayRef<DType> parameters)
    : types(parameters) {
  for (DType type : parameters)
    content.parameters.push_back(toImage(type));
}

ScalarId RegionBuilder::instruction(image::ScalarOp op, DType dtype,
                                    llvm::ArrayRef<ScalarId> operands,
                                    uint64_t bits) {
  auto instruction = std::make_unique<image::InstructionT>();
  instruction->op = op;
  instruction->dtype = toImage(dtype);
  instruction->bits = bits;
  for (ScalarId operand : operands)
    instruction->operands.push_back(operand.number);
  content.instructions.push_back(std::move(instruction));
  types.push_back(dtype);
  return {static_cast<uint16_t>(types.size() - 1)};
}

ScalarId RegionBuilder::op(image::ScalarOp op,
                           llvm::ArrayRef<ScalarId> operands) {
  const auto operandTypes = llvm::map_to_vector<4>(
      operands, [&](ScalarId operand) { return dtype(operand); });
  return instruction(
      op,
      semantics::resultOf(static_cast<semantics::ScalarOp>(op), operandTypes),
      operands);
}

ScalarId RegionBuilder::constantOf(DType dtype, double value) {
  return dispatch(dtype, [&]<typename T>(TypeTag<T>) {
    return constant(convert<T>(value));
  });
}

ScalarId RegionBuilder::table(ScalarId x, const Tensor &entries) {
  ScalarId result = instruction(image::ScalarOp::table, entries.dtype(), x);
  content.instructions.back()->table = entries.bytes().vec();
  return result;
}

RegionBuilder &RegionBuilder::yield(ScalarId scalar) {
  content.results.push_back(scalar.number);
  return *this;
}

llvm::SmallVector<DType, 2> RegionBuilder::resultTypes() const {
  return llvm::map_to_vector<2>(content.results,
                                [&](uint16_t number) { return types[number]; });
}
