// Transposes compose, cancel, and sink as long as no more bytes are moved.
// RUN: glowplug-opt %s --prim-cancel-transposes | FileCheck %s

// CHECK-LABEL: func.func @compose
// CHECK-SAME:      %[[X:.+]]: tensor<2x3x4xf32>
func.func @compose(%x: tensor<2x3x4xf32>) -> tensor<4x3x2xf32> {
  // CHECK-NEXT: %[[Y:.+]] = prim.transpose %[[X]] [2, 1, 0]
  // CHECK-NEXT: return %[[Y]]
  %a = prim.transpose %x [2, 0, 1] : tensor<2x3x4xf32> -> tensor<4x2x3xf32>
  %b = prim.transpose %a [0, 2, 1] : tensor<4x2x3xf32> -> tensor<4x3x2xf32>
  return %b : tensor<4x3x2xf32>
}

// CHECK-LABEL: func.func @inverse
// CHECK-SAME:      %[[X:.+]]: tensor<2x3x4xf32>
func.func @inverse(%x: tensor<2x3x4xf32>) -> tensor<2x3x4xf32> {
  // CHECK-NEXT: return %[[X]]
  %a = prim.transpose %x [2, 0, 1] : tensor<2x3x4xf32> -> tensor<4x2x3xf32>
  %b = prim.transpose %a [1, 2, 0] : tensor<4x2x3xf32> -> tensor<2x3x4xf32>
  return %b : tensor<2x3x4xf32>
}

// The first transpose has another user and stays; the second reads past it.
// CHECK-LABEL: func.func @shared
// CHECK-SAME:      %[[X:.+]]: tensor<2x3xf32>
func.func @shared(%x: tensor<2x3xf32>) -> (tensor<3x2xf32>, tensor<2x3xf32>) {
  // CHECK-NEXT: %[[A:.+]] = prim.transpose %[[X]] [1, 0]
  // CHECK-NEXT: return %[[A]], %[[X]]
  %a = prim.transpose %x [1, 0] : tensor<2x3xf32> -> tensor<3x2xf32>
  %b = prim.transpose %a [1, 0] : tensor<3x2xf32> -> tensor<2x3xf32>
  return %a, %b : tensor<3x2xf32>, tensor<2x3xf32>
}

// NHWC in, NHWC out: a bias per channel and a constant go along.
// CHECK-LABEL: func.func @through_map
// CHECK-SAME:      %[[X:.+]]: tensor<1x2x5x3xf32>, %[[B:.+]]: tensor<1x3x1x1xf32>
func.func @through_map(%x: tensor<1x2x5x3xf32>, %b: tensor<1x3x1x1xf32>) -> tensor<1x2x5x3xf32> {
  // CHECK-DAG:  %[[C:.+]] = prim.transpose %[[B]] [0, 2, 3, 1] : tensor<1x3x1x1xf32> -> tensor<1x1x1x3xf32>
  // CHECK-DAG:  %[[K0:.+]] = prim.constant
  // CHECK-DAG:  %[[K:.+]] = prim.transpose %[[K0]] [0, 2, 3, 1] : tensor<1x3x2x1xf32> -> tensor<1x2x1x3xf32>
  // CHECK:      %[[Y:.+]] = prim.map(%[[X]], %[[C]], %[[K]])
  // CHECK-SAME:     -> tensor<1x2x5x3xf32>
  // CHECK:      return %[[Y]]
  %k = prim.constant dense<[[[[1.0], [2.0]], [[3.0], [4.0]], [[5.0], [6.0]]]]> : tensor<1x3x2x1xf32>
  %a = prim.transpose %x [0, 3, 1, 2] : tensor<1x2x5x3xf32> -> tensor<1x3x2x5xf32>
  %m = prim.map(%a, %b, %k) : (tensor<1x3x2x5xf32>, tensor<1x3x1x1xf32>, tensor<1x3x2x1xf32>) -> tensor<1x3x2x5xf32> {
  ^bb0(%p: f32, %q: f32, %r: f32):
    %s = prim.scalar add(%p, %q) : (f32, f32) -> f32
    %t = prim.scalar mul(%s, %r) : (f32, f32) -> f32
    prim.yield %t : f32
  }
  %z = prim.transpose %m [0, 2, 3, 1] : tensor<1x3x2x5xf32> -> tensor<1x2x5x3xf32>
  return %z : tensor<1x2x5x3xf32>
}

