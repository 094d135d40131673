// Reshapes compose, cancel, and go below maps that then meet their producer.
// RUN: glowplug-opt %s --prim-cancel-reshapes | FileCheck %s

// CHECK-LABEL: func.func @compose
// CHECK-SAME:      %[[X:.+]]: tensor<2x6xf32>
func.func @compose(%x: tensor<2x6xf32>) -> (tensor<3x4xf32>, tensor<2x6xf32>) {
  // CHECK-NEXT: %[[B:.+]] = prim.reshape %[[X]] : tensor<2x6xf32> -> tensor<3x4xf32>
  // CHECK-NEXT: return %[[B]], %[[X]]
  %a = prim.reshape %x : tensor<2x6xf32> -> tensor<12xf32>
  %b = prim.reshape %a : tensor<12xf32> -> tensor<3x4xf32>
  %c = prim.reshape %b : tensor<3x4xf32> -> tensor<2x6xf32>
  return %b, %c : tensor<3x4xf32>, tensor<2x6xf32>
}

// Dims of size 1 move for nothing.
// CHECK-LABEL: func.func @transpose_of_ones
// CHECK-SAME:      %[[X:.+]]: tensor<1x6x1x5xf32>
func.func @transpose_of_ones(%x: tensor<1x6x1x5xf32>) -> (tensor<6x5xf32>, tensor<1x5x6x1xf32>) {
  // CHECK-DAG: prim.reshape %[[X]] : tensor<1x6x1x5xf32> -> tensor<6x5xf32>
  // CHECK-DAG: prim.transpose %[[X]] [0, 3, 1, 2]
  %a = prim.transpose %x [2, 1, 3, 0] : tensor<1x6x1x5xf32> -> tensor<1x6x5x1xf32>
  %b = prim.reshape %a : tensor<1x6x5x1xf32> -> tensor<6x5xf32>
  %c = prim.transpose %x [0, 3, 1, 2] : tensor<1x6x1x5xf32> -> tensor<1x5x6x1xf32>
  return %b, %c : tensor<6x5xf32>, tensor<1x5x6x1xf32>
}

// CHECK-LABEL: func.func @bias_after_reshape
// CHECK-SAME:      %[[A:.+]]: tensor<6x4xf32>, %[[B:.+]]: tensor<4x8xf32>, %[[BIAS:.+]]: tensor<1x1x8xf32>, %[[R:.+]]: tensor<2x3x8xf32>
func.func @bias_after_reshape(%a: tensor<6x4xf32>, %b: tensor<4x8xf32>, %bias: tensor<1x1x8xf32>,
                              %residual: tensor<2x3x8xf32>) -> tensor<2x3x8xf32> {
  // CHECK:     %[[M:.+]] = prim.matmul %[[A]], %[[B]]
  // CHECK-DAG: %[[BIAS2:.+]] = prim.reshape %[[BIAS]] : tensor<1x1x8xf32> -> tensor<1x8xf32>
  // CHECK-DAG: %[[R2:.+]] = prim.reshape %[[R]] : tensor<2x3x8xf32> -> tensor<6x8xf32>
  // CHECK:     %[[Y:.+]] = prim.map(%[[M]], %[[BIAS2]], %[[R2]]) : (tensor<6x8xf32>, tensor<1x8xf32>, tensor<6x8xf32>) -> tensor<6x8xf32>
  // CHECK:     %[[Z:.+]] = prim.reshape %[[Y]] : tensor<6x8xf32> -> tensor<2x3x8xf32>
  // CHECK:     return %[[Z]]
  %m = prim.matmul %a, %b : tensor<6x4xf32>, tensor<4x8xf32> -> tensor<6x8xf32>
  %r = prim.reshape %m : tensor<6x8xf32> -> tensor<2x3x8xf32>
  %y = prim.map(%r, %bias, %residual) : (tensor<2x3x8xf32>, tensor<1x1x8xf32>, tensor<2x3x8xf32>) -> tensor<2x3x8xf32> {
  ^bb0(%p: f32, %q: f32, %s: f32):
    %t = prim.scalar add(%p, %q) : (f32, f32) -> f32
    %u = prim.scalar add(%t, %s) : (f32, f32) -> f32
    prim.yield %u : f32
  }
  return %y : tensor<2x3x8xf32>
}

// One number per 3 of 6 rows is no broadcast of 6 rows.
// CHECK-LABEL: func.func @operand_that_does_not_fit
func.func @operand_that_does_not_fit(%a: tensor<6x4xf32>, %b: tensor<4x8xf32>, %bias: tensor<1x3x1xf32>) -> tensor<2x3x8xf32> {
  // CHECK: prim.matmul
  // CHECK-NEXT: %[[R:.+]] = prim.reshape
  // CHECK-NEXT: prim.map(%[[R]]
  %m = prim.matmul %a, %b : tensor<6x4xf32>, tensor<4x8xf32> -> tensor<6x8xf32>
  %r = prim.reshape %m : tensor<6x8xf32> -> tensor<2x3x8xf32>
  %y = prim.map(%r, %bias) : (tensor<2x3x8xf32>, tensor<1x3x1xf32>) -> tensor<2x3x8xf32> {
  ^bb0(%p: f32, %q: f32):
    %t = prim.scalar add(%p, %q) : (f32, f32) -> f32
    prim.yield %t : f32
  }
  return %y : tensor<2x3x8xf32>
}

// Two reshapes become one.
// CHECK-LABEL: func.func @two_reshapes
// CHECK-SAME:      %[[X:.+]]: tensor<6x8xf32>, %[[Y:.+]]: tensor<6x8xf32>
func.func @two_reshapes(%x: tensor<6x8xf32>, %y: tensor<6x8xf32>) -> tensor<2x3x8xf32> {
  // CHECK-NEXT: %[[M:.+]] = prim.map(%[[X]], %[[Y]])
  // CHECK:      prim.reshape %[[M]]
  %a = prim.reshape %x : tensor<6x8xf32> -> tensor<2x3x8xf32>
  %b = prim.reshape %y : tensor<6x8xf32> -> tensor<2x3x8xf32>
  %m = prim.map(%a, %b) : (tensor<2x3x8xf32>, tensor<2x3x8xf32>) -> tensor<2x3x8xf32> {
  ^bb0(%p: f32, %q: f32):
    %t = prim.scalar add(%p, %q) : (f32, f32) -> f32
    prim.yield %t : f32
  }
  return %m : tensor<2x3x8xf32>
}

// It would meet nothing: a reshape of an argument stays above.
// CHECK-LABEL: func.func @nothing_to_meet
func.func @nothing_to_meet(%x: tensor<6x8xf32>) -> tensor<2x3x8xf32> {
  // CHECK-NEXT: prim.reshape
  // CHECK-NEXT: prim.map
  %a = prim.reshape %x : tensor<6x8xf32> -> tensor<2x3x8xf32>
  %m = prim.map(%a) : (tensor<2x3x8xf32>) -> tensor<2x3x8xf32> {
  ^bb0(%p: f32):
    %t = prim.scalar neg(%p) : (f32) -> f32
    prim.yield %t : f32
  }
  return %m : tensor<2x3x8xf32>
}
