// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Rules of regions: which scalar op takes and gives which types.

#include "core/image/VerifyRules.h"

#include "llvm/ADT/STLExtras.h"

using namespace glowplug;
using namespace glowplug::verify;
using image::ScalarOp;

static constexpr size_t maxScalars = UINT16_MAX + 1;

namespace {

/// Sets of types that ops distinguish.
enum class Kind : uint8_t { numbers, floats, integers, narrow, bits, any };

} // namespace

static bool isOf(Kind kind, DType type) {
  switch (kind) {
  case Kind::numbers:
    return type != DType::boolean;
  case Kind::floats:
    return isFloat(type);
  case Kind::integers:
    return isInteger(type);
  case Kind::narrow:
    return isInteger(type) && dtypeBytes(type) <= 2;
  case Kind::bits:
    return isInteger(type) || type == DType::boolean;
  case Kind::any:
    return true;
  }
  return false;
}

static const char *nameOf(Kind kind) {
  switch (kind) {
  case Kind::numbers:
    return "a number";
  case Kind::floats:
    return "a float";
  case Kind::integers:
    return "an integer";
  case Kind::narrow:
    return "an integer of 8 or 16 bits";
  case Kind::bits:
    return "an integer or boolean";
  case Kind::any:
    return "any type";
  }
  return "";
}

static llvm::Error needKind(const char *what, DType type, Kind kind) {
  if (!isOf(kind, type))
    return broken("needs {0} that is {1}, but got {2}", what, nameOf(kind),
                  dtypeName(type));
  return llvm::Error::success();
}

/// All \p operands have the type \p type.
static llvm::Error needAlike(llvm::ArrayRef<DType> operands, DType type) {
  for (DType operand : operands)
    GP_CHECK(needType("an operand", operand, type));
  return llvm::Error::success();
}

static unsigned operandCount(ScalarOp op) {
  switch (op) {
  case ScalarOp::constant:
    return 0;
  case ScalarOp::table:
    return 1;
  case ScalarOp::rescale_tosa_single:
  case ScalarOp::rescale_tosa_double:
    return 4;
  default:
    return op <= ScalarOp::cast ? 1 : op <= ScalarOp::ge ? 2 : 3;
  }
}

static bool isKnown(ScalarOp op) {
  return op != ScalarOp::none &&
         llvm::is_contained(image::EnumValuesScalarOp(), op);
}