// Attributes that go by dims follow; each result is checked by its verifier.
// CHECK-LABEL: func.func @through_others
// CHECK-SAME:      %[[X:.+]]: tensor<2x3x4xf32>, %[[Y:.+]]: tensor<2x3x4xf32>
func.func @through_others(%x: tensor<2x3x4xf32>, %y: tensor<2x3x4xf32>) -> tensor<1x7x2xf32> {
  %a = prim.transpose %x [2, 0, 1] : tensor<2x3x4xf32> -> tensor<4x2x3xf32>
  %b = prim.transpose %y [2, 0, 1] : tensor<2x3x4xf32> -> tensor<4x2x3xf32>
  // CHECK: %[[C:.+]] = prim.concat %[[X]], %[[Y]] dim 1 : {{.+}} -> tensor<2x6x4xf32>
  %c = prim.concat %a, %b dim 2 : (tensor<4x2x3xf32>, tensor<4x2x3xf32>) -> tensor<4x2x6xf32>
  // CHECK: %[[S:.+]] = prim.slice %[[C]] starts [1, 2, 3] strides [-1, 1, -2] : {{.+}} -> tensor<2x4x2xf32>
  %d = prim.slice %c starts [3, 1, 2] strides [-2, -1, 1] : tensor<4x2x6xf32> -> tensor<2x2x4xf32>
  // CHECK: %[[R:.+]] = prim.reduce max %[[S]] dims [2] : tensor<2x4x2xf32> -> tensor<2x4x1xf32>
  %e = prim.reduce max %d dims [0] : tensor<2x2x4xf32> -> tensor<1x2x4xf32>
  // CHECK: %[[W:.+]] = prim.window max %[[R]] sizes [2, 1, 1] strides [1, 1, 1] pads [0, 0, 0], [1, 0, 0] dilations [1, 1, 1] : {{.+}} -> tensor<2x4x1xf32>
  %f = prim.window max %e sizes [1, 2, 1] strides [1, 1, 1] pads [0, 0, 0], [0, 1, 0] dilations [1, 1, 1] : tensor<1x2x4xf32> -> tensor<1x2x4xf32>
  // CHECK: %[[T:.+]] = prim.transpose %[[W]] [2, 1, 0] : tensor<2x4x1xf32> -> tensor<1x4x2xf32>
  %g = prim.transpose %f [0, 2, 1] : tensor<1x2x4xf32> -> tensor<1x4x2xf32>
  // A pad makes more bytes to transpose: it stays below.
  // CHECK: %[[P:.+]] = prim.pad %[[T]]
  // CHECK: return %[[P]]
  %v = prim.constant dense<0.0> : tensor<f32>
  %h = prim.pad %g, %v low [0, 0, 0] high [0, 0, 0] interior [0, 1, 0] : tensor<1x4x2xf32>, tensor<f32> -> tensor<1x7x2xf32>
  return %h : tensor<1x7x2xf32>
}

// The other operand would have to be transposed.
// CHECK-LABEL: func.func @other_operand
func.func @other_operand(%x: tensor<2x3xf32>, %y: tensor<3x2xf32>) -> tensor<3x2xf32> {
  // CHECK: %[[T:.+]] = prim.transpose
  // CHECK: %[[M:.+]] = prim.map(%[[T]], %{{.+}})
  // CHECK: return %[[M]]
  %a = prim.transpose %x [1, 0] : tensor<2x3xf32> -> tensor<3x2xf32>
  %m = prim.map(%a, %y) : (tensor<3x2xf32>, tensor<3x2xf32>) -> tensor<3x2xf32> {
  ^bb0(%p: f32, %q: f32):
    %s = prim.scalar add(%p, %q) : (f32, f32) -> f32
    prim.yield %s : f32
  }
  return %m : tensor<3x2xf32>
}

// Bytes are transposed above the cast, not words below it.
// CHECK-LABEL: func.func @wider_result
func.func @wider_result(%x: tensor<2x3xi8>) -> tensor<3x2xf32> {
  // CHECK: prim.transpose {{.+}} -> tensor<3x2xi8>
  // CHECK: prim.map
  %a = prim.transpose %x [1, 0] : tensor<2x3xi8> -> tensor<3x2xi8>
  %m = prim.map(%a) : (tensor<3x2xi8>) -> tensor<3x2xf32> {
  ^bb0(%p: i8):
    %s = prim.scalar cast(%p) : (i8) -> f32
    prim.yield %s : f32
  }
  return %m : tensor<3x2xf32>
}
