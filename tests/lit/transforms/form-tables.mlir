// Functions of one 8-bit scalar become tables; what is integers all along, and
// what reads more than one scalar, does not.
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

// The tail of an epilogue: everything after the sum became a byte, which is
// used twice on the way.
// CHECK-LABEL: func.func @tail
// CHECK: %[[SUM:.+]] = prim.scalar rescale_fp32_rne(
// CHECK-NEXT: %[[T:.+]] = prim.scalar table(%[[SUM]]) {{.*}} : (ui8) -> ui8
// CHECK-NEXT: prim.yield %[[T]]
func.func @tail(%x: tensor<2x4xui8>, %w: tensor<4x3xi8>) -> tensor<2x3xui8> {
  %y = prim.matmul %x, %w : tensor<2x4xui8>, tensor<4x3xi8> -> tensor<2x3xui8> epilogue() {
  ^bb0(%sum: i32):
    %scale = prim.scalar_constant 0.01 : f32
    %zp = prim.scalar_constant 3 : ui8
    %q = prim.scalar rescale_fp32_rne(%sum, %scale, %zp) : (i32, f32, ui8) -> ui8
    %three = prim.scalar_constant 200 : ui8
    %one = prim.scalar_constant 0.5 : f32
    %added = prim.quantized add(%q, %one, %zp, %three, %scale, %zp, %one, %zp) : (ui8, f32, ui8, ui8, f32, ui8, f32, ui8) -> ui8
    %r = prim.quantized mul(%q, %one, %zp, %added, %one, %zp, %one, %zp) : (ui8, f32, ui8, ui8, f32, ui8, f32, ui8) -> ui8
    prim.yield %r : ui8
  }
  return %y : tensor<2x3xui8>
}

// A function of one of two bytes; what joins both stays.
// CHECK-LABEL: func.func @residual
// CHECK: ^bb0(%[[X:.+]]: ui8, %[[Y:.+]]: ui8):
// CHECK: %[[T:.+]] = prim.scalar table(%[[X]])
// CHECK-NOT: dequantize
// CHECK: prim.quantized add(%[[T]],
func.func @residual(%x: tensor<4xui8>, %y: tensor<4xui8>) -> tensor<4xui8> {
  %z = prim.map(%x, %y) : (tensor<4xui8>, tensor<4xui8>) -> tensor<4xui8> {
  ^bb0(%a: ui8, %b: ui8):
    %s = prim.scalar_constant 0.5 : f32
    %zp = prim.scalar_constant 7 : ui8
    %r = prim.scalar dequantize(%a, %s, %zp) : (ui8, f32, ui8) -> f32
    %t = prim.scalar tanh(%r) : (f32) -> f32
    %q = prim.scalar quantize(%t, %s, %zp) : (f32, f32, ui8) -> ui8
    %sum = prim.quantized add(%q, %s, %zp, %b, %s, %zp, %s, %zp) : (ui8, f32, ui8, ui8, f32, ui8, f32, ui8) -> ui8
    prim.yield %sum : ui8
  }
  return %z : tensor<4xui8>
}

// Two steps are one lookup.
// CHECK-LABEL: func.func @twice
// CHECK-COUNT-1: prim.scalar table
// CHECK-NOT: prim.scalar table
func.func @twice(%x: tensor<4xui8>, %y: tensor<4xui8>) -> tensor<4xui8> {
  %z = prim.map(%x) : (tensor<4xui8>) -> tensor<4xui8> {
  ^bb0(%a: ui8):
    %s = prim.scalar_constant 0.5 : f32
    %k = prim.scalar_constant 0.25 : f32
    %zp = prim.scalar_constant 7 : ui8
    %r = prim.scalar dequantize(%a, %s, %zp) : (ui8, f32, ui8) -> f32
    %q = prim.scalar quantize(%r, %k, %zp) : (f32, f32, ui8) -> ui8
    %t = prim.scalar dequantize(%q, %s, %zp) : (ui8, f32, ui8) -> f32
    %u = prim.scalar quantize(%t, %k, %zp) : (f32, f32, ui8) -> ui8
    prim.yield %u : ui8
  }
  return %z : tensor<4xui8>
}
