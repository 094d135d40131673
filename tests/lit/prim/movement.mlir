// Data movement ops print as they were written.
// RUN: glowplug-opt %s | glowplug-opt | FileCheck %s
// RUN: glowplug-opt %s --mlir-print-op-generic | glowplug-opt | FileCheck %s

// CHECK-LABEL: func.func @broadcast
// CHECK-SAME:      %[[X:.+]]: tensor<1x5xf32>
func.func @broadcast(%x: tensor<1x5xf32>) -> tensor<4x5xf32> {
  // CHECK-NEXT: prim.broadcast %[[X]] : tensor<1x5xf32> -> tensor<4x5xf32>
  %y = prim.broadcast %x : tensor<1x5xf32> -> tensor<4x5xf32>
  return %y : tensor<4x5xf32>
}

// CHECK-LABEL: func.func @concat
// CHECK-SAME:      %[[A:.+]]: tensor<2x3xi8>, %[[B:.+]]: tensor<2x0xi8>
func.func @concat(%a: tensor<2x3xi8>, %b: tensor<2x0xi8>) -> tensor<2x6xi8> {
  // CHECK-NEXT: prim.concat %[[A]], %[[B]], %[[A]] dim 1 : (tensor<2x3xi8>, tensor<2x0xi8>, tensor<2x3xi8>) -> tensor<2x6xi8>
  %y = prim.concat %a, %b, %a dim 1
      : (tensor<2x3xi8>, tensor<2x0xi8>, tensor<2x3xi8>) -> tensor<2x6xi8>
  return %y : tensor<2x6xi8>
}

// CHECK-LABEL: func.func @gather
// CHECK-SAME:      %[[X:.+]]: tensor<2x9x4xf32>, %[[I:.+]]: tensor<3x5xi64>
func.func @gather(%x: tensor<2x9x4xf32>, %i: tensor<3x5xi64>) -> tensor<2x3x5x4xf32> {
  // CHECK-NEXT: prim.gather %[[X]], %[[I]] dim 1 : tensor<2x9x4xf32>, tensor<3x5xi64> -> tensor<2x3x5x4xf32>
  %y = prim.gather %x, %i dim 1 : tensor<2x9x4xf32>, tensor<3x5xi64> -> tensor<2x3x5x4xf32>
  return %y : tensor<2x3x5x4xf32>
}

// CHECK-LABEL: func.func @pad
// CHECK-SAME:      %[[X:.+]]: tensor<2x3xf32>, %[[V:.+]]: tensor<f32>
func.func @pad(%x: tensor<2x3xf32>, %v: tensor<f32>) -> tensor<3x10xf32> {
  // CHECK-NEXT: prim.pad %[[X]], %[[V]] low [0, 1] high [1, 2] interior [0, 2] : tensor<2x3xf32>, tensor<f32> -> tensor<3x10xf32>
  %y = prim.pad %x, %v low [0, 1] high [1, 2] interior [0, 2] : tensor<2x3xf32>, tensor<f32> -> tensor<3x10xf32>
  return %y : tensor<3x10xf32>
}

// CHECK-LABEL: func.func @reshape
// CHECK-SAME:      %[[X:.+]]: tensor<2x3xi1>
func.func @reshape(%x: tensor<2x3xi1>) -> tensor<1x6xi1> {
  // CHECK-NEXT: prim.reshape %[[X]] : tensor<2x3xi1> -> tensor<1x6xi1>
  %y = prim.reshape %x : tensor<2x3xi1> -> tensor<1x6xi1>
  return %y : tensor<1x6xi1>
}

// CHECK-LABEL: func.func @scatter
// CHECK-SAME:      %[[X:.+]]: tensor<9x4xf32>, %[[I:.+]]: tensor<3xi32>, %[[U:.+]]: tensor<3x4xf32>
func.func @scatter(%x: tensor<9x4xf32>, %i: tensor<3xi32>, %u: tensor<3x4xf32>)
    -> tensor<9x4xf32> {
  // CHECK-NEXT: prim.scatter add %[[X]], %[[I]], %[[U]] : (tensor<9x4xf32>, tensor<3xi32>, tensor<3x4xf32>) -> tensor<9x4xf32>
  %y = prim.scatter add %x, %i, %u : (tensor<9x4xf32>, tensor<3xi32>, tensor<3x4xf32>) -> tensor<9x4xf32>
  return %y : tensor<9x4xf32>
}

// The second dim is read backwards.
// CHECK-LABEL: func.func @slice
// CHECK-SAME:      %[[X:.+]]: tensor<9x4xf32>
func.func @slice(%x: tensor<9x4xf32>) -> tensor<4x4xf32> {
  // CHECK-NEXT: prim.slice %[[X]] starts [1, 3] strides [2, -1] : tensor<9x4xf32> -> tensor<4x4xf32>
  %y = prim.slice %x starts [1, 3] strides [2, -1] : tensor<9x4xf32> -> tensor<4x4xf32>
  return %y : tensor<4x4xf32>
}

// CHECK-LABEL: func.func @transpose
// CHECK-SAME:      %[[X:.+]]: tensor<2x3x4xf32>
func.func @transpose(%x: tensor<2x3x4xf32>) -> tensor<4x2x3xf32> {
  // CHECK-NEXT: prim.transpose %[[X]] [2, 0, 1] : tensor<2x3x4xf32> -> tensor<4x2x3xf32>
  %y = prim.transpose %x [2, 0, 1] : tensor<2x3x4xf32> -> tensor<4x2x3xf32>
  return %y : tensor<4x2x3xf32>
}
