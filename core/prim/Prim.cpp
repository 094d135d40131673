// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Registration of the prim dialect, and the syntax shared by its operations.

#include "core/prim/Prim.h"

#include "mlir/IR/Builders.h"
#include "mlir/IR/DialectImplementation.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace glowplug::prim;
using namespace mlir;

#include "core/prim/PrimDialect.cpp.inc"
#include "core/prim/PrimEnums.cpp.inc"

#define GET_ATTRDEF_CLASSES
#include "core/prim/PrimAttrs.cpp.inc"

void PrimDialect::initialize() {
  addAttributes<
#define GET_ATTRDEF_LIST
#include "core/prim/PrimAttrs.cpp.inc"
      >();
  addOperations<
#define GET_OP_LIST
#include "core/prim/PrimOps.cpp.inc"
      >();
}

Operation *PrimDialect::materializeConstant(OpBuilder &builder, Attribute value,
                                            Type type, Location loc) {
  if (ConstantOp::isBuildableWith(value, type))
    return builder.create<ConstantOp>(loc, cast<ElementsAttr>(value));
  return nullptr;
}

//===----------------------------------------------------------------------===//
// epilogue(%a, %b : type, type) { ... }, or nothing
//===----------------------------------------------------------------------===//

static ParseResult
parseEpilogue(OpAsmParser &parser,
              SmallVectorImpl<OpAsmParser::UnresolvedOperand> &extras,
              SmallVectorImpl<Type> &types, Region &region) {
  if (failed(parser.parseOptionalKeyword("epilogue")))
    return success();
  if (parser.parseLParen())
    return failure();
  if (failed(parser.parseOptionalRParen()))
    if (parser.parseOperandList(extras) || parser.parseColonTypeList(types) ||
        parser.parseRParen())
      return failure();
  return parser.parseRegion(region, /*arguments=*/{});
}

static void printEpilogue(OpAsmPrinter &printer, Operation *,
                          OperandRange extras, TypeRange types,
                          Region &region) {
  if (region.empty())
    return;
  printer << "epilogue(";
  if (!extras.empty()) {
    printer.printOperands(extras);
    printer << " : ";
    llvm::interleaveComma(types, printer);
  }
  printer << ") ";
  printer.printRegion(region);
}

#define GET_OP_CLASSES
#include "core/prim/PrimOps.cpp.inc"
