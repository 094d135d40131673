// What stands between dequantize and quantize becomes integers.
// RUN: glowplug-opt %s --quantize-form-islands | FileCheck %s

// CHECK-LABEL: func.func @conv
func.func @conv(%x: tensor<1x3x4x4xui8>, %w: tensor<2x3x1x1xi8>) -> tensor<1x2x4x4xui8> {
  // CHECK: %[[C:.+]] = prim.conv %{{.+}}, %{{.+}} lhs_zp [3] : tensor<1x3x4x4xui8>, tensor<2x3x1x1xi8> -> tensor<1x2x4x4xi32>
  // CHECK: prim.map(%[[C]],
  // CHECK: rescale_fp32_rne
  // CHECK-NOT: prim.map
  %dx = prim.map(%x) : (tensor<1x3x4x4xui8>) -> tensor<1x3x4x4xf32> {
  ^bb0(%q: ui8):
    %s = prim.scalar_constant 0.5 : f32
    %z = prim.scalar_constant 3 : ui8
    %r = prim.scalar dequantize(%q, %s, %z) : (ui8, f32, ui8) -> f32
    prim.yield %r : f32
  }
  %dw = prim.map(%w) : (tensor<2x3x1x1xi8>) -> tensor<2x3x1x1xf32> {
  ^bb0(%q: i8):
    %s = prim.scalar_constant 0.25 : f32
    %z = prim.scalar_constant 0 : i8
    %r = prim.scalar dequantize(%q, %s, %z) : (i8, f32, i8) -> f32
    prim.yield %r : f32
  }
  %c = prim.conv %dx, %dw strides [1, 1] pads [0, 0], [0, 0] dilations [1, 1] groups 1 : tensor<1x3x4x4xf32>, tensor<2x3x1x1xf32> -> tensor<1x2x4x4xf32>
  %y = prim.map(%c) : (tensor<1x2x4x4xf32>) -> tensor<1x2x4x4xui8> {
  ^bb0(%q: f32):
    %s = prim.scalar_constant 2.0 : f32
    %z = prim.scalar_constant 5 : ui8
    %r = prim.scalar quantize(%q, %s, %z) : (f32, f32, ui8) -> ui8
    prim.yield %r : ui8
  }
  return %y : tensor<1x2x4x4xui8>
}

// CHECK-LABEL: func.func @relu_and_clip
func.func @relu_and_clip(%x: tensor<1x3x4x4xui8>, %w: tensor<2x3x1x1xi8>) -> tensor<1x2x4x4xui8> {
  // CHECK: %[[C:.+]] = prim.conv %{{.+}}, %{{.+}} lhs_zp [3] : tensor<1x3x4x4xui8>, tensor<2x3x1x1xi8> -> tensor<1x2x4x4xi32>
  // CHECK-DAG: prim.constant dense<5> : tensor<1x1x1x1xui8>
  // CHECK-DAG: prim.constant dense<8> : tensor<1x1x1x1xui8>
  // CHECK: prim.map(%[[C]],
  // CHECK: %[[R:.+]] = prim.scalar rescale_fp32_rne
  // CHECK: %[[L:.+]] = prim.scalar max(%[[R]]
  // CHECK: prim.scalar min(%[[L]]
  // CHECK-NOT: f32>) ->
  %dx = prim.map(%x) : (tensor<1x3x4x4xui8>) -> tensor<1x3x4x4xf32> {
  ^bb0(%q: ui8):
    %s = prim.scalar_constant 0.5 : f32
    %z = prim.scalar_constant 3 : ui8
    %r = prim.scalar dequantize(%q, %s, %z) : (ui8, f32, ui8) -> f32
    prim.yield %r : f32
  }
  %dw = prim.map(%w) : (tensor<2x3x1x1xi8>) -> tensor<2x3x1x1xf32> {
  ^bb0(%q: i8):
    %s = prim.scalar_constant 0.25 : f32
    %z = prim.scalar_constant 0 : i8
    %r = prim.scalar dequantize(%q, %s, %z) : (i8, f32, i8) -> f32
    prim.yield %r : f32
  }
  %c = prim.conv %dx, %dw strides [1, 1] pads [0, 0], [0, 0] dilations [1, 1] groups 1 : tensor<1x3x4x4xf32>, tensor<2x3x1x1xf32> -> tensor<1x2x4x4xf32>
  %l = prim.map(%c) : (tensor<1x2x4x4xf32>) -> tensor<1x2x4x4xf32> {
  ^bb0(%p: f32):
    %k = prim.scalar_constant 0.0 : f32
    %r = prim.scalar max(%p, %k) : (f32, f32) -> f32
    prim.yield %r : f32
  }
  %h = prim.map(%l) : (tensor<1x2x4x4xf32>) -> tensor<1x2x4x4xf32> {
  ^bb0(%p: f32):
    %k = prim.scalar_constant 6.0 : f32
    %r = prim.scalar min(%p, %k) : (f32, f32) -> f32
    prim.yield %r : f32
  }
  %y = prim.map(%h) : (tensor<1x2x4x4xf32>) -> tensor<1x2x4x4xui8> {
  ^bb0(%q: f32):
    %s = prim.scalar_constant 2.0 : f32
    %z = prim.scalar_constant 5 : ui8
    %r = prim.scalar quantize(%q, %s, %z) : (f32, f32, ui8) -> ui8
    prim.yield %r : ui8
  }
  return %y : tensor<1x2x4x4xui8>
}

