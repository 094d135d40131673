// Convolutions and matrix products between dequantize and quantize become
// integers; those that cannot say why.
// RUN: %expand-maps %s | glowplug-opt --quantize-form-islands | FileCheck %s

// CHECK-LABEL: func.func @conv
func.func @conv(%x: tensor<1x3x4x4xui8>, %w: tensor<2x3x1x1xi8>) -> tensor<1x2x4x4xui8> {
  // CHECK: %[[C:.+]] = prim.conv %{{.+}}, %{{.+}} lhs_zp [3] : tensor<1x3x4x4xui8>, tensor<2x3x1x1xi8> -> tensor<1x2x4x4xi32>
  // CHECK: prim.map(%[[C]],
  // CHECK: rescale_fp32_rne
  // CHECK-NOT: prim.map
  %dx = map dequantize(%x, 0.5, 3) : (tensor<1x3x4x4xui8>) -> tensor<1x3x4x4xf32>
  %dw = map dequantize(%w, 0.25, 0) : (tensor<2x3x1x1xi8>) -> tensor<2x3x1x1xf32>
  %c = prim.conv %dx, %dw strides [1, 1] pads [0, 0], [0, 0] dilations [1, 1] groups 1 : tensor<1x3x4x4xf32>, tensor<2x3x1x1xf32> -> tensor<1x2x4x4xf32>
  %y = map quantize(%c, 2.0, 5) : (tensor<1x2x4x4xf32>) -> tensor<1x2x4x4xui8>
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
  %dx = map dequantize(%x, 0.5, 3) : (tensor<1x3x4x4xui8>) -> tensor<1x3x4x4xf32>
  %dw = map dequantize(%w, 0.25, 0) : (tensor<2x3x1x1xi8>) -> tensor<2x3x1x1xf32>
  %c = prim.conv %dx, %dw strides [1, 1] pads [0, 0], [0, 0] dilations [1, 1] groups 1 : tensor<1x3x4x4xf32>, tensor<2x3x1x1xf32> -> tensor<1x2x4x4xf32>
  %l = map max(%c, 0.0) : (tensor<1x2x4x4xf32>) -> tensor<1x2x4x4xf32>
  %h = map min(%l, 6.0) : (tensor<1x2x4x4xf32>) -> tensor<1x2x4x4xf32>
  %y = map quantize(%h, 2.0, 5) : (tensor<1x2x4x4xf32>) -> tensor<1x2x4x4xui8>
  return %y : tensor<1x2x4x4xui8>
}

// CHECK-LABEL: func.func @limit_without_effect
func.func @limit_without_effect(%x: tensor<1x3x4x4xui8>, %w: tensor<2x3x1x1xi8>) -> tensor<1x2x4x4xui8> {
  // CHECK: %[[C:.+]] = prim.conv %{{.+}}, %{{.+}} lhs_zp [3] : tensor<1x3x4x4xui8>, tensor<2x3x1x1xi8> -> tensor<1x2x4x4xi32>
  // CHECK: rescale_fp32_rne
  // CHECK-NEXT: prim.yield
  %dx = map dequantize(%x, 0.5, 3) : (tensor<1x3x4x4xui8>) -> tensor<1x3x4x4xf32>
  %dw = map dequantize(%w, 0.25, 0) : (tensor<2x3x1x1xi8>) -> tensor<2x3x1x1xf32>
  %c = prim.conv %dx, %dw strides [1, 1] pads [0, 0], [0, 0] dilations [1, 1] groups 1 : tensor<1x3x4x4xf32>, tensor<2x3x1x1xf32> -> tensor<1x2x4x4xf32>
  %l = map max(%c, 0.0) : (tensor<1x2x4x4xf32>) -> tensor<1x2x4x4xf32>
  %y = map quantize(%l, 2.0, 0) : (tensor<1x2x4x4xf32>) -> tensor<1x2x4x4xui8>
  return %y : tensor<1x2x4x4xui8>
}

