// Chains and trees of maps become one map, unless work would be repeated.
// RUN: glowplug-opt %s --prim-stack-maps --cse | FileCheck %s
// RUN: glowplug-opt %s --prim-stack-maps=max-ops=2 | FileCheck %s --check-prefix=SMALL

// CHECK-LABEL: func.func @chain
// CHECK-SAME:      %[[X:.+]]: tensor<4xf32>, %[[Y:.+]]: tensor<4xf32>
// SMALL-LABEL: func.func @chain
func.func @chain(%x: tensor<4xf32>, %y: tensor<4xf32>) -> tensor<4xf32> {
  // CHECK-NEXT: %[[M:.+]] = prim.map(%[[X]], %[[Y]])
  // CHECK-NEXT: ^bb0(%[[P:.+]]: f32, %[[Q:.+]]: f32):
  // CHECK-NEXT:   %[[N:.+]] = prim.scalar neg(%[[P]])
  // CHECK-NEXT:   %[[A:.+]] = prim.scalar add(%[[N]], %[[Q]])
  // CHECK-NEXT:   %[[E:.+]] = prim.scalar exp(%[[A]])
  // CHECK-NEXT:   prim.yield %[[E]]
  // CHECK-NEXT: }
  // CHECK-NEXT: return %[[M]]
  // SMALL-COUNT-2: prim.map
  // SMALL-NOT: prim.map
  // SMALL: return
  %a = prim.map(%x) : (tensor<4xf32>) -> tensor<4xf32> {
  ^bb0(%p: f32):
    %n = prim.scalar neg(%p) : (f32) -> f32
    prim.yield %n : f32
  }
  %b = prim.map(%a, %y) : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32> {
  ^bb0(%p: f32, %q: f32):
    %s = prim.scalar add(%p, %q) : (f32, f32) -> f32
    prim.yield %s : f32
  }
  %c = prim.map(%b) : (tensor<4xf32>) -> tensor<4xf32> {
  ^bb0(%p: f32):
    %e = prim.scalar exp(%p) : (f32) -> f32
    prim.yield %e : f32
  }
  return %c : tensor<4xf32>
}

// x * sigmoid-like(x): both users of the first map end in one map.
// CHECK-LABEL: func.func @diamond
// CHECK-SAME:      %[[X:.+]]: tensor<4xf32>
func.func @diamond(%x: tensor<4xf32>) -> tensor<4xf32> {
  // CHECK-NEXT: %[[M:.+]] = prim.map(%[[X]])
  // CHECK-NEXT: ^bb0(%[[P:.+]]: f32):
  // CHECK-NEXT:   %[[N:.+]] = prim.scalar neg(%[[P]])
  // CHECK-NEXT:   %[[E:.+]] = prim.scalar exp(%[[N]])
  // CHECK-NEXT:   %[[R:.+]] = prim.scalar mul(%[[N]], %[[E]])
  // CHECK-NEXT:   prim.yield %[[R]]
  // CHECK-NEXT: }
  // CHECK-NEXT: return %[[M]]
  %a = prim.map(%x) : (tensor<4xf32>) -> tensor<4xf32> {
  ^bb0(%p: f32):
    %n = prim.scalar neg(%p) : (f32) -> f32
    prim.yield %n : f32
  }
  %b = prim.map(%a) : (tensor<4xf32>) -> tensor<4xf32> {
  ^bb0(%p: f32):
    %e = prim.scalar exp(%p) : (f32) -> f32
    prim.yield %e : f32
  }
  %c = prim.map(%a, %b) : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32> {
  ^bb0(%p: f32, %q: f32):
    %r = prim.scalar mul(%p, %q) : (f32, f32) -> f32
    prim.yield %r : f32
  }
  return %c : tensor<4xf32>
}

// A map that something else needs as well is computed once.
// CHECK-LABEL: func.func @shared
func.func @shared(%x: tensor<4xf32>) -> (tensor<4xf32>, tensor<4xf32>) {
  // CHECK: %[[A:.+]] = prim.map
  // CHECK: %[[B:.+]] = prim.map(%[[A]])
  // CHECK: return %[[A]], %[[B]]
  %a = prim.map(%x) : (tensor<4xf32>) -> tensor<4xf32> {
  ^bb0(%p: f32):
    %n = prim.scalar exp(%p) : (f32) -> f32
    prim.yield %n : f32
  }
  %b = prim.map(%a) : (tensor<4xf32>) -> tensor<4xf32> {
  ^bb0(%p: f32):
    %e = prim.scalar exp(%p) : (f32) -> f32
    prim.yield %e : f32
  }
  return %a, %b : tensor<4xf32>, tensor<4xf32>
}

