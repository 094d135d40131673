// Ops on constants are evaluated; splats stay splats; growth is refused.
// RUN: glowplug-opt %s --prim-fold-constants | FileCheck %s

// CHECK-LABEL: func.func @chain
func.func @chain() -> tensor<4xi64> {
  // CHECK: %[[C:.+]] = prim.constant dense<[2, 1, 2, 1]> : tensor<4xi64>
  // CHECK-NEXT: return %[[C]]
  %a = prim.constant dense<[1, 2]> : tensor<2xi64>
  %b = prim.slice %a starts [1] strides [-1] : tensor<2xi64> -> tensor<2xi64>
  %c = prim.concat %b, %b dim 0 : (tensor<2xi64>, tensor<2xi64>) -> tensor<4xi64>
  return %c : tensor<4xi64>
}

// Results of several kinds; equal elements give a splat.
// CHECK-LABEL: func.func @results
func.func @results() -> (tensor<3xf32>, tensor<3xi64>, tensor<2xi1>) {
  // CHECK-DAG: prim.constant dense<[1.000000e+00, 2.000000e+00, 3.000000e+00]> : tensor<3xf32>
  // CHECK-DAG: prim.constant dense<[1, 2, 0]> : tensor<3xi64>
  // CHECK-DAG: prim.constant dense<true> : tensor<2xi1>
  %a = prim.constant dense<[3.0, 1.0, 2.0]> : tensor<3xf32>
  %v, %p = prim.sort %a dim 0 : tensor<3xf32> -> tensor<3xf32>, tensor<3xi64>
  %b = prim.constant dense<[4.0, 5.0]> : tensor<2xf32>
  %c = prim.map(%b) : (tensor<2xf32>) -> tensor<2xi1> {
  ^bb0(%x: f32):
    %k = prim.scalar_constant 3.0 : f32
    %g = prim.scalar gt(%x, %k) : (f32, f32) -> i1
    prim.yield %g : i1
  }
  return %v, %p, %c : tensor<3xf32>, tensor<3xi64>, tensor<2xi1>
}

// A million elements, of which none is ever stored.
// CHECK-LABEL: func.func @splats
func.func @splats() -> tensor<1000x1001xf32> {
  // CHECK: %[[C:.+]] = prim.constant dense<3.000000e+00> : tensor<1000x1001xf32>
  // CHECK-NEXT: return %[[C]]
  %a = prim.constant dense<1.0> : tensor<1xf32>
  %b = prim.reshape %a : tensor<1xf32> -> tensor<1x1xf32>
  %c = prim.broadcast %b : tensor<1x1xf32> -> tensor<1000x1000xf32>
  %d = prim.map(%c, %b) : (tensor<1000x1000xf32>, tensor<1x1xf32>) -> tensor<1000x1000xf32> {
  ^bb0(%x: f32, %y: f32):
    %s = prim.scalar add(%x, %y) : (f32, f32) -> f32
    %t = prim.scalar add(%s, %y) : (f32, f32) -> f32
    prim.yield %t : f32
  }
  %v = prim.constant dense<3.0> : tensor<f32>
  %e = prim.pad %d, %v low [0, 1] high [0, 0] interior [0, 0] : tensor<1000x1000xf32>, tensor<f32> -> tensor<1000x1001xf32>
  return %e : tensor<1000x1001xf32>
}

// Whichever rows are taken, they are all alike.
// CHECK-LABEL: func.func @gather_of_splat
func.func @gather_of_splat(%i: tensor<5xi64>) -> tensor<5x4xf32> {
  // CHECK: %[[C:.+]] = prim.constant dense<2.000000e+00> : tensor<5x4xf32>
  // CHECK-NEXT: return %[[C]]
  %a = prim.constant dense<2.0> : tensor<9x4xf32>
  %b = prim.gather %a, %i dim 0 : tensor<9x4xf32>, tensor<5xi64> -> tensor<5x4xf32>
  return %b : tensor<5x4xf32>
}

// Padding a splat with another value gives no splat.
// CHECK-LABEL: func.func @pad_with_another_value
func.func @pad_with_another_value() -> tensor<3xf32> {
  // CHECK: prim.constant dense<[3.000000e+00, 1.000000e+00, 1.000000e+00]> : tensor<3xf32>
  %a = prim.constant dense<1.0> : tensor<2xf32>
  %v = prim.constant dense<3.0> : tensor<f32>
  %b = prim.pad %a, %v low [1] high [0] interior [0] : tensor<2xf32>, tensor<f32> -> tensor<3xf32>
  return %b : tensor<3xf32>
}

// 12 bytes would become 12 MB.
// CHECK-LABEL: func.func @growth_is_refused
func.func @growth_is_refused() -> tensor<1000000x3xf32> {
  // CHECK: prim.broadcast
  %a = prim.constant dense<[[1.0, 2.0, 3.0]]> : tensor<1x3xf32>
  %b = prim.broadcast %a : tensor<1x3xf32> -> tensor<1000000x3xf32>
  return %b : tensor<1000000x3xf32>
}

// A handle without data is no constant that could be read.
// CHECK-LABEL: func.func @no_data
func.func @no_data() -> tensor<10x10xf32> {
  // CHECK: prim.transpose
  %a = prim.constant dense_resource<absent> : tensor<10x10xf32>
  %b = prim.transpose %a [1, 0] : tensor<10x10xf32> -> tensor<10x10xf32>
  return %b : tensor<10x10xf32>
}

// CHECK-LABEL: func.func @not_constant
func.func @not_constant(%x: tensor<2xf32>) -> tensor<4xf32> {
  // CHECK: prim.concat
  %a = prim.constant dense<[1.0, 2.0]> : tensor<2xf32>
  %b = prim.concat %a, %x dim 0 : (tensor<2xf32>, tensor<2xf32>) -> tensor<4xf32>
  return %b : tensor<4xf32>
}

// CHECK-LABEL: func.func @empty
func.func @empty() -> tensor<0x4xf32> {
  // CHECK: prim.constant dense<> : tensor<0x4xf32>
  %a = prim.constant dense<1.0> : tensor<3x4xf32>
  %b = prim.slice %a starts [0, 0] strides [1, 1] : tensor<3x4xf32> -> tensor<0x4xf32>
  return %b : tensor<0x4xf32>
}
