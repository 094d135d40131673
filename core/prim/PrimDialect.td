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
def Prim_IndexTensor : Prim_TensorOf<[I32, I64]>;

//===----------------------------------------------------------------------===//
// Enums: numbers and meaning are those of the image schema
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

def Prim_ReduceKind : Prim_Enum<"ReduceKind", "how elements are combined", [
  I32EnumAttrCase<"sum", 0>, I32EnumAttrCase<"prod", 1>,
  I32EnumAttrCase<"min", 2>, I32EnumAttrCase<"max", 3>,
]>;
def Prim_ReduceKindAttr : Prim_EnumAttr<Prim_ReduceKind, "reduce_kind">;

def Prim_ScatterKind : Prim_Enum<"ScatterKind", "how updates are applied", [
  I32EnumAttrCase<"assign", 0>, I32EnumAttrCase<"add", 1>,
  I32EnumAttrCase<"mul", 2>, I32EnumAttrCase<"min", 3>,
  I32EnumAttrCase<"max", 4>,
]>;
def Prim_ScatterKindAttr : Prim_EnumAttr<Prim_ScatterKind, "scatter_kind">;

def Prim_ScalarKind : Prim_Enum<"ScalarKind", "the closed list of scalar ops", [
  I32EnumAttrCase<"constant", 1>,
  I32EnumAttrCase<"neg", 10>, I32EnumAttrCase<"abs", 11>,
  I32EnumAttrCase<"sign", 12>, I32EnumAttrCase<"floor", 13>,
  I32EnumAttrCase<"ceil", 14>, I32EnumAttrCase<"trunc", 15>,
  I32EnumAttrCase<"round_even", 16>, I32EnumAttrCase<"sqrt", 17>,
  I32EnumAttrCase<"exp", 18>, I32EnumAttrCase<"log", 19>,
  I32EnumAttrCase<"erf", 20>, I32EnumAttrCase<"sin", 21>,
  I32EnumAttrCase<"cos", 22>, I32EnumAttrCase<"tan", 23>,
  I32EnumAttrCase<"asin", 24>, I32EnumAttrCase<"acos", 25>,
  I32EnumAttrCase<"atan", 26>, I32EnumAttrCase<"sinh", 27>,
  I32EnumAttrCase<"cosh", 28>, I32EnumAttrCase<"tanh", 29>,
  I32EnumAttrCase<"asinh", 30>, I32EnumAttrCase<"acosh", 31>,
  I32EnumAttrCase<"atanh", 32>, I32EnumAttrCase<"invert", 33>,
  I32EnumAttrCase<"is_nan", 34>, I32EnumAttrCase<"is_inf", 35>,
  I32EnumAttrCase<"cast", 36>,
  I32EnumAttrCase<"add", 50>, I32EnumAttrCase<"sub", 51>,
  I32EnumAttrCase<"mul", 52>, I32EnumAttrCase<"div", 53>,
  I32EnumAttrCase<"rem", 54>, I32EnumAttrCase<"pow", 55>,
  I32EnumAttrCase<"min", 56>, I32EnumAttrCase<"max", 57>,
  I32EnumAttrCase<"bit_and", 58>, I32EnumAttrCase<"bit_or", 59>,
  I32EnumAttrCase<"bit_xor", 60>, I32EnumAttrCase<"shift_left", 61>,
  I32EnumAttrCase<"shift_right", 62>,
  I32EnumAttrCase<"eq", 70>, I32EnumAttrCase<"ne", 71>,
  I32EnumAttrCase<"lt", 72>, I32EnumAttrCase<"le", 73>,
  I32EnumAttrCase<"gt", 74>, I32EnumAttrCase<"ge", 75>,
  I32EnumAttrCase<"select", 80>, I32EnumAttrCase<"fma", 81>,
  I32EnumAttrCase<"quantize", 90>, I32EnumAttrCase<"dequantize", 91>,
  I32EnumAttrCase<"rescale_fp32_rne", 92>,
  I32EnumAttrCase<"rescale_tosa_single", 93>,
  I32EnumAttrCase<"rescale_tosa_double", 94>,
  I32EnumAttrCase<"table", 95>,
]>;
def Prim_ScalarKindAttr : Prim_EnumAttr<Prim_ScalarKind, "scalar_kind">;

class Prim_Op<string mnemonic, list<Trait> traits = []>
    : Op<Prim_Dialect, mnemonic, traits>;

#endif // CORE_PRIM_PRIMDIALECT_TD