// A cast is done by each user.
// CHECK-LABEL: func.func @shared_cast
// CHECK-SAME:      %[[X:.+]]: tensor<4xi8>
func.func @shared_cast(%x: tensor<4xi8>) -> (tensor<4xf32>, tensor<4xf32>) {
  // CHECK-NEXT: prim.map(%[[X]]) : (tensor<4xi8>) -> tensor<4xf32> {
  // CHECK-NEXT: ^bb0(%[[P:.+]]: i8):
  // CHECK-NEXT:   %[[Q:.+]] = prim.scalar cast(%[[P]])
  // CHECK-NEXT:   prim.scalar exp(%[[Q]])
  // CHECK:      prim.map(%[[X]]) : (tensor<4xi8>) -> tensor<4xf32> {
  %a = prim.map(%x) : (tensor<4xi8>) -> tensor<4xf32> {
  ^bb0(%p: i8):
    %n = prim.scalar cast(%p) : (i8) -> f32
    prim.yield %n : f32
  }
  %b = prim.map(%a) : (tensor<4xf32>) -> tensor<4xf32> {
  ^bb0(%p: f32):
    %e = prim.scalar exp(%p) : (f32) -> f32
    prim.yield %e : f32
  }
  %c = prim.map(%a) : (tensor<4xf32>) -> tensor<4xf32> {
  ^bb0(%p: f32):
    %e = prim.scalar neg(%p) : (f32) -> f32
    prim.yield %e : f32
  }
  return %b, %c : tensor<4xf32>, tensor<4xf32>
}

// x - mean is light, and gone once both of its users compute it.
// CHECK-LABEL: func.func @shared_light
// CHECK-SAME:      %[[X:.+]]: tensor<4x8xf32>, %[[M:.+]]: tensor<4x1xf32>
func.func @shared_light(%x: tensor<4x8xf32>, %m: tensor<4x1xf32>) -> (tensor<4x1xf32>, tensor<4x8xf32>) {
  // CHECK-NEXT: %[[A:.+]] = prim.map(%[[X]], %[[M]])
  // CHECK:      prim.reduce sum %[[A]]
  // CHECK-NEXT: prim.map(%[[X]], %[[M]])
  // CHECK-NOT:  prim.map
  %a = prim.map(%x, %m) : (tensor<4x8xf32>, tensor<4x1xf32>) -> tensor<4x8xf32> {
  ^bb0(%p: f32, %q: f32):
    %s = prim.scalar sub(%p, %q) : (f32, f32) -> f32
    prim.yield %s : f32
  }
  %b = prim.map(%a) : (tensor<4x8xf32>) -> tensor<4x8xf32> {
  ^bb0(%p: f32):
    %s = prim.scalar mul(%p, %p) : (f32, f32) -> f32
    prim.yield %s : f32
  }
  %r = prim.reduce sum %b dims [1] : tensor<4x8xf32> -> tensor<4x1xf32>
  %c = prim.map(%a) : (tensor<4x8xf32>) -> tensor<4x8xf32> {
  ^bb0(%p: f32):
    %s = prim.scalar exp(%p) : (f32) -> f32
    prim.yield %s : f32
  }
  return %r, %c : tensor<4x1xf32>, tensor<4x8xf32>
}

// Two tensors would be read in the place of one.
// CHECK-LABEL: func.func @shared_sum
func.func @shared_sum(%x: tensor<8xf32>, %y: tensor<8xf32>) -> (tensor<8xf32>, tensor<8xf32>) {
  // CHECK-COUNT-3: prim.map
  %a = prim.map(%x, %y) : (tensor<8xf32>, tensor<8xf32>) -> tensor<8xf32> {
  ^bb0(%p: f32, %q: f32):
    %s = prim.scalar sub(%p, %q) : (f32, f32) -> f32
    prim.yield %s : f32
  }
  %b = prim.map(%a) : (tensor<8xf32>) -> tensor<8xf32> {
  ^bb0(%p: f32):
    %s = prim.scalar exp(%p) : (f32) -> f32
    prim.yield %s : f32
  }
  %c = prim.map(%a) : (tensor<8xf32>) -> tensor<8xf32> {
  ^bb0(%p: f32):
    %s = prim.scalar neg(%p) : (f32) -> f32
    prim.yield %s : f32
  }
  return %b, %c : tensor<8xf32>, tensor<8xf32>
}

// One root per row, not per element.
// CHECK-LABEL: func.func @smaller_producer
func.func @smaller_producer(%x: tensor<4x8xf32>, %v: tensor<4x1xf32>) -> tensor<4x8xf32> {
  // CHECK: prim.map{{.*}} -> tensor<4x1xf32>
  // CHECK: prim.map{{.*}} -> tensor<4x8xf32>
  %a = prim.map(%v) : (tensor<4x1xf32>) -> tensor<4x1xf32> {
  ^bb0(%p: f32):
    %n = prim.scalar sqrt(%p) : (f32) -> f32
    prim.yield %n : f32
  }
  %b = prim.map(%x, %a) : (tensor<4x8xf32>, tensor<4x1xf32>) -> tensor<4x8xf32> {
  ^bb0(%p: f32, %q: f32):
    %e = prim.scalar div(%p, %q) : (f32, f32) -> f32
    prim.yield %e : f32
  }
  return %b : tensor<4x8xf32>
}

