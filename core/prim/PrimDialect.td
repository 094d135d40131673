// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The prim dialect: the closed, versioned set of linear-algebra primitives.

#ifndef CORE_PRIM_PRIMDIALECT_TD
#define CORE_PRIM_PRIMDIALECT_TD

include "mlir/IR/AttrTypeBase.td"
include "mlir/IR/EnumAttr.td"
include "mlir/IR/OpBase.td"

def Prim_Dialect : Dialect {
  let name = "prim";
  let cppNamespace = "::glowplug::prim";
  let summary = "The primitive set that every backend reads";
  let hasConstantMaterializer = 1;
  let useDefaultAttributePrinterParser = 1;
  let extraClassDeclaration = [{
    /// Number of the next handle: c0, c1, ... in the order of their making.
    /// Constants are made by one thread at a time.
    unsigned nextHandle = 0;
  }];
  let description = [{
    Whole-tensor operations with value semantics and static shapes. Each op is
    one table of the image schema (`backend-api/schema/image.fbs`), which holds
    the exact arithmetic; the constraints (C1 ...) here are what the verifier
    enforces.

    Signless integers are signed (`i8`), unsigned ones are spelled (`ui8`),
    `i1` is the boolean.

    Element-wise work exists in one form: a region of `prim.scalar` ops, either
    the body of a `prim.map` or the *epilogue* of a contraction, reduction or
    window.
  }];
}

//===----------------------------------------------------------------------===//
// Types
//===----------------------------------------------------------------------===//

def Prim_Float : AnyTypeOf<[F16, BF16, F32, F64]>;
def Prim_Integer : AnyTypeOf<[I8, UI8, I16, UI16, I32, UI32, I64, UI64]>;
def Prim_Scalar : AnyTypeOf<[I1, Prim_Float, Prim_Integer],
                            "a prim element type">;

class Prim_TensorOf<list<Type> elements>
    : ConfinedType<StaticShapeTensorOf<elements>,
                   [CPred<"::llvm::cast<::mlir::ShapedType>($_self).getRank() "
                          "<= 8">],
                   "statically shaped tensor of rank 8 or less">;
def Prim_Tensor : Prim_TensorOf<[I1, Prim_Float, Prim_Integer]>;
def Prim_NumberTensor : Prim_TensorOf<[Prim_Float, Prim_Integer]>;
def Prim_FloatTensor : Prim_TensorOf<[Prim_Float]>;
def Prim_IndexTensor : Prim_TensorOf<[I32, I64]>;

//===----------------------------------------------------------------------===//
// Enums, generated from the image schema in Primitives.td
//===----------------------------------------------------------------------===//

class Prim_Enum<string name, string summary, list<I32EnumAttrCase> cases>
    : I32EnumAttr<name, summary, cases> {
  let cppNamespace = "::glowplug::prim";
  let genSpecializedAttr = 0;
}
class Prim_EnumAttr<EnumAttrInfo info, string mnemonic>
    : EnumAttr<Prim_Dialect, info, mnemonic> {
  let assemblyFormat = "$value"; // ops suppress the space before it
}

class Prim_Op<string mnemonic, list<Trait> traits = []>
    : Op<Prim_Dialect, mnemonic, traits>;

#endif // CORE_PRIM_PRIMDIALECT_TD
