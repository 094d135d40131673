// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Operations of the prim dialect, in alphabetical order. What a primitive is,
// the image schema says (backend-api/schema/image.fbs): operands, attributes,
// results and constraints are generated from it as Prim_...Base. Here are their
// syntax, and the ops that are no tables of the schema.

#ifndef CORE_PRIM_PRIMOPS_TD
#define CORE_PRIM_PRIMOPS_TD

include "core/prim/PrimDialect.td"
include "core/prim/PrimInterfaces.td"
include "mlir/IR/BuiltinAttributeInterfaces.td"
include "mlir/IR/RegionKindInterface.td"
include "mlir/Interfaces/InferTypeOpInterface.td"
include "mlir/Interfaces/SideEffectInterfaces.td"
include "mlir/IR/SymbolInterfaces.td"

include "core/prim/Primitives.td"

def Prim_ArgReduceOp : Prim_ArgReduceBase {
  let assemblyFormat = [{
    `` $kind $input `dim` $dim (`select_last` $select_last^)? attr-dict
    `:` type($input) `->` type($result)
  }];
}

def Prim_BroadcastOp : Prim_BroadcastBase<[
    DeclareOpInterfaceMethods<Prim_DataMovementInterface>]> {
  let assemblyFormat = "$input attr-dict `:` type($input) `->` type($result)";
}

def Prim_CompositeOp : Prim_Op<"composite", [Pure, IsolatedFromAbove]> {
  let summary = "A named function with a body of primitives";
  let description = [{
    A backend takes it by name and version, or the core inlines the body. The
    body is the definition; the details describe it for a backend that has
    the function in hardware.

    Constraints:
      (C1) the body has one block, whose arguments are the operands' types,
           and which ends in a `prim.yield` of the results' types.
      (C2) each detail is an integer, a float, text, or an array of
           integers.

    Example:
    ```mlir
    %y = prim.composite "softmax" version 1 (%x) attributes {axis = 1 : i64}
        : (tensor<2x5xf32>) -> tensor<2x5xf32> {
    ^bb0(%a: tensor<2x5xf32>):
      ...
      prim.yield %r : tensor<2x5xf32>
    }
    ```
  }];
  let arguments = (ins StrAttr:$name, I64Attr:$version,
                       Variadic<Prim_Tensor>:$operands_,
                       DictionaryAttr:$details);
  let results = (outs Variadic<Prim_Tensor>:$results_);
  let regions = (region SizedRegion<1>:$body);
  let assemblyFormat = [{
    $name `version` $version `(` $operands_ `)` `attributes` $details
    attr-dict `:` functional-type(operands, results) $body
  }];
  let hasVerifier = 1;
}

def Prim_ConcatOp : Prim_ConcatBase<[
    DeclareOpInterfaceMethods<Prim_DataMovementInterface>,
    DeclareOpInterfaceMethods<Prim_DimwiseInterface>]> {
  let assemblyFormat = [{
    $inputs `dim` $dim attr-dict `:` functional-type(operands, results)
  }];
}

def Prim_ConstantOp : Prim_Op<"constant", [
    Pure, ConstantLike, AllTypesMatch<["value", "result"]>]> {
  let summary = "A tensor that is known";
  let description = [{
    Constraints:
      (C1) the value has the type of the result.
      (C2) the value is a splat or holds at most 64 bytes as `dense`, or is a
           handle to data outside of the IR, as `dense_resource`.
      (C3) the data of a handle, when present, has the size of the type.

    Example:
    ```mlir
    %a = prim.constant dense<0.5> : tensor<64xf32>
    %w = prim.constant dense_resource<w0> : tensor<64x3x7x7xf32>
    ```
  }];
  let arguments = (ins TypedAttrInterface:$value);
  let results = (outs Prim_Tensor:$result);
  let assemblyFormat = "attr-dict $value";
  let hasFolder = 1;
  let hasVerifier = 1;
  let extraClassDeclaration = [{
    static bool isBuildableWith(::mlir::Attribute value, ::mlir::Type type);
    ::mlir::ElementsAttr getElements() {
      return ::llvm::cast<::mlir::ElementsAttr>(getValue());
    }
  }];
}