// CHECK-LABEL: func.func @limit_without_effect
func.func @limit_without_effect(%x: tensor<1x3x4x4xui8>, %w: tensor<2x3x1x1xi8>) -> tensor<1x2x4x4xui8> {
  // CHECK: %[[C:.+]] = prim.conv %{{.+}}, %{{.+}} lhs_zp [3] : tensor<1x3x4x4xui8>, tensor<2x3x1x1xi8> -> tensor<1x2x4x4xi32>
  // CHECK: rescale_fp32_rne
  // CHECK-NEXT: prim.yield
  %dx = prim.map(%x) : (tensor<1x3x4x4xui8>) -> tensor<1x3x4x4xf32> {
  ^bb0(%q: ui8):
    %s = prim.scalar_constant 0.5 : f32
    %z = prim.scalar_constant 3 : ui8
    %r = prim.scalar dequantize(%q, %s, %z) : (ui8, f32, ui8) -> f32
    prim.yield %r : f32
  }
  %dw = prim.map(%w) : (tensor<2x3x1x1xi8>) -> tensor<2x3x1x1xf32> {
  ^bb0(%q: i8):
    %s = prim.scalar_constant 0.25 : f32
    %z = prim.scalar_constant 0 : i8
    %r = prim.scalar dequantize(%q, %s, %z) : (i8, f32, i8) -> f32
    prim.yield %r : f32
  }
  %c = prim.conv %dx, %dw strides [1, 1] pads [0, 0], [0, 0] dilations [1, 1] groups 1 : tensor<1x3x4x4xf32>, tensor<2x3x1x1xf32> -> tensor<1x2x4x4xf32>
  %l = prim.map(%c) : (tensor<1x2x4x4xf32>) -> tensor<1x2x4x4xf32> {
  ^bb0(%p: f32):
    %k = prim.scalar_constant 0.0 : f32
    %r = prim.scalar max(%p, %k) : (f32, f32) -> f32
    prim.yield %r : f32
  }
  %y = prim.map(%l) : (tensor<1x2x4x4xf32>) -> tensor<1x2x4x4xui8> {
  ^bb0(%q: f32):
    %s = prim.scalar_constant 2.0 : f32
    %z = prim.scalar_constant 0 : ui8
    %r = prim.scalar quantize(%q, %s, %z) : (f32, f32, ui8) -> ui8
    prim.yield %r : ui8
  }
  return %y : tensor<1x2x4x4xui8>
}

// CHECK-LABEL: func.func @bias_of_matching_scale
func.func @bias_of_matching_scale(%x: tensor<1x3x4x4xui8>, %w: tensor<2x3x1x1xi8>) -> tensor<1x2x4x4xui8> {
  // CHECK: %[[C:.+]] = prim.conv %{{.+}}, %{{.+}} lhs_zp [3] : tensor<1x3x4x4xui8>, tensor<2x3x1x1xi8> -> tensor<1x2x4x4xi32>
  // CHECK{LITERAL}: dense<[[[[10]], [[-20]]]]> : tensor<1x2x1x1xi32>
  // CHECK: prim.scalar add(%{{.+}}) : (i32, i32) -> i32
  // CHECK: rescale_fp32_rne
  %dx = prim.map(%x) : (tensor<1x3x4x4xui8>) -> tensor<1x3x4x4xf32> {
  ^bb0(%q: ui8):
    %s = prim.scalar_constant 0.5 : f32
    %z = prim.scalar_constant 3 : ui8
    %r = prim.scalar dequantize(%q, %s, %z) : (ui8, f32, ui8) -> f32
    prim.yield %r : f32
  }
  %dw = prim.map(%w) : (tensor<2x3x1x1xi8>) -> tensor<2x3x1x1xf32> {
  ^bb0(%q: i8):
    %s = prim.scalar_constant 0.25 : f32
    %z = prim.scalar_constant 0 : i8
    %r = prim.scalar dequantize(%q, %s, %z) : (i8, f32, i8) -> f32
    prim.yield %r : f32
  }
  %c = prim.conv %dx, %dw strides [1, 1] pads [0, 0], [0, 0] dilations [1, 1] groups 1 : tensor<1x3x4x4xf32>, tensor<2x3x1x1xf32> -> tensor<1x2x4x4xf32>
  %b = prim.constant dense<[[[[10]], [[-20]]]]> : tensor<1x2x1x1xi32>
  %db_s = prim.constant dense<0.125> : tensor<1x1x1x1xf32>
  %db = prim.map(%b, %db_s) : (tensor<1x2x1x1xi32>, tensor<1x1x1x1xf32>) -> tensor<1x2x1x1xf32> {
  ^bb0(%q: i32, %s: f32):
    %z = prim.scalar_constant 0 : i32
    %r = prim.scalar dequantize(%q, %s, %z) : (i32, f32, i32) -> f32
    prim.yield %r : f32
  }
  %a = prim.map(%c, %db) : (tensor<1x2x4x4xf32>, tensor<1x2x1x1xf32>) -> tensor<1x2x4x4xf32> {
  ^bb0(%p: f32, %q: f32):
    %r = prim.scalar add(%p, %q) : (f32, f32) -> f32
    prim.yield %r : f32
  }
  %y = prim.map(%a) : (tensor<1x2x4x4xf32>) -> tensor<1x2x4x4xui8> {
  ^bb0(%q: f32):
    %s = prim.scalar_constant 2.0 : f32
    %z = prim.scalar_constant 5 : ui8
    %r = prim.scalar quantize(%q, %s, %z) : (f32, f32, ui8) -> ui8
    prim.yield %r : ui8
  }
  return %y : tensor<1x2x4x4xui8>
}

// CHECK-LABEL: func.func @bias_of_another_scale
func.func @bias_of_another_scale(%x: tensor<1x3x4x4xui8>, %w: tensor<2x3x1x1xi8>) -> tensor<1x2x4x4xui8> {
  // CHECK: %[[C:.+]] = prim.conv %{{.+}}, %{{.+}} lhs_zp [3] : tensor<1x3x4x4xui8>, tensor<2x3x1x1xi8> -> tensor<1x2x4x4xi32>
  // CHECK{LITERAL}: dense<[[[[20]], [[-40]]]]> : tensor<1x2x1x1xi32>
  // CHECK: prim.scalar add(%{{.+}}) : (i32, i32) -> i32
  // CHECK: rescale_fp32_rne
  %dx = prim.map(%x) : (tensor<1x3x4x4xui8>) -> tensor<1x3x4x4xf32> {
  ^bb0(%q: ui8):
    %s = prim.scalar_constant 0.5 : f32
    %z = prim.scalar_constant 3 : ui8
    %r = prim.scalar dequantize(%q, %s, %z) : (ui8, f32, ui8) -> f32
    prim.yield %r : f32
  }
  %dw = prim.map(%w) : (tensor<2x3x1x1xi8>) -> tensor<2x3x1x1xf32> {
  ^bb0(%q: i8):
    %s = prim.scalar_constant 0.25 : f32
    %z = prim.scalar_constant 0 : i8
    %r = prim.scalar dequantize(%q, %s, %z) : (i8, f32, i8) -> f32
    prim.yield %r : f32
  }
  %c = prim.conv %dx, %dw strides [1, 1] pads [0, 0], [0, 0] dilations [1, 1] groups 1 : tensor<1x3x4x4xf32>, tensor<2x3x1x1xf32> -> tensor<1x2x4x4xf32>
  %b = prim.constant dense<[[[[10]], [[-20]]]]> : tensor<1x2x1x1xi32>
  %db_s = prim.constant dense<0.25> : tensor<1x1x1x1xf32>
  %db = prim.map(%b, %db_s) : (tensor<1x2x1x1xi32>, tensor<1x1x1x1xf32>) -> tensor<1x2x1x1xf32> {
  ^bb0(%q: i32, %s: f32):
    %z = prim.scalar_constant 0 : i32
    %r = prim.scalar dequantize(%q, %s, %z) : (i32, f32, i32) -> f32
    prim.yield %r : f32
  }
  %a = prim.map(%c, %db) : (tensor<1x2x4x4xf32>, tensor<1x2x1x1xf32>) -> tensor<1x2x4x4xf32> {
  ^bb0(%p: f32, %q: f32):
    %r = prim.scalar add(%p, %q) : (f32, f32) -> f32
    prim.yield %r : f32
  }
  %y = prim.map(%a) : (tensor<1x2x4x4xf32>) -> tensor<1x2x4x4xui8> {
  ^bb0(%q: f32):
    %s = prim.scalar_constant 2.0 : f32
    %z = prim.scalar_constant 5 : ui8
    %r = prim.scalar quantize(%q, %s, %z) : (f32, f32, ui8) -> ui8
    prim.yield %r : ui8
  }
  return %y : tensor<1x2x4x4xui8>
}

