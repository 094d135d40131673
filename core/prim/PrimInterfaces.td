// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What passes ask prim ops instead of looking at their kinds. A new op answers
// here, and no pass changes.

#ifndef CORE_PRIM_PRIMINTERFACES_TD
#define CORE_PRIM_PRIMINTERFACES_TD

include "mlir/IR/OpBase.td"

class Prim_Interface<string name> : OpInterface<name> {
  let cppNamespace = "::glowplug::prim";
}

def Prim_EpilogueInterface : Prim_Interface<"EpilogueInterface"> {
  let description = [{
    An op that may carry an epilogue, which is region 0. Its extra operands come
    after all others.
  }];
  let methods = [
    InterfaceMethod<"The extra operands.", "::mlir::OperandRange", "getExtras">,
    InterfaceMethod<"The epilogue; empty if there is none.", "::mlir::Region &",
                    "getEpilogue">,
  ];
}

def Prim_ContractionInterface : Prim_Interface<"ContractionInterface"> {
  let description = "An op that sums products of two operands.";
  let methods = [
    InterfaceMethod<"How many products make one element of the result, at most.",
                    "int64_t", "getTermCount">,
  ];
}

def Prim_ReductionInterface : Prim_Interface<"ReductionInterface"> {
  let description = [{
    An op that combines elements of its operand 0, of the whole extent of some
    dims or of windows.
  }];
  let methods = [
    InterfaceMethod<"How elements are combined.",
                    "::glowplug::prim::ReduceKind", "getKind">,
    InterfaceMethod<"The epilogue; empty if there is none.", "::mlir::Region &",
                    "getEpilogue">,
    InterfaceMethod<"Whether some result may combine no element.", "bool",
                    "mayCombineNothing">,
    InterfaceMethod<"Whether each result is the one element it combines.",
                    "bool", "combinesOneElement">,
  ];
  let extraSharedClassDeclaration = [{
    /// Whether results are elements of the operand: the least or greatest.
    bool isExtreme() {
      return $_op.getKind() == ::glowplug::prim::ReduceKind::min ||
             $_op.getKind() == ::glowplug::prim::ReduceKind::max;
    }
  }];
}

def Prim_DataMovementInterface : Prim_Interface<"DataMovementInterface"> {
  let description = [{
    An op each element of whose result is an element of one of its operands, or
    of several, whatever the elements are.
  }];
  let methods = [
    InterfaceMethod<"The operands whose elements make the result.",
                    "::mlir::OperandRange", "getMoved">,
    InterfaceMethod<"Whether the result equals operand 0 if it has its type.",
                    "bool", "keepsOrder">,
  ];
}

def Prim_DimwiseInterface : Prim_Interface<"DimwiseInterface"> {
  let description = [{
    An op that treats each dim by itself: with all of its dimwise operands
    transposed alike and its attributes changed, its results are transposed.
  }];
  let methods = [
    InterfaceMethod<"How many operands, from the first, go by the result's dims.",
                    "unsigned", "getDimwiseCount">,
    InterfaceMethod<[{
      Changes the attributes that go by dims: what they said of operands
      transposed by `permutation`, they say of the operands as they were before.
    }], "void", "untranspose", (ins "::llvm::ArrayRef<int64_t>":$permutation)>,
  ];
}

def Prim_ControlInterface : Prim_Interface<"ControlInterface"> {
  let description = [{
    An op that calls functions of the module, its bodies. The host runs it;
    backends get what the bodies hold.
  }];
  let methods = [
    InterfaceMethod<"The names of the bodies.",
                    "::llvm::SmallVector<::mlir::FlatSymbolRefAttr, 2>",
                    "getBodies">,
  ];
}

#endif // CORE_PRIM_PRIMINTERFACES_TD