// CHECK-LABEL: func.func @bias_of_matching_scale
func.func @bias_of_matching_scale(%x: tensor<1x3x4x4xui8>, %w: tensor<2x3x1x1xi8>) -> tensor<1x2x4x4xui8> {
  // CHECK: %[[C:.+]] = prim.conv %{{.+}}, %{{.+}} lhs_zp [3] : tensor<1x3x4x4xui8>, tensor<2x3x1x1xi8> -> tensor<1x2x4x4xi32>
  // CHECK{LITERAL}: dense<[[[[10]], [[-20]]]]> : tensor<1x2x1x1xi32>
  // CHECK: prim.scalar add(%{{.+}}) : (i32, i32) -> i32
  // CHECK: rescale_fp32_rne
  %dx = map dequantize(%x, 0.5, 3) : (tensor<1x3x4x4xui8>) -> tensor<1x3x4x4xf32>
  %dw = map dequantize(%w, 0.25, 0) : (tensor<2x3x1x1xi8>) -> tensor<2x3x1x1xf32>
  %c = prim.conv %dx, %dw strides [1, 1] pads [0, 0], [0, 0] dilations [1, 1] groups 1 : tensor<1x3x4x4xf32>, tensor<2x3x1x1xf32> -> tensor<1x2x4x4xf32>
  %b = prim.constant dense<[[[[10]], [[-20]]]]> : tensor<1x2x1x1xi32>
  %db_s = prim.constant dense<0.125> : tensor<1x1x1x1xf32>
  %db = map dequantize(%b, %db_s, 0) : (tensor<1x2x1x1xi32>, tensor<1x1x1x1xf32>) -> tensor<1x2x1x1xf32>
  %a = map add(%c, %db) : (tensor<1x2x4x4xf32>, tensor<1x2x1x1xf32>) -> tensor<1x2x4x4xf32>
  %y = map quantize(%a, 2.0, 5) : (tensor<1x2x4x4xf32>) -> tensor<1x2x4x4xui8>
  return %y : tensor<1x2x4x4xui8>
}

// CHECK-LABEL: func.func @bias_of_another_scale
func.func @bias_of_another_scale(%x: tensor<1x3x4x4xui8>, %w: tensor<2x3x1x1xi8>) -> tensor<1x2x4x4xui8> {
  // CHECK: %[[C:.+]] = prim.conv %{{.+}}, %{{.+}} lhs_zp [3] : tensor<1x3x4x4xui8>, tensor<2x3x1x1xi8> -> tensor<1x2x4x4xi32>
  // CHECK{LITERAL}: dense<[[[[20]], [[-40]]]]> : tensor<1x2x1x1xi32>
  // CHECK: prim.scalar add(%{{.+}}) : (i32, i32) -> i32
  // CHECK: rescale_fp32_rne
  %dx = map dequantize(%x, 0.5, 3) : (tensor<1x3x4x4xui8>) -> tensor<1x3x4x4xf32>
  %dw = map dequantize(%w, 0.25, 0) : (tensor<2x3x1x1xi8>) -> tensor<2x3x1x1xf32>
  %c = prim.conv %dx, %dw strides [1, 1] pads [0, 0], [0, 0] dilations [1, 1] groups 1 : tensor<1x3x4x4xf32>, tensor<2x3x1x1xf32> -> tensor<1x2x4x4xf32>
  %b = prim.constant dense<[[[[10]], [[-20]]]]> : tensor<1x2x1x1xi32>
  %db_s = prim.constant dense<0.25> : tensor<1x1x1x1xf32>
  %db = map dequantize(%b, %db_s, 0) : (tensor<1x2x1x1xi32>, tensor<1x1x1x1xf32>) -> tensor<1x2x1x1xf32>
  %a = map add(%c, %db) : (tensor<1x2x4x4xf32>, tensor<1x2x1x1xf32>) -> tensor<1x2x4x4xf32>
  %y = map quantize(%a, 2.0, 5) : (tensor<1x2x4x4xf32>) -> tensor<1x2x4x4xui8>
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
  %dx = map dequantize(%x, 0.5, 3) : (tensor<1x3x4x4xui8>) -> tensor<1x3x4x4xf32>
  %dw = map dequantize(%w, 0.25, 0) : (tensor<2x3x1x1xi8>) -> tensor<2x3x1x1xf32>
  %c = prim.conv %dx, %dw strides [1, 1] pads [0, 0], [0, 0] dilations [1, 1] groups 1 : tensor<1x3x4x4xf32>, tensor<2x3x1x1xf32> -> tensor<1x2x4x4xf32>
  %b = prim.constant dense<[[[[0.06]], [[1.0]]]]> : tensor<1x2x1x1xf32>
  %a = map add(%c, %b) : (tensor<1x2x4x4xf32>, tensor<1x2x1x1xf32>) -> tensor<1x2x4x4xf32>
  %y = map quantize(%a, 0.125, 5) : (tensor<1x2x4x4xf32>) -> tensor<1x2x4x4xui8>
  return %y : tensor<1x2x4x4xui8>
}