// CHECK-LABEL: func.func @coarse_sum_keeps_a_float_bias
func.func @coarse_sum_keeps_a_float_bias(%x: tensor<1x3x4x4xui8>, %w: tensor<2x3x1x1xi8>) -> tensor<1x2x4x4xui8> {
  // CHECK: %[[C:.+]] = prim.conv %{{.+}}, %{{.+}} lhs_zp [3] : tensor<1x3x4x4xui8>, tensor<2x3x1x1xi8> -> tensor<1x2x4x4xi32>
  // CHECK{LITERAL}: dense<[[[[4.800000e-01]], [[8.000000e+00]]]]> : tensor<1x2x1x1xf32>
  // CHECK: %[[I:.+]] = prim.scalar cast(%{{.+}}) : (i32) -> f32
  // CHECK: prim.scalar add(%[[I]]
  // CHECK: prim.scalar mul
  // CHECK: prim.scalar quantize
  %dx = prim.map(%x) : (tensor<1x3x4x4xui8>) -> tensor<1x3x4x4xf32> {
  ^bb0(%q: ui8):
    %s = prim.scalar_constant 0.5 : f32
    %z = prim.scalar_constant 3 : ui8
    %r = prim.scalar dequantize(%q, %s, %z) : (ui8, f32, ui8) -> f32
    prim.yield %r : f32
  }
  %dw = prim.map(%w) : (tensor<2x3x1x1xi8>) -> tensor<2x3x1x1xf32> {
  ^bb0(%q: i8):
    %s = prim.scalar_constant 0.25 : f32
    %z = prim.scalar_constant 0 : i8
    %r = prim.scalar dequantize(%q, %s, %z) : (i8, f32, i8) -> f32
    prim.yield %r : f32
  }
  %c = prim.conv %dx, %dw strides [1, 1] pads [0, 0], [0, 0] dilations [1, 1] groups 1 : tensor<1x3x4x4xf32>, tensor<2x3x1x1xf32> -> tensor<1x2x4x4xf32>
  %b = prim.constant dense<[[[[0.06]], [[1.0]]]]> : tensor<1x2x1x1xf32>
  %a = prim.map(%c, %b) : (tensor<1x2x4x4xf32>, tensor<1x2x1x1xf32>) -> tensor<1x2x4x4xf32> {
  ^bb0(%p: f32, %q: f32):
    %r = prim.scalar add(%p, %q) : (f32, f32) -> f32
    prim.yield %r : f32
  }
  %y = prim.map(%a) : (tensor<1x2x4x4xf32>) -> tensor<1x2x4x4xui8> {
  ^bb0(%q: f32):
    %s = prim.scalar_constant 0.125 : f32
    %z = prim.scalar_constant 5 : ui8
    %r = prim.scalar quantize(%q, %s, %z) : (f32, f32, ui8) -> ui8
    prim.yield %r : ui8
  }
  return %y : tensor<1x2x4x4xui8>
}

// CHECK-LABEL: func.func @nothing_behind
func.func @nothing_behind(%x: tensor<1x3x4x4xui8>, %w: tensor<2x3x1x1xi8>) -> tensor<1x2x4x4xf32> {
  // CHECK: %[[C:.+]] = prim.conv %{{.+}}, %{{.+}} lhs_zp [3] : tensor<1x3x4x4xui8>, tensor<2x3x1x1xi8> -> tensor<1x2x4x4xi32>
  // CHECK: dequantize(%{{.+}}) : (i32, f32, i32) -> f32
  %dx = prim.map(%x) : (tensor<1x3x4x4xui8>) -> tensor<1x3x4x4xf32> {
  ^bb0(%q: ui8):
    %s = prim.scalar_constant 0.5 : f32
    %z = prim.scalar_constant 3 : ui8
    %r = prim.scalar dequantize(%q, %s, %z) : (ui8, f32, ui8) -> f32
    prim.yield %r : f32
  }
  %dw = prim.map(%w) : (tensor<2x3x1x1xi8>) -> tensor<2x3x1x1xf32> {
  ^bb0(%q: i8):
    %s = prim.scalar_constant 0.25 : f32
    %z = prim.scalar_constant 0 : i8
    %r = prim.scalar dequantize(%q, %s, %z) : (i8, f32, i8) -> f32
    prim.yield %r : f32
  }
  %c = prim.conv %dx, %dw strides [1, 1] pads [0, 0], [0, 0] dilations [1, 1] groups 1 : tensor<1x3x4x4xf32>, tensor<2x3x1x1xf32> -> tensor<1x2x4x4xf32>
  return %c : tensor<1x2x4x4xf32>
}

