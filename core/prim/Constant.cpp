// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Conversion between constants of the IR and tensors.

#include "core/prim/Constant.h"

#include "core/semantics/Limits.h"

#include "mlir/IR/AsmState.h"
#include "mlir/IR/DialectResourceBlobManager.h"

#include <cmath>

using namespace glowplug;
using namespace glowplug::prim;
using namespace mlir;

//===----------------------------------------------------------------------===//
// Types
//===----------------------------------------------------------------------===//

Type prim::elementType(MLIRContext *context, DType type) {
  Builder b(context);
  switch (type) {
  case DType::boolean:
    return b.getI1Type();
  case DType::i8:
  case DType::i16:
  case DType::i32:
  case DType::i64:
    return b.getIntegerType(8 * dtypeBytes(type));
  case DType::u8:
  case DType::u16:
  case DType::u32:
  case DType::u64:
    return b.getIntegerType(8 * dtypeBytes(type), /*isSigned=*/false);
  case DType::f16:
    return b.getF16Type();
  case DType::bf16:
    return b.getBF16Type();
  case DType::f32:
    return b.getF32Type();
  case DType::f64:
    return b.getF64Type();
  case DType::none:
    break;
  }
  llvm_unreachable("not an element type");
}

DType prim::dtypeOfElement(Type element) {
  if (element.isF16())
    return DType::f16;
  if (element.isBF16())
    return DType::bf16;
  if (element.isF32())
    return DType::f32;
  if (element.isF64())
    return DType::f64;
  auto integer = dyn_cast<IntegerType>(element);
  if (!integer || integer.isSigned()) // a signed one is signless here
    return DType::none;
  const bool isSigned = !integer.isUnsigned();
  switch (integer.getWidth()) {
  case 1:
    return DType::boolean;
  case 8:
    return isSigned ? DType::i8 : DType::u8;
  case 16:
    return isSigned ? DType::i16 : DType::u16;
  case 32:
    return isSigned ? DType::i32 : DType::u32;
  case 64:
    return isSigned ? DType::i64 : DType::u64;
  }
  return DType::none;
}

//===----------------------------------------------------------------------===//
// Numbers
//===----------------------------------------------------------------------===//

TypedAttr prim::numberAttr(double value, Type type) {
  if (isa<FloatType>(type))
    return FloatAttr::get(type, value);
  return numberAttr(static_cast<int64_t>(value), type);
}

TypedAttr prim::numberAttr(int64_t value, Type type) {
  if (auto floating = dyn_cast<FloatType>(type)) {
    APFloat number(floating.getFloatSemantics());
    number.convertFromAPInt(APInt(64, value, true), true,
                            APFloat::rmNearestTiesToEven);
    return FloatAttr::get(type, number);
  }
  if (type.isInteger(1))
    return IntegerAttr::get(type, APInt(1, value != 0));
  return IntegerAttr::get(
      type, APInt(64, value, true).trunc(type.getIntOrFloatBitWidth()));
}

//===----------------------------------------------------------------------===//
// Tensors
//===----------------------------------------------------------------------===//

/// Whether every element has the bits of the first one.
static bool isUniform(const Tensor &tensor) {
  ArrayRef<uint8_t> bytes = tensor.bytes();
  const size_t size = dtypeBytes(tensor.dtype());
  // Each byte equals the one an element before it.
  return bytes.size() <= size || std::memcmp(bytes.data(), bytes.data() + size,
                                             bytes.size() - size) == 0;
}

/// An inline attribute with the bytes of \p bytes: one element or all.
static DenseElementsAttr inlineAttr(RankedTensorType type,
                                    ArrayRef<uint8_t> bytes) {
  // MLIR packs booleans into bits; going through values avoids dealing with
  // that.
  if (type.getElementType().isInteger(1)) {
    SmallVector<bool> values;
    for (uint8_t byte : bytes)
      values.push_back(byte != 0);
    return DenseElementsAttr::get(type, values);
  }
  return DenseElementsAttr::getFromRawBuffer(
      type, {reinterpret_cast<const char *>(bytes.data()), bytes.size()});
}

