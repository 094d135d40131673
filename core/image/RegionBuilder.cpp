// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Writes regions.

#include "core/image/RegionBuilder.h"

#include "core/support/Convert.h"
#include "core/support/Dispatch.h"

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
  llvm::SmallVector<DType, 2> result;
  for (uint16_t number : content.results)
    result.push_back(types[number]);
  return result;
}
