// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Target-independent passes over functions of graph and prim ops, in
// alphabetical order. None looks into the bodies of composites: those that are
// not inlined are left to the backend.

#ifndef CORE_TRANSFORMS_PASSES_TD
#define CORE_TRANSFORMS_PASSES_TD

include "mlir/Pass/PassBase.td"

class FunctionPass<string flag> : Pass<flag, "::mlir::func::FuncOp">;

/// For passes that make handles: those are numbered, so functions must not be
/// visited by several threads.
class ModulePass<string flag> : Pass<flag, "::mlir::ModuleOp">;

def CancelReshapes : FunctionPass<"prim-cancel-reshapes"> {
  let summary = "Composes reshapes and moves them out of the way";
  let description = [{
    ```mlir
    %a = prim.reshape %x : tensor<2x6xf32> -> tensor<12xf32>
    %b = prim.reshape %a : tensor<12xf32> -> tensor<3x4xf32>
    // becomes
    %b = prim.reshape %x : tensor<2x6xf32> -> tensor<3x4xf32>
    ```

    A transpose that moves only dims of size 1 is a reshape. A reshape goes
    below a map when that brings the map next to the op that made its operand
    (so that it can become an epilogue), or removes a second reshape:

    ```mlir
    %m = prim.matmul %a, %b : tensor<6x4xf32>, tensor<4x8xf32> -> tensor<6x8xf32>
    %r = prim.reshape %m : tensor<6x8xf32> -> tensor<2x3x8xf32>
    %y = prim.map(%r, %bias) : (tensor<2x3x8xf32>, tensor<1x1x8xf32>) -> tensor<2x3x8xf32> { ... }
    // becomes
    %m = prim.matmul %a, %b : tensor<6x4xf32>, tensor<4x8xf32> -> tensor<6x8xf32>
    %c = prim.reshape %bias : tensor<1x1x8xf32> -> tensor<1x8xf32>
    %z = prim.map(%m, %c) : (tensor<6x8xf32>, tensor<1x8xf32>) -> tensor<6x8xf32> { ... }
    %y = prim.reshape %z : tensor<6x8xf32> -> tensor<2x3x8xf32>
    ```
  }];
}

def CancelTransposes : FunctionPass<"prim-cancel-transposes"> {
  let summary = "Composes transposes and sinks them until they cancel";
  let description = [{
    ```mlir
    %a = prim.transpose %x [1, 0] : tensor<2x3xf32> -> tensor<3x2xf32>
    %b = prim.map(%a) : (tensor<3x2xf32>) -> tensor<3x2xf32> { ... }
    %c = prim.transpose %b [1, 0] : tensor<3x2xf32> -> tensor<2x3xf32>
    // becomes
    %c = prim.map(%x) : (tensor<2x3xf32>) -> tensor<2x3xf32> { ... }
    ```

    Two transposes in a row become one, or none. A transpose goes below a map,
    concat, pad, slice, reduce or window whose other tensor operands are under
    the same transpose, or can be transposed for nothing (constants, and
    tensors with one dim at most that is not 1). It stays above when it has
    other users, or when more bytes would have to be moved below.
  }];
}

def FoldBatchNorm : ModulePass<"graph-fold-batch-norm"> {
  let summary = "Folds batch normalisation into the weights before it";
  let description = [{
    ```mlir
    %c = prim.conv %x, %w ...
    %y = graph.batch_norm %c, %scale, %bias, %mean, %variance epsilon 1.0e-5 ...
    // becomes
    %c = prim.conv %x, %w2 ...
    %y = prim.map(%c, %b2) ... { add }
    ```

    with `w2 = w * a`, `b2 = bias - mean * a` and
    `a = scale / sqrt(variance + epsilon)` for each output channel, computed
    in double. The producer is a conv, conv_transpose or matmul of constant
    weights without epilogue, which nothing else uses; a constant that is
    added between the two, one number per channel, is folded as well. Batch
    normalisation with constant statistics after anything else becomes a map
    of one multiplication and one addition.
  }];
  let dependentDialects = ["::glowplug::prim::PrimDialect"];
}

def FoldConstants : ModulePass<"prim-fold-constants"> {
  let summary = "Evaluates ops whose operands are constants";
  let description = [{
    ```mlir
    %a = prim.constant dense<[1, 2]> : tensor<2xi64>
    %b = prim.concat %a, %a dim 0 : (tensor<2xi64>, tensor<2xi64>) -> tensor<4xi64>
    // becomes
    %b = prim.constant dense<[1, 2, 1, 2]> : tensor<4xi64>
    ```

    By the reference interpreter, so the result is that of the interpreter bit
    for bit. Splats stay splats, of any size. Otherwise a result may have at
    most 4096 bytes, or eight times the bytes of the constants it is made of:
    what only repeats is cheaper to repeat each time than to store.
  }];
  let options = [
    Option<"budget", "budget", "int64_t", /*default=*/"int64_t(1) << 31",
           "steps that all evaluations together may take">,
  ];
}

