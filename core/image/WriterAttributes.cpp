// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Writes attributes, epilogues and composite details.

#include "core/image/WriterAttributes.h"

#include "core/prim/Constant.h"

#include "llvm/ADT/TypeSwitch.h"

using namespace glowplug;
using namespace mlir;

//===----------------------------------------------------------------------===//
// Enums have the numbers of the schema
//===----------------------------------------------------------------------===//

static constexpr image::ReduceKind toImage(prim::ReduceKind kind) {
  return static_cast<image::ReduceKind>(kind);
}
static constexpr image::ScatterKind toImage(prim::ScatterKind kind) {
  return static_cast<image::ScatterKind>(kind);
}
static constexpr image::ScalarOp toImage(prim::ScalarKind kind) {
  return static_cast<image::ScalarOp>(kind);
}

#define GP_SAME(Enum, OtherEnum, name)                                         \
  static_assert(toImage(prim::Enum::name) == image::OtherEnum::name)
GP_SAME(ReduceKind, ReduceKind, sum);
GP_SAME(ReduceKind, ReduceKind, prod);
GP_SAME(ReduceKind, ReduceKind, min);
GP_SAME(ReduceKind, ReduceKind, max);
static_assert(prim::getMaxEnumValForReduceKind() ==
              static_cast<uint32_t>(image::ReduceKind::MAX));
GP_SAME(ScatterKind, ScatterKind, assign);
GP_SAME(ScatterKind, ScatterKind, add);
GP_SAME(ScatterKind, ScatterKind, mul);
GP_SAME(ScatterKind, ScatterKind, min);
GP_SAME(ScatterKind, ScatterKind, max);
static_assert(prim::getMaxEnumValForScatterKind() ==
              static_cast<uint32_t>(image::ScatterKind::MAX));
GP_SAME(ScalarKind, ScalarOp, constant);
GP_SAME(ScalarKind, ScalarOp, neg);
GP_SAME(ScalarKind, ScalarOp, abs);
GP_SAME(ScalarKind, ScalarOp, sign);
GP_SAME(ScalarKind, ScalarOp, floor);
GP_SAME(ScalarKind, ScalarOp, ceil);
GP_SAME(ScalarKind, ScalarOp, trunc);
GP_SAME(ScalarKind, ScalarOp, round_even);
GP_SAME(ScalarKind, ScalarOp, sqrt);
GP_SAME(ScalarKind, ScalarOp, exp);
GP_SAME(ScalarKind, ScalarOp, log);
GP_SAME(ScalarKind, ScalarOp, erf);
GP_SAME(ScalarKind, ScalarOp, sin);
GP_SAME(ScalarKind, ScalarOp, cos);
GP_SAME(ScalarKind, ScalarOp, tan);
GP_SAME(ScalarKind, ScalarOp, asin);
GP_SAME(ScalarKind, ScalarOp, acos);
GP_SAME(ScalarKind, ScalarOp, atan);
GP_SAME(ScalarKind, ScalarOp, sinh);
GP_SAME(ScalarKind, ScalarOp, cosh);
GP_SAME(ScalarKind, ScalarOp, tanh);
GP_SAME(ScalarKind, ScalarOp, asinh);
GP_SAME(ScalarKind, ScalarOp, acosh);
GP_SAME(ScalarKind, ScalarOp, atanh);
GP_SAME(ScalarKind, ScalarOp, invert);
GP_SAME(ScalarKind, ScalarOp, is_nan);
GP_SAME(ScalarKind, ScalarOp, is_inf);
GP_SAME(ScalarKind, ScalarOp, cast);
GP_SAME(ScalarKind, ScalarOp, add);
GP_SAME(ScalarKind, ScalarOp, sub);
GP_SAME(ScalarKind, ScalarOp, mul);
GP_SAME(ScalarKind, ScalarOp, div);
GP_SAME(ScalarKind, ScalarOp, rem);
GP_SAME(ScalarKind, ScalarOp, pow);
GP_SAME(ScalarKind, ScalarOp, min);
GP_SAME(ScalarKind, ScalarOp, max);
GP_SAME(ScalarKind, ScalarOp, bit_and);
GP_SAME(ScalarKind, ScalarOp, bit_or);
GP_SAME(ScalarKind, ScalarOp, bit_xor);
GP_SAME(ScalarKind, ScalarOp, shift_left);
GP_SAME(ScalarKind, ScalarOp, shift_right);
GP_SAME(ScalarKind, ScalarOp, eq);
GP_SAME(ScalarKind, ScalarOp, ne);
GP_SAME(ScalarKind, ScalarOp, lt);
GP_SAME(ScalarKind, ScalarOp, le);
GP_SAME(ScalarKind, ScalarOp, gt);
GP_SAME(ScalarKind, ScalarOp, ge);
GP_SAME(ScalarKind, ScalarOp, select);
GP_SAME(ScalarKind, ScalarOp, fma);
GP_SAME(ScalarKind, ScalarOp, quantize);
GP_SAME(ScalarKind, ScalarOp, dequantize);
GP_SAME(ScalarKind, ScalarOp, rescale_fp32_rne);
GP_SAME(ScalarKind, ScalarOp, rescale_tosa_single);
GP_SAME(ScalarKind, ScalarOp, rescale_tosa_double);
GP_SAME(ScalarKind, ScalarOp, table);
static_assert(prim::getMaxEnumValForScalarKind() ==
              static_cast<uint32_t>(image::ScalarOp::MAX));
#undef GP_SAME

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