// CHECK-LABEL: func.func @another_user
func.func @another_user(%x: tensor<1x3x4x4xui8>, %w: tensor<2x3x1x1xi8>) -> tensor<1x2x4x4xf32> {
  // CHECK: %[[C:.+]] = prim.conv %{{.+}}, %{{.+}} lhs_zp [3] : tensor<1x3x4x4xui8>, tensor<2x3x1x1xi8> -> tensor<1x2x4x4xi32>
  // CHECK: dequantize(%{{.+}}) : (i32, f32, i32) -> f32
  // CHECK: prim.scalar quantize
  %dx = prim.map(%x) : (tensor<1x3x4x4xui8>) -> tensor<1x3x4x4xf32> {
  ^bb0(%q: ui8):
    %s = prim.scalar_constant 0.5 : f32
    %z = prim.scalar_constant 3 : ui8
    %r = prim.scalar dequantize(%q, %s, %z) : (ui8, f32, ui8) -> f32
    prim.yield %r : f32
  }
  %dw = prim.map(%w) : (tensor<2x3x1x1xi8>) -> tensor<2x3x1x1xf32> {
  ^bb0(%q: i8):
    %s = prim.scalar_constant 0.25 : f32
    %z = prim.scalar_constant 0 : i8
    %r = prim.scalar dequantize(%q, %s, %z) : (i8, f32, i8) -> f32
    prim.yield %r : f32
  }
  %c = prim.conv %dx, %dw strides [1, 1] pads [0, 0], [0, 0] dilations [1, 1] groups 1 : tensor<1x3x4x4xf32>, tensor<2x3x1x1xf32> -> tensor<1x2x4x4xf32>
  %y = prim.map(%c) : (tensor<1x2x4x4xf32>) -> tensor<1x2x4x4xui8> {
  ^bb0(%q: f32):
    %s = prim.scalar_constant 2.0 : f32
    %z = prim.scalar_constant 5 : ui8
    %r = prim.scalar quantize(%q, %s, %z) : (f32, f32, ui8) -> ui8
    prim.yield %r : ui8
  }
  %z = prim.map(%y) : (tensor<1x2x4x4xui8>) -> tensor<1x2x4x4xf32> {
  ^bb0(%q: ui8):
    %s = prim.scalar_constant 2.0 : f32
    %z = prim.scalar_constant 5 : ui8
    %r = prim.scalar dequantize(%q, %s, %z) : (ui8, f32, ui8) -> f32
    prim.yield %r : f32
  }
  %r = prim.map(%c, %z) : (tensor<1x2x4x4xf32>, tensor<1x2x4x4xf32>) -> tensor<1x2x4x4xf32> {
  ^bb0(%p: f32, %q: f32):
    %r = prim.scalar sub(%p, %q) : (f32, f32) -> f32
    prim.yield %r : f32
  }
  return %r : tensor<1x2x4x4xf32>
}

// CHECK-LABEL: func.func @weights_in_floats
func.func @weights_in_floats(%x: tensor<1x3x4x4xui8>, %dw: tensor<2x3x1x1xf32>) -> tensor<1x2x4x4xui8> {
  // CHECK: prim.conv
  // CHECK-SAME: prim.float_reason = "operand 1: it is not quantised"
  // CHECK-SAME: xf32>
  %dx = prim.map(%x) : (tensor<1x3x4x4xui8>) -> tensor<1x3x4x4xf32> {
  ^bb0(%q: ui8):
    %s = prim.scalar_constant 0.5 : f32
    %z = prim.scalar_constant 3 : ui8
    %r = prim.scalar dequantize(%q, %s, %z) : (ui8, f32, ui8) -> f32
    prim.yield %r : f32
  }
  %c = prim.conv %dx, %dw strides [1, 1] pads [0, 0], [0, 0] dilations [1, 1] groups 1 : tensor<1x3x4x4xf32>, tensor<2x3x1x1xf32> -> tensor<1x2x4x4xf32>
  %y = prim.map(%c) : (tensor<1x2x4x4xf32>) -> tensor<1x2x4x4xui8> {
  ^bb0(%q: f32):
    %s = prim.scalar_constant 2.0 : f32
    %z = prim.scalar_constant 5 : ui8
    %r = prim.scalar quantize(%q, %s, %z) : (f32, f32, ui8) -> ui8
    prim.yield %r : ui8
  }
  return %y : tensor<1x2x4x4xui8>
}

// CHECK-LABEL: func.func @scale_along_inputs
func.func @scale_along_inputs(%x: tensor<1x3x4x4xui8>, %w: tensor<2x3x1x1xi8>) -> tensor<1x2x4x4xui8> {
  // CHECK: prim.conv
  // CHECK-SAME: "operand 0: its scale varies along dim 1"
  %dx_s = prim.constant dense<[[[[1.0]], [[2.0]], [[3.0]]]]> : tensor<1x3x1x1xf32>
  %dx = prim.map(%x, %dx_s) : (tensor<1x3x4x4xui8>, tensor<1x3x1x1xf32>) -> tensor<1x3x4x4xf32> {
  ^bb0(%q: ui8, %s: f32):
    %z = prim.scalar_constant 3 : ui8
    %r = prim.scalar dequantize(%q, %s, %z) : (ui8, f32, ui8) -> f32
    prim.yield %r : f32
  }
  %dw = prim.map(%w) : (tensor<2x3x1x1xi8>) -> tensor<2x3x1x1xf32> {
  ^bb0(%q: i8):
    %s = prim.scalar_constant 0.25 : f32
    %z = prim.scalar_constant 0 : i8
    %r = prim.scalar dequantize(%q, %s, %z) : (i8, f32, i8) -> f32
    prim.yield %r : f32
  }
  %c = prim.conv %dx, %dw strides [1, 1] pads [0, 0], [0, 0] dilations [1, 1] groups 1 : tensor<1x3x4x4xf32>, tensor<2x3x1x1xf32> -> tensor<1x2x4x4xf32>
  %y = prim.map(%c) : (tensor<1x2x4x4xf32>) -> tensor<1x2x4x4xui8> {
  ^bb0(%q: f32):
    %s = prim.scalar_constant 2.0 : f32
    %z = prim.scalar_constant 5 : ui8
    %r = prim.scalar quantize(%q, %s, %z) : (f32, f32, ui8) -> ui8
    prim.yield %r : ui8
  }
  return %y : tensor<1x2x4x4xui8>
}