// CHECK-LABEL: func.func @nothing_after
func.func @nothing_after(%x: tensor<1x3x4x4xui8>, %w: tensor<2x3x1x1xi8>) -> tensor<1x2x4x4xf32> {
  // CHECK: %[[C:.+]] = prim.conv %{{.+}}, %{{.+}} lhs_zp [3] : tensor<1x3x4x4xui8>, tensor<2x3x1x1xi8> -> tensor<1x2x4x4xi32>
  // CHECK: dequantize(%{{.+}}) : (i32, f32, i32) -> f32
  %dx = map dequantize(%x, 0.5, 3) : (tensor<1x3x4x4xui8>) -> tensor<1x3x4x4xf32>
  %dw = map dequantize(%w, 0.25, 0) : (tensor<2x3x1x1xi8>) -> tensor<2x3x1x1xf32>
  %c = prim.conv %dx, %dw strides [1, 1] pads [0, 0], [0, 0] dilations [1, 1] groups 1 : tensor<1x3x4x4xf32>, tensor<2x3x1x1xf32> -> tensor<1x2x4x4xf32>
  return %c : tensor<1x2x4x4xf32>
}

// CHECK-LABEL: func.func @another_user
func.func @another_user(%x: tensor<1x3x4x4xui8>, %w: tensor<2x3x1x1xi8>) -> tensor<1x2x4x4xf32> {
  // CHECK: %[[C:.+]] = prim.conv %{{.+}}, %{{.+}} lhs_zp [3] : tensor<1x3x4x4xui8>, tensor<2x3x1x1xi8> -> tensor<1x2x4x4xi32>
  // CHECK: dequantize(%{{.+}}) : (i32, f32, i32) -> f32
  // CHECK: prim.scalar quantize
  %dx = map dequantize(%x, 0.5, 3) : (tensor<1x3x4x4xui8>) -> tensor<1x3x4x4xf32>
  %dw = map dequantize(%w, 0.25, 0) : (tensor<2x3x1x1xi8>) -> tensor<2x3x1x1xf32>
  %c = prim.conv %dx, %dw strides [1, 1] pads [0, 0], [0, 0] dilations [1, 1] groups 1 : tensor<1x3x4x4xf32>, tensor<2x3x1x1xf32> -> tensor<1x2x4x4xf32>
  %y = map quantize(%c, 2.0, 5) : (tensor<1x2x4x4xf32>) -> tensor<1x2x4x4xui8>
  %z = map dequantize(%y, 2.0, 5) : (tensor<1x2x4x4xui8>) -> tensor<1x2x4x4xf32>
  %r = map sub(%c, %z) : (tensor<1x2x4x4xf32>, tensor<1x2x4x4xf32>) -> tensor<1x2x4x4xf32>
  return %r : tensor<1x2x4x4xf32>
}

