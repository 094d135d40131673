// Sums, picks, moves and element-wise work between dequantize and quantize
// become integers, where that is exact.
// RUN: %expand-maps %s | glowplug-opt --quantize-form-islands | FileCheck %s

// CHECK-LABEL: func.func @global_average_pool
func.func @global_average_pool(%x: tensor<1x3x4x4xui8>) -> tensor<1x3x1x1xui8> {
  // CHECK: prim.reduce sum %arg0 dims [2, 3] : tensor<1x3x4x4xui8> -> tensor<1x3x1x1xi32>
  // CHECK-DAG: dense<-48> : tensor<1x1x1x1xi32>
  // CHECK-DAG: dense<1.562500e-02>
  // CHECK: rescale_fp32_rne
  %dx = map dequantize(%x, 0.5, 3) : (tensor<1x3x4x4xui8>) -> tensor<1x3x4x4xf32>
  %c = prim.reduce sum %dx dims [2, 3] : tensor<1x3x4x4xf32> -> tensor<1x3x1x1xf32>
  %m = map div(%c, 16.0) : (tensor<1x3x1x1xf32>) -> tensor<1x3x1x1xf32>
  %y = map quantize(%m, 2.0, 5) : (tensor<1x3x1x1xf32>) -> tensor<1x3x1x1xui8>
  return %y : tensor<1x3x1x1xui8>
}

// CHECK-LABEL: func.func @sum_without_quantize
func.func @sum_without_quantize(%x: tensor<1x3x4x4xui8>) -> tensor<1x3x1x1xf32> {
  // CHECK: prim.reduce
  // CHECK-SAME: "no QuantizeLinear directly after it"
  %dx = map dequantize(%x, 0.5, 3) : (tensor<1x3x4x4xui8>) -> tensor<1x3x4x4xf32>
  %c = prim.reduce sum %dx dims [2, 3] : tensor<1x3x4x4xf32> -> tensor<1x3x1x1xf32>
  return %c : tensor<1x3x1x1xf32>
}

// CHECK-LABEL: func.func @average_pool
func.func @average_pool(%x: tensor<1x3x4x4xui8>) -> tensor<1x3x4x4xui8> {
  // CHECK: prim.window sum %arg0
  // CHECK-SAME: tensor<1x3x4x4xui8> -> tensor<1x3x4x4xi32>
  // CHECK: prim.quantized average(
  // CHECK-SAME: (i32, f32, f32, ui8, f32, ui8) -> ui8
  %dx = map dequantize(%x, 0.5, 3) : (tensor<1x3x4x4xui8>) -> tensor<1x3x4x4xf32>
  %c = prim.window sum %dx sizes [1, 1, 3, 3] strides [1, 1, 1, 1] pads [0, 0, 1, 1], [0, 0, 1, 1] dilations [1, 1, 1, 1] : tensor<1x3x4x4xf32> -> tensor<1x3x4x4xf32>
  %m = map div(%c, 9.0) : (tensor<1x3x4x4xf32>) -> tensor<1x3x4x4xf32>
  %y = map quantize(%m, 2.0, 5) : (tensor<1x3x4x4xf32>) -> tensor<1x3x4x4xui8>
  return %y : tensor<1x3x4x4xui8>
}

// CHECK-LABEL: func.func @max_pool
func.func @max_pool(%x: tensor<1x3x4x4xui8>) -> tensor<1x3x4x4xui8> {
  // CHECK: %[[M:.+]] = prim.window max %arg0
  // CHECK-NEXT: return %[[M]]
  %dx = map dequantize(%x, 0.5, 3) : (tensor<1x3x4x4xui8>) -> tensor<1x3x4x4xf32>
  %c = prim.window max %dx sizes [1, 1, 3, 3] strides [1, 1, 1, 1] pads [0, 0, 1, 1], [0, 0, 1, 1] dilations [1, 1, 1, 1] : tensor<1x3x4x4xf32> -> tensor<1x3x4x4xf32>
  %y = map quantize(%c, 0.5, 3) : (tensor<1x3x4x4xf32>) -> tensor<1x3x4x4xui8>
  return %y : tensor<1x3x4x4xui8>
}

