// Regions of scalar ops, composites and constants print as they were written.
// RUN: glowplug-opt %s | glowplug-opt | FileCheck %s
// RUN: glowplug-opt %s --mlir-print-op-generic | glowplug-opt | FileCheck %s

// CHECK-LABEL: func.func @map
// CHECK-SAME:      %[[X:.+]]: tensor<2x5xf32>, %[[B:.+]]: tensor<1x5xf32>
func.func @map(%x: tensor<2x5xf32>, %b: tensor<1x5xf32>)
    -> (tensor<2x5xf32>, tensor<2x5xi1>) {
  // CHECK-NEXT: %[[Y:.+]]:2 = prim.map(%[[X]], %[[B]]) : (tensor<2x5xf32>, tensor<1x5xf32>) -> (tensor<2x5xf32>, tensor<2x5xi1>) {
  // CHECK-NEXT: ^bb0(%[[P:.+]]: f32, %[[Q:.+]]: f32):
  // CHECK-NEXT:   %[[S:.+]] = prim.scalar add(%[[P]], %[[Q]]) : (f32, f32) -> f32
  // CHECK-NEXT:   %[[Z:.+]] = prim.scalar_constant 0.000000e+00 : f32
  // CHECK-NEXT:   %[[C:.+]] = prim.scalar lt(%[[S]], %[[Z]]) : (f32, f32) -> i1
  // CHECK-NEXT:   prim.yield %[[S]], %[[C]] : f32, i1
  // CHECK-NEXT: }
  // CHECK-NEXT: return %[[Y]]#0, %[[Y]]#1
  %y:2 = prim.map(%x, %b) : (tensor<2x5xf32>, tensor<1x5xf32>)
      -> (tensor<2x5xf32>, tensor<2x5xi1>) {
  ^bb0(%p: f32, %q: f32):
    %s = prim.scalar add(%p, %q) : (f32, f32) -> f32
    %z = prim.scalar_constant 0.0 : f32
    %c = prim.scalar lt(%s, %z) : (f32, f32) -> i1
    prim.yield %s, %c : f32, i1
  }
  return %y#0, %y#1 : tensor<2x5xf32>, tensor<2x5xi1>
}

// One of each kind of signature.
// CHECK-LABEL: func.func @scalar_kinds
func.func @scalar_kinds(%x: tensor<4xf32>, %q: tensor<4xui8>, %i: tensor<4xi32>)
    -> tensor<4xf32> {
  %y = prim.map(%x, %q, %i) : (tensor<4xf32>, tensor<4xui8>, tensor<4xi32>)
      -> tensor<4xf32> {
  ^bb0(%a: f32, %b: ui8, %c: i32):
    // CHECK: prim.scalar erf(%{{.+}}) : (f32) -> f32
    %0 = prim.scalar erf(%a) : (f32) -> f32
    // CHECK: prim.scalar is_nan(%{{.+}}) : (f32) -> i1
    %1 = prim.scalar is_nan(%0) : (f32) -> i1
    // CHECK: prim.scalar invert(%{{.+}}) : (i1) -> i1
    %2 = prim.scalar invert(%1) : (i1) -> i1
    // CHECK: prim.scalar select(%{{.+}}, %{{.+}}, %{{.+}}) : (i1, f32, f32) -> f32
    %3 = prim.scalar select(%2, %a, %0) : (i1, f32, f32) -> f32
    // CHECK: prim.scalar quantize(%{{.+}}, %{{.+}}, %{{.+}}) : (f32, f32, ui8) -> ui8
    %4 = prim.scalar quantize(%3, %a, %b) : (f32, f32, ui8) -> ui8
    // CHECK: prim.scalar dequantize(%{{.+}}, %{{.+}}, %{{.+}}) : (ui8, f32, ui8) -> f32
    %5 = prim.scalar dequantize(%4, %a, %b) : (ui8, f32, ui8) -> f32
    // CHECK: prim.scalar shift_right(%{{.+}}, %{{.+}}) : (i32, i32) -> i32
    %6 = prim.scalar shift_right(%c, %c) : (i32, i32) -> i32
    // CHECK: prim.scalar cast(%{{.+}}) : (i32) -> f32
    %7 = prim.scalar cast(%6) : (i32) -> f32
    // CHECK: prim.scalar pow(%{{.+}}, %{{.+}}) : (f32, f32) -> f32
    %8 = prim.scalar pow(%5, %7) : (f32, f32) -> f32
    // CHECK: prim.scalar fma(%{{.+}}, %{{.+}}, %{{.+}}) : (f32, f32, f32) -> f32
    %9 = prim.scalar fma(%8, %7, %5) : (f32, f32, f32) -> f32
    prim.yield %9 : f32
  }
  return %y : tensor<4xf32>
}

