// Reductions, scans, sorts and windows print as they were written.
// RUN: glowplug-opt %s | glowplug-opt | FileCheck %s
// RUN: glowplug-opt %s --mlir-print-op-generic | glowplug-opt | FileCheck %s

// CHECK-LABEL: func.func @reduce
// CHECK-SAME:      %[[X:.+]]: tensor<2x3x4xi8>
func.func @reduce(%x: tensor<2x3x4xi8>) -> tensor<1x3x1xi32> {
  // CHECK-NEXT: prim.reduce sum %[[X]] dims [0, 2] : tensor<2x3x4xi8> -> tensor<1x3x1xi32>
  %y = prim.reduce sum %x dims [0, 2] : tensor<2x3x4xi8> -> tensor<1x3x1xi32>
  return %y : tensor<1x3x1xi32>
}

// CHECK-LABEL: func.func @reduce_with_epilogue
func.func @reduce_with_epilogue(%x: tensor<2x4xbf16>) -> tensor<2x1xbf16> {
  // CHECK: prim.reduce sum %{{.+}} dims [1] : tensor<2x4xbf16> -> tensor<2x1xbf16> epilogue() {
  // CHECK-NEXT: ^bb0(%[[ACC:.+]]: f32):
  %y = prim.reduce sum %x dims [1] : tensor<2x4xbf16> -> tensor<2x1xbf16>
      epilogue() {
  ^bb0(%acc: f32):
    %h = prim.scalar cast(%acc) : (f32) -> bf16
    prim.yield %h : bf16
  }
  return %y : tensor<2x1xbf16>
}

// All and any.
// CHECK-LABEL: func.func @reduce_booleans
func.func @reduce_booleans(%x: tensor<2x4xi1>) -> (tensor<2x1xi1>, tensor<2x1xi1>) {
  // CHECK: prim.reduce min
  %all = prim.reduce min %x dims [1] : tensor<2x4xi1> -> tensor<2x1xi1>
  // CHECK: prim.reduce max
  %any = prim.reduce max %x dims [1] : tensor<2x4xi1> -> tensor<2x1xi1>
  return %all, %any : tensor<2x1xi1>, tensor<2x1xi1>
}

// CHECK-LABEL: func.func @arg_reduce
// CHECK-SAME:      %[[X:.+]]: tensor<2x5xf32>
func.func @arg_reduce(%x: tensor<2x5xf32>) -> (tensor<2x1xi64>, tensor<1x5xi64>) {
  // CHECK-NEXT: prim.arg_reduce max %[[X]] dim 1 : tensor<2x5xf32> -> tensor<2x1xi64>
  %i = prim.arg_reduce max %x dim 1 : tensor<2x5xf32> -> tensor<2x1xi64>
  // CHECK-NEXT: prim.arg_reduce min %[[X]] dim 0 select_last : tensor<2x5xf32> -> tensor<1x5xi64>
  %j = prim.arg_reduce min %x dim 0 select_last : tensor<2x5xf32> -> tensor<1x5xi64>
  return %i, %j : tensor<2x1xi64>, tensor<1x5xi64>
}

// CHECK-LABEL: func.func @scan
// CHECK-SAME:      %[[X:.+]]: tensor<2x5xf32>
func.func @scan(%x: tensor<2x5xf32>) -> (tensor<2x5xf32>, tensor<2x5xf32>) {
  // CHECK-NEXT: prim.scan sum %[[X]] dim 1 : tensor<2x5xf32> -> tensor<2x5xf32>
  %a = prim.scan sum %x dim 1 : tensor<2x5xf32> -> tensor<2x5xf32>
  // CHECK-NEXT: prim.scan prod %[[X]] dim 0 exclusive reverse : tensor<2x5xf32> -> tensor<2x5xf32>
  %b = prim.scan prod %x dim 0 exclusive reverse : tensor<2x5xf32> -> tensor<2x5xf32>
  return %a, %b : tensor<2x5xf32>, tensor<2x5xf32>
}

// CHECK-LABEL: func.func @sort
// CHECK-SAME:      %[[X:.+]]: tensor<2x5xf32>
func.func @sort(%x: tensor<2x5xf32>) -> (tensor<2x5xf32>, tensor<2x5xi64>) {
  // CHECK-NEXT: %{{.+}}, %{{.+}} = prim.sort %[[X]] dim 1 descending : tensor<2x5xf32> -> tensor<2x5xf32>, tensor<2x5xi64>
  %v, %p = prim.sort %x dim 1 descending : tensor<2x5xf32> -> tensor<2x5xf32>, tensor<2x5xi64>
  return %v, %p : tensor<2x5xf32>, tensor<2x5xi64>
}

// CHECK-LABEL: func.func @window
// CHECK-SAME:      %[[X:.+]]: tensor<1x2x8x8xf32>
func.func @window(%x: tensor<1x2x8x8xf32>) -> tensor<1x2x4x4xf32> {
  // CHECK-NEXT: prim.window max %[[X]] sizes [1, 1, 3, 3] strides [1, 1, 2, 2] pads [0, 0, 1, 1], [0, 0, 0, 0] dilations [1, 1, 1, 1] : tensor<1x2x8x8xf32> -> tensor<1x2x4x4xf32>
  %y = prim.window max %x sizes [1, 1, 3, 3] strides [1, 1, 2, 2]
      pads [0, 0, 1, 1], [0, 0, 0, 0] dilations [1, 1, 1, 1]
      : tensor<1x2x8x8xf32> -> tensor<1x2x4x4xf32>
  return %y : tensor<1x2x4x4xf32>
}

// CHECK-LABEL: func.func @window_with_epilogue
func.func @window_with_epilogue(%x: tensor<4x8xf32>, %n: tensor<1x7xf32>)
    -> tensor<4x7xf32> {
  // CHECK: epilogue(%{{.+}} : tensor<1x7xf32>) {
  %y = prim.window sum %x sizes [1, 2] strides [1, 1] pads [0, 0], [0, 0] dilations [1, 1]
      : tensor<4x8xf32> -> tensor<4x7xf32> epilogue(%n : tensor<1x7xf32>) {
  ^bb0(%acc: f32, %c: f32):
    %q = prim.scalar div(%acc, %c) : (f32, f32) -> f32
    prim.yield %q : f32
  }
  return %y : tensor<4x7xf32>
}
