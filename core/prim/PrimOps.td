// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Operations of the prim dialect, in alphabetical order. The exact arithmetic
// of each is in backend-api/schema/image.fbs.

#ifndef CORE_PRIM_PRIMOPS_TD
#define CORE_PRIM_PRIMOPS_TD

include "core/prim/PrimDialect.td"
include "mlir/IR/BuiltinAttributeInterfaces.td"
include "mlir/IR/RegionKindInterface.td"
include "mlir/Interfaces/InferTypeOpInterface.td"
include "mlir/Interfaces/SideEffectInterfaces.td"

/// An op whose only region is an epilogue over `extras`; empty means none.
class Prim_EpilogueOp<string mnemonic, list<Trait> traits = []>
    : Prim_Op<mnemonic, !listconcat([Pure, IsolatedFromAbove], traits)>;

def Prim_ArgReduceOp : Prim_Op<"arg_reduce", [Pure]> {
  let summary = "Position of the extreme element along one dim";
  let description = [{
    Constraints:
      (C1) `kind` is min or max.
      (C2) `dim` is a dim of `input`, and not empty.
      (C3) `result` is i64 with the shape of `input`, but 1 in `dim`.

    Example:
    ```mlir
    %i = prim.arg_reduce max %x dim 1 : tensor<2x5xf32> -> tensor<2x1xi64>
    ```
  }];
  let arguments = (ins Prim_NumberTensor:$input, Prim_ReduceKindAttr:$kind,
                       I64Attr:$dim, UnitAttr:$select_last);
  let results = (outs Prim_TensorOf<[I64]>:$result);
  let assemblyFormat = [{
    `` $kind $input `dim` $dim (`select_last` $select_last^)? attr-dict
    `:` type($input) `->` type($result)
  }];
  let hasVerifier = 1;
}

