// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Regions: instruction by instruction, each exact or in intervals.

#include "core/conformance/rules/EncloseRegion.h"

#include "core/conformance/rules/ScalarInterval.h"
#include "core/reference/Scalar.h"

#include "llvm/ADT/STLExtras.h"

#include <cstring>

namespace glowplug::conformance {
namespace {

using image::ScalarOp;

/// Whether \p op gives the same bits everywhere if its operands do.
bool isDefinedExactly(ScalarOp op, DType result) {
  if (!isFloat(result))
    return true;
  switch (op) {
  case ScalarOp::constant:
  case ScalarOp::neg:
  case ScalarOp::abs:
  case ScalarOp::sign:
  case ScalarOp::floor:
  case ScalarOp::ceil:
  case ScalarOp::trunc:
  case ScalarOp::round_even:
  case ScalarOp::min:
  case ScalarOp::max:
  case ScalarOp::select:
  case ScalarOp::cast:
  case ScalarOp::bitcast:
  case ScalarOp::rem:
  case ScalarOp::table:
    return true;
  default:
    return false;
  }
}

class Encloser {
public:
  Encloser(const image::Region &region, llvm::ArrayRef<int64_t> shape,
           const FloatPromise &promise)
      : region(region), shape(shape), promise(promise),
        count(static_cast<size_t>(*elementCount(shape))) {}

  llvm::Expected<std::vector<Enclosure>>
  run(llvm::ArrayRef<Enclosure> parameters);

private:
  llvm::Error addParameter(const Enclosure &parameter);
  llvm::Error addInstruction(const image::Instruction &instruction);
  llvm::Error addConstant(const image::Instruction &instruction);
  llvm::Error addExact(const image::Instruction &instruction);
  void addIntervals(const image::Instruction &instruction);
  llvm::SmallVector<DType, 4> typesOf(const image::Instruction &instruction);

  const image::Region &region;
  const llvm::ArrayRef<int64_t> shape;
  const FloatPromise &promise;
  const size_t count;
  std::vector<Enclosure> scalars;
};

llvm::Error Encloser::addParameter(const Enclosure &parameter) {
  Enclosure scalar;
  scalar.dtype = parameter.dtype;
  scalar.shape.assign(shape.begin(), shape.end());
  if (parameter.isExact()) {
    llvm::Expected<Tensor> whole = broadcast(*parameter.exact, shape);
    if (!whole)
      return whole.takeError();
    scalar.exact = std::move(*whole);
  } else {
    scalar.intervals = broadcast(parameter.intervals, parameter.shape, shape);
  }
  scalars.push_back(std::move(scalar));
  return llvm::Error::success();
}

llvm::SmallVector<DType, 4>
Encloser::typesOf(const image::Instruction &instruction) {
  llvm::SmallVector<DType, 4> types;
  for (uint16_t operand : arrayOf(instruction.operands()))
    types.push_back(scalars[operand].dtype);
  return types;
}

llvm::Error Encloser::addConstant(const image::Instruction &instruction) {
  const DType type = fromImage(instruction.dtype());
  llvm::Expected<Tensor> filled = Tensor::uninitialized(type, shape);
  if (!filled)
    return filled.takeError();
  const uint64_t bits = instruction.bits();
  uint8_t *bytes = filled->mutableBytes().data();
  for (size_t i = 0; i < count; ++i)
    std::memcpy(bytes + i * dtypeBytes(type), &bits, dtypeBytes(type));
  scalars.push_back(Enclosure::of(*filled));
  return llvm::Error::success();
}

llvm::Error Encloser::addExact(const image::Instruction &instruction) {
  const DType type = fromImage(instruction.dtype());
  llvm::Expected<Tensor> result = Tensor::uninitialized(type, shape);
  if (!result)
    return result.takeError();
  llvm::SmallVector<const uint8_t *, 4> operands;
  for (uint16_t operand : arrayOf(instruction.operands()))
    operands.push_back(scalars[operand].exact->bytes().data());
  if (instruction.op() == ScalarOp::table)
    operands.push_back(instruction.table()->data());
  const reference::ScalarLoop loop =
      reference::scalarLoop(instruction.op(), type, typesOf(instruction));
  loop(operands.data(), result->mutableBytes().data(),
       static_cast<int64_t>(count));
  scalars.push_back(Enclosure::of(*result));
  return llvm::Error::success();
}

/// The entries of a table as numbers.
std::vector<double> entriesOf(const image::Instruction &instruction) {
  if (!instruction.table())
    return {};
  const llvm::ArrayRef<uint8_t> bytes = arrayOf(instruction.table());
  // Tables lie at no particular address.
  std::vector<uint64_t> aligned((bytes.size() + 7) / 8);
  std::memcpy(aligned.data(), bytes.data(), bytes.size());
  llvm::Expected<Tensor> entries = Tensor::borrow(
      fromImage(instruction.dtype()), 256,
      {reinterpret_cast<const uint8_t *>(aligned.data()), bytes.size()});
  return toDoubles(llvm::cantFail(std::move(entries)));
}

void Encloser::addIntervals(const image::Instruction &instruction) {
  const llvm::SmallVector<DType, 4> types = typesOf(instruction);
  const std::vector<double> entries = entriesOf(instruction);
  const DType type = fromImage(instruction.dtype());
  const ScalarCall call = {instruction.op(), type, types, entries};
  std::vector<Intervals> operands;
  for (uint16_t operand : arrayOf(instruction.operands()))
    operands.push_back(scalars[operand].asIntervals());
  Intervals results(count);
  llvm::SmallVector<Interval, 4> element(operands.size());
  for (size_t i = 0; i < count; ++i) {
    for (size_t k = 0; k < operands.size(); ++k)
      element[k] = operands[k][i];
    results[i] = evaluate(call, element, promise);
  }
  scalars.push_back(Enclosure::of(type, shape, std::move(results)));
}

llvm::Error Encloser::addInstruction(const image::Instruction &instruction) {
  if (instruction.op() == ScalarOp::constant)
    return addConstant(instruction);
  const bool operandsAreExact =
      llvm::all_of(arrayOf(instruction.operands()), [&](uint16_t operand) {
        return scalars[operand].isExact();
      });
  // Doubles do not hold all integers of 64 bits, so their rule is exact too.
  const bool isWide =
      instruction.op() == ScalarOp::dequantize &&
      dtypeBytes(scalars[instruction.operands()->Get(0)].dtype) == 8;
  if (operandsAreExact &&
      (isWide ||
       isDefinedExactly(instruction.op(), fromImage(instruction.dtype()))))
    return addExact(instruction);
  addIntervals(instruction);
  return llvm::Error::success();
}

llvm::Expected<std::vector<Enclosure>>
Encloser::run(llvm::ArrayRef<Enclosure> parameters) {
  for (const Enclosure &parameter : parameters)
    if (llvm::Error error = addParameter(parameter))
      return std::move(error);
  if (region.instructions())
    for (const image::Instruction *instruction : *region.instructions())
      if (llvm::Error error = addInstruction(*instruction))
        return std::move(error);
  std::vector<Enclosure> results;
  for (uint16_t number : arrayOf(region.results()))
    results.push_back(scalars[number]);
  return results;
}

} // namespace

llvm::Expected<std::vector<Enclosure>>
encloseRegion(const image::Region &region, llvm::ArrayRef<Enclosure> parameters,
              llvm::ArrayRef<int64_t> shape, const FloatPromise &promise) {
  return Encloser(region, shape, promise).run(parameters);
}

} // namespace glowplug::conformance