// CHECK-LABEL: func.func @pair_of_two_schemes_stays
func.func @pair_of_two_schemes_stays(%x: tensor<1x3x4x4xui8>) -> tensor<1x3x4x4xui8> {
  // CHECK: prim.scalar dequantize
  // CHECK: prim.scalar quantize
  %dx = map dequantize(%x, 0.5, 3) : (tensor<1x3x4x4xui8>) -> tensor<1x3x4x4xf32>
  %y = map quantize(%dx, 0.5, 4) : (tensor<1x3x4x4xf32>) -> tensor<1x3x4x4xui8>
  return %y : tensor<1x3x4x4xui8>
}

// CHECK-LABEL: func.func @concat_of_equal_schemes
func.func @concat_of_equal_schemes(%x: tensor<1x3x4x4xui8>, %w: tensor<1x3x4x4xui8>) -> tensor<1x6x4x4xui8> {
  // CHECK-NEXT: %[[C:.+]] = prim.concat %arg0, %arg1
  // CHECK-NEXT: return %[[C]]
  %dx = map dequantize(%x, 0.5, 3) : (tensor<1x3x4x4xui8>) -> tensor<1x3x4x4xf32>
  %dw = map dequantize(%w, 0.5, 3) : (tensor<1x3x4x4xui8>) -> tensor<1x3x4x4xf32>
  %c = prim.concat %dx, %dw dim 1 : (tensor<1x3x4x4xf32>, tensor<1x3x4x4xf32>) -> tensor<1x6x4x4xf32>
  %y = map quantize(%c, 0.5, 3) : (tensor<1x6x4x4xf32>) -> tensor<1x6x4x4xui8>
  return %y : tensor<1x6x4x4xui8>
}

// CHECK-LABEL: func.func @concat_of_unequal_schemes
func.func @concat_of_unequal_schemes(%x: tensor<1x3x4x4xui8>, %w: tensor<1x3x4x4xui8>) -> tensor<1x6x4x4xui8> {
  // CHECK: %[[D:.+]] = prim.map(%arg1
  // CHECK: %[[Q:.+]] = prim.map(%[[D]]
  // CHECK: prim.concat %arg0, %[[Q]]
  // CHECK-SAME: ui8>
  %dx = map dequantize(%x, 0.5, 3) : (tensor<1x3x4x4xui8>) -> tensor<1x3x4x4xf32>
  %dw = map dequantize(%w, 0.25, 3) : (tensor<1x3x4x4xui8>) -> tensor<1x3x4x4xf32>
  %c = prim.concat %dx, %dw dim 1 : (tensor<1x3x4x4xf32>, tensor<1x3x4x4xf32>) -> tensor<1x6x4x4xf32>
  %y = map quantize(%c, 0.5, 3) : (tensor<1x6x4x4xf32>) -> tensor<1x6x4x4xui8>
  return %y : tensor<1x6x4x4xui8>
}

// CHECK-LABEL: func.func @pad_with_zero
func.func @pad_with_zero(%x: tensor<4xui8>) -> tensor<6xui8> {
  // CHECK: %[[V:.+]] = prim.constant dense<3> : tensor<ui8>
  // CHECK: %[[P:.+]] = prim.pad %arg0, %[[V]]
  // CHECK: return %[[P]]
  %dx = map dequantize(%x, 0.5, 3) : (tensor<4xui8>) -> tensor<4xf32>
  %v = prim.constant dense<0.0> : tensor<f32>
  %c = prim.pad %dx, %v low [1] high [1] interior [0] : tensor<4xf32>, tensor<f32> -> tensor<6xf32>
  %y = map quantize(%c, 0.5, 3) : (tensor<6xf32>) -> tensor<6xui8>
  return %y : tensor<6xui8>
}

