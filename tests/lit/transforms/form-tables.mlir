// Functions of one 8-bit tensor become tables; what is integers all along, and
// what reads more than one tensor, does not.
// RUN: glowplug-opt %s --prim-form-tables | FileCheck %s

// CHECK-LABEL: func.func @relu
// CHECK: ^bb0(%[[X:.+]]: i8):
// CHECK-NEXT: %[[T:.+]] = prim.scalar table(%[[X]]) {table = dense<"0x000102030405
// CHECK-SAME: (i8) -> i8
// CHECK-NEXT: prim.yield %[[T]]
func.func @relu(%x: tensor<4xi8>) -> tensor<4xi8> {
  %y = prim.map(%x) : (tensor<4xi8>) -> tensor<4xi8> {
  ^bb0(%q: i8):
    %s = prim.scalar_constant 0.5 : f32
    %z = prim.scalar_constant 0 : i8
    %r = prim.scalar dequantize(%q, %s, %z) : (i8, f32, i8) -> f32
    %k = prim.scalar_constant 0.0 : f32
    %m = prim.scalar max(%r, %k) : (f32, f32) -> f32
    %y = prim.scalar quantize(%m, %s, %z) : (f32, f32, i8) -> i8
    prim.yield %y : i8
  }
  return %y : tensor<4xi8>
}

// CHECK-LABEL: func.func @identity
// CHECK-NEXT: return %arg0
func.func @identity(%x: tensor<4xui8>) -> tensor<4xui8> {
  %y = prim.map(%x) : (tensor<4xui8>) -> tensor<4xui8> {
  ^bb0(%q: ui8):
    %s = prim.scalar_constant 0.5 : f32
    %z = prim.scalar_constant 7 : ui8
    %r = prim.scalar dequantize(%q, %s, %z) : (ui8, f32, ui8) -> f32
    %y = prim.scalar quantize(%r, %s, %z) : (f32, f32, ui8) -> ui8
    prim.yield %y : ui8
  }
  return %y : tensor<4xui8>
}

// CHECK-LABEL: func.func @integers
// CHECK: prim.scalar max
func.func @integers(%x: tensor<4xi8>) -> tensor<4xi8> {
  %y = prim.map(%x) : (tensor<4xi8>) -> tensor<4xi8> {
  ^bb0(%q: i8):
    %k = prim.scalar_constant 0 : i8
    %m = prim.scalar max(%q, %k) : (i8, i8) -> i8
    prim.yield %m : i8
  }
  return %y : tensor<4xi8>
}

// CHECK-LABEL: func.func @two_tensors
// CHECK: prim.scalar dequantize
func.func @two_tensors(%x: tensor<4xi8>, %s: tensor<4xf32>) -> tensor<4xi8> {
  %y = prim.map(%x, %s) : (tensor<4xi8>, tensor<4xf32>) -> tensor<4xi8> {
  ^bb0(%q: i8, %t: f32):
    %z = prim.scalar_constant 0 : i8
    %k = prim.scalar_constant 1.0 : f32
    %r = prim.scalar dequantize(%q, %t, %z) : (i8, f32, i8) -> f32
    %y = prim.scalar quantize(%r, %k, %z) : (f32, f32, i8) -> i8
    prim.yield %y : i8
  }
  return %y : tensor<4xi8>
}

// CHECK-LABEL: func.func @wide_result
// CHECK: prim.scalar dequantize
func.func @wide_result(%x: tensor<4xi8>) -> tensor<4xf32> {
  %y = prim.map(%x) : (tensor<4xi8>) -> tensor<4xf32> {
  ^bb0(%q: i8):
    %s = prim.scalar_constant 0.5 : f32
    %z = prim.scalar_constant 0 : i8
    %r = prim.scalar dequantize(%q, %s, %z) : (i8, f32, i8) -> f32
    prim.yield %r : f32
  }
  return %y : tensor<4xf32>
}
