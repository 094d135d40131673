// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Writes attributes, epilogues and composite details.

#include "core/image/WriterAttributes.h"

#include "core/prim/Constant.h"
#include "core/prim/Primitives.h"
#include "core/prim/Quantized.h"

#include "mlir/IR/IRMapping.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace glowplug;
using namespace mlir;
using semantics::RegionTypes;

#include "core/image/Primitives.inc"

//===----------------------------------------------------------------------===//
// Regions
//===----------------------------------------------------------------------===//

static DType scalarDType(Value scalar) {
  return prim::dtypeOfElement(scalar.getType());
}

/// The bits of a scalar constant, in the low bytes.
static uint64_t bitsOf(TypedAttr value) {
  if (auto number = dyn_cast<FloatAttr>(value))
    return number.getValue().bitcastToAPInt().getZExtValue();
  return cast<IntegerAttr>(value).getValue().getZExtValue();
}

static image::RegionT writeScalars(Block &block) {
  auto parameters =
      llvm::map_to_vector(block.getArguments(),
                          [](Value argument) { return scalarDType(argument); });
  RegionBuilder builder(parameters);
  llvm::DenseMap<Value, ScalarId> scalars;
  for (BlockArgument argument : block.getArguments())
    scalars[argument] = builder.parameter(argument.getArgNumber());
  for (Operation &op : block.without_terminator()) {
    const DType dtype = scalarDType(op.getResult(0));
    if (auto constant = dyn_cast<prim::ScalarConstantOp>(op)) {
      scalars[constant] =
          builder.constantBits(dtype, bitsOf(constant.getValue()));
      continue;
    }
    auto scalar = cast<prim::ScalarOp>(op);
    auto operands = llvm::map_to_vector(
        scalar.getOperands(), [&](Value value) { return scalars.at(value); });
    if (auto table = cast_or_null<DenseElementsAttr>(scalar.getTableAttr())) {
      scalars[scalar] = builder.table(operands[0], prim::denseTensor(table));
      continue;
    }
    scalars[scalar] = builder.instruction(
        static_cast<image::ScalarOp>(scalar.getKind()), dtype, operands);
  }
  for (Value result : block.getTerminator()->getOperands())
    builder.yield(scalars.at(result));
  return builder.region();
}

static std::unique_ptr<image::RegionT> writeRegion(Region &region) {
  if (region.empty())
    return nullptr;
  Block &block = region.front();
  if (block.getOps<prim::QuantizedOp>().empty())
    return std::make_unique<image::RegionT>(writeScalars(block));
  Region expanded;
  IRMapping mapping;
  region.cloneInto(&expanded, mapping);
  prim::expandFormulas(expanded.front());
  return std::make_unique<image::RegionT>(writeScalars(expanded.front()));
}

//===----------------------------------------------------------------------===//
// Attributes
//===----------------------------------------------------------------------===//

/// Appends \p op, a primitive with one table in the image.
template <typename Op>
static ValueIds append(BodyBuilder &body, Op op, ArrayRef<ValueId> operands,
                       ArrayRef<glowplug::TensorType> types) {
  const auto attributes = prim::attributesOf(op);
  auto table = tableOf(attributes);
  if constexpr (requires { regionOf(table); })
    regionOf(table) = writeRegion(op->getRegion(0));
  ValueIds results = body.op(std::move(table), operands, types);
  body.lastOp().version = static_cast<uint16_t>(versionOf(attributes));
  return results;
}

llvm::Expected<ValueIds>
glowplug::writeOp(BodyBuilder &body, Operation *op, ArrayRef<ValueId> operands,
                  ArrayRef<glowplug::TensorType> types) {
#define GP_WRITE(Primitive)                                                    \
  if (auto typed = dyn_cast<prim::Primitive##Op>(op))                          \
    return append(body, typed, operands, types);
  GP_EACH_PRIMITIVE(GP_WRITE)
#undef GP_WRITE
  return llvm::createStringError("op '" + op->getName().getStringRef() +
                                 "' is not a primitive of the image");
}

//===----------------------------------------------------------------------===//
// Composites
//===----------------------------------------------------------------------===//

static int64_t integerOf(IntegerAttr attribute) {
  const APInt value = attribute.getValue();
  return attribute.getType().isUnsignedInteger() ||
                 attribute.getType().isInteger(1)
             ? static_cast<int64_t>(value.getZExtValue())
             : value.getSExtValue();
}

/// Whether \p detail has a form that the image can hold; then it is set.
static bool setDetail(CompositeAttribute &result, Attribute detail) {
  return llvm::TypeSwitch<Attribute, bool>(detail)
      .Case([&](IntegerAttr value) {
        result.ints = {integerOf(value)};
        return true;
      })
      .Case([&](FloatAttr value) {
        result.floats = {value.getValueAsDouble()};
        return true;
      })
      .Case([&](StringAttr value) {
        result.text = value.str();
        return true;
      })
      .Case([&](DenseI64ArrayAttr value) {
        result.ints = value.asArrayRef().vec();
        return true;
      })
      .Case([&](ArrayAttr array) {
        for (Attribute entry : array) {
          auto value = dyn_cast<IntegerAttr>(entry);
          if (!value)
            return false;
          result.ints.push_back(integerOf(value));
        }
        return true;
      })
      .Default([](Attribute) { return false; });
}

llvm::Expected<std::vector<CompositeAttribute>>
glowplug::compositeAttributes(prim::CompositeOp op) {
  std::vector<CompositeAttribute> result;
  for (NamedAttribute detail : op.getDetails()) {
    CompositeAttribute attribute;
    attribute.name = detail.getName().str();
    if (!setDetail(attribute, detail.getValue()))
      return llvm::createStringError("detail '" + attribute.name +
                                     "' of composite '" + op.getName() +
                                     "' has no form in the image");
    result.push_back(std::move(attribute));
  }
  return result;
}
