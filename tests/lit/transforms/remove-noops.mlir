// Ops that change nothing go; their neighbours that do stay.
// RUN: glowplug-opt %s --prim-remove-noops | FileCheck %s

// CHECK-LABEL: func.func @movement
// CHECK-SAME:      %[[X:.+]]: tensor<4x1xf32>
func.func @movement(%x: tensor<4x1xf32>) -> tensor<4x1xf32> {
  // CHECK-NOT: prim.{{(concat|slice|broadcast|pad|reshape|transpose)}}
  // CHECK: return %[[X]]
  %a = prim.concat %x dim 0 : (tensor<4x1xf32>) -> tensor<4x1xf32>
  %b = prim.slice %a starts [0, 0] strides [1, -3] : tensor<4x1xf32> -> tensor<4x1xf32>
  %c = prim.broadcast %b : tensor<4x1xf32> -> tensor<4x1xf32>
  %z = prim.constant dense<0.0> : tensor<f32>
  %d = prim.pad %c, %z low [0, 0] high [0, 0] interior [0, 5] : tensor<4x1xf32>, tensor<f32> -> tensor<4x1xf32>
  %e = prim.reshape %d : tensor<4x1xf32> -> tensor<4x1xf32>
  %f = prim.transpose %e [0, 1] : tensor<4x1xf32> -> tensor<4x1xf32>
  return %f : tensor<4x1xf32>
}

// Of the same type, but not the same.
// CHECK-LABEL: func.func @movement_that_counts
func.func @movement_that_counts(%x: tensor<4x4xf32>) -> (tensor<4x4xf32>, tensor<4x4xf32>) {
  // CHECK: prim.slice
  %a = prim.slice %x starts [3, 0] strides [-1, 1] : tensor<4x4xf32> -> tensor<4x4xf32>
  // CHECK: prim.transpose
  %b = prim.transpose %x [1, 0] : tensor<4x4xf32> -> tensor<4x4xf32>
  return %a, %b : tensor<4x4xf32>, tensor<4x4xf32>
}

// CHECK-LABEL: func.func @empty_operands
// CHECK-SAME:      %[[X:.+]]: tensor<4xf32>, %[[E:.+]]: tensor<0xf32>
func.func @empty_operands(%x: tensor<4xf32>, %e: tensor<0xf32>)
    -> (tensor<8xf32>, tensor<4xf32>, tensor<0xf32>) {
  // CHECK-NEXT: %[[A:.+]] = prim.concat %[[X]], %[[X]] dim 0
  %a = prim.concat %x, %e, %x dim 0 : (tensor<4xf32>, tensor<0xf32>, tensor<4xf32>) -> tensor<8xf32>
  %b = prim.concat %e, %x dim 0 : (tensor<0xf32>, tensor<4xf32>) -> tensor<4xf32>
  // CHECK-NEXT: %[[C:.+]] = prim.concat %[[E]], %[[E]] dim 0
  %c = prim.concat %e, %e dim 0 : (tensor<0xf32>, tensor<0xf32>) -> tensor<0xf32>
  // CHECK-NEXT: return %[[A]], %[[X]], %[[C]]
  return %a, %b, %c : tensor<8xf32>, tensor<4xf32>, tensor<0xf32>
}

// CHECK-LABEL: func.func @reductions
// CHECK-SAME:      %[[X:.+]]: tensor<4x1xf32>
func.func @reductions(%x: tensor<4x1xf32>) -> tensor<4x1xf32> {
  // CHECK-NEXT: return %[[X]]
  %a = prim.reduce max %x dims [1] : tensor<4x1xf32> -> tensor<4x1xf32>
  %b = prim.window sum %a sizes [1, 1] strides [1, 1] pads [0, 0], [0, 0] dilations [2, 1] : tensor<4x1xf32> -> tensor<4x1xf32>
  return %b : tensor<4x1xf32>
}

// The sum of one i8 is an i32.
// CHECK-LABEL: func.func @reduction_that_counts
func.func @reduction_that_counts(%x: tensor<4x1xi8>) -> tensor<4x1xi32> {
  // CHECK-NEXT: prim.reduce sum
  %a = prim.reduce sum %x dims [1] : tensor<4x1xi8> -> tensor<4x1xi32>
  return %a : tensor<4x1xi32>
}