def Prim_BroadcastOp : Prim_Op<"broadcast", [Pure]> {
  let summary = "Repeats dims of size 1";
  let description = [{
    Constraints:
      (C1) `input` and `result` have one element type and one rank.
      (C2) each dim of `input` is that of `result`, or 1.
  }];
  let arguments = (ins Prim_Tensor:$input);
  let results = (outs Prim_Tensor:$result);
  let assemblyFormat = "$input attr-dict `:` type($input) `->` type($result)";
  let hasVerifier = 1;
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

def Prim_ConcatOp : Prim_Op<"concat", [Pure]> {
  let summary = "Joins tensors along one dim";
  let description = [{
    Constraints:
      (C1) there is at least one input, and all have the result's element
           type and rank.
      (C2) `dim` is a dim of the result.
      (C3) sizes agree but in `dim`, where they add up to the result's.
  }];
  let arguments = (ins Variadic<Prim_Tensor>:$inputs, I64Attr:$dim);
  let results = (outs Prim_Tensor:$result);
  let assemblyFormat = [{
    $inputs `dim` $dim attr-dict `:` functional-type(operands, results)
  }];
  let hasVerifier = 1;
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

def Prim_ConvOp : Prim_EpilogueOp<"conv"> {
  let summary = "Cross-correlation over one to three spatial dims";
  let description = [{
    Constraints:
      (C1) `input` [N, C, spatial..] and `weights` [O, C / groups, kernel..]
           have one rank from 3 to 5. Floats: one element type; integers:
           both of 8 bits, or one element type.
      (C2) `strides`, `pads_low`, `pads_high`, `dilations` have an entry per
           spatial dim; strides and dilations are positive, pads are not
           negative.
      (C3) `groups` is positive and divides C and O; weights dim 1 is
           C / groups.
      (C4) the result shape is [N, O, out..] with
           out = floor((in + low + high - dilation * (kernel - 1) - 1)
           / stride) + 1, and no out is below 0.
      (C5) `lhs_zp` has at most one entry, `rhs_zp` one or O; both only for
           integers.
      (C6) the epilogue, if any, takes the accumulator type and the extras'
           element types, and yields the result's; without one, the result
           has the accumulator type (integers) or the input's type (floats).
      (C7) extras have the result's rank, and in each dim its size or 1.
  }];
  let arguments = (ins Prim_NumberTensor:$input, Prim_NumberTensor:$weights,
                       Variadic<Prim_Tensor>:$extras,
                       DenseI64ArrayAttr:$strides, DenseI64ArrayAttr:$pads_low,
                       DenseI64ArrayAttr:$pads_high,
                       DenseI64ArrayAttr:$dilations, I64Attr:$groups,
                       OptionalAttr<DenseI32ArrayAttr>:$lhs_zp,
                       OptionalAttr<DenseI32ArrayAttr>:$rhs_zp);
  let results = (outs Prim_Tensor:$result);
  let regions = (region AnyRegion:$epilogue);
  let assemblyFormat = [{
    $input `,` $weights `strides` $strides `pads` $pads_low `,` $pads_high
    `dilations` $dilations `groups` $groups
    (`lhs_zp` $lhs_zp^)? (`rhs_zp` $rhs_zp^)?
    attr-dict `:` type($input) `,` type($weights) `->` type($result)
    custom<Epilogue>($extras, type($extras), $epilogue)
  }];
  let hasVerifier = 1;
}

def Prim_ConvTransposeOp
    : Prim_EpilogueOp<"conv_transpose"> {
  let summary = "Gradient of a convolution with respect to its input";
  let description = [{
    Constraints:
      (C1) `input` [N, C, spatial..] and `weights` [C, O / groups, kernel..]
           have one element type and one rank from 3 to 5.
      (C2) `strides`, `pads_low`, `pads_high`, `dilations` have an entry per
           spatial dim; strides and dilations are positive.
      (C3) `groups` is positive and divides C; weights dim 0 is C.
      (C4) the result shape is [N, O, out..] with
           out = (in - 1) * stride + dilation * (kernel - 1) + 1 - low - high,
           and no out is below 0.
      (C5) epilogue and extras: as C6 and C7 of conv.
  }];
  let arguments = (ins Prim_NumberTensor:$input, Prim_NumberTensor:$weights,
                       Variadic<Prim_Tensor>:$extras,
                       DenseI64ArrayAttr:$strides, DenseI64ArrayAttr:$pads_low,
                       DenseI64ArrayAttr:$pads_high,
                       DenseI64ArrayAttr:$dilations, I64Attr:$groups);
  let results = (outs Prim_Tensor:$result);
  let regions = (region AnyRegion:$epilogue);
  let assemblyFormat = [{
    $input `,` $weights `strides` $strides `pads` $pads_low `,` $pads_high
    `dilations` $dilations `groups` $groups
    attr-dict `:` type($input) `,` type($weights) `->` type($result)
    custom<Epilogue>($extras, type($extras), $epilogue)
  }];
  let hasVerifier = 1;
}

def Prim_GatherOp : Prim_Op<"gather", [Pure]> {
  let summary = "Slices of a tensor, chosen by index";
  let description = [{
    Indices are clamped into range.

    Constraints:
      (C1) `dim` is a dim of `data`.
      (C2) the result has the element type of `data` and the shape
           data[..dim] ++ indices ++ data[dim+1..].
      (C3) `data` is not empty in `dim`, unless the result is empty.
  }];
  let arguments = (ins Prim_Tensor:$data, Prim_IndexTensor:$indices,
                       I64Attr:$dim);
  let results = (outs Prim_Tensor:$result);
  let assemblyFormat = [{
    $data `,` $indices `dim` $dim attr-dict
    `:` type($data) `,` type($indices) `->` type($result)
  }];
  let hasVerifier = 1;
}

def Prim_MapOp : Prim_Op<"map", [Pure, IsolatedFromAbove]> {
  let summary = "A region of scalar ops, applied to each element";
  let description = [{
    Constraints:
      (C1) there is at least one operand and one result; all results have one
           shape.
      (C2) each operand has the rank of the results, and in each dim their
           size or 1 (which is then repeated).
      (C3) the region has one block, which takes the operands' element types
           and yields the results'; it holds `prim.scalar` ops and scalar
           constants only.

    Example:
    ```mlir
    %y = prim.map(%x, %b) : (tensor<2x5xf32>, tensor<1x5xf32>)
        -> tensor<2x5xf32> {
    ^bb0(%0: f32, %1: f32):
      %2 = prim.scalar add(%0, %1) : (f32, f32) -> f32
      prim.yield %2 : f32
    }
    ```
  }];
  let arguments = (ins Variadic<Prim_Tensor>:$operands_);
  let results = (outs Variadic<Prim_Tensor>:$results_);
  let regions = (region SizedRegion<1>:$body);
  let assemblyFormat = [{
    `(` $operands_ `)` attr-dict `:` functional-type(operands, results) $body
  }];
  let hasVerifier = 1;
}

def Prim_MatMulOp : Prim_EpilogueOp<"matmul"> {
  let summary = "Matrix product, with batch dims";
  let description = [{
    Constraints:
      (C1) `lhs` [batch.., M, K] and `rhs` [batch.., K, N] have one rank, at
           least 2. Floats: one element type; integers: both of 8 bits, or
           one element type.
      (C2) K agrees; in each batch dim the sizes are equal or one is 1.
      (C3) the result shape is [batch.., M, N].
      (C4) `lhs_zp` has one entry or M, `rhs_zp` one or N; only for integers.
      (C5) epilogue and extras: as C6 and C7 of conv.
  }];
  let arguments = (ins Prim_NumberTensor:$lhs, Prim_NumberTensor:$rhs,
                       Variadic<Prim_Tensor>:$extras,
                       OptionalAttr<DenseI32ArrayAttr>:$lhs_zp,
                       OptionalAttr<DenseI32ArrayAttr>:$rhs_zp);
  let results = (outs Prim_Tensor:$result);
  let regions = (region AnyRegion:$epilogue);
  let assemblyFormat = [{
    $lhs `,` $rhs (`lhs_zp` $lhs_zp^)? (`rhs_zp` $rhs_zp^)?
    attr-dict `:` type($lhs) `,` type($rhs) `->` type($result)
    custom<Epilogue>($extras, type($extras), $epilogue)
  }];
  let hasVerifier = 1;
}

def Prim_PadOp : Prim_Op<"pad", [Pure]> {
  let summary = "Puts a value around and between elements";
  let description = [{
    Constraints:
      (C1) `value` has rank 0 and the element type of input and result.
      (C2) `low`, `high`, `interior` have an entry per dim, none negative.
      (C3) each result dim is low + high + in + interior * max(in - 1, 0).
  }];
  let arguments = (ins Prim_Tensor:$input, Prim_Tensor:$value,
                       DenseI64ArrayAttr:$low, DenseI64ArrayAttr:$high,
                       DenseI64ArrayAttr:$interior);
  let results = (outs Prim_Tensor:$result);
  let assemblyFormat = [{
    $input `,` $value `low` $low `high` $high `interior` $interior attr-dict
    `:` type($input) `,` type($value) `->` type($result)
  }];
  let hasVerifier = 1;
}

def Prim_ReduceOp : Prim_EpilogueOp<"reduce"> {
  let summary = "Combines all elements along some dims";
  let description = [{
    Constraints:
      (C1) `dims` are ascending, unique dims of `input`; at least one.
      (C2) the result has the shape of `input`, but 1 in each of `dims`.
      (C3) a boolean input is reduced by min (all) or max (any) only.
      (C4) epilogue and extras: as C6 and C7 of conv; the accumulator of min
           and max has the input's type.
  }];
  let arguments = (ins Prim_Tensor:$input, Variadic<Prim_Tensor>:$extras,
                       Prim_ReduceKindAttr:$kind, DenseI64ArrayAttr:$dims);
  let results = (outs Prim_Tensor:$result);
  let regions = (region AnyRegion:$epilogue);
  let assemblyFormat = [{
    `` $kind $input `dims` $dims attr-dict `:` type($input) `->` type($result)
    custom<Epilogue>($extras, type($extras), $epilogue)
  }];
  let hasVerifier = 1;
}

def Prim_ReshapeOp : Prim_Op<"reshape", [Pure]> {
  let summary = "The same elements in row-major order under another shape";
  let description = [{
    Constraints:
      (C1) `input` and `result` have one element type and one element count.
  }];
  let arguments = (ins Prim_Tensor:$input);
  let results = (outs Prim_Tensor:$result);
  let assemblyFormat = "$input attr-dict `:` type($input) `->` type($result)";
  let hasVerifier = 1;
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

def Prim_ScanOp : Prim_Op<"scan", [Pure]> {
  let summary = "Running sum or product along one dim";
  let description = [{
    Constraints:
      (C1) `kind` is sum or prod.
      (C2) `dim` is a dim of `input`.
      (C3) `result` has the type of `input`.
  }];
  let arguments = (ins Prim_NumberTensor:$input, Prim_ReduceKindAttr:$kind,
                       I64Attr:$dim, UnitAttr:$exclusive, UnitAttr:$reverse);
  let results = (outs Prim_NumberTensor:$result);
  let assemblyFormat = [{
    `` $kind $input `dim` $dim (`exclusive` $exclusive^)? (`reverse` $reverse^)?
    attr-dict `:` type($input) `->` type($result)
  }];
  let hasVerifier = 1;
}

def Prim_ScatterOp : Prim_Op<"scatter", [Pure]> {
  let summary = "Rows replaced by, or combined with, updates";
  let description = [{
    Indices out of range are skipped.

    Constraints:
      (C1) `data` has rank 1 or more, `indices` rank 1.
      (C2) `updates` has the shape [indices] ++ data[1..].
      (C3) `data`, `updates` and `result` have one element type, and the
           result the shape of `data`.
      (C4) booleans are only assigned.
  }];
  let arguments = (ins Prim_Tensor:$data, Prim_IndexTensor:$indices,
                       Prim_Tensor:$updates, Prim_ScatterKindAttr:$kind);
  let results = (outs Prim_Tensor:$result);
  let assemblyFormat = [{
    `` $kind $data `,` $indices `,` $updates attr-dict
    `:` functional-type(operands, results)
  }];
  let hasVerifier = 1;
}

def Prim_SliceOp : Prim_Op<"slice", [Pure]> {
  let summary = "A regular part of a tensor";
  let description = [{
    result[i] = input[starts + i * strides] in each dim; strides may be
    negative.

    Constraints:
      (C1) input and result have one element type and rank; `starts` and
           `strides` have an entry per dim, no stride is 0.
      (C2) the first and the last index read lie within the input, unless
           the result is empty.
  }];
  let arguments = (ins Prim_Tensor:$input, DenseI64ArrayAttr:$starts,
                       DenseI64ArrayAttr:$strides);
  let results = (outs Prim_Tensor:$result);
  let assemblyFormat = [{
    $input `starts` $starts `strides` $strides attr-dict
    `:` type($input) `->` type($result)
  }];
  let hasVerifier = 1;
}

def Prim_SortOp : Prim_Op<"sort", [Pure]> {
  let summary = "Sorts along one dim; also says where each element came from";
  let description = [{
    Stable; NaN counts as the greatest.

    Constraints:
      (C1) `dim` is a dim of `input`.
      (C2) `values` has the type of `input`; `positions` is i64 of its shape.
  }];
  let arguments = (ins Prim_NumberTensor:$input, I64Attr:$dim,
                       UnitAttr:$descending);
  let results = (outs Prim_NumberTensor:$values,
                      Prim_TensorOf<[I64]>:$positions);
  let assemblyFormat = [{
    $input `dim` $dim (`descending` $descending^)? attr-dict
    `:` type($input) `->` type($values) `,` type($positions)
  }];
  let hasVerifier = 1;
}

def Prim_TransposeOp : Prim_Op<"transpose", [Pure]> {
  let summary = "Permutes dims";
  let description = [{
    result dim i is input dim permutation[i].

    Constraints:
      (C1) `permutation` is a permutation of the dims of `input`.
      (C2) the result has the permuted shape and the element type of `input`.
  }];
  let arguments = (ins Prim_Tensor:$input, DenseI64ArrayAttr:$permutation);
  let results = (outs Prim_Tensor:$result);
  let assemblyFormat = [{
    $input $permutation attr-dict `:` type($input) `->` type($result)
  }];
  let hasVerifier = 1;
}

def Prim_WindowOp : Prim_EpilogueOp<"window"> {
  let summary = "Combines the elements of a window that slides over all dims";
  let description = [{
    Padded elements count as the identity of `kind`.

    Constraints:
      (C1) `kind` is sum, min or max.
      (C2) all arrays have an entry per dim; sizes, strides and dilations are
           positive, pads are not negative.
      (C3) each result dim is floor((in + low + high
           - dilation * (size - 1) - 1) / stride) + 1, and not below 0.
      (C4) epilogue and extras: as C6 and C7 of conv; the accumulator of min
           and max has the input's type.
  }];
  let arguments = (ins Prim_NumberTensor:$input, Variadic<Prim_Tensor>:$extras,
                       Prim_ReduceKindAttr:$kind, DenseI64ArrayAttr:$sizes,
                       DenseI64ArrayAttr:$strides, DenseI64ArrayAttr:$pads_low,
                       DenseI64ArrayAttr:$pads_high,
                       DenseI64ArrayAttr:$dilations);
  let results = (outs Prim_Tensor:$result);
  let regions = (region AnyRegion:$epilogue);
  let assemblyFormat = [{
    `` $kind $input `sizes` $sizes `strides` $strides
    `pads` $pads_low `,` $pads_high `dilations` $dilations
    attr-dict `:` type($input) `->` type($result)
    custom<Epilogue>($extras, type($extras), $epilogue)
  }];
  let hasVerifier = 1;
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