def FoldPads : FunctionPass<"prim-fold-pads"> {
  let summary = "Turns pads into the padding of convolutions and windows";
  let description = [{
    ```mlir
    %z = prim.constant dense<0.0> : tensor<f32>
    %p = prim.pad %x, %z low [0, 0, 1] high [0, 0, 2] interior [0, 0, 0] ...
    %y = prim.conv %p, %w strides [1] pads [0], [0] ...
    // becomes
    %y = prim.conv %x, %w strides [1] pads [1], [2] ...
    ```

    The value must be what the op pads with itself: the zero point for a
    convolution, the identity of its kind for a window.
  }];
}

def FormTables : FunctionPass<"prim-form-tables"> {
  let summary = "Turns functions of one 8-bit scalar into tables";
  let description = [{
    ```mlir
    %y = prim.map(%x) : (tensor<4xui8>) -> tensor<4xi8> { dequantize, tanh, quantize }
    // becomes
    %y = prim.map(%x) : (tensor<4xui8>) -> tensor<4xi8> {
    ^bb0(%0: ui8):
      %1 = prim.scalar table(%0) {table = dense<"0x..."> : tensor<256xi8>} : (ui8) -> i8
      prim.yield %1 : i8
    }
    ```

    A function within a map or an epilogue of one scalar of 8 bits to another
    that computes in floats on the way, or looks up twice: also the tail of an
    epilogue, after its sum became an integer of 8 bits. The interpreter
    evaluates it for all 256 values, so the result is the same bit for bit. A
    map that gives every value back goes altogether.
  }];
}

def FuseEpilogues : FunctionPass<"prim-fuse-epilogues"> {
  let summary = "Turns maps into epilogues of the ops that feed them";
  let description = [{
    ```mlir
    %m = prim.matmul %a, %b : tensor<2x4xf32>, tensor<4x3xf32> -> tensor<2x3xf32>
    %y = prim.map(%m, %c) : (tensor<2x3xf32>, tensor<1x3xf32>) -> tensor<2x3xf32> { ... }
    // becomes
    %y = prim.matmul %a, %b : tensor<2x4xf32>, tensor<4x3xf32> -> tensor<2x3xf32>
        epilogue(%c : tensor<1x3xf32>) { ... }
    ```

    The op's result has the shape of the map's and no other user. Where a map
    joins several such ops (a residual connection), the contraction that comes
    last takes it, and the others become its extra operands. An op may take
    one map after the other.
  }];
  let options = [
    Option<"maxOps", "max-ops", "unsigned", /*default=*/"64",
           "scalar ops that an epilogue may have">,
  ];
}

def RemoveNoops : FunctionPass<"prim-remove-noops"> {
  let summary = "Removes ops that give their operand back";
  let description = [{
    ```mlir
    %a = prim.concat %x dim 0 : (tensor<4xf32>) -> tensor<4xf32>
    %b = prim.slice %a starts [0] strides [1] : tensor<4xf32> -> tensor<4xf32>
    // becomes
    // (uses of %b are uses of %x)
    ```

    Likewise for broadcast, pad, reshape, transpose, reduce and window without
    effect, maps that yield a parameter, casts to the same type or back from
    an exact one, empty operands of concat, and epilogues that only yield.
    Maps also lose results and operands that nothing reads.
  }];
}

def StackMaps : FunctionPass<"prim-stack-maps"> {
  let summary = "Merges chains and trees of maps into one map";
  let description = [{
    ```mlir
    %a = prim.map(%x) : (tensor<4xf32>) -> tensor<4xf32> { neg }
    %b = prim.map(%a, %y) : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32> { add }
    // becomes
    %b = prim.map(%x, %y) : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32> { neg, add }
    ```

    A map is merged into the one map that uses it, if both have one shape; a
    map of casts, dequantizes and constants into each map that uses it,
    whatever the shape;
    and a map of a few light ops, of which one operand at most is as large as
    the result, into each of up to four maps, if nothing else uses it.
    A map that can become the epilogue of the op before it is left for that.
    Operands that are broadcast are read directly, and splat constants become
    scalar constants. Each scalar op keeps its type, so results do not change.
  }];
  let options = [
    Option<"maxOps", "max-ops", "unsigned", /*default=*/"64",
           "scalar ops that a merged map may have">,
    Option<"maxOperands", "max-operands", "unsigned", /*default=*/"16",
           "operands that a merged map may have">,
  ];
}

#endif // CORE_TRANSFORMS_PASSES_TD
