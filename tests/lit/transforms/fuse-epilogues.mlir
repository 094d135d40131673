// A map goes into the op that feeds it, if nothing else needs that op.
// RUN: glowplug-opt %s --prim-fuse-epilogues | FileCheck %s
// RUN: glowplug-opt %s --prim-fuse-epilogues=max-ops=1 | FileCheck %s --check-prefix=SMALL

// CHECK-LABEL: func.func @bias_and_activation
// CHECK-SAME:      %[[A:.+]]: tensor<2x4xf32>, %[[B:.+]]: tensor<4x3xf32>, %[[C:.+]]: tensor<1x3xf32>
// SMALL-LABEL: func.func @bias_and_activation
func.func @bias_and_activation(%a: tensor<2x4xf32>, %b: tensor<4x3xf32>, %c: tensor<1x3xf32>) -> tensor<2x3xf32> {
  // CHECK-NEXT: %[[Y:.+]] = prim.matmul %[[A]], %[[B]] : tensor<2x4xf32>, tensor<4x3xf32> -> tensor<2x3xf32> epilogue(%[[C]] : tensor<1x3xf32>) {
  // CHECK-NEXT: ^bb0(%[[ACC:.+]]: f32, %[[D:.+]]: f32):
  // CHECK-NEXT:   %[[S:.+]] = prim.scalar add(%[[ACC]], %[[D]])
  // CHECK-NEXT:   %[[Z:.+]] = prim.scalar_constant 0.0
  // CHECK-NEXT:   %[[R:.+]] = prim.scalar max(%[[S]], %[[Z]])
  // CHECK-NEXT:   prim.yield %[[R]]
  // CHECK-NEXT: }
  // CHECK-NEXT: return %[[Y]]
  // SMALL: prim.matmul
  // SMALL: prim.map
  %m = prim.matmul %a, %b : tensor<2x4xf32>, tensor<4x3xf32> -> tensor<2x3xf32>
  %x = prim.map(%m, %c) : (tensor<2x3xf32>, tensor<1x3xf32>) -> tensor<2x3xf32> {
  ^bb0(%p: f32, %q: f32):
    %s = prim.scalar add(%p, %q) : (f32, f32) -> f32
    prim.yield %s : f32
  }
  %y = prim.map(%x) : (tensor<2x3xf32>) -> tensor<2x3xf32> {
  ^bb0(%p: f32):
    %z = prim.scalar_constant 0.0 : f32
    %s = prim.scalar max(%p, %z) : (f32, f32) -> f32
    prim.yield %s : f32
  }
  return %y : tensor<2x3xf32>
}

// Of the two convolutions that meet, the last one takes the sum.
// CHECK-LABEL: func.func @residual
// CHECK-SAME:      %[[X:.+]]: tensor<1x2x4xf32>, %[[W:.+]]: tensor<2x2x1xf32>
func.func @residual(%x: tensor<1x2x4xf32>, %w: tensor<2x2x1xf32>) -> tensor<1x2x4xf32> {
  // CHECK-NEXT: %[[A:.+]] = prim.conv %[[X]], %[[W]]
  // CHECK-NOT:  epilogue
  // CHECK:      %[[B:.+]] = prim.conv %[[X]], %[[W]]
  // CHECK-SAME: epilogue(%[[A]] : tensor<1x2x4xf32>) {
  // CHECK-NEXT: ^bb0(%[[ACC:.+]]: f32, %[[E:.+]]: f32):
  // CHECK-NEXT:   prim.scalar sub(%[[E]], %[[ACC]])
  // CHECK:      return %[[B]]
  %a = prim.conv %x, %w strides [1] pads [0], [0] dilations [1] groups 1 : tensor<1x2x4xf32>, tensor<2x2x1xf32> -> tensor<1x2x4xf32>
  %b = prim.conv %x, %w strides [1] pads [0], [0] dilations [1] groups 1 : tensor<1x2x4xf32>, tensor<2x2x1xf32> -> tensor<1x2x4xf32>
  %y = prim.map(%a, %b) : (tensor<1x2x4xf32>, tensor<1x2x4xf32>) -> tensor<1x2x4xf32> {
  ^bb0(%p: f32, %q: f32):
    %s = prim.scalar sub(%p, %q) : (f32, f32) -> f32
    prim.yield %s : f32
  }
  return %y : tensor<1x2x4xf32>
}

