// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Rules of regions: how instructions refer to one another, and what is in them.
// The types that a scalar op takes and gives are in core/semantics.

#include "core/image/VerifyRules.h"

#include "llvm/ADT/STLExtras.h"

using namespace glowplug;
using namespace glowplug::verify;
using image::ScalarOp;

static constexpr size_t maxScalars = UINT16_MAX + 1;

static bool isKnown(ScalarOp op) {
  return semantics::findSignature(static_cast<semantics::ScalarOp>(op));
}

static llvm::Error verifyConstant(DType type, uint64_t bits) {
  unsigned width = 8 * dtypeBytes(type);
  if (width < 64 && bits >> width != 0)
    return broken("needs bits of {0} bytes, but got {1:x}", dtypeBytes(type),
                  bits);
  if (type == DType::boolean && bits > 1)
    return broken("needs a boolean of 0 or 1, but got {0}", bits);
  return llvm::Error::success();
}

/// A table has an entry for each byte, anything else has none.
static llvm::Error verifyTable(const image::Instruction &instruction,
                               DType result) {
  const size_t bytes = instruction.table() ? instruction.table()->size() : 0;
  const size_t expected =
      instruction.op() == ScalarOp::table ? 256 * dtypeBytes(result) : 0;
  if (bytes != expected)
    return broken("needs a table of {0} bytes, but got {1}", expected, bytes);
  return llvm::Error::success();
}

static llvm::Error verifyScalar(ScalarOp op, DType result,
                                llvm::ArrayRef<DType> operands, uint64_t bits) {
  GP_CHECK(semantics::verify(static_cast<semantics::ScalarOp>(op), result,
                             operands));
  if (op == ScalarOp::constant)
    return verifyConstant(result, bits);
  if (bits != 0)
    return broken("needs bits of 0, but got {0:x}", bits);
  return llvm::Error::success();
}

/// The types of all scalars of \p region, whose parameters are \p scalars so
/// far.
static llvm::Error verifyInstructions(const image::Region &region,
                                      llvm::SmallVectorImpl<DType> &scalars,
                                      Budget &budget) {
  if (!region.instructions())
    return llvm::Error::success();
  if (scalars.size() + region.instructions()->size() > maxScalars)
    return broken("needs at most {0} scalars, but got {1}", maxScalars,
                  scalars.size() + region.instructions()->size());
  for (uint32_t i = 0; i < region.instructions()->size(); ++i) {
    const image::Instruction &instruction = *region.instructions()->Get(i);
    const ScalarOp op = instruction.op();
    auto inPlace = [&](llvm::Error error) {
      return broken("instruction {0} ({1}): {2}", i,
                    image::EnumNameScalarOp(op),
                    llvm::toString(std::move(error)));
    };
    if (!isKnown(op))
      return broken("instruction {0}: needs a known scalar op, but got {1}", i,
                    static_cast<int>(op));
    const DType dtype = fromImage(instruction.dtype());
    if (dtypeBytes(dtype) == 0)
      return inPlace(
          broken("needs a known type, but got {0}", static_cast<int>(dtype)));
    llvm::ArrayRef<uint16_t> numbers = arrayOf(instruction.operands());
    GP_CHECK(budget.spend(1 + numbers.size()));
    llvm::SmallVector<DType, 3> operands;
    for (uint16_t number : numbers) {
      if (number >= scalars.size())
        return inPlace(
            broken("needs an operand defined before, below {0}, but got {1}",
                   scalars.size(), number));
      operands.push_back(scalars[number]);
    }
    if (llvm::Error error =
            verifyScalar(op, dtype, operands, instruction.bits()))
      return inPlace(std::move(error));
    if (llvm::Error error = verifyTable(instruction, dtype))
      return inPlace(std::move(error));
    scalars.push_back(dtype);
  }
  return llvm::Error::success();
}

llvm::Expected<semantics::RegionTypes>
verify::verifyRegion(const image::Region *region, Budget &budget) {
  semantics::RegionTypes result;
  if (!region)
    return result;
  result.isPresent = true;
  llvm::SmallVector<DType, 16> scalars;
  if (const auto *parameters = region->parameters())
    for (uint8_t type : llvm::ArrayRef(parameters->Data(), parameters->size()))
      scalars.push_back(static_cast<DType>(type));
  GP_CHECK(budget.spend(scalars.size()));
  result.parameters.append(scalars.begin(), scalars.end());
  if (llvm::Error error = verifyInstructions(*region, scalars, budget))
    return broken("region: {0}", llvm::toString(std::move(error)));
  llvm::ArrayRef<uint16_t> numbers = arrayOf(region->results());
  GP_CHECK(budget.spend(numbers.size()));
  for (size_t i = 0; i < numbers.size(); ++i) {
    if (numbers[i] >= scalars.size())
      return broken("region: needs result {0} below {1}, but got {2}", i,
                    scalars.size(), numbers[i]);
    result.results.push_back(scalars[numbers[i]]);
  }
  return result;
}