// CHECK-LABEL: func.func @operands
// CHECK-SAME:      %[[X:.+]]: tensor<4x8xf32>, %[[V:.+]]: tensor<4x1xf32>
func.func @operands(%x: tensor<4x8xf32>, %v: tensor<4x1xf32>) -> tensor<4x8xf32> {
  // CHECK-NOT:  prim.broadcast
  // CHECK:      prim.map(%[[X]], %[[V]]) : (tensor<4x8xf32>, tensor<4x1xf32>) -> tensor<4x8xf32> {
  // CHECK-NEXT: ^bb0(%[[P:.+]]: f32, %[[Q:.+]]: f32):
  // CHECK-NEXT:   %[[K:.+]] = prim.scalar_constant 5.000000e-01 : f32
  // CHECK-NEXT:   %[[A:.+]] = prim.scalar add(%[[P]], %[[Q]])
  // CHECK-NEXT:   %[[B:.+]] = prim.scalar mul(%[[A]], %[[P]])
  // CHECK-NEXT:   prim.scalar sub(%[[B]], %[[K]])
  %b = prim.broadcast %v : tensor<4x1xf32> -> tensor<4x8xf32>
  %k = prim.constant dense<0.5> : tensor<1x8xf32>
  %y = prim.map(%x, %b, %x, %k) : (tensor<4x8xf32>, tensor<4x8xf32>, tensor<4x8xf32>, tensor<1x8xf32>) -> tensor<4x8xf32> {
  ^bb0(%p: f32, %q: f32, %r: f32, %s: f32):
    %1 = prim.scalar add(%p, %q) : (f32, f32) -> f32
    %2 = prim.scalar mul(%1, %r) : (f32, f32) -> f32
    %3 = prim.scalar sub(%2, %s) : (f32, f32) -> f32
    prim.yield %3 : f32
  }
  return %y : tensor<4x8xf32>
}

// A map needs an operand, be it a splat.
// CHECK-LABEL: func.func @last_operand_stays
func.func @last_operand_stays() -> tensor<4xf32> {
  // CHECK: prim.map(%{{.+}}) : (tensor<1xf32>)
  %k = prim.constant dense<0.5> : tensor<1xf32>
  %y = prim.map(%k) : (tensor<1xf32>) -> tensor<4xf32> {
  ^bb0(%p: f32):
    %e = prim.scalar exp(%p) : (f32) -> f32
    prim.yield %e : f32
  }
  return %y : tensor<4xf32>
}

// Both results of a map may go into one map.
// CHECK-LABEL: func.func @two_results
// CHECK-SAME:      %[[X:.+]]: tensor<4xf32>
func.func @two_results(%x: tensor<4xf32>) -> tensor<4xf32> {
  // CHECK-NEXT: prim.map(%[[X]])
  // CHECK-NEXT: ^bb0(%[[P:.+]]: f32):
  // CHECK-NEXT:   %[[E:.+]] = prim.scalar exp(%[[P]])
  // CHECK-NEXT:   %[[N:.+]] = prim.scalar neg(%[[P]])
  // CHECK-NEXT:   prim.scalar sub(%[[N]], %[[E]])
  // CHECK-NOT:  prim.map
  %a:2 = prim.map(%x) : (tensor<4xf32>) -> (tensor<4xf32>, tensor<4xf32>) {
  ^bb0(%p: f32):
    %e = prim.scalar exp(%p) : (f32) -> f32
    %n = prim.scalar neg(%p) : (f32) -> f32
    prim.yield %e, %n : f32, f32
  }
  %b = prim.map(%a#1, %a#0) : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32> {
  ^bb0(%p: f32, %q: f32):
    %s = prim.scalar sub(%p, %q) : (f32, f32) -> f32
    prim.yield %s : f32
  }
  return %b : tensor<4xf32>
}

// The first map belongs to the matmul, which is its epilogue's owner.
// CHECK-LABEL: func.func @future_epilogue
func.func @future_epilogue(%x: tensor<4x4xf32>, %y: tensor<4x4xf32>) -> tensor<4x4xf32> {
  // CHECK: prim.matmul
  // CHECK: prim.map
  // CHECK: prim.map
  %m = prim.matmul %x, %y : tensor<4x4xf32>, tensor<4x4xf32> -> tensor<4x4xf32>
  %a = prim.map(%m) : (tensor<4x4xf32>) -> tensor<4x4xf32> {
  ^bb0(%p: f32):
    %e = prim.scalar exp(%p) : (f32) -> f32
    prim.yield %e : f32
  }
  %b = prim.map(%a, %x) : (tensor<4x4xf32>, tensor<4x4xf32>) -> tensor<4x4xf32> {
  ^bb0(%p: f32, %q: f32):
    %s = prim.scalar sub(%p, %q) : (f32, f32) -> f32
    prim.yield %s : f32
  }
  return %b : tensor<4x4xf32>
}