// CHECK-LABEL: func.func @weights_in_floats
func.func @weights_in_floats(%x: tensor<1x3x4x4xui8>, %dw: tensor<2x3x1x1xf32>) -> tensor<1x2x4x4xui8> {
  // CHECK: prim.conv
  // CHECK-SAME: prim.float_reason = "operand 1: it is not quantised"
  // CHECK-SAME: xf32>
  %dx = map dequantize(%x, 0.5, 3) : (tensor<1x3x4x4xui8>) -> tensor<1x3x4x4xf32>
  %c = prim.conv %dx, %dw strides [1, 1] pads [0, 0], [0, 0] dilations [1, 1] groups 1 : tensor<1x3x4x4xf32>, tensor<2x3x1x1xf32> -> tensor<1x2x4x4xf32>
  %y = map quantize(%c, 2.0, 5) : (tensor<1x2x4x4xf32>) -> tensor<1x2x4x4xui8>
  return %y : tensor<1x2x4x4xui8>
}

// CHECK-LABEL: func.func @scale_along_inputs
func.func @scale_along_inputs(%x: tensor<1x3x4x4xui8>, %w: tensor<2x3x1x1xi8>) -> tensor<1x2x4x4xui8> {
  // CHECK: prim.conv
  // CHECK-SAME: "operand 0: its scale varies along dim 1"
  %dx_s = prim.constant dense<[[[[1.0]], [[2.0]], [[3.0]]]]> : tensor<1x3x1x1xf32>
  %dx = map dequantize(%x, %dx_s, 3) : (tensor<1x3x4x4xui8>, tensor<1x3x1x1xf32>) -> tensor<1x3x4x4xf32>
  %dw = map dequantize(%w, 0.25, 0) : (tensor<2x3x1x1xi8>) -> tensor<2x3x1x1xf32>
  %c = prim.conv %dx, %dw strides [1, 1] pads [0, 0], [0, 0] dilations [1, 1] groups 1 : tensor<1x3x4x4xf32>, tensor<2x3x1x1xf32> -> tensor<1x2x4x4xf32>
  %y = map quantize(%c, 2.0, 5) : (tensor<1x2x4x4xf32>) -> tensor<1x2x4x4xui8>
  return %y : tensor<1x2x4x4xui8>
}

// CHECK-LABEL: func.func @dynamic_scale
func.func @dynamic_scale(%x: tensor<1x3x4x4xui8>, %w: tensor<2x3x1x1xi8>, %step: tensor<1x1x1x1xf32>) -> tensor<1x2x4x4xui8> {
  // CHECK: prim.conv
  // CHECK-SAME: "operand 0: its scale is not constant"
  %dx = map dequantize(%x, %step, 3) : (tensor<1x3x4x4xui8>, tensor<1x1x1x1xf32>) -> tensor<1x3x4x4xf32>
  %dw = map dequantize(%w, 0.25, 0) : (tensor<2x3x1x1xi8>) -> tensor<2x3x1x1xf32>
  %c = prim.conv %dx, %dw strides [1, 1] pads [0, 0], [0, 0] dilations [1, 1] groups 1 : tensor<1x3x4x4xf32>, tensor<2x3x1x1xf32> -> tensor<1x2x4x4xf32>
  %y = map quantize(%c, 2.0, 5) : (tensor<1x2x4x4xf32>) -> tensor<1x2x4x4xui8>
  return %y : tensor<1x2x4x4xui8>
}