// CHECK-LABEL: func.func @dynamic_scale
func.func @dynamic_scale(%x: tensor<1x3x4x4xui8>, %w: tensor<2x3x1x1xi8>, %step: tensor<1x1x1x1xf32>) -> tensor<1x2x4x4xui8> {
  // CHECK: prim.conv
  // CHECK-SAME: "operand 0: its scale is not constant"
  %dx = prim.map(%x, %step) : (tensor<1x3x4x4xui8>, tensor<1x1x1x1xf32>) -> tensor<1x3x4x4xf32> {
  ^bb0(%q: ui8, %s: f32):
    %z = prim.scalar_constant 3 : ui8
    %r = prim.scalar dequantize(%q, %s, %z) : (ui8, f32, ui8) -> f32
    prim.yield %r : f32
  }
  %dw = prim.map(%w) : (tensor<2x3x1x1xi8>) -> tensor<2x3x1x1xf32> {
  ^bb0(%q: i8):
    %s = prim.scalar_constant 0.25 : f32
    %z = prim.scalar_constant 0 : i8
    %r = prim.scalar dequantize(%q, %s, %z) : (i8, f32, i8) -> f32
    prim.yield %r : f32
  }
  %c = prim.conv %dx, %dw strides [1, 1] pads [0, 0], [0, 0] dilations [1, 1] groups 1 : tensor<1x3x4x4xf32>, tensor<2x3x1x1xf32> -> tensor<1x2x4x4xf32>
  %y = prim.map(%c) : (tensor<1x2x4x4xf32>) -> tensor<1x2x4x4xui8> {
  ^bb0(%q: f32):
    %s = prim.scalar_constant 2.0 : f32
    %z = prim.scalar_constant 5 : ui8
    %r = prim.scalar quantize(%q, %s, %z) : (f32, f32, ui8) -> ui8
    prim.yield %r : ui8
  }
  return %y : tensor<1x2x4x4xui8>
}

// CHECK-LABEL: func.func @depthwise
func.func @depthwise(%x: tensor<1x2x4x4xui8>, %w: tensor<2x1x3x3xui8>) -> tensor<1x2x4x4xi8> {
  // CHECK: prim.conv
  // CHECK-SAME: groups 2 lhs_zp [3] rhs_zp [128] : tensor<1x2x4x4xui8>, tensor<2x1x3x3xui8> -> tensor<1x2x4x4xi32>
  // CHECK{LITERAL}: dense<[[[[2.500000e-01]], [[1.250000e-01]]]]> : tensor<1x2x1x1xf32>
  %dx = prim.map(%x) : (tensor<1x2x4x4xui8>) -> tensor<1x2x4x4xf32> {
  ^bb0(%q: ui8):
    %s = prim.scalar_constant 0.5 : f32
    %z = prim.scalar_constant 3 : ui8
    %r = prim.scalar dequantize(%q, %s, %z) : (ui8, f32, ui8) -> f32
    prim.yield %r : f32
  }
  %dw_s = prim.constant dense<[[[[0.5]]], [[[0.25]]]]> : tensor<2x1x1x1xf32>
  %dw = prim.map(%w, %dw_s) : (tensor<2x1x3x3xui8>, tensor<2x1x1x1xf32>) -> tensor<2x1x3x3xf32> {
  ^bb0(%q: ui8, %s: f32):
    %z = prim.scalar_constant 128 : ui8
    %r = prim.scalar dequantize(%q, %s, %z) : (ui8, f32, ui8) -> f32
    prim.yield %r : f32
  }
  %c = prim.conv %dx, %dw strides [1, 1] pads [1, 1], [1, 1] dilations [1, 1] groups 2 : tensor<1x2x4x4xf32>, tensor<2x1x3x3xf32> -> tensor<1x2x4x4xf32>
  %y = prim.map(%c) : (tensor<1x2x4x4xf32>) -> tensor<1x2x4x4xi8> {
  ^bb0(%q: f32):
    %s = prim.scalar_constant 1.0 : f32
    %z = prim.scalar_constant -5 : i8
    %r = prim.scalar quantize(%q, %s, %z) : (f32, f32, i8) -> i8
    prim.yield %r : i8
  }
  return %y : tensor<1x2x4x4xi8>
}

// CHECK-LABEL: func.func @batched_matmul_of_two_inputs
func.func @batched_matmul_of_two_inputs(%x: tensor<2x3x4xui8>, %w: tensor<2x4x5xi8>) -> tensor<2x3x5xi8> {
  // CHECK: prim.matmul %{{.+}} lhs_zp [3] rhs_zp [-1] : tensor<2x3x4xui8>, tensor<2x4x5xi8> -> tensor<2x3x5xi32>
  // CHECK: rescale_fp32_rne
  %dx = prim.map(%x) : (tensor<2x3x4xui8>) -> tensor<2x3x4xf32> {
  ^bb0(%q: ui8):
    %s = prim.scalar_constant 0.5 : f32
    %z = prim.scalar_constant 3 : ui8
    %r = prim.scalar dequantize(%q, %s, %z) : (ui8, f32, ui8) -> f32
    prim.yield %r : f32
  }
  %dw = prim.map(%w) : (tensor<2x4x5xi8>) -> tensor<2x4x5xf32> {
  ^bb0(%q: i8):
    %s = prim.scalar_constant 0.25 : f32
    %z = prim.scalar_constant -1 : i8
    %r = prim.scalar dequantize(%q, %s, %z) : (i8, f32, i8) -> f32
    prim.yield %r : f32
  }
  %c = prim.matmul %dx, %dw : tensor<2x3x4xf32>, tensor<2x4x5xf32> -> tensor<2x3x5xf32>
  %y = prim.map(%c) : (tensor<2x3x5xf32>) -> tensor<2x3x5xi8> {
  ^bb0(%q: f32):
    %s = prim.scalar_constant 1.0 : f32
    %z = prim.scalar_constant 0 : i8
    %r = prim.scalar quantize(%q, %s, %z) : (f32, f32, i8) -> i8
    prim.yield %r : i8
  }
  return %y : tensor<2x3x5xi8>
}

// CHECK-LABEL: func.func @sinks_below_the_transpose_of_weights
func.func @sinks_below_the_transpose_of_weights(%x: tensor<3x4xui8>, %w: tensor<5x4xi8>) -> tensor<3x5xi8> {
  // CHECK: %[[T:.+]] = prim.transpose %arg1 [1, 0] : tensor<5x4xi8> -> tensor<4x5xi8>
  // CHECK: prim.matmul %arg0, %[[T]] lhs_zp [3]
  // CHECK{LITERAL}: dense<[[5.000000e-01, 1.000000e+00, 1.500000e+00, 2.000000e+00, 2.500000e+00]]> : tensor<1x5xf32>
  %dx = prim.map(%x) : (tensor<3x4xui8>) -> tensor<3x4xf32> {
  ^bb0(%q: ui8):
    %s = prim.scalar_constant 0.5 : f32
    %z = prim.scalar_constant 3 : ui8
    %r = prim.scalar dequantize(%q, %s, %z) : (ui8, f32, ui8) -> f32
    prim.yield %r : f32
  }
  %dv_s = prim.constant dense<[[1.0], [2.0], [3.0], [4.0], [5.0]]> : tensor<5x1xf32>
  %dv = prim.map(%w, %dv_s) : (tensor<5x4xi8>, tensor<5x1xf32>) -> tensor<5x4xf32> {
  ^bb0(%q: i8, %s: f32):
    %z = prim.scalar_constant 0 : i8
    %r = prim.scalar dequantize(%q, %s, %z) : (i8, f32, i8) -> f32
    prim.yield %r : f32
  }
  %dw = prim.transpose %dv [1, 0] : tensor<5x4xf32> -> tensor<4x5xf32>
  %c = prim.matmul %dx, %dw : tensor<3x4xf32>, tensor<4x5xf32> -> tensor<3x5xf32>
  %y = prim.map(%c) : (tensor<3x5xf32>) -> tensor<3x5xi8> {
  ^bb0(%q: f32):
    %s = prim.scalar_constant 1.0 : f32
    %z = prim.scalar_constant 0 : i8
    %r = prim.scalar quantize(%q, %s, %z) : (f32, f32, i8) -> i8
    prim.yield %r : i8
  }
  return %y : tensor<3x5xi8>
}