static std::unique_ptr<image::RegionT> regionOf(Region &region) {
  if (region.empty())
    return nullptr;
  Block &block = region.front();
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
    scalars[scalar] =
        builder.instruction(toImage(scalar.getKind()), dtype, operands);
  }
  for (Value result : block.getTerminator()->getOperands())
    builder.yield(scalars.at(result));
  return std::make_unique<image::RegionT>(builder.region());
}

//===----------------------------------------------------------------------===//
// Attributes
//===----------------------------------------------------------------------===//

static std::vector<int32_t>
zeroPoints(const std::optional<ArrayRef<int32_t>> &values) {
  return values ? values->vec() : std::vector<int32_t>();
}

/// Sets what conv, conv_transpose and window share.
template <typename Attributes, typename Op>
static void setWindow(Attributes &attributes, Op op) {
  attributes.strides = op.getStrides().vec();
  attributes.pads_low = op.getPadsLow().vec();
  attributes.pads_high = op.getPadsHigh().vec();
  attributes.dilations = op.getDilations().vec();
  attributes.epilogue = regionOf(op.getEpilogue());
}

static image::MatMulT convert(prim::MatMulOp op) {
  image::MatMulT result;
  result.lhs_zp = zeroPoints(op.getLhsZp());
  result.rhs_zp = zeroPoints(op.getRhsZp());
  result.epilogue = regionOf(op.getEpilogue());
  return result;
}

static image::ConvT convert(prim::ConvOp op) {
  image::ConvT result;
  setWindow(result, op);
  result.groups = op.getGroups();
  result.lhs_zp = zeroPoints(op.getLhsZp());
  result.rhs_zp = zeroPoints(op.getRhsZp());
  return result;
}

static image::ConvTransposeT convert(prim::ConvTransposeOp op) {
  image::ConvTransposeT result;
  setWindow(result, op);
  result.groups = op.getGroups();
  return result;
}

static image::MapT convert(prim::MapOp op) {
  image::MapT result;
  result.region = regionOf(op.getBody());
  return result;
}

static image::ReduceT convert(prim::ReduceOp op) {
  image::ReduceT result;
  result.kind = toImage(op.getKind());
  result.dims = op.getDims().vec();
  result.epilogue = regionOf(op.getEpilogue());
  return result;
}

static image::ArgReduceT convert(prim::ArgReduceOp op) {
  image::ArgReduceT result;
  result.kind = toImage(op.getKind());
  result.dim = op.getDim();
  result.select_last = op.getSelectLast();
  return result;
}

static image::ScanT convert(prim::ScanOp op) {
  image::ScanT result;
  result.kind = toImage(op.getKind());
  result.dim = op.getDim();
  result.exclusive = op.getExclusive();
  result.reverse = op.getReverse();
  return result;
}

static image::SortT convert(prim::SortOp op) {
  image::SortT result;
  result.dim = op.getDim();
  result.descending = op.getDescending();
  return result;
}

static image::WindowT convert(prim::WindowOp op) {
  image::WindowT result;
  setWindow(result, op);
  result.kind = toImage(op.getKind());
  result.sizes = op.getSizes().vec();
  return result;
}

static image::TransposeT convert(prim::TransposeOp op) {
  image::TransposeT result;
  result.permutation = op.getPermutation().vec();
  return result;
}

static image::ReshapeT convert(prim::ReshapeOp) { return {}; }

static image::BroadcastT convert(prim::BroadcastOp) { return {}; }

static image::SliceT convert(prim::SliceOp op) {
  image::SliceT result;
  result.starts = op.getStarts().vec();
  result.strides = op.getStrides().vec();
  return result;
}

static image::PadT convert(prim::PadOp op) {
  image::PadT result;
  result.low = op.getLow().vec();
  result.high = op.getHigh().vec();
  result.interior = op.getInterior().vec();
  return result;
}

static image::ConcatT convert(prim::ConcatOp op) {
  image::ConcatT result;
  result.dim = op.getDim();
  return result;
}

static image::GatherT convert(prim::GatherOp op) {
  image::GatherT result;
  result.dim = op.getDim();
  return result;
}

static image::ScatterT convert(prim::ScatterOp op) {
  image::ScatterT result;
  result.kind = toImage(op.getKind());
  return result;
}

/// Appends \p op if it is one of \p Ops.
template <typename... Ops>
static bool writeAny(BodyBuilder &body, Operation *op,
                     ArrayRef<ValueId> operands,
                     ArrayRef<glowplug::TensorType> types, ValueIds &results) {
  auto one = [&]<typename Op>(std::type_identity<Op>) {
    auto typed = dyn_cast<Op>(op);
    if (typed)
      results = body.op(convert(typed), operands, types);
    return static_cast<bool>(typed);
  };
  return (one(std::type_identity<Ops>()) || ...);
}

llvm::Expected<ValueIds>
glowplug::writeOp(BodyBuilder &body, Operation *op, ArrayRef<ValueId> operands,
                  ArrayRef<glowplug::TensorType> types) {
  ValueIds results;
  if (!writeAny<prim::MatMulOp, prim::ConvOp, prim::ConvTransposeOp,
                prim::MapOp, prim::ReduceOp, prim::ArgReduceOp, prim::ScanOp,
                prim::SortOp, prim::WindowOp, prim::TransposeOp,
                prim::ReshapeOp, prim::BroadcastOp, prim::SliceOp, prim::PadOp,
                prim::ConcatOp, prim::GatherOp, prim::ScatterOp>(
          body, op, operands, types, results))
    return llvm::createStringError("op '" + op->getName().getStringRef() +
                                   "' is not a primitive of the image");
  return results;
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
