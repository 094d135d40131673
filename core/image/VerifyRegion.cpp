// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Rules of regions: how instructions refer to one another, and what is in them.
// The types that a scalar op takes and gives are in core/semantics.

#include "core/image/VerifyRules.h"

using namespace glowplug;
using namespace glowplug::verify;
using image::ScalarOp;

static constexpr size_t maxScalars = UINT16_MAX + 1;

/// Only a constant has bits: as many as its type.
static llvm::Error verifyBits(ScalarOp op, DType type, uint64_t bits) {
  if (op != ScalarOp::constant && bits != 0)
    return broken("needs bits of 0, but got {0:x}", bits);
  const unsigned width = 8 * dtypeBytes(type);
  if (width < 64 && bits >> width != 0)
    return broken("needs bits of {0} bytes, but got {1:x}", dtypeBytes(type),
                  bits);
  if (type == DType::boolean && bits > 1)
    return broken("needs a boolean of 0 or 1, but got {0}", bits);
  return llvm::Error::success();
}

/// The type of the scalar that \p instruction, of a known op, defines after
/// \p scalars.
static llvm::Expected<DType>
verifyInstruction(const image::Instruction &instruction,
                  llvm::ArrayRef<DType> scalars) {
  const ScalarOp op = instruction.op();
  const DType result = fromImage(instruction.dtype());
  if (dtypeBytes(result) == 0)
    return broken("needs a known type, but got {0}", static_cast<int>(result));
  llvm::SmallVector<DType, 3> operands;
  for (uint16_t number : arrayOf(instruction.operands())) {
    if (number >= scalars.size())
      return broken("needs an operand defined before, below {0}, but got {1}",
                    scalars.size(), number);
    operands.push_back(scalars[number]);
  }
  GP_CHECK(semantics::verify(static_cast<semantics::ScalarOp>(op), result,
                             operands));
  GP_CHECK(verifyBits(op, result, instruction.bits()));
  // A table has an entry for each byte, anything else has none.
  const size_t bytes = arrayOf(instruction.table()).size();
  const size_t needed = op == ScalarOp::table ? 256 * dtypeBytes(result) : 0;
  if (bytes != needed)
    return broken("needs a table of {0} bytes, but got {1}", needed, bytes);
  return result;
}

/// Appends the types of all instructions of \p region to \p scalars, which are
/// its parameters.
static llvm::Error verifyInstructions(const image::Region &region,
                                      llvm::SmallVectorImpl<DType> &scalars,
                                      Budget &budget) {
  const size_t count =
      region.instructions() ? region.instructions()->size() : 0;
  if (scalars.size() + count > maxScalars)
    return broken("needs at most {0} scalars, but got {1}", maxScalars,
                  scalars.size() + count);
  for (uint32_t i = 0; i < count; ++i) {
    const image::Instruction &instruction = *region.instructions()->Get(i);
    const ScalarOp op = instruction.op();
    if (!semantics::findSignature(static_cast<semantics::ScalarOp>(op)))
      return broken("instruction {0}: needs a known scalar op, but got {1}", i,
                    static_cast<int>(op));
    GP_CHECK(budget.spend(1 + arrayOf(instruction.operands()).size()));
    llvm::Expected<DType> type = verifyInstruction(instruction, scalars);
    if (!type)
      return broken("instruction {0} ({1}): {2}", i,
                    image::EnumNameScalarOp(op),
                    llvm::toString(type.takeError()));
    scalars.push_back(*type);
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