def Prim_ConvOp : Prim_ConvBase<[
    Prim_EpilogueInterface,
    DeclareOpInterfaceMethods<Prim_ContractionInterface>]> {
  let assemblyFormat = [{
    $input `,` $weights `strides` $strides `pads` $pads_low `,` $pads_high
    `dilations` $dilations `groups` $groups
    (`lhs_zp` $lhs_zp^)? (`rhs_zp` $rhs_zp^)?
    attr-dict `:` type($input) `,` type($weights) `->` type($result)
    custom<Epilogue>($extras, type($extras), $epilogue)
  }];
}

def Prim_ConvTransposeOp : Prim_ConvTransposeBase<[
    Prim_EpilogueInterface,
    DeclareOpInterfaceMethods<Prim_ContractionInterface>]> {
  let assemblyFormat = [{
    $input `,` $weights `strides` $strides `pads` $pads_low `,` $pads_high
    `dilations` $dilations `groups` $groups
    attr-dict `:` type($input) `,` type($weights) `->` type($result)
    custom<Epilogue>($extras, type($extras), $epilogue)
  }];
}

def Prim_GatherOp : Prim_GatherBase<[
    DeclareOpInterfaceMethods<Prim_DataMovementInterface>]> {
  let assemblyFormat = [{
    $data `,` $indices `dim` $dim attr-dict
    `:` type($data) `,` type($indices) `->` type($result)
  }];
}

def Prim_IfOp : Prim_Op<"if", [
    Pure, DeclareOpInterfaceMethods<Prim_ControlInterface>,
    DeclareOpInterfaceMethods<SymbolUserOpInterface>]> {
  let summary = "One of two functions";
  let description = [{
    Calls `then` where the condition is true, and `else` where it is not. Both
    take the operands after the condition. The bodies are functions of the
    module, so that each pass over functions treats them like the model itself.

    Constraints:
      (C1) the condition is a boolean of rank 0.
      (C2) both functions take the types of the operands after it, and return
           those of the results.

    Example:
    ```mlir
    %y = prim.if %c then @main.then else @main.else (%x)
        : (tensor<i1>, tensor<4xf32>) -> tensor<4xf32>
    ```
  }];
  let arguments = (ins Prim_Tensor:$condition, Variadic<Prim_Tensor>:$operands_,
                       FlatSymbolRefAttr:$then_body,
                       FlatSymbolRefAttr:$else_body);
  let results = (outs Variadic<Prim_Tensor>:$results_);
  let assemblyFormat = [{
    $condition `then` $then_body `else` $else_body `(` $operands_ `)`
    attr-dict `:` functional-type(operands, results)
  }];
}

def Prim_LoopOp : Prim_Op<"loop", [
    Pure, DeclareOpInterfaceMethods<Prim_ControlInterface>,
    DeclareOpInterfaceMethods<SymbolUserOpInterface>]> {
  let summary = "A function, over and over";
  let description = [{
    Calls the body with the number of the iteration, from 0, what is carried,
    and the operands that stay the same. It returns the next condition, what is
    carried to the next iteration, and rows. Iterations go on while their
    number is below `trips` and `most`, and the condition is true. The results
    are what was carried last, the rows of each kind stacked, and the number of
    iterations. Rows that no iteration wrote are zero.

    Constraints:
      (C1) `trips` is an i64 and `condition` a boolean, both of rank 0.
      (C2) `most` is at least 0, and `carried` counts the first of the operands
           after the condition.
      (C3) the function takes an i64 of rank 0 and the operands after the
           condition, and returns a boolean of rank 0, the types that are
           carried, and rows.
      (C4) the results are of the types that are carried, the types of the rows
           with a first dim of `most`, and an i64 of rank 0.

    Example:
    ```mlir
    %sum, %rows, %n = prim.loop %trips, %c most 8 carried 1 @main.body (%x, %k)
        : (tensor<i64>, tensor<i1>, tensor<4xf32>, tensor<4xf32>)
        -> (tensor<4xf32>, tensor<8x4xf32>, tensor<i64>)
    ```
  }];
  let arguments = (ins Prim_Tensor:$trips, Prim_Tensor:$condition,
                       Variadic<Prim_Tensor>:$operands_,
                       FlatSymbolRefAttr:$body, I64Attr:$carried, I64Attr:$most);
  let results = (outs Variadic<Prim_Tensor>:$results_);
  let assemblyFormat = [{
    $trips `,` $condition `most` $most `carried` $carried $body
    `(` $operands_ `)` attr-dict `:` functional-type(operands, results)
  }];
}

