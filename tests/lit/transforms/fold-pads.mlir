// Pads go into convolutions and windows that pad with the same value.
// RUN: glowplug-opt %s --prim-fold-pads | FileCheck %s

// CHECK-LABEL: func.func @conv
// CHECK-SAME:      %[[X:.+]]: tensor<1x2x4x4xf32>, %[[W:.+]]: tensor<2x2x3x3xf32>
func.func @conv(%x: tensor<1x2x4x4xf32>, %w: tensor<2x2x3x3xf32>) -> tensor<1x2x5x6xf32> {
  // CHECK-NOT: prim.pad
  // CHECK: prim.conv %[[X]], %[[W]] strides [1, 1] pads [1, 1], [2, 3] dilations [1, 1] groups 1 : tensor<1x2x4x4xf32>
  %z = prim.constant dense<0.0> : tensor<f32>
  %p = prim.pad %x, %z low [0, 0, 1, 0] high [0, 0, 1, 2] interior [0, 0, 0, 0] : tensor<1x2x4x4xf32>, tensor<f32> -> tensor<1x2x6x6xf32>
  %y = prim.conv %p, %w strides [1, 1] pads [0, 1], [1, 1] dilations [1, 1] groups 1 : tensor<1x2x6x6xf32>, tensor<2x2x3x3xf32> -> tensor<1x2x5x6xf32>
  return %y : tensor<1x2x5x6xf32>
}

// Padding counts as the zero point.
// CHECK-LABEL: func.func @conv_zero_point
func.func @conv_zero_point(%x: tensor<1x2x4xui8>, %w: tensor<2x2x3xi8>) -> (tensor<1x2x4xi32>, tensor<1x2x4xi32>) {
  // CHECK: prim.conv %{{.+}}, %{{.+}} strides [1] pads [1], [1] dilations [1] groups 1 lhs_zp [7] : tensor<1x2x4xui8>
  // CHECK: prim.conv %{{.+}}, %{{.+}} strides [1] pads [0], [0] dilations [1] groups 1 lhs_zp [8] : tensor<1x2x6xui8>
  %z = prim.constant dense<7> : tensor<ui8>
  %p = prim.pad %x, %z low [0, 0, 1] high [0, 0, 1] interior [0, 0, 0] : tensor<1x2x4xui8>, tensor<ui8> -> tensor<1x2x6xui8>
  %a = prim.conv %p, %w strides [1] pads [0], [0] dilations [1] groups 1 lhs_zp [7] : tensor<1x2x6xui8>, tensor<2x2x3xi8> -> tensor<1x2x4xi32>
  %b = prim.conv %p, %w strides [1] pads [0], [0] dilations [1] groups 1 lhs_zp [8] : tensor<1x2x6xui8>, tensor<2x2x3xi8> -> tensor<1x2x4xi32>
  return %a, %b : tensor<1x2x4xi32>, tensor<1x2x4xi32>
}

// CHECK-LABEL: func.func @windows
func.func @windows(%x: tensor<4xf32>, %i: tensor<4xi8>) -> (tensor<2xf32>, tensor<2xf32>, tensor<2xi8>) {
  // CHECK: prim.window max %{{.+}} sizes [3] strides [2] pads [1], [0] dilations [1] : tensor<4xf32>
  %inf = prim.constant dense<0xFF800000> : tensor<f32>
  %p = prim.pad %x, %inf low [1] high [0] interior [0] : tensor<4xf32>, tensor<f32> -> tensor<5xf32>
  %a = prim.window max %p sizes [3] strides [2] pads [0], [0] dilations [1] : tensor<5xf32> -> tensor<2xf32>
  // CHECK: prim.window sum %{{.+}} sizes [3] strides [2] pads [1], [0] dilations [1] : tensor<4xf32>
  %zero = prim.constant dense<0.0> : tensor<f32>
  %q = prim.pad %x, %zero low [1] high [0] interior [0] : tensor<4xf32>, tensor<f32> -> tensor<5xf32>
  %b = prim.window sum %q sizes [3] strides [2] pads [0], [0] dilations [1] : tensor<5xf32> -> tensor<2xf32>
  // CHECK: prim.window min %{{.+}} sizes [3] strides [2] pads [1], [0] dilations [1] : tensor<4xi8>
  %most = prim.constant dense<127> : tensor<i8>
  %r = prim.pad %i, %most low [1] high [0] interior [0] : tensor<4xi8>, tensor<i8> -> tensor<5xi8>
  %c = prim.window min %r sizes [3] strides [2] pads [0], [0] dilations [1] : tensor<5xi8> -> tensor<2xi8>
  return %a, %b, %c : tensor<2xf32>, tensor<2xf32>, tensor<2xi8>
}

