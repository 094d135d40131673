// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// From the primitives of an image back to ops of the prim dialect.

#include "core/image/Reader.h"

#include "core/image/VerifyRules.h"
#include "core/prim/Constant.h"
#include "core/prim/Epilogue.h"
#include "core/prim/Primitives.h"

using namespace glowplug;
using namespace mlir;
using semantics::RegionTypes;

#include "core/image/Primitives.inc"

//===----------------------------------------------------------------------===//
// Regions
//===----------------------------------------------------------------------===//

static TypedAttr constantOf(const image::Instruction &from, Type type) {
  const APInt bits(type.getIntOrFloatBitWidth(), from.bits());
  if (auto real = dyn_cast<FloatType>(type))
    return FloatAttr::get(type, APFloat(real.getFloatSemantics(), bits));
  return IntegerAttr::get(type, bits);
}

/// The 256 entries of a table.
static DenseElementsAttr tableOf(const image::Instruction &from, Type type) {
  const llvm::ArrayRef<uint8_t> bytes = arrayOf(from.table());
  return DenseElementsAttr::getFromRawBuffer(
      RankedTensorType::get({256}, type),
      {reinterpret_cast<const char *>(bytes.data()), bytes.size()});
}

static void readRegion(const image::Region &from, Location loc,
                       Region &region) {
  MLIRContext *context = loc.getContext();
  auto typeOf = [&](image::DType type) {
    return prim::elementType(context, static_cast<DType>(type));
  };
  Block &block = region.emplaceBlock();
  OpBuilder builder = OpBuilder::atBlockBegin(&block);
  llvm::SmallVector<Value> scalars;
  if (from.parameters())
    for (image::DType type : *from.parameters())
      scalars.push_back(block.addArgument(typeOf(type), loc));
  for (uint32_t i = 0; from.instructions() && i < from.instructions()->size();
       ++i) {
    const image::Instruction &instruction = *from.instructions()->Get(i);
    const Type type = typeOf(instruction.dtype());
    if (instruction.op() == image::ScalarOp::constant) {
      scalars.push_back(builder.create<prim::ScalarConstantOp>(
          loc, constantOf(instruction, type)));
      continue;
    }
    llvm::SmallVector<Value, 4> operands;
    for (uint16_t number : arrayOf(instruction.operands()))
      operands.push_back(scalars[number]);
    auto scalar = builder.create<prim::ScalarOp>(
        loc, type, static_cast<prim::ScalarKind>(instruction.op()), operands);
    if (instruction.op() == image::ScalarOp::table)
      scalar.setTableAttr(tableOf(instruction, type));
    scalars.push_back(scalar);
  }
  llvm::SmallVector<Value, 2> results;
  for (uint16_t number : arrayOf(from.results()))
    results.push_back(scalars[number]);
  builder.create<prim::YieldOp>(loc, results);
}

//===----------------------------------------------------------------------===//
// Ops
//===----------------------------------------------------------------------===//

template <typename Table>
static Operation *readTable(OpBuilder &builder, Location loc,
                            const Table &table, ValueRange operands,
                            TypeRange results) {
  Operation *op =
      prim::create(builder, loc, attributesOf(table), results, operands);
  if constexpr (requires { regionOf(table); }) {
    const image::Region *region = regionOf(table);
    if (!region)
      return op;
    if (prim::takesEpilogue(op)) {
      Operation *whole = prim::cloneWithExtras(
          builder, op, operands.drop_front(op->getNumOperands()), results[0]);
      op->erase();
      op = whole;
    }
    readRegion(*region, loc, op->getRegion(0));
  }
  return op;
}

Operation *glowplug::readOp(OpBuilder &builder, Location loc,
                            const image::Op &op, ValueRange operands,
                            TypeRange results) {
  switch (op.attributes_type()) {
#define GP_READ(kind)                                                          \
  case image::Attributes::kind:                                                \
    return readTable(builder, loc, *op.attributes_as_##kind(), operands,       \
                     results);
    GP_EACH_PRIMITIVE(GP_READ)
#undef GP_READ
  default:
    llvm_unreachable("the op was verified, and is a primitive");
  }
}