// CHECK-LABEL: func.func @global_average_pool
func.func @global_average_pool(%x: tensor<1x3x4x4xui8>) -> tensor<1x3x1x1xui8> {
  // CHECK: prim.reduce sum %arg0 dims [2, 3] : tensor<1x3x4x4xui8> -> tensor<1x3x1x1xi32>
  // CHECK-DAG: dense<-48> : tensor<1x1x1x1xi32>
  // CHECK-DAG: dense<1.562500e-02>
  // CHECK: rescale_fp32_rne
  %dx = prim.map(%x) : (tensor<1x3x4x4xui8>) -> tensor<1x3x4x4xf32> {
  ^bb0(%q: ui8):
    %s = prim.scalar_constant 0.5 : f32
    %z = prim.scalar_constant 3 : ui8
    %r = prim.scalar dequantize(%q, %s, %z) : (ui8, f32, ui8) -> f32
    prim.yield %r : f32
  }
  %c = prim.reduce sum %dx dims [2, 3] : tensor<1x3x4x4xf32> -> tensor<1x3x1x1xf32>
  %m = prim.map(%c) : (tensor<1x3x1x1xf32>) -> tensor<1x3x1x1xf32> {
  ^bb0(%p: f32):
    %k = prim.scalar_constant 16.0 : f32
    %r = prim.scalar div(%p, %k) : (f32, f32) -> f32
    prim.yield %r : f32
  }
  %y = prim.map(%m) : (tensor<1x3x1x1xf32>) -> tensor<1x3x1x1xui8> {
  ^bb0(%q: f32):
    %s = prim.scalar_constant 2.0 : f32
    %z = prim.scalar_constant 5 : ui8
    %r = prim.scalar quantize(%q, %s, %z) : (f32, f32, ui8) -> ui8
    prim.yield %r : ui8
  }
  return %y : tensor<1x3x1x1xui8>
}

// CHECK-LABEL: func.func @sum_without_quantize
func.func @sum_without_quantize(%x: tensor<1x3x4x4xui8>) -> tensor<1x3x1x1xf32> {
  // CHECK: prim.reduce
  // CHECK-SAME: "no QuantizeLinear directly behind it"
  %dx = prim.map(%x) : (tensor<1x3x4x4xui8>) -> tensor<1x3x4x4xf32> {
  ^bb0(%q: ui8):
    %s = prim.scalar_constant 0.5 : f32
    %z = prim.scalar_constant 3 : ui8
    %r = prim.scalar dequantize(%q, %s, %z) : (ui8, f32, ui8) -> f32
    prim.yield %r : f32
  }
  %c = prim.reduce sum %dx dims [2, 3] : tensor<1x3x4x4xf32> -> tensor<1x3x1x1xf32>
  return %c : tensor<1x3x1x1xf32>
}

// CHECK-LABEL: func.func @average_pool
func.func @average_pool(%x: tensor<1x3x4x4xui8>) -> tensor<1x3x4x4xui8> {
  // CHECK: prim.window sum %arg0
  // CHECK-SAME: tensor<1x3x4x4xui8> -> tensor<1x3x4x4xi32>
  // CHECK: prim.scalar mul
  // CHECK: prim.scalar add
  // CHECK: prim.scalar quantize
  %dx = prim.map(%x) : (tensor<1x3x4x4xui8>) -> tensor<1x3x4x4xf32> {
  ^bb0(%q: ui8):
    %s = prim.scalar_constant 0.5 : f32
    %z = prim.scalar_constant 3 : ui8
    %r = prim.scalar dequantize(%q, %s, %z) : (ui8, f32, ui8) -> f32
    prim.yield %r : f32
  }
  %c = prim.window sum %dx sizes [1, 1, 3, 3] strides [1, 1, 1, 1] pads [0, 0, 1, 1], [0, 0, 1, 1] dilations [1, 1, 1, 1] : tensor<1x3x4x4xf32> -> tensor<1x3x4x4xf32>
  %m = prim.map(%c) : (tensor<1x3x4x4xf32>) -> tensor<1x3x4x4xf32> {
  ^bb0(%p: f32):
    %k = prim.scalar_constant 9.0 : f32
    %r = prim.scalar div(%p, %k) : (f32, f32) -> f32
    prim.yield %r : f32
  }
  %y = prim.map(%m) : (tensor<1x3x4x4xf32>) -> tensor<1x3x4x4xui8> {
  ^bb0(%q: f32):
    %s = prim.scalar_constant 2.0 : f32
    %z = prim.scalar_constant 5 : ui8
    %r = prim.scalar quantize(%q, %s, %z) : (f32, f32, ui8) -> ui8
    prim.yield %r : ui8
  }
  return %y : tensor<1x3x4x4xui8>
}

// CHECK-LABEL: func.func @max_pool
func.func @max_pool(%x: tensor<1x3x4x4xui8>) -> tensor<1x3x4x4xui8> {
  // CHECK: %[[M:.+]] = prim.window max %arg0
  // CHECK-NEXT: return %[[M]]
  %dx = prim.map(%x) : (tensor<1x3x4x4xui8>) -> tensor<1x3x4x4xf32> {
  ^bb0(%q: ui8):
    %s = prim.scalar_constant 0.5 : f32
    %z = prim.scalar_constant 3 : ui8
    %r = prim.scalar dequantize(%q, %s, %z) : (ui8, f32, ui8) -> f32
    prim.yield %r : f32
  }
  %c = prim.window max %dx sizes [1, 1, 3, 3] strides [1, 1, 1, 1] pads [0, 0, 1, 1], [0, 0, 1, 1] dilations [1, 1, 1, 1] : tensor<1x3x4x4xf32> -> tensor<1x3x4x4xf32>
  %y = prim.map(%c) : (tensor<1x3x4x4xf32>) -> tensor<1x3x4x4xui8> {
  ^bb0(%q: f32):
    %s = prim.scalar_constant 0.5 : f32
    %z = prim.scalar_constant 3 : ui8
    %r = prim.scalar quantize(%q, %s, %z) : (f32, f32, ui8) -> ui8
    prim.yield %r : ui8
  }
  return %y : tensor<1x3x4x4xui8>
}