// A zero may be the maximum; a channel is not padded by a convolution; and
// nothing pads between elements.
// CHECK-LABEL: func.func @other_pads
func.func @other_pads(%x: tensor<1x2x4xf32>, %w: tensor<2x3x3xf32>, %v: tensor<2x2x3xf32>)
    -> (tensor<1x2x3xf32>, tensor<1x2x2xf32>, tensor<1x2x5xf32>) {
  // CHECK-COUNT-3: prim.pad
  %zero = prim.constant dense<0.0> : tensor<f32>
  %p = prim.pad %x, %zero low [0, 0, 1] high [0, 0, 0] interior [0, 0, 0] : tensor<1x2x4xf32>, tensor<f32> -> tensor<1x2x5xf32>
  %a = prim.window max %p sizes [1, 1, 3] strides [1, 1, 1] pads [0, 0, 0], [0, 0, 0] dilations [1, 1, 1] : tensor<1x2x5xf32> -> tensor<1x2x3xf32>
  %q = prim.pad %x, %zero low [0, 1, 0] high [0, 0, 0] interior [0, 0, 0] : tensor<1x2x4xf32>, tensor<f32> -> tensor<1x3x4xf32>
  %b = prim.conv %q, %w strides [1] pads [0], [0] dilations [1] groups 1 : tensor<1x3x4xf32>, tensor<2x3x3xf32> -> tensor<1x2x2xf32>
  %r = prim.pad %x, %zero low [0, 0, 0] high [0, 0, 0] interior [0, 0, 1] : tensor<1x2x4xf32>, tensor<f32> -> tensor<1x2x7xf32>
  %c = prim.conv %r, %v strides [1] pads [0], [0] dilations [1] groups 1 : tensor<1x2x7xf32>, tensor<2x2x3xf32> -> tensor<1x2x5xf32>
  return %a, %b, %c : tensor<1x2x3xf32>, tensor<1x2x2xf32>, tensor<1x2x5xf32>
}

// The greatest number is no identity of max, nor the smallest one of min.
// CHECK-LABEL: func.func @wrong_identity
func.func @wrong_identity(%x: tensor<4xf32>, %i: tensor<4xui8>) -> (tensor<2xf32>, tensor<2xui8>) {
  // CHECK-COUNT-2: prim.pad
  %inf = prim.constant dense<0x7F800000> : tensor<f32>
  %p = prim.pad %x, %inf low [1] high [0] interior [0] : tensor<4xf32>, tensor<f32> -> tensor<5xf32>
  %a = prim.window max %p sizes [3] strides [2] pads [0], [0] dilations [1] : tensor<5xf32> -> tensor<2xf32>
  %zero = prim.constant dense<0> : tensor<ui8>
  %r = prim.pad %i, %zero low [1] high [0] interior [0] : tensor<4xui8>, tensor<ui8> -> tensor<5xui8>
  %c = prim.window min %r sizes [3] strides [2] pads [0], [0] dilations [1] : tensor<5xui8> -> tensor<2xui8>
  return %a, %c : tensor<2xf32>, tensor<2xui8>
}