// CHECK-LABEL: func.func @pad_with_what_no_integer_stands_for
func.func @pad_with_what_no_integer_stands_for(%x: tensor<4xui8>) -> tensor<6xf32> {
  // CHECK: prim.pad
  // CHECK-SAME: tensor<4xf32>
  %dx = map dequantize(%x, 0.5, 3) : (tensor<4xui8>) -> tensor<4xf32>
  %v = prim.constant dense<0.3> : tensor<f32>
  %c = prim.pad %dx, %v low [1] high [1] interior [0] : tensor<4xf32>, tensor<f32> -> tensor<6xf32>
  return %c : tensor<6xf32>
}

// CHECK-LABEL: func.func @position_of_the_greatest
func.func @position_of_the_greatest(%x: tensor<4xui8>) -> tensor<1xi64> {
  // CHECK-NEXT: prim.arg_reduce max %arg0
  %dx = map dequantize(%x, 0.5, 3) : (tensor<4xui8>) -> tensor<4xf32>
  %c = prim.arg_reduce max %dx dim 0 : tensor<4xf32> -> tensor<1xi64>
  return %c : tensor<1xi64>
}

// CHECK-LABEL: func.func @addition
func.func @addition(%x: tensor<1x3x4x4xui8>, %w: tensor<1x3x4x4xui8>) -> tensor<1x3x4x4xui8> {
  // CHECK-NEXT: prim.map(%arg0, %arg1)
  // CHECK-NEXT: ^bb0(%[[A:.+]]: ui8, %[[B:.+]]: ui8):
  // CHECK-NEXT: %[[AS:.+]] = prim.scalar_constant 5.000000e-01 : f32
  // CHECK-NEXT: %[[AZ:.+]] = prim.scalar_constant 3 : ui8
  // CHECK-NEXT: %[[BS:.+]] = prim.scalar_constant 2.500000e-01 : f32
  // CHECK-NEXT: %[[BZ:.+]] = prim.scalar_constant 7 : ui8
  // CHECK-NEXT: %[[YS:.+]] = prim.scalar_constant 1.000000e+00 : f32
  // CHECK-NEXT: %[[YZ:.+]] = prim.scalar_constant 2 : ui8
  // CHECK-NEXT: prim.quantized add(%[[A]], %[[AS]], %[[AZ]], %[[B]], %[[BS]], %[[BZ]], %[[YS]], %[[YZ]])
  // CHECK: prim.scalar max
  %dx = map dequantize(%x, 0.5, 3) : (tensor<1x3x4x4xui8>) -> tensor<1x3x4x4xf32>
  %dw = map dequantize(%w, 0.25, 7) : (tensor<1x3x4x4xui8>) -> tensor<1x3x4x4xf32>
  %c = map add(%dx, %dw) : (tensor<1x3x4x4xf32>, tensor<1x3x4x4xf32>) -> tensor<1x3x4x4xf32>
  %l = map max(%c, 0.0) : (tensor<1x3x4x4xf32>) -> tensor<1x3x4x4xf32>
  %y = map quantize(%l, 1.0, 2) : (tensor<1x3x4x4xf32>) -> tensor<1x3x4x4xui8>
  return %y : tensor<1x3x4x4xui8>
}

// CHECK-LABEL: func.func @product
func.func @product(%x: tensor<1x3x4x4xui8>, %w: tensor<1x3x4x4xui8>) -> tensor<1x3x4x4xui8> {
  // CHECK-NEXT: prim.map(%arg0, %arg1)
  // CHECK: prim.quantized mul(
  %dx = map dequantize(%x, 0.5, 3) : (tensor<1x3x4x4xui8>) -> tensor<1x3x4x4xf32>
  %dw = map dequantize(%w, 0.25, 7) : (tensor<1x3x4x4xui8>) -> tensor<1x3x4x4xf32>
  %c = map mul(%dx, %dw) : (tensor<1x3x4x4xf32>, tensor<1x3x4x4xf32>) -> tensor<1x3x4x4xf32>
  %y = map quantize(%c, 1.0, 2) : (tensor<1x3x4x4xf32>) -> tensor<1x3x4x4xui8>
  return %y : tensor<1x3x4x4xui8>
}
