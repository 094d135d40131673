// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The graph dialect, in alphabetical order: the operations that a pass or a
// composite needs to see before they become primitives.

#ifndef CORE_GRAPH_GRAPHOPS_TD
#define CORE_GRAPH_GRAPHOPS_TD

include "core/prim/PrimDialect.td"
include "mlir/Interfaces/InferTypeOpInterface.td"
include "mlir/Interfaces/SideEffectInterfaces.td"

def Graph_Dialect : Dialect {
  let name = "graph";
  let cppNamespace = "::glowplug::graph";
  let summary = "Operations that passes see before they become primitives";
  let description = [{
    Whole-tensor operations with value semantics and static shapes. Most of a
    model is imported as `prim` ops at once; an operation is here only if a
    pass folds or moves it, or if it becomes a `prim.composite` that a backend
    may take whole.
  }];
}

class Graph_Op<string mnemonic, list<Trait> traits = []>
    : Op<Graph_Dialect, mnemonic, !listconcat([Pure], traits)>;

def Graph_FloatTensor : Prim_TensorOf<[Prim_Float]>;

def Graph_AttentionOp : Graph_Op<"attention"> {
  let summary = "Means of values, weighted by how queries fit keys";
  let description = [{
    With s = scale * (query * transpose(key)) per head, softcap * tanh(s /
    softcap) in its place if `softcap` is not 0, and m = `bias`, or 0 without
    it: result = softmax(s + m) * value, over the keys. With `causal`, m is
    -infinity where the position of the key exceeds that of the query plus
    `causal`. A row whose m is -infinity everywhere has the weights 0, and so
    has a row of s + m. Successive heads of the query share a head of key and
    value if these have fewer. Computed in f32 when elements are f16 or bf16.

    Constraints:
      (C1) `query` is [N, H, L, E], `key` [N, G, S, E] and `value`
           [N, G, S, V], where G divides H; the result is [N, H, L, V]. All
           have one element type.
      (C2) `bias` has rank 4 and that element type, and broadcasts to
           [N, H, L, S].
      (C3) `scale` and `softcap` are finite, and `softcap` is not negative.
  }];
  let arguments = (ins Graph_FloatTensor:$query, Graph_FloatTensor:$key,
                       Graph_FloatTensor:$value,
                       Optional<Graph_FloatTensor>:$bias, F64Attr:$scale,
                       F64Attr:$softcap, OptionalAttr<I64Attr>:$causal);
  let results = (outs Graph_FloatTensor:$result);
  let assemblyFormat = [{
    $query `,` $key `,` $value (`,` $bias^)? `scale` $scale
    `softcap` $softcap (`causal` $causal^)? attr-dict
    `:` functional-type(operands, results)
  }];
  let hasVerifier = 1;
}

def Graph_BatchNormOp : Graph_Op<"batch_norm", [
    AllTypesMatch<["input", "result"]>,
    AllTypesMatch<["scale", "bias", "mean", "variance"]>]> {
  let summary = "Normalises each channel with known statistics";
  let description = [{
    result = (input - mean) / sqrt(variance + epsilon) * scale + bias, with
    the four statistics indexed by dim 1. Computed in f64 if any of them is
    f64, and in f32 otherwise, also when elements are f16 or bf16.

    Constraints:
      (C1) `input` has rank 2 or more; the statistics have the shape [C],
           where C is dim 1 of `input`.
      (C2) `epsilon` is finite and not negative.
  }];
  let arguments = (ins Graph_FloatTensor:$input, Graph_FloatTensor:$scale,
                       Graph_FloatTensor:$bias, Graph_FloatTensor:$mean,
                       Graph_FloatTensor:$variance, F64Attr:$epsilon);
  let results = (outs Graph_FloatTensor:$result);
  let assemblyFormat = [{
    $input `,` $scale `,` $bias `,` $mean `,` $variance `epsilon` $epsilon
    attr-dict `:` type($input) `,` type($scale)
  }];
  let hasVerifier = 1;
}

def Graph_GeluOp : Graph_Op<"gelu", [SameOperandsAndResultType]> {
  let summary = "Gaussian error linear unit";
  let description = [{
    x * (1 + erf(x / sqrt(2))) / 2, or with `tanh`
    x * (1 + tanh(sqrt(2 / pi) * (x + 0.044715 * x^3))) / 2. Computed in f32
    when elements are f16 or bf16.
  }];
  let arguments = (ins Graph_FloatTensor:$input, UnitAttr:$tanh);
  let results = (outs Graph_FloatTensor:$result);
  let assemblyFormat = "$input (`tanh` $tanh^)? attr-dict `:` type($input)";
}

def Graph_LayerNormOp : Graph_Op<"layer_norm", [
    AllTypesMatch<["input", "result"]>]> {
  let summary = "Normalises over the last dims, then scales and shifts";
  let description = [{
    With d = input - mean(input) over the dims from `axis` on:
    result = d / sqrt(mean(d * d) + epsilon) * scale + bias. Computed in f32
    when elements are f16 or bf16.

    Constraints:
      (C1) `axis` is a dim of `input`.
      (C2) `scale` and `bias` have the input's element type and rank, and in
           each dim its size or 1.
      (C3) `epsilon` is finite and not negative.
  }];
  let arguments = (ins Graph_FloatTensor:$input, Graph_FloatTensor:$scale,
                       Optional<Graph_FloatTensor>:$bias, I64Attr:$axis,
                       F64Attr:$epsilon);
  let results = (outs Graph_FloatTensor:$result);
  let assemblyFormat = [{
    $input `,` $scale (`,` $bias^)? `axis` $axis `epsilon` $epsilon attr-dict
    `:` type($input) `,` type($scale) (`,` type($bias)^)?
  }];
  let hasVerifier = 1;
}

def Graph_LogSoftmaxOp : Graph_Op<"log_softmax", [SameOperandsAndResultType]> {
  let summary = "Logarithm of softmax, without computing softmax";
  let description = [{
    With m the maximum along `axis`: (x - m) - log(sum(exp(x - m))). Computed
    in f32 when elements are f16 or bf16.

    Constraints:
      (C1) `axis` is a dim of `input`.
  }];
  let arguments = (ins Graph_FloatTensor:$input, I64Attr:$axis);
  let results = (outs Graph_FloatTensor:$result);
  let assemblyFormat = "$input `axis` $axis attr-dict `:` type($input)";
  let hasVerifier = 1;
}

def Graph_SoftmaxOp : Graph_Op<"softmax", [SameOperandsAndResultType]> {
  let summary = "Exponentials, scaled to the sum 1 along one dim";
  let description = [{
    With m the maximum along `axis`: exp(x - m) / sum(exp(x - m)). Computed in
    f32 when elements are f16 or bf16.

    Constraints:
      (C1) `axis` is a dim of `input`.
  }];
  let arguments = (ins Graph_FloatTensor:$input, I64Attr:$axis);
  let results = (outs Graph_FloatTensor:$result);
  let assemblyFormat = "$input `axis` $axis attr-dict `:` type($input)";
  let hasVerifier = 1;
}

#endif // CORE_GRAPH_GRAPHOPS_TD