// The owner moves down to where its new operands are defined.
// CHECK-LABEL: func.func @operand_defined_later
// CHECK-SAME:      %[[A:.+]]: tensor<2x2xf32>
func.func @operand_defined_later(%a: tensor<2x2xf32>) -> (tensor<2x2xf32>, tensor<2x2xf32>) {
  // CHECK-NEXT: %[[R:.+]] = prim.transpose %[[A]]
  // CHECK-NEXT: %[[M:.+]] = prim.matmul %[[A]], %[[A]] {{.+}} epilogue(%[[R]] : tensor<2x2xf32>)
  // CHECK:      return %[[M]], %[[R]]
  %m = prim.matmul %a, %a : tensor<2x2xf32>, tensor<2x2xf32> -> tensor<2x2xf32>
  %r = prim.transpose %a [1, 0] : tensor<2x2xf32> -> tensor<2x2xf32>
  %y = prim.map(%m, %r) : (tensor<2x2xf32>, tensor<2x2xf32>) -> tensor<2x2xf32> {
  ^bb0(%p: f32, %q: f32):
    %s = prim.scalar add(%p, %q) : (f32, f32) -> f32
    prim.yield %s : f32
  }
  return %y, %r : tensor<2x2xf32>, tensor<2x2xf32>
}

// Halves are rounded before the map reads them, as without fusion.
// CHECK-LABEL: func.func @halves
func.func @halves(%a: tensor<2x4xf16>, %b: tensor<4x3xf16>) -> tensor<2x3xf16> {
  // CHECK: prim.matmul
  // CHECK-NEXT: ^bb0(%[[ACC:.+]]: f32):
  // CHECK-NEXT:   %[[H:.+]] = prim.scalar cast(%[[ACC]]) : (f32) -> f16
  // CHECK-NEXT:   prim.scalar neg(%[[H]]) : (f16) -> f16
  %m = prim.matmul %a, %b : tensor<2x4xf16>, tensor<4x3xf16> -> tensor<2x3xf16>
  %y = prim.map(%m) : (tensor<2x3xf16>) -> tensor<2x3xf16> {
  ^bb0(%p: f16):
    %s = prim.scalar neg(%p) : (f16) -> f16
    prim.yield %s : f16
  }
  return %y : tensor<2x3xf16>
}

// The map changes the type of integers.
// CHECK-LABEL: func.func @integers
func.func @integers(%x: tensor<1x2x4xui8>, %w: tensor<2x2x1xi8>) -> tensor<1x2x4xf32> {
  // CHECK: prim.conv {{.+}} -> tensor<1x2x4xf32> epilogue() {
  // CHECK-NEXT: ^bb0(%[[ACC:.+]]: i32):
  // CHECK-NEXT:   prim.scalar cast(%[[ACC]]) : (i32) -> f32
  %a = prim.conv %x, %w strides [1] pads [0], [0] dilations [1] groups 1 : tensor<1x2x4xui8>, tensor<2x2x1xi8> -> tensor<1x2x4xi32>
  %y = prim.map(%a) : (tensor<1x2x4xi32>) -> tensor<1x2x4xf32> {
  ^bb0(%p: i32):
    %s = prim.scalar cast(%p) : (i32) -> f32
    prim.yield %s : f32
  }
  return %y : tensor<1x2x4xf32>
}

