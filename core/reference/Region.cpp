// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Evaluates regions on blocks of elements.

#include "core/reference/Region.h"

#include "core/reference/Call.h"

#include <algorithm>
#include <cassert>
#include <cstring>

using namespace glowplug;
using namespace glowplug::reference;

/// The bits of a float constant of \p declared, as \p held.
static uint64_t heldBits(uint64_t bits, DType declared, DType held) {
  const auto *from = reinterpret_cast<const uint8_t *>(&bits);
  uint64_t result = 0;
  castLoop(held, declared)(&from, reinterpret_cast<uint8_t *>(&result), 1);
  return result;
}

/// The entries of a table of \p declared, as \p held.
static std::vector<uint8_t> heldTable(llvm::ArrayRef<uint8_t> entries,
                                      DType declared, DType held) {
  if (declared == held)
    return entries.vec();
  const uint8_t *from = entries.data();
  const size_t count = entries.size() / dtypeBytes(declared);
  std::vector<uint8_t> result(count * dtypeBytes(held));
  castLoop(held, declared)(&from, result.data(), static_cast<int64_t>(count));
  return result;
}

CompiledRegion::CompiledRegion(const image::Region &region, Precision precision)
    : resultNumbers(arrayOf(region.results())) {
  llvm::SmallVector<DType, 16> declaredTypes;
  if (const auto *parameters = region.parameters())
    for (auto type : *parameters) {
      declaredTypes.push_back(fromImage(static_cast<image::DType>(type)));
      types.push_back(heldType(declaredTypes.back(), precision));
    }
  parameterCount = types.size();
  if (!region.instructions())
    return;
  for (const image::Instruction *instruction : *region.instructions()) {
    DType declared = fromImage(instruction->dtype());
    Step step = {
        nullptr, heldType(declared, precision), instruction->bits(), {}, {}};
    llvm::SmallVector<DType, 4> operandTypes;
    for (uint16_t operand : arrayOf(instruction->operands())) {
      step.operands.push_back(operand);
      operandTypes.push_back(types[operand]);
    }
    if (instruction->op() == image::ScalarOp::bitcast) {
      const uint16_t operand = step.operands.front();
      step.loop = bitcastLoop({declared, step.dtype},
                              {declaredTypes[operand], types[operand]});
      assert(step.loop && "region was not verified");
    } else if (instruction->op() != image::ScalarOp::constant) {
      step.loop = scalarLoop(instruction->op(), step.dtype, operandTypes);
      assert(step.loop && "region was not verified");
    } else if (step.dtype != declared) {
      step.bits = heldBits(step.bits, declared, step.dtype);
    }
    if (instruction->op() == image::ScalarOp::table)
      step.table =
          heldTable(arrayOf(instruction->table()), declared, step.dtype);
    declaredTypes.push_back(declared);
    types.push_back(step.dtype);
    steps.push_back(std::move(step));
  }
}

CompiledRegion::Frame::Frame(const CompiledRegion &region)
    // The widest element has eight bytes.
    : storage(region.steps.size() * blockSize),
      scalars(region.types.size(), nullptr), operands(4, nullptr) {
  for (size_t i = 0; i < region.steps.size(); ++i) {
    const Step &step = region.steps[i];
    auto *block = reinterpret_cast<uint8_t *>(&storage[i * blockSize]);
    blocks.push_back(block);
    scalars[region.parameterCount + i] = block;
    if (step.loop)
      continue;
    unsigned bytes = dtypeBytes(step.dtype);
    for (int64_t j = 0; j < blockSize; ++j)
      std::memcpy(block + j * bytes, &step.bits, bytes);
  }
}

void CompiledRegion::run(Frame &frame,
                         llvm::ArrayRef<const uint8_t *> parameters,
                         llvm::ArrayRef<uint8_t *> results,
                         int64_t count) const {
  llvm::copy(parameters, frame.scalars.begin());
  for (size_t i = 0; i < steps.size(); ++i) {
    const Step &step = steps[i];
    if (!step.loop)
      continue;
    for (size_t j = 0; j < step.operands.size(); ++j)
      frame.operands[j] = frame.scalars[step.operands[j]];
    if (!step.table.empty())
      frame.operands[1] = step.table.data();
    step.loop(frame.operands.data(), frame.blocks[i], count);
  }
  for (size_t i = 0; i < results.size(); ++i) {
    uint16_t number = resultNumbers[i];
    std::memcpy(results[i], frame.scalars[number],
                count * dtypeBytes(types[number]));
  }
}