// CHECK-LABEL: func.func @pair_of_two_schemes_stays
func.func @pair_of_two_schemes_stays(%x: tensor<1x3x4x4xui8>) -> tensor<1x3x4x4xui8> {
  // CHECK: prim.scalar dequantize
  // CHECK: prim.scalar quantize
  %dx = prim.map(%x) : (tensor<1x3x4x4xui8>) -> tensor<1x3x4x4xf32> {
  ^bb0(%q: ui8):
    %s = prim.scalar_constant 0.5 : f32
    %z = prim.scalar_constant 3 : ui8
    %r = prim.scalar dequantize(%q, %s, %z) : (ui8, f32, ui8) -> f32
    prim.yield %r : f32
  }
  %y = prim.map(%dx) : (tensor<1x3x4x4xf32>) -> tensor<1x3x4x4xui8> {
  ^bb0(%q: f32):
    %s = prim.scalar_constant 0.5 : f32
    %z = prim.scalar_constant 4 : ui8
    %r = prim.scalar quantize(%q, %s, %z) : (f32, f32, ui8) -> ui8
    prim.yield %r : ui8
  }
  return %y : tensor<1x3x4x4xui8>
}

// CHECK-LABEL: func.func @concat_of_equal_schemes
func.func @concat_of_equal_schemes(%x: tensor<1x3x4x4xui8>, %w: tensor<1x3x4x4xui8>) -> tensor<1x6x4x4xui8> {
  // CHECK-NEXT: %[[C:.+]] = prim.concat %arg0, %arg1
  // CHECK-NEXT: return %[[C]]
  %dx = prim.map(%x) : (tensor<1x3x4x4xui8>) -> tensor<1x3x4x4xf32> {
  ^bb0(%q: ui8):
    %s = prim.scalar_constant 0.5 : f32
    %z = prim.scalar_constant 3 : ui8
    %r = prim.scalar dequantize(%q, %s, %z) : (ui8, f32, ui8) -> f32
    prim.yield %r : f32
  }
  %dw = prim.map(%w) : (tensor<1x3x4x4xui8>) -> tensor<1x3x4x4xf32> {
  ^bb0(%q: ui8):
    %s = prim.scalar_constant 0.5 : f32
    %z = prim.scalar_constant 3 : ui8
    %r = prim.scalar dequantize(%q, %s, %z) : (ui8, f32, ui8) -> f32
    prim.yield %r : f32
  }
  %c = prim.concat %dx, %dw dim 1 : (tensor<1x3x4x4xf32>, tensor<1x3x4x4xf32>) -> tensor<1x6x4x4xf32>
  %y = prim.map(%c) : (tensor<1x6x4x4xf32>) -> tensor<1x6x4x4xui8> {
  ^bb0(%q: f32):
    %s = prim.scalar_constant 0.5 : f32
    %z = prim.scalar_constant 3 : ui8
    %r = prim.scalar quantize(%q, %s, %z) : (f32, f32, ui8) -> ui8
    prim.yield %r : ui8
  }
  return %y : tensor<1x6x4x4xui8>
}

// CHECK-LABEL: func.func @concat_of_unequal_schemes
func.func @concat_of_unequal_schemes(%x: tensor<1x3x4x4xui8>, %w: tensor<1x3x4x4xui8>) -> tensor<1x6x4x4xui8> {
  // CHECK: %[[D:.+]] = prim.map(%arg1
  // CHECK: %[[Q:.+]] = prim.map(%[[D]]
  // CHECK: prim.concat %arg0, %[[Q]]
  // CHECK-SAME: ui8>
  %dx = prim.map(%x) : (tensor<1x3x4x4xui8>) -> tensor<1x3x4x4xf32> {
  ^bb0(%q: ui8):
    %s = prim.scalar_constant 0.5 : f32
    %z = prim.scalar_constant 3 : ui8
    %r = prim.scalar dequantize(%q, %s, %z) : (ui8, f32, ui8) -> f32
    prim.yield %r : f32
  }
  %dw = prim.map(%w) : (tensor<1x3x4x4xui8>) -> tensor<1x3x4x4xf32> {
  ^bb0(%q: ui8):
    %s = prim.scalar_constant 0.25 : f32
    %z = prim.scalar_constant 3 : ui8
    %r = prim.scalar dequantize(%q, %s, %z) : (ui8, f32, ui8) -> f32
    prim.yield %r : f32
  }
  %c = prim.concat %dx, %dw dim 1 : (tensor<1x3x4x4xf32>, tensor<1x3x4x4xf32>) -> tensor<1x6x4x4xf32>
  %y = prim.map(%c) : (tensor<1x6x4x4xf32>) -> tensor<1x6x4x4xui8> {
  ^bb0(%q: f32):
    %s = prim.scalar_constant 0.5 : f32
    %z = prim.scalar_constant 3 : ui8
    %r = prim.scalar quantize(%q, %s, %z) : (f32, f32, ui8) -> ui8
    prim.yield %r : ui8
  }
  return %y : tensor<1x6x4x4xui8>
}

// CHECK-LABEL: func.func @pad_with_zero
func.func @pad_with_zero(%x: tensor<4xui8>) -> tensor<6xui8> {
  // CHECK: %[[V:.+]] = prim.constant dense<3> : tensor<ui8>
  // CHECK: %[[P:.+]] = prim.pad %arg0, %[[V]]
  // CHECK: return %[[P]]
  %dx = prim.map(%x) : (tensor<4xui8>) -> tensor<4xf32> {
  ^bb0(%q: ui8):
    %s = prim.scalar_constant 0.5 : f32
    %z = prim.scalar_constant 3 : ui8
    %r = prim.scalar dequantize(%q, %s, %z) : (ui8, f32, ui8) -> f32
    prim.yield %r : f32
  }
  %v = prim.constant dense<0.0> : tensor<f32>
  %c = prim.pad %dx, %v low [1] high [1] interior [0] : tensor<4xf32>, tensor<f32> -> tensor<6xf32>
  %y = prim.map(%c) : (tensor<6xf32>) -> tensor<6xui8> {
  ^bb0(%q: f32):
    %s = prim.scalar_constant 0.5 : f32
    %z = prim.scalar_constant 3 : ui8
    %r = prim.scalar quantize(%q, %s, %z) : (f32, f32, ui8) -> ui8
    prim.yield %r : ui8
  }
  return %y : tensor<6xui8>
}