/// Kind of the operands of an op whose operands and result have one type.
static Kind kindOf(ScalarOp op) {
  switch (op) {
  case ScalarOp::neg:
  case ScalarOp::abs:
  case ScalarOp::sign:
  case ScalarOp::add:
  case ScalarOp::sub:
  case ScalarOp::mul:
  case ScalarOp::div:
  case ScalarOp::rem:
  case ScalarOp::pow:
  case ScalarOp::min:
  case ScalarOp::max:
    return Kind::numbers;
  case ScalarOp::invert:
  case ScalarOp::bit_and:
  case ScalarOp::bit_or:
  case ScalarOp::bit_xor:
    return Kind::bits;
  case ScalarOp::shift_left:
  case ScalarOp::shift_right:
    return Kind::integers;
  default:
    return Kind::floats; // floor ... atanh
  }
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

static llvm::Error verifyRescale(ScalarOp op, DType result,
                                 llvm::ArrayRef<DType> operands) {
  GP_CHECK(needType("an operand", operands[0], DType::i32));
  if (op == ScalarOp::rescale_fp32_rne) {
    GP_CHECK(needType("a scale", operands[1], DType::f32));
  } else {
    GP_CHECK(needType("a multiplier", operands[1], DType::i32));
    GP_CHECK(needType("a shift", operands[2], DType::i32));
  }
  if (op == ScalarOp::rescale_fp32_rne || result != DType::i32)
    GP_CHECK(needKind("a result", result, Kind::narrow));
  return needType("a zero point", operands.back(), result);
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
  if (operands.size() != operandCount(op))
    return broken("needs {0} operands, but got {1}", operandCount(op),
                  operands.size());
  if (op != ScalarOp::constant && bits != 0)
    return broken("needs bits of 0, but got {0:x}", bits);
  switch (op) {
  case ScalarOp::constant:
    return verifyConstant(result, bits);
  case ScalarOp::cast:
    return llvm::Error::success();
  case ScalarOp::is_nan:
  case ScalarOp::is_inf:
    GP_CHECK(needKind("an operand", operands[0], Kind::floats));
    return needType("a result", result, DType::boolean);
  case ScalarOp::eq:
  case ScalarOp::ne:
  case ScalarOp::lt:
  case ScalarOp::le:
  case ScalarOp::gt:
  case ScalarOp::ge:
    GP_CHECK(needAlike(operands, operands[0]));
    return needType("a result", result, DType::boolean);
  case ScalarOp::select:
    GP_CHECK(needType("a condition", operands[0], DType::boolean));
    return needAlike(operands.drop_front(), result);
  case ScalarOp::quantize:
    GP_CHECK(needKind("an operand", operands[0], Kind::floats));
    GP_CHECK(needType("a scale", operands[1], operands[0]));
    GP_CHECK(needKind("a result", result, Kind::integers));
    return needType("a zero point", operands[2], result);
  case ScalarOp::dequantize:
    GP_CHECK(needKind("an operand", operands[0], Kind::integers));
    GP_CHECK(needType("a zero point", operands[2], operands[0]));
    GP_CHECK(needKind("a result", result, Kind::floats));
    return needType("a scale", operands[1], result);
  case ScalarOp::rescale_fp32_rne:
  case ScalarOp::rescale_tosa_single:
  case ScalarOp::rescale_tosa_double:
    return verifyRescale(op, result, operands);
  case ScalarOp::table:
    if (operands[0] != DType::i8)
      GP_CHECK(needType("an operand", operands[0], DType::u8));
    return needKind("a result", result, Kind::numbers);
  default:
    GP_CHECK(needKind("a result", result, kindOf(op)));
    return needAlike(operands, result);
  }
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

llvm::Error verify::verifyRegion(const image::Region *region,
                                 llvm::ArrayRef<DType> parameters,
                                 llvm::ArrayRef<DType> results,
                                 Budget &budget) {
  if (!region)
    return broken("needs a region, but has none");
  llvm::ArrayRef<uint8_t> types;
  if (const auto *vector = region->parameters())
    types = llvm::ArrayRef(vector->Data(), vector->size());
  if (types.size() != parameters.size())
    return broken("region: needs {0} parameters, but got {1}",
                  parameters.size(), types.size());
  GP_CHECK(budget.spend(types.size()));
  llvm::SmallVector<DType, 16> scalars;
  for (size_t i = 0; i < types.size(); ++i) {
    const auto type = static_cast<DType>(types[i]);
    if (type != parameters[i])
      return broken("region: needs parameter {0} of type {1}, but got {2}", i,
                    dtypeName(parameters[i]), dtypeName(type));
    scalars.push_back(type);
  }
  if (llvm::Error error = verifyInstructions(*region, scalars, budget))
    return broken("region: {0}", llvm::toString(std::move(error)));

  llvm::ArrayRef<uint16_t> numbers = arrayOf(region->results());
  if (numbers.size() != results.size())
    return broken("region: needs {0} results, but got {1}", results.size(),
                  numbers.size());
  for (size_t i = 0; i < numbers.size(); ++i) {
    if (numbers[i] >= scalars.size())
      return broken("region: needs result {0} below {1}, but got {2}", i,
                    scalars.size(), numbers[i]);
    if (scalars[numbers[i]] != results[i])
      return broken("region: needs result {0} of type {1}, but got {2}", i,
                    dtypeName(results[i]), dtypeName(scalars[numbers[i]]));
  }
  return llvm::Error::success();
}
