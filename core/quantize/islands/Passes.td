// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Passes that turn quantised models into integer programs.

#ifndef CORE_QUANTIZE_ISLANDS_PASSES_TD
#define CORE_QUANTIZE_ISLANDS_PASSES_TD

include "mlir/Pass/PassBase.td"

def FormIslands : Pass<"quantize-form-islands", "::mlir::ModuleOp"> {
  let summary = "Turns dequantize, op, quantize into ops on integers";
  let description = [{
    ```mlir
    %a = prim.map(%x, %xs, %xz) ... { dequantize }
    %b = prim.map(%w, %ws, %wz) ... { dequantize }
    %c = prim.conv %a, %b ... : tensor<1x3x8x8xf32>, tensor<4x3x3x3xf32> -> tensor<1x4x6x6xf32>
    %d = prim.map(%c, %bias) ... { add }
    %y = prim.map(%d, %ys, %yz) ... { quantize }
    // becomes
    %c = prim.conv %x, %w ... lhs_zp [3] : tensor<1x3x8x8xui8>, tensor<4x3x3x3xi8> -> tensor<1x4x6x6xi32>
    %y = prim.map(%c, %scale, %yz, %integers) ... { add, rescale_fp32_rne }
    ```

    Conv, matmul and conv_transpose (as the conv of an input with zero points
    between its elements) become integer ops wherever both operands are
    dequantized 8-bit integers of constant scales; sums (average pools) where a
    quantize follows. In between, a constant that is added and limits (Relu, Clip) are
    absorbed: the bias in units of the sum, the limits as integers after the
    rescale. Dequantize sinks below, quantize rises above, ops that only move
    or pick elements. No scale is changed.

    The result is that of ONNX Runtime's fused operators, and within one step
    of the model as it stands in floats. Contractions and sums that stay in
    floats get the attribute `prim.float_reason`, which says why.
  }];
  let dependentDialects = ["::glowplug::prim::PrimDialect"];
}

#endif // CORE_QUANTIZE_ISLANDS_PASSES_TD
