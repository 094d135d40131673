// Handles: reshaping shares the bytes, anything else makes new ones; a budget
// of steps is kept to.
// RUN: glowplug-opt %s --prim-fold-constants | FileCheck %s
// RUN: glowplug-opt %s --prim-fold-constants=budget=70 | FileCheck %s --check-prefix=BUDGET

// CHECK-LABEL: func.func @reshape
func.func @reshape() -> tensor<4x5xf32> {
  // CHECK: prim.constant dense_resource<w> : tensor<4x5xf32>
  %w = prim.constant dense_resource<w> : tensor<20xf32>
  %r = prim.reshape %w : tensor<20xf32> -> tensor<4x5xf32>
  return %r : tensor<4x5xf32>
}

// The first transpose takes 40 steps, the second one is over the budget.
// CHECK-LABEL:  func.func @transpose
// BUDGET-LABEL: func.func @transpose
func.func @transpose() -> tensor<4x5xf32> {
  // CHECK: %[[C:.+]] = prim.constant dense_resource<c1> : tensor<4x5xf32>
  // CHECK-NEXT: return %[[C]]
  // BUDGET: %[[C:.+]] = prim.constant dense_resource<c0> : tensor<5x4xf32>
  // BUDGET-NEXT: %[[T:.+]] = prim.transpose %[[C]]
  // BUDGET-NEXT: return %[[T]]
  %w = prim.constant dense_resource<w> : tensor<20xf32>
  %r = prim.reshape %w : tensor<20xf32> -> tensor<4x5xf32>
  %t = prim.transpose %r [1, 0] : tensor<4x5xf32> -> tensor<5x4xf32>
  %u = prim.transpose %t [1, 0] : tensor<5x4xf32> -> tensor<4x5xf32>
  return %u : tensor<4x5xf32>
}

// One to twenty, as f32.
// CHECK: c1: "0x[[ALIGN:[0-9A-F]+]]0000803F0000004000004040
// BUDGET: c0: "0x{{[0-9A-F]+}}0000803F0000C0400000304100008041
{-#
  dialect_resources: {
    builtin: {
      w: "0x040000000000803F0000004000004040000080400000A0400000C0400000E0400000004100001041000020410000304100004041000050410000604100007041000080410000884100009041000098410000A041"
    }
  }
#-}
