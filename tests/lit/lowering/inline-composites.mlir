// Composites are inlined, also nested ones; those to keep stay whole.
// RUN: glowplug-opt %s --prim-inline-composites | FileCheck %s
// RUN: glowplug-opt %s --prim-inline-composites=keep=inner,other | FileCheck %s --check-prefix=KEEP

// CHECK-LABEL: func.func @nested
// CHECK-SAME:      %[[X:.+]]: tensor<2x3xf32>
// KEEP-LABEL:  func.func @nested
// KEEP-SAME:       %[[X:.+]]: tensor<2x3xf32>
func.func @nested(%x: tensor<2x3xf32>) -> tensor<6xf32> {
  // CHECK-NEXT: %[[A:.+]] = prim.reshape %[[X]] : tensor<2x3xf32> -> tensor<3x2xf32>
  // CHECK-NEXT: %[[B:.+]] = prim.reshape %[[A]] : tensor<3x2xf32> -> tensor<6xf32>
  // CHECK-NEXT: return %[[B]]
  // KEEP-NEXT: %[[A:.+]] = prim.composite "inner" version 1(%[[X]])
  // KEEP:      %[[B:.+]] = prim.reshape %[[A]] : tensor<3x2xf32> -> tensor<6xf32>
  // KEEP-NEXT: return %[[B]]
  %y = prim.composite "outer" version 1 (%x) attributes {} : (tensor<2x3xf32>) -> tensor<6xf32> {
  ^bb0(%p: tensor<2x3xf32>):
    %a = prim.composite "inner" version 1 (%p) attributes {} : (tensor<2x3xf32>) -> tensor<3x2xf32> {
    ^bb0(%q: tensor<2x3xf32>):
      %b = prim.reshape %q : tensor<2x3xf32> -> tensor<3x2xf32>
      prim.yield %b : tensor<3x2xf32>
    }
    %c = prim.reshape %a : tensor<3x2xf32> -> tensor<6xf32>
    prim.yield %c : tensor<6xf32>
  }
  return %y : tensor<6xf32>
}

// A body may give a parameter back, and several results.
// CHECK-LABEL: func.func @parameter_as_result
// CHECK-SAME:      %[[X:.+]]: tensor<2xf32>, %[[Z:.+]]: tensor<3xf32>
func.func @parameter_as_result(%x: tensor<2xf32>, %z: tensor<3xf32>)
    -> (tensor<3xf32>, tensor<2xf32>, tensor<5xf32>) {
  // CHECK-NEXT: %[[C:.+]] = prim.concat %[[X]], %[[Z]] dim 0
  // CHECK-NEXT: return %[[Z]], %[[X]], %[[C]]
  %y:3 = prim.composite "swap" version 1 (%x, %z) attributes {}
      : (tensor<2xf32>, tensor<3xf32>) -> (tensor<3xf32>, tensor<2xf32>, tensor<5xf32>) {
  ^bb0(%p: tensor<2xf32>, %q: tensor<3xf32>):
    %c = prim.concat %p, %q dim 0 : (tensor<2xf32>, tensor<3xf32>) -> tensor<5xf32>
    prim.yield %q, %p, %c : tensor<3xf32>, tensor<2xf32>, tensor<5xf32>
  }
  return %y#0, %y#1, %y#2 : tensor<3xf32>, tensor<2xf32>, tensor<5xf32>
}

// What is inside of a kept composite stays as well.
// KEEP-LABEL: func.func @kept_whole
func.func @kept_whole(%x: tensor<2xf32>) -> tensor<2xf32> {
  // KEEP: prim.composite "other"
  // KEEP: prim.composite "outer"
  %y = prim.composite "other" version 1 (%x) attributes {} : (tensor<2xf32>) -> tensor<2xf32> {
  ^bb0(%p: tensor<2xf32>):
    %a = prim.composite "outer" version 1 (%p) attributes {} : (tensor<2xf32>) -> tensor<2xf32> {
    ^bb0(%q: tensor<2xf32>):
      prim.yield %q : tensor<2xf32>
    }
    prim.yield %a : tensor<2xf32>
  }
  return %y : tensor<2xf32>
}