def Prim_MapOp : Prim_MapBase<[
    DeclareOpInterfaceMethods<Prim_DimwiseInterface>]> {
  let assemblyFormat = [{
    `(` $inputs `)` attr-dict `:` functional-type(operands, results) $body
  }];
}

def Prim_MatMulOp : Prim_MatMulBase<[
    Prim_EpilogueInterface,
    DeclareOpInterfaceMethods<Prim_ContractionInterface>]> {
  let assemblyFormat = [{
    $lhs `,` $rhs (`lhs_zp` $lhs_zp^)? (`rhs_zp` $rhs_zp^)?
    attr-dict `:` type($lhs) `,` type($rhs) `->` type($result)
    custom<Epilogue>($extras, type($extras), $epilogue)
  }];
}

def Prim_NonMaxSuppressionOp : Prim_NonMaxSuppressionBase {
  let assemblyFormat = [{
    $boxes `,` $scores `limit` $limit `iou_threshold` $iou_threshold
    `score_threshold` $score_threshold `most` $most (`center` $center^)?
    attr-dict `:` functional-type(operands, results)
  }];
}

def Prim_PadOp : Prim_PadBase<[
    DeclareOpInterfaceMethods<Prim_DataMovementInterface>,
    DeclareOpInterfaceMethods<Prim_DimwiseInterface>]> {
  let assemblyFormat = [{
    $input `,` $value `low` $low `high` $high `interior` $interior attr-dict
    `:` type($input) `,` type($value) `->` type($result)
  }];
}

def Prim_Formula : Prim_Enum<"Formula", "a function of quantised scalars", [
  I32EnumAttrCase<"add", 0>, I32EnumAttrCase<"mul", 1>,
  I32EnumAttrCase<"average", 2>]>;
def Prim_FormulaAttr : Prim_EnumAttr<Prim_Formula, "formula">;

def Prim_QuantizedOp : Prim_Op<"quantized", [Pure]> {
  let summary = "A function of quantised scalars, by ONNX Runtime's formula";
  let description = [{
    Stands for its formula in scalar ops (`core/prim/Quantized.h`), which images
    hold in its place. It keeps its name until then because a backend without
    floats computes the same function otherwise. All scales are f32; a zero
    point has the type of the integers that it belongs to.

      - `add(a, a_scale, a_zp, b, b_scale, b_zp, y_scale, y_zp)` and `mul` of
        the same operands: `a` and `b` are integers of 8 bits.
      - `average(sum, count, x_scale, x_zp, y_scale, y_zp)`: `sum` is the exact
        i32 sum of `count` (f32) integers of 8 bits less their zero point. It
        stands for ONNX Runtime's sum of floats in row-major order of the
        window, from which the formula may be a step off (ADR 0008).

    Constraints:
      (C1) it has as many operands as its formula.
      (C2) the types are those of its formula.
      (C3) the result has the type of the last zero point, an integer of 8 bits.

    Example:
    ```mlir
    %4 = prim.quantized mul(%a, %as, %az, %b, %bs, %bz, %ys, %yz)
        : (i8, f32, i8, i8, f32, i8, f32, i8) -> i8
    ```
  }];
  let arguments = (ins Prim_FormulaAttr:$formula,
                       Variadic<Prim_Scalar>:$operands_);
  let results = (outs Prim_Scalar:$result);
  let assemblyFormat = [{
    `` $formula `(` $operands_ `)` attr-dict
    `:` functional-type(operands, results)
  }];
  let hasVerifier = 1;
}

def Prim_ReduceOp : Prim_ReduceBase<[
    Prim_EpilogueInterface,
    DeclareOpInterfaceMethods<Prim_ReductionInterface,
        ["mayCombineNothing", "combinesOneElement"]>,
    DeclareOpInterfaceMethods<Prim_DimwiseInterface>]> {
  let assemblyFormat = [{
    `` $kind $input `dims` $dims attr-dict `:` type($input) `->` type($result)
    custom<Epilogue>($extras, type($extras), $epilogue)
  }];
}

def Prim_ReshapeOp : Prim_ReshapeBase<[
    DeclareOpInterfaceMethods<Prim_DataMovementInterface>]> {
  let assemblyFormat = "$input attr-dict `:` type($input) `->` type($result)";
}

