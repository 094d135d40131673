// Contractions, with and without epilogues, print as they were written.
// RUN: glowplug-opt %s | glowplug-opt | FileCheck %s
// RUN: glowplug-opt %s --mlir-print-op-generic | glowplug-opt | FileCheck %s

// CHECK-LABEL: func.func @conv
// CHECK-SAME:      %[[X:.+]]: tensor<2x4x9x8xf32>, %[[W:.+]]: tensor<6x2x3x3xf32>
func.func @conv(%x: tensor<2x4x9x8xf32>, %w: tensor<6x2x3x3xf32>)
    -> tensor<2x6x5x8xf32> {
  // CHECK-NEXT: prim.conv %[[X]], %[[W]] strides [2, 1] pads [1, 1], [1, 1] dilations [1, 1] groups 2
  // CHECK-SAME:     : tensor<2x4x9x8xf32>, tensor<6x2x3x3xf32> -> tensor<2x6x5x8xf32>
  %y = prim.conv %x, %w strides [2, 1] pads [1, 1], [1, 1] dilations [1, 1] groups 2
      : tensor<2x4x9x8xf32>, tensor<6x2x3x3xf32> -> tensor<2x6x5x8xf32>
  return %y : tensor<2x6x5x8xf32>
}

// CHECK-LABEL: func.func @conv_1d_with_epilogue
// CHECK-SAME:      %[[X:.+]]: tensor<1x2x8xf16>, %[[W:.+]]: tensor<4x2x3xf16>, %[[B:.+]]: tensor<1x4x1xf32>
func.func @conv_1d_with_epilogue(%x: tensor<1x2x8xf16>, %w: tensor<4x2x3xf16>,
                                 %b: tensor<1x4x1xf32>) -> tensor<1x4x4xf16> {
  // CHECK-NEXT: prim.conv %[[X]], %[[W]] strides [1] pads [0], [0] dilations [2] groups 1
  // CHECK-SAME:     epilogue(%[[B]] : tensor<1x4x1xf32>) {
  // CHECK-NEXT: ^bb0(%[[ACC:.+]]: f32, %[[C:.+]]: f32):
  // CHECK-NEXT:   %[[S:.+]] = prim.scalar add(%[[ACC]], %[[C]]) : (f32, f32) -> f32
  // CHECK-NEXT:   %[[H:.+]] = prim.scalar cast(%[[S]]) : (f32) -> f16
  // CHECK-NEXT:   prim.yield %[[H]] : f16
  // CHECK-NEXT: }
  %y = prim.conv %x, %w strides [1] pads [0], [0] dilations [2] groups 1
      : tensor<1x2x8xf16>, tensor<4x2x3xf16> -> tensor<1x4x4xf16>
      epilogue(%b : tensor<1x4x1xf32>) {
  ^bb0(%acc: f32, %c: f32):
    %s = prim.scalar add(%acc, %c) : (f32, f32) -> f32
    %h = prim.scalar cast(%s) : (f32) -> f16
    prim.yield %h : f16
  }
  return %y : tensor<1x4x4xf16>
}

// CHECK-LABEL: func.func @conv_quantised
func.func @conv_quantised(%x: tensor<1x2x4x4xui8>, %w: tensor<2x2x1x1xi8>)
    -> tensor<1x2x4x4xi32> {
  // CHECK: groups 1 lhs_zp [128] rhs_zp [1, -1] :
  %y = prim.conv %x, %w strides [1, 1] pads [0, 0], [0, 0] dilations [1, 1] groups 1 lhs_zp [128] rhs_zp [1, -1]
      : tensor<1x2x4x4xui8>, tensor<2x2x1x1xi8> -> tensor<1x2x4x4xi32>
  return %y : tensor<1x2x4x4xi32>
}

// An epilogue without extra operands, and a 3-D kernel.
// CHECK-LABEL: func.func @conv_3d
func.func @conv_3d(%x: tensor<1x1x4x4x4xf32>, %w: tensor<1x1x2x2x2xf32>)
    -> tensor<1x1x3x3x3xf32> {
  // CHECK: epilogue() {
  %y = prim.conv %x, %w strides [1, 1, 1] pads [0, 0, 0], [0, 0, 0] dilations [1, 1, 1] groups 1
      : tensor<1x1x4x4x4xf32>, tensor<1x1x2x2x2xf32> -> tensor<1x1x3x3x3xf32>
      epilogue() {
  ^bb0(%acc: f32):
    %n = prim.scalar neg(%acc) : (f32) -> f32
    prim.yield %n : f32
  }
  return %y : tensor<1x1x3x3x3xf32>
}

// CHECK-LABEL: func.func @conv_transpose
// CHECK-SAME:      %[[X:.+]]: tensor<1x4x5x5xf32>, %[[W:.+]]: tensor<4x3x3x3xf32>
func.func @conv_transpose(%x: tensor<1x4x5x5xf32>, %w: tensor<4x3x3x3xf32>)
    -> tensor<1x6x10x11xf32> {
  // CHECK-NEXT: prim.conv_transpose %[[X]], %[[W]] strides [2, 2] pads [1, 1], [0, -1] dilations [1, 1] groups 2
  %y = prim.conv_transpose %x, %w strides [2, 2] pads [1, 1], [0, -1] dilations [1, 1] groups 2
      : tensor<1x4x5x5xf32>, tensor<4x3x3x3xf32> -> tensor<1x6x10x11xf32>
  return %y : tensor<1x6x10x11xf32>
}

// CHECK-LABEL: func.func @matmul
// CHECK-SAME:      %[[A:.+]]: tensor<1x2x3x4xf32>, %[[B:.+]]: tensor<5x1x4x6xf32>
func.func @matmul(%a: tensor<1x2x3x4xf32>, %b: tensor<5x1x4x6xf32>)
    -> tensor<5x2x3x6xf32> {
  // CHECK-NEXT: prim.matmul %[[A]], %[[B]] : tensor<1x2x3x4xf32>, tensor<5x1x4x6xf32> -> tensor<5x2x3x6xf32>
  %y = prim.matmul %a, %b
      : tensor<1x2x3x4xf32>, tensor<5x1x4x6xf32> -> tensor<5x2x3x6xf32>
  return %y : tensor<5x2x3x6xf32>
}

// CHECK-LABEL: func.func @matmul_quantised
func.func @matmul_quantised(%a: tensor<2x4xi8>, %b: tensor<4x3xi8>,
                            %s: tensor<1x3xf32>) -> tensor<2x3xf32> {
  // CHECK: prim.matmul %{{.+}}, %{{.+}} lhs_zp [1, 2] rhs_zp [3]
  // CHECK-SAME: epilogue(%{{.+}} : tensor<1x3xf32>) {
  %y = prim.matmul %a, %b lhs_zp [1, 2] rhs_zp [3]
      : tensor<2x4xi8>, tensor<4x3xi8> -> tensor<2x3xf32>
      epilogue(%s : tensor<1x3xf32>) {
  ^bb0(%acc: i32, %scale: f32):
    %f = prim.scalar cast(%acc) : (i32) -> f32
    %r = prim.scalar mul(%f, %scale) : (f32, f32) -> f32
    prim.yield %r : f32
  }
  return %y : tensor<2x3xf32>
}