// CHECK-LABEL: func.func @pad_with_what_no_integer_stands_for
func.func @pad_with_what_no_integer_stands_for(%x: tensor<4xui8>) -> tensor<6xf32> {
  // CHECK: prim.pad
  // CHECK-SAME: tensor<4xf32>
  %dx = prim.map(%x) : (tensor<4xui8>) -> tensor<4xf32> {
  ^bb0(%q: ui8):
    %s = prim.scalar_constant 0.5 : f32
    %z = prim.scalar_constant 3 : ui8
    %r = prim.scalar dequantize(%q, %s, %z) : (ui8, f32, ui8) -> f32
    prim.yield %r : f32
  }
  %v = prim.constant dense<0.3> : tensor<f32>
  %c = prim.pad %dx, %v low [1] high [1] interior [0] : tensor<4xf32>, tensor<f32> -> tensor<6xf32>
  return %c : tensor<6xf32>
}

// CHECK-LABEL: func.func @position_of_the_greatest
func.func @position_of_the_greatest(%x: tensor<4xui8>) -> tensor<1xi64> {
  // CHECK-NEXT: prim.arg_reduce max %arg0
  %dx = prim.map(%x) : (tensor<4xui8>) -> tensor<4xf32> {
  ^bb0(%q: ui8):
    %s = prim.scalar_constant 0.5 : f32
    %z = prim.scalar_constant 3 : ui8
    %r = prim.scalar dequantize(%q, %s, %z) : (ui8, f32, ui8) -> f32
    prim.yield %r : f32
  }
  %c = prim.arg_reduce max %dx dim 0 : tensor<4xf32> -> tensor<1xi64>
  return %c : tensor<1xi64>
}

// CHECK-LABEL: func.func @addition
func.func @addition(%x: tensor<1x3x4x4xui8>, %w: tensor<1x3x4x4xui8>) -> tensor<1x3x4x4xui8> {
  // CHECK-NEXT: prim.map(%arg0, %arg1)
  // CHECK: prim.scalar fma
  // CHECK: prim.scalar fma
  // CHECK: prim.scalar quantize
  // CHECK-SAME: prim.scales = array<f32: 5.000000e-01, 2.500000e-01, 1.000000e+00>, prim.zero_points = array<i32: 3, 7, 2>
  // CHECK: prim.scalar max
  %dx = prim.map(%x) : (tensor<1x3x4x4xui8>) -> tensor<1x3x4x4xf32> {
  ^bb0(%q: ui8):
    %s = prim.scalar_constant 0.5 : f32
    %z = prim.scalar_constant 3 : ui8
    %r = prim.scalar dequantize(%q, %s, %z) : (ui8, f32, ui8) -> f32
    prim.yield %r : f32
  }
  %dw = prim.map(%w) : (tensor<1x3x4x4xui8>) -> tensor<1x3x4x4xf32> {
  ^bb0(%q: ui8):
    %s = prim.scalar_constant 0.25 : f32
    %z = prim.scalar_constant 7 : ui8
    %r = prim.scalar dequantize(%q, %s, %z) : (ui8, f32, ui8) -> f32
    prim.yield %r : f32
  }
  %c = prim.map(%dx, %dw) : (tensor<1x3x4x4xf32>, tensor<1x3x4x4xf32>) -> tensor<1x3x4x4xf32> {
  ^bb0(%p: f32, %q: f32):
    %r = prim.scalar add(%p, %q) : (f32, f32) -> f32
    prim.yield %r : f32
  }
  %l = prim.map(%c) : (tensor<1x3x4x4xf32>) -> tensor<1x3x4x4xf32> {
  ^bb0(%p: f32):
    %k = prim.scalar_constant 0.0 : f32
    %r = prim.scalar max(%p, %k) : (f32, f32) -> f32
    prim.yield %r : f32
  }
  %y = prim.map(%l) : (tensor<1x3x4x4xf32>) -> tensor<1x3x4x4xui8> {
  ^bb0(%q: f32):
    %s = prim.scalar_constant 1.0 : f32
    %z = prim.scalar_constant 2 : ui8
    %r = prim.scalar quantize(%q, %s, %z) : (f32, f32, ui8) -> ui8
    prim.yield %r : ui8
  }
  return %y : tensor<1x3x4x4xui8>
}

// CHECK-LABEL: func.func @product
func.func @product(%x: tensor<1x3x4x4xui8>, %w: tensor<1x3x4x4xui8>) -> tensor<1x3x4x4xui8> {
  // CHECK-NEXT: prim.map(%arg0, %arg1)
  // CHECK: prim.scalar mul(%{{.+}}) : (i32, i32) -> i32
  // CHECK: prim.scalar quantize
  %dx = prim.map(%x) : (tensor<1x3x4x4xui8>) -> tensor<1x3x4x4xf32> {
  ^bb0(%q: ui8):
    %s = prim.scalar_constant 0.5 : f32
    %z = prim.scalar_constant 3 : ui8
    %r = prim.scalar dequantize(%q, %s, %z) : (ui8, f32, ui8) -> f32
    prim.yield %r : f32
  }
  %dw = prim.map(%w) : (tensor<1x3x4x4xui8>) -> tensor<1x3x4x4xf32> {
  ^bb0(%q: ui8):
    %s = prim.scalar_constant 0.25 : f32
    %z = prim.scalar_constant 7 : ui8
    %r = prim.scalar dequantize(%q, %s, %z) : (ui8, f32, ui8) -> f32
    prim.yield %r : f32
  }
  %c = prim.map(%dx, %dw) : (tensor<1x3x4x4xf32>, tensor<1x3x4x4xf32>) -> tensor<1x3x4x4xf32> {
  ^bb0(%p: f32, %q: f32):
    %r = prim.scalar mul(%p, %q) : (f32, f32) -> f32
    prim.yield %r : f32
  }
  %y = prim.map(%c) : (tensor<1x3x4x4xf32>) -> tensor<1x3x4x4xui8> {
  ^bb0(%q: f32):
    %s = prim.scalar_constant 1.0 : f32
    %z = prim.scalar_constant 2 : ui8
    %r = prim.scalar quantize(%q, %s, %z) : (f32, f32, ui8) -> ui8
    prim.yield %r : ui8
  }
  return %y : tensor<1x3x4x4xui8>
}