def Prim_ScalarOp : Prim_Op<"scalar", [Pure]> {
  let summary = "One operation of the closed list of scalar ops";
  let description = [{
    Constraints:
      (C1) it has as many operands as its kind.
      (C2) the types are those of its kind; see the list in the schema.
      (C3) a table has `table`, 256 elements of its result's type; no other
           kind has it.

    Example:
    ```mlir
    %2 = prim.scalar add(%0, %1) : (f32, f32) -> f32
    %4 = prim.scalar rescale_fp32_rne(%sum, %scale, %zp) : (i32, f32, i8) -> i8
    %5 = prim.scalar table(%4) {table = dense<"0x80..."> : tensor<256xi8>}
        : (i8) -> i8
    ```
  }];
  let arguments = (ins Prim_ScalarKindAttr:$kind,
                       Variadic<Prim_Scalar>:$operands_,
                       OptionalAttr<ElementsAttr>:$table);
  let results = (outs Prim_Scalar:$result);
  let builders = [
    OpBuilder<(ins "::mlir::Type":$result, "ScalarKind":$kind,
                   "::mlir::ValueRange":$operands), [{
      build($_builder, $_state, result, kind, operands, nullptr);
    }]>,
  ];
  let assemblyFormat = [{
    `` $kind `(` $operands_ `)` attr-dict `:` functional-type(operands, results)
  }];
  let hasVerifier = 1;
}

def Prim_ScalarConstantOp : Prim_Op<"scalar_constant", [
    Pure, AllTypesMatch<["value", "result"]>]> {
  let summary = "A scalar that is known";
  let description = [{
    Constraints:
      (C1) the value has the type of the result.

    Example:
    ```mlir
    %0 = prim.scalar_constant 5.000000e-01 : f32
    ```
  }];
  let arguments = (ins TypedAttrInterface:$value);
  let results = (outs Prim_Scalar:$result);
  let assemblyFormat = "attr-dict $value";
  let hasVerifier = 1;
}

def Prim_ScanOp : Prim_ScanBase {
  let assemblyFormat = [{
    `` $kind $input `dim` $dim (`exclusive` $exclusive^)? (`reverse` $reverse^)?
    attr-dict `:` type($input) `->` type($result)
  }];
}

def Prim_ScatterOp : Prim_ScatterBase {
  let assemblyFormat = [{
    `` $kind $data `,` $indices `,` $updates attr-dict
    `:` functional-type(operands, results)
  }];
}

def Prim_SliceOp : Prim_SliceBase<[
    DeclareOpInterfaceMethods<Prim_DataMovementInterface>,
    DeclareOpInterfaceMethods<Prim_DimwiseInterface>]> {
  let assemblyFormat = [{
    $input `starts` $starts `strides` $strides attr-dict
    `:` type($input) `->` type($result)
  }];
}

def Prim_SortOp : Prim_SortBase {
  let assemblyFormat = [{
    $input `dim` $dim (`descending` $descending^)? attr-dict
    `:` type($input) `->` type($values) `,` type($positions)
  }];
}

def Prim_TransposeOp : Prim_TransposeBase<[
    DeclareOpInterfaceMethods<Prim_DataMovementInterface>]> {
  let assemblyFormat = [{
    $input $permutation attr-dict `:` type($input) `->` type($result)
  }];
}

def Prim_WindowOp : Prim_WindowBase<[
    Prim_EpilogueInterface,
    DeclareOpInterfaceMethods<Prim_ReductionInterface,
        ["mayCombineNothing", "combinesOneElement"]>,
    DeclareOpInterfaceMethods<Prim_DimwiseInterface>]> {
  let assemblyFormat = [{
    `` $kind $input `sizes` $sizes `strides` $strides
    `pads` $pads_low `,` $pads_high `dilations` $dilations
    attr-dict `:` type($input) `->` type($result)
    custom<Epilogue>($extras, type($extras), $epilogue)
  }];
}

def Prim_YieldOp : Prim_Op<"yield", [
    Pure, Terminator,
    ParentOneOf<["CompositeOp", "ConvOp", "ConvTransposeOp", "MapOp",
                 "MatMulOp", "ReduceOp", "WindowOp"]>]> {
  let summary = "Ends a region and gives its results";
  let arguments = (ins Variadic<AnyType>:$operands_);
  let assemblyFormat = "$operands_ attr-dict `:` type($operands_)";
}

#endif // CORE_PRIM_PRIMOPS_TD