// The recipes, and tables: short ones are written out, long ones as bytes.
// CHECK-LABEL: func.func @rescales
func.func @rescales(%x: tensor<4xi32>, %s: tensor<4xf32>, %z: tensor<4xui8>)
    -> (tensor<4xui8>, tensor<4xi32>, tensor<4xf32>, tensor<4xi8>) {
  %y:4 = prim.map(%x, %s, %z)
      : (tensor<4xi32>, tensor<4xf32>, tensor<4xui8>)
      -> (tensor<4xui8>, tensor<4xi32>, tensor<4xf32>, tensor<4xi8>) {
  ^bb0(%a: i32, %b: f32, %c: ui8):
    // CHECK: prim.scalar rescale_fp32_rne(%{{.+}}, %{{.+}}, %{{.+}}) : (i32, f32, ui8) -> ui8
    %0 = prim.scalar rescale_fp32_rne(%a, %b, %c) : (i32, f32, ui8) -> ui8
    // CHECK: prim.scalar rescale_tosa_single(%{{.+}}, %{{.+}}, %{{.+}}, %{{.+}}) : (i32, i32, i32, i32) -> i32
    %1 = prim.scalar rescale_tosa_single(%a, %a, %a, %a)
        : (i32, i32, i32, i32) -> i32
    // CHECK: prim.scalar rescale_tosa_double(%{{.+}}, %{{.+}}, %{{.+}}, %{{.+}}) : (i32, i32, i32, ui8) -> ui8
    %2 = prim.scalar rescale_tosa_double(%a, %a, %a, %0)
        : (i32, i32, i32, ui8) -> ui8
    // CHECK: prim.scalar table(%{{.+}}) {table = dense<5.000000e-01> : tensor<256xf32>} : (ui8) -> f32
    %3 = prim.scalar table(%2) {table = dense<0.5> : tensor<256xf32>}
        : (ui8) -> f32
    // CHECK: prim.scalar table(%{{.+}}) {table = dense<"0x000102{{[0-9A-F]+}}FDFEFF"> : tensor<256xi8>} : (ui8) -> i8
    %4 = prim.scalar table(%2) {table = dense<"0x000102030405060708090A0B0C0D0E0F101112131415161718191A1B1C1D1E1F202122232425262728292A2B2C2D2E2F303132333435363738393A3B3C3D3E3F404142434445464748494A4B4C4D4E4F505152535455565758595A5B5C5D5E5F606162636465666768696A6B6C6D6E6F707172737475767778797A7B7C7D7E7F808182838485868788898A8B8C8D8E8F909192939495969798999A9B9C9D9E9FA0A1A2A3A4A5A6A7A8A9AAABACADAEAFB0B1B2B3B4B5B6B7B8B9BABBBCBDBEBFC0C1C2C3C4C5C6C7C8C9CACBCCCDCECFD0D1D2D3D4D5D6D7D8D9DADBDCDDDEDFE0E1E2E3E4E5E6E7E8E9EAEBECEDEEEFF0F1F2F3F4F5F6F7F8F9FAFBFCFDFEFF"> : tensor<256xi8>}
        : (ui8) -> i8
    prim.yield %0, %1, %3, %4 : ui8, i32, f32, i8
  }
  return %y#0, %y#1, %y#2, %y#3
      : tensor<4xui8>, tensor<4xi32>, tensor<4xf32>, tensor<4xi8>
}

// CHECK-LABEL: func.func @composite
// CHECK-SAME:      %[[X:.+]]: tensor<2x5xf32>
func.func @composite(%x: tensor<2x5xf32>) -> tensor<2x5xf32> {
  // CHECK-NEXT: prim.composite "twice" version 3(%[[X]]) attributes {axes = array<i64: 0, 1>, axis = 1 : i64, epsilon = 1.000000e-05 : f64, mode = "fast"} : (tensor<2x5xf32>) -> tensor<2x5xf32> {
  // CHECK-NEXT: ^bb0(%[[A:.+]]: tensor<2x5xf32>):
  // CHECK:        prim.yield %{{.+}} : tensor<2x5xf32>
  %y = prim.composite "twice" version 3 (%x) attributes
      {axes = array<i64: 0, 1>, axis = 1 : i64, epsilon = 1.0e-5 : f64, mode = "fast"}
      : (tensor<2x5xf32>) -> tensor<2x5xf32> {
  ^bb0(%a: tensor<2x5xf32>):
    %d = prim.map(%a) : (tensor<2x5xf32>) -> tensor<2x5xf32> {
    ^bb0(%p: f32):
      %s = prim.scalar add(%p, %p) : (f32, f32) -> f32
      prim.yield %s : f32
    }
    prim.yield %d : tensor<2x5xf32>
  }
  return %y : tensor<2x5xf32>
}

// CHECK-LABEL: func.func @constants
func.func @constants() -> (tensor<1000x1000xf32>, tensor<2x3xi8>, tensor<ui64>,
                           tensor<3xi1>, tensor<0x4xf32>, tensor<100xf32>) {
  // CHECK-NEXT: prim.constant dense<5.000000e-01> : tensor<1000x1000xf32>
  %splat = prim.constant dense<0.5> : tensor<1000x1000xf32>
  // CHECK-NEXT: prim.constant dense<{{\[\[}}1, 2, 3], [4, 5, -6]]> : tensor<2x3xi8>
  %inline = prim.constant dense<[[1, 2, 3], [4, 5, -6]]> : tensor<2x3xi8>
  // CHECK-NEXT: prim.constant dense<18446744073709551615> : tensor<ui64>
  %scalar = prim.constant dense<18446744073709551615> : tensor<ui64>
  // CHECK-NEXT: prim.constant dense<[true, false, true]> : tensor<3xi1>
  %bools = prim.constant dense<[true, false, true]> : tensor<3xi1>
  // CHECK-NEXT: prim.constant dense<> : tensor<0x4xf32>
  %empty = prim.constant dense<> : tensor<0x4xf32>
  // A handle whose data is not part of the text.
  // CHECK-NEXT: prim.constant dense_resource<weights> : tensor<100xf32>
  %handle = prim.constant dense_resource<weights> : tensor<100xf32>
  return %splat, %inline, %scalar, %bools, %empty, %handle
      : tensor<1000x1000xf32>, tensor<2x3xi8>, tensor<ui64>, tensor<3xi1>,
        tensor<0x4xf32>, tensor<100xf32>
}