// CHECK-LABEL: func.func @depthwise
func.func @depthwise(%x: tensor<1x2x4x4xui8>, %w: tensor<2x1x3x3xui8>) -> tensor<1x2x4x4xi8> {
  // CHECK: prim.conv
  // CHECK-SAME: groups 2 lhs_zp [3] rhs_zp [128] : tensor<1x2x4x4xui8>, tensor<2x1x3x3xui8> -> tensor<1x2x4x4xi32>
  // CHECK{LITERAL}: dense<[[[[2.500000e-01]], [[1.250000e-01]]]]> : tensor<1x2x1x1xf32>
  %dx = map dequantize(%x, 0.5, 3) : (tensor<1x2x4x4xui8>) -> tensor<1x2x4x4xf32>
  %dw_s = prim.constant dense<[[[[0.5]]], [[[0.25]]]]> : tensor<2x1x1x1xf32>
  %dw = map dequantize(%w, %dw_s, 128) : (tensor<2x1x3x3xui8>, tensor<2x1x1x1xf32>) -> tensor<2x1x3x3xf32>
  %c = prim.conv %dx, %dw strides [1, 1] pads [1, 1], [1, 1] dilations [1, 1] groups 2 : tensor<1x2x4x4xf32>, tensor<2x1x3x3xf32> -> tensor<1x2x4x4xf32>
  %y = map quantize(%c, 1.0, -5) : (tensor<1x2x4x4xf32>) -> tensor<1x2x4x4xi8>
  return %y : tensor<1x2x4x4xi8>
}

// CHECK-LABEL: func.func @batched_matmul_of_two_inputs
func.func @batched_matmul_of_two_inputs(%x: tensor<2x3x4xui8>, %w: tensor<2x4x5xi8>) -> tensor<2x3x5xi8> {
  // CHECK: prim.matmul %{{.+}} lhs_zp [3] rhs_zp [-1] : tensor<2x3x4xui8>, tensor<2x4x5xi8> -> tensor<2x3x5xi32>
  // CHECK: rescale_fp32_rne
  %dx = map dequantize(%x, 0.5, 3) : (tensor<2x3x4xui8>) -> tensor<2x3x4xf32>
  %dw = map dequantize(%w, 0.25, -1) : (tensor<2x4x5xi8>) -> tensor<2x4x5xf32>
  %c = prim.matmul %dx, %dw : tensor<2x3x4xf32>, tensor<2x4x5xf32> -> tensor<2x3x5xf32>
  %y = map quantize(%c, 1.0, 0) : (tensor<2x3x5xf32>) -> tensor<2x3x5xi8>
  return %y : tensor<2x3x5xi8>
}

// CHECK-LABEL: func.func @sinks_below_the_transpose_of_weights
func.func @sinks_below_the_transpose_of_weights(%x: tensor<3x4xui8>, %w: tensor<5x4xi8>) -> tensor<3x5xi8> {
  // CHECK: %[[T:.+]] = prim.transpose %arg1 [1, 0] : tensor<5x4xi8> -> tensor<4x5xi8>
  // CHECK: prim.matmul %arg0, %[[T]] lhs_zp [3]
  // CHECK{LITERAL}: dense<[[5.000000e-01, 1.000000e+00, 1.500000e+00, 2.000000e+00, 2.500000e+00]]> : tensor<1x5xf32>
  %dx = map dequantize(%x, 0.5, 3) : (tensor<3x4xui8>) -> tensor<3x4xf32>
  %dv_s = prim.constant dense<[[1.0], [2.0], [3.0], [4.0], [5.0]]> : tensor<5x1xf32>
  %dv = map dequantize(%w, %dv_s, 0) : (tensor<5x4xi8>, tensor<5x1xf32>) -> tensor<5x4xf32>
  %dw = prim.transpose %dv [1, 0] : tensor<5x4xf32> -> tensor<4x5xf32>
  %c = prim.matmul %dx, %dw : tensor<3x4xf32>, tensor<4x5xf32> -> tensor<3x5xf32>
  %y = map quantize(%c, 1.0, 0) : (tensor<3x5xf32>) -> tensor<3x5xi8>
  return %y : tensor<3x5xi8>
}