DenseElementsAttr prim::denseAttr(MLIRContext *context, const Tensor &tensor) {
  return inlineAttr(RankedTensorType::get(tensor.shape(),
                                          elementType(context, tensor.dtype())),
                    tensor.bytes());
}

ConstantOp prim::createConstant(OpBuilder &builder, Location loc,
                                const Tensor &tensor,
                                std::shared_ptr<const void> owner) {
  MLIRContext *context = builder.getContext();
  auto type = RankedTensorType::get(tensor.shape(),
                                    elementType(context, tensor.dtype()));
  ArrayRef<uint8_t> bytes = tensor.bytes();
  const bool uniform = isUniform(tensor) && tensor.elementCount() > 0;
  if (uniform || bytes.size() <= semantics::maxInlineBytes) {
    const size_t one = dtypeBytes(tensor.dtype());
    return builder.create<ConstantOp>(
        loc, cast<TypedAttr>(
                 inlineAttr(type, uniform ? bytes.take_front(one) : bytes)));
  }

  auto *dialect = context->getOrLoadDialect<PrimDialect>();
  const std::string key = "c" + std::to_string(dialect->nextHandle++);
  ArrayRef<char> data(reinterpret_cast<const char *>(bytes.data()),
                      bytes.size());
  AsmResourceBlob blob =
      owner ? UnmanagedAsmResourceBlob::allocateWithAlign(
                  data, dtypeBytes(tensor.dtype()),
                  [owner](void *, size_t, size_t) {})
            : HeapAsmResourceBlob::allocateAndCopyWithAlign(data, 64);
  return builder.create<ConstantOp>(
      loc, cast<TypedAttr>(
               DenseResourceElementsAttr::get(type, key, std::move(blob))));
}

std::optional<Tensor> prim::constantTensor(ConstantOp op) {
  auto type = cast<RankedTensorType>(op.getType());
  const DType dtype = dtypeOfElement(type.getElementType());
  if (auto resource = dyn_cast<DenseResourceElementsAttr>(op.getValue())) {
    AsmResourceBlob *blob = resource.getRawHandle().getBlob();
    if (!blob)
      return std::nullopt;
    ArrayRef<char> data = blob->getData();
    return cantFail(Tensor::borrow(
        dtype, type.getShape(),
        {reinterpret_cast<const uint8_t *>(data.data()), data.size()}));
  }

  return denseTensor(cast<DenseElementsAttr>(op.getValue()));
}

Tensor prim::denseTensor(DenseElementsAttr attribute) {
  auto dense = cast<DenseIntOrFPElementsAttr>(attribute);
  const DType dtype = dtypeOfElement(dense.getElementType());
  Tensor tensor =
      cantFail(Tensor::uninitialized(dtype, dense.getType().getShape()));
  MutableArrayRef<uint8_t> bytes = tensor.mutableBytes();
  const size_t size = dtypeBytes(dtype);
  if (dtype == DType::boolean) {
    for (auto [to, from] : llvm::zip_equal(bytes, dense.getValues<bool>()))
      to = from;
  } else if (dense.isSplat()) {
    for (size_t at = 0; at < bytes.size(); at += size)
      std::memcpy(&bytes[at], dense.getRawData().data(), size);
  } else {
    llvm::copy(dense.getRawData(), bytes.begin());
  }
  return tensor;
}

bool prim::isSplat(ConstantOp op) {
  auto dense = dyn_cast<DenseIntOrFPElementsAttr>(op.getValue());
  return dense && dense.isSplat();
}

std::optional<double> prim::splatNumber(Value value) {
  auto op = value.getDefiningOp<ConstantOp>();
  if (!op || !isSplat(op))
    return std::nullopt;
  auto dense = cast<DenseElementsAttr>(op.getValue());
  if (isa<FloatType>(dense.getElementType())) {
    APFloat number = dense.getSplatValue<APFloat>();
    bool inexact = false;
    number.convert(APFloat::IEEEdouble(), APFloat::rmNearestTiesToEven,
                   &inexact);
    return number.convertToDouble();
  }
  const APInt number = dense.getSplatValue<APInt>();
  const DType dtype = dtypeOfElement(dense.getElementType());
  return isSignedInteger(dtype) ? static_cast<double>(number.getSExtValue())
                                : static_cast<double>(number.getZExtValue());
}