// An average: a sum and a division; and x + x of a window.
// CHECK-LABEL: func.func @reduce_and_window
func.func @reduce_and_window(%x: tensor<2x8xf32>) -> (tensor<2x1xf32>, tensor<2x4xf32>) {
  // CHECK: prim.reduce sum {{.+}} epilogue() {
  // CHECK: prim.window max {{.+}} epilogue() {
  // CHECK-NEXT: ^bb0(%[[ACC:.+]]: f32):
  // CHECK-NEXT:   prim.scalar add(%[[ACC]], %[[ACC]])
  %a = prim.reduce sum %x dims [1] : tensor<2x8xf32> -> tensor<2x1xf32>
  %y = prim.map(%a) : (tensor<2x1xf32>) -> tensor<2x1xf32> {
  ^bb0(%p: f32):
    %k = prim.scalar_constant 8.0 : f32
    %s = prim.scalar div(%p, %k) : (f32, f32) -> f32
    prim.yield %s : f32
  }
  %b = prim.window max %x sizes [1, 2] strides [1, 2] pads [0, 0], [0, 0] dilations [1, 1] : tensor<2x8xf32> -> tensor<2x4xf32>
  %z = prim.map(%b, %b) : (tensor<2x4xf32>, tensor<2x4xf32>) -> tensor<2x4xf32> {
  ^bb0(%p: f32, %q: f32):
    %s = prim.scalar add(%p, %q) : (f32, f32) -> f32
    prim.yield %s : f32
  }
  return %y, %z : tensor<2x1xf32>, tensor<2x4xf32>
}

// A contraction goes before a reduction that comes later.
// CHECK-LABEL: func.func @contraction_first
func.func @contraction_first(%x: tensor<2x2xf32>) -> tensor<2x2xf32> {
  // CHECK: %[[W:.+]] = prim.window
  // CHECK-NOT: epilogue
  // CHECK: prim.matmul {{.+}} epilogue(%[[W]] : tensor<2x2xf32>)
  %m = prim.matmul %x, %x : tensor<2x2xf32>, tensor<2x2xf32> -> tensor<2x2xf32>
  %w = prim.window max %x sizes [1, 3] strides [1, 1] pads [0, 1], [0, 1] dilations [1, 1] : tensor<2x2xf32> -> tensor<2x2xf32>
  %y = prim.map(%m, %w) : (tensor<2x2xf32>, tensor<2x2xf32>) -> tensor<2x2xf32> {
  ^bb0(%p: f32, %q: f32):
    %s = prim.scalar add(%p, %q) : (f32, f32) -> f32
    prim.yield %s : f32
  }
  return %y : tensor<2x2xf32>
}

// CHECK-LABEL: func.func @other_user
func.func @other_user(%x: tensor<2x2xf32>) -> (tensor<2x2xf32>, tensor<2x2xf32>) {
  // CHECK: prim.matmul
  // CHECK: prim.map
  %m = prim.matmul %x, %x : tensor<2x2xf32>, tensor<2x2xf32> -> tensor<2x2xf32>
  %y = prim.map(%m) : (tensor<2x2xf32>) -> tensor<2x2xf32> {
  ^bb0(%p: f32):
    %s = prim.scalar neg(%p) : (f32) -> f32
    prim.yield %s : f32
  }
  return %y, %m : tensor<2x2xf32>, tensor<2x2xf32>
}

// CHECK-LABEL: func.func @broadcast_result
func.func @broadcast_result(%x: tensor<1x2xf32>, %w: tensor<2x2xf32>) -> tensor<2x2xf32> {
  // CHECK: prim.matmul
  // CHECK: prim.map
  %m = prim.matmul %x, %w : tensor<1x2xf32>, tensor<2x2xf32> -> tensor<1x2xf32>
  %y = prim.map(%m, %w) : (tensor<1x2xf32>, tensor<2x2xf32>) -> tensor<2x2xf32> {
  ^bb0(%p: f32, %q: f32):
    %s = prim.scalar add(%p, %q) : (f32, f32) -> f32
    prim.yield %s : f32
  }
  return %y : tensor<2x2xf32>
}

// An epilogue has one result.
// CHECK-LABEL: func.func @two_results
func.func @two_results(%x: tensor<2x2xf32>) -> (tensor<2x2xf32>, tensor<2x2xi1>) {
  // CHECK: prim.matmul
  // CHECK: prim.map
  %m = prim.matmul %x, %x : tensor<2x2xf32>, tensor<2x2xf32> -> tensor<2x2xf32>
  %y:2 = prim.map(%m) : (tensor<2x2xf32>) -> (tensor<2x2xf32>, tensor<2x2xi1>) {
  ^bb0(%p: f32):
    %s = prim.scalar neg(%p) : (f32) -> f32
    %t = prim.scalar is_nan(%p) : (f32) -> i1
    prim.yield %s, %t : f32, i1
  }
  return %y#0, %y#1 : tensor<2x2xf32>, tensor<2x2xi1>
}