// One result is a parameter, one is not used, one stays.
// CHECK-LABEL: func.func @map_results
// CHECK-SAME:      %[[X:.+]]: tensor<4xf32>, %[[Y:.+]]: tensor<4xf32>
func.func @map_results(%x: tensor<4xf32>, %y: tensor<4xf32>) -> (tensor<4xf32>, tensor<4xf32>) {
  // CHECK-NEXT: %[[M:.+]] = prim.map(%[[Y]]) : (tensor<4xf32>) -> tensor<4xf32> {
  // CHECK-NEXT: ^bb0(%[[Q:.+]]: f32):
  // CHECK-NEXT:   %[[N:.+]] = prim.scalar neg(%[[Q]])
  // CHECK-NEXT:   prim.yield %[[N]] : f32
  // CHECK-NEXT: }
  // CHECK-NEXT: return %[[X]], %[[M]]
  %a:3 = prim.map(%x, %y) : (tensor<4xf32>, tensor<4xf32>) -> (tensor<4xf32>, tensor<4xf32>, tensor<4xf32>) {
  ^bb0(%p: f32, %q: f32):
    %n = prim.scalar neg(%q) : (f32) -> f32
    %e = prim.scalar exp(%p) : (f32) -> f32
    prim.yield %p, %e, %n : f32, f32, f32
  }
  return %a#0, %a#2 : tensor<4xf32>, tensor<4xf32>
}

// A parameter that is repeated is not the operand.
// CHECK-LABEL: func.func @map_that_broadcasts
func.func @map_that_broadcasts(%x: tensor<1xf32>) -> tensor<4xf32> {
  // CHECK-NEXT: prim.map
  %a = prim.map(%x) : (tensor<1xf32>) -> tensor<4xf32> {
  ^bb0(%p: f32):
    prim.yield %p : f32
  }
  return %a : tensor<4xf32>
}

// CHECK-LABEL: func.func @casts
// CHECK-SAME:      %[[X:.+]]: tensor<4xf16>
func.func @casts(%x: tensor<4xf16>) -> tensor<4xf16> {
  // CHECK-NEXT: return %[[X]]
  %a = prim.map(%x) : (tensor<4xf16>) -> tensor<4xf16> {
  ^bb0(%p: f16):
    %w = prim.scalar cast(%p) : (f16) -> f32
    %n = prim.scalar cast(%w) : (f32) -> f16
    %s = prim.scalar cast(%n) : (f16) -> f16
    prim.yield %s : f16
  }
  return %a : tensor<4xf16>
}

// f16 has bits that bf16 has not; u8 has values that i8 has not.
// CHECK-LABEL: func.func @casts_that_count
func.func @casts_that_count(%x: tensor<4xf16>, %y: tensor<4xi8>) -> (tensor<4xf16>, tensor<4xi8>) {
  // CHECK: prim.scalar cast(%{{.+}}) : (f16) -> bf16
  // CHECK: prim.scalar cast(%{{.+}}) : (bf16) -> f16
  %a = prim.map(%x) : (tensor<4xf16>) -> tensor<4xf16> {
  ^bb0(%p: f16):
    %w = prim.scalar cast(%p) : (f16) -> bf16
    %n = prim.scalar cast(%w) : (bf16) -> f16
    prim.yield %n : f16
  }
  // CHECK: prim.scalar cast(%{{.+}}) : (i8) -> f16
  // CHECK: prim.scalar cast(%{{.+}}) : (f16) -> i8
  %b = prim.map(%y) : (tensor<4xi8>) -> tensor<4xi8> {
  ^bb0(%p: i8):
    %w = prim.scalar cast(%p) : (i8) -> f16
    %n = prim.scalar cast(%w) : (f16) -> i8
    prim.yield %n : i8
  }
  return %a, %b : tensor<4xf16>, tensor<4xi8>
}

// CHECK-LABEL: func.func @epilogue
// CHECK-SAME:      %[[A:.+]]: tensor<2x4xf32>, %[[B:.+]]: tensor<4x3xf32>, %[[C:.+]]: tensor<1x3xf32>
func.func @epilogue(%a: tensor<2x4xf32>, %b: tensor<4x3xf32>, %c: tensor<1x3xf32>) -> tensor<2x3xf32> {
  // CHECK-NEXT: %[[Y:.+]] = prim.matmul %[[A]], %[[B]] : tensor<2x4xf32>, tensor<4x3xf32> -> tensor<2x3xf32>
  // CHECK-NEXT: return %[[Y]]
  %y = prim.matmul %a, %b : tensor<2x4xf32>, tensor<4x3xf32> -> tensor<2x3xf32>
      epilogue(%c : tensor<1x3xf32>) {
  ^bb0(%acc: f32, %d: f32):
    %s = prim.scalar cast(%acc) : (f32) -> f32
    prim.yield %s : f32
  }
  return %y : tensor<2x3xf32>
}
