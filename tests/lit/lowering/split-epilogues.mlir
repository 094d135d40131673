// Epilogues become maps; results stay the same bit for bit.
// RUN: glowplug-opt %s --prim-split-epilogues | FileCheck %s
// RUN: glowplug-opt %s --prim-split-epilogues --prim-split-epilogues | FileCheck %s

// CHECK-LABEL: func.func @matmul
// CHECK-SAME:      %[[A:.+]]: tensor<2x4xf32>, %[[B:.+]]: tensor<4x3xf32>, %[[C:.+]]: tensor<1x3xf32>
func.func @matmul(%a: tensor<2x4xf32>, %b: tensor<4x3xf32>, %c: tensor<1x3xf32>) -> tensor<2x3xf32> {
  // CHECK-NEXT: %[[P:.+]] = prim.matmul %[[A]], %[[B]] : tensor<2x4xf32>, tensor<4x3xf32> -> tensor<2x3xf32>
  // CHECK-NEXT: %[[M:.+]] = prim.map(%[[P]], %[[C]]) : (tensor<2x3xf32>, tensor<1x3xf32>) -> tensor<2x3xf32> {
  // CHECK-NEXT: ^bb0(%[[ACC:.+]]: f32, %[[D:.+]]: f32):
  // CHECK-NEXT:   %[[S:.+]] = prim.scalar add(%[[ACC]], %[[D]])
  // CHECK-NEXT:   prim.yield %[[S]]
  // CHECK-NEXT: }
  // CHECK-NEXT: return %[[M]]
  %y = prim.matmul %a, %b : tensor<2x4xf32>, tensor<4x3xf32> -> tensor<2x3xf32>
      epilogue(%c : tensor<1x3xf32>) {
  ^bb0(%acc: f32, %d: f32):
    %s = prim.scalar add(%acc, %d) : (f32, f32) -> f32
    prim.yield %s : f32
  }
  return %y : tensor<2x3xf32>
}

// Integers: the plain op has the accumulator type.
// CHECK-LABEL: func.func @conv_integers
func.func @conv_integers(%x: tensor<1x2x4xi8>, %w: tensor<2x2x1xi8>) -> tensor<1x2x4xi8> {
  // CHECK-NEXT: %[[P:.+]] = prim.conv {{.+}} groups 1 lhs_zp [3] : tensor<1x2x4xi8>, tensor<2x2x1xi8> -> tensor<1x2x4xi32>
  // CHECK-NEXT: prim.map(%[[P]]) : (tensor<1x2x4xi32>) -> tensor<1x2x4xi8> {
  %y = prim.conv %x, %w strides [1] pads [0], [0] dilations [1] groups 1 lhs_zp [3]
      : tensor<1x2x4xi8>, tensor<2x2x1xi8> -> tensor<1x2x4xi8> epilogue() {
  ^bb0(%acc: i32):
    %h = prim.scalar cast(%acc) : (i32) -> i8
    prim.yield %h : i8
  }
  return %y : tensor<1x2x4xi8>
}

// The accumulator is rounded first, which the plain op does by itself.
// CHECK-LABEL: func.func @half_rounded
func.func @half_rounded(%a: tensor<2x4xf16>, %b: tensor<4x3xf16>) -> tensor<2x3xf16> {
  // CHECK-NEXT: %[[P:.+]] = prim.matmul %{{.+}}, %{{.+}} : tensor<2x4xf16>, tensor<4x3xf16> -> tensor<2x3xf16>
  // CHECK-NEXT: prim.map(%[[P]])
  // CHECK-NEXT: ^bb0(%[[ACC:.+]]: f16):
  // CHECK-NEXT:   %[[N:.+]] = prim.scalar neg(%[[ACC]]) : (f16) -> f16
  // CHECK-NEXT:   prim.yield %[[N]]
  %y = prim.matmul %a, %b : tensor<2x4xf16>, tensor<4x3xf16> -> tensor<2x3xf16> epilogue() {
  ^bb0(%acc: f32):
    %h = prim.scalar cast(%acc) : (f32) -> f16
    %n = prim.scalar neg(%h) : (f16) -> f16
    prim.yield %n : f16
  }
  return %y : tensor<2x3xf16>
}

// The bias is added before rounding: the op goes on giving its accumulator.
// CHECK-LABEL: func.func @half_not_rounded
func.func @half_not_rounded(%a: tensor<2x4xf16>, %b: tensor<4x3xf16>, %c: tensor<1x3xf32>)
    -> tensor<2x3xf16> {
  // CHECK-NEXT: %[[P:.+]] = prim.matmul %{{.+}}, %{{.+}} : tensor<2x4xf16>, tensor<4x3xf16> -> tensor<2x3xf32> epilogue() {
  // CHECK-NEXT: ^bb0(%[[ACC:.+]]: f32):
  // CHECK-NEXT:   prim.yield %[[ACC]] : f32
  // CHECK-NEXT: }
  // CHECK-NEXT: prim.map(%[[P]], %{{.+}}) : (tensor<2x3xf32>, tensor<1x3xf32>) -> tensor<2x3xf16> {
  %y = prim.matmul %a, %b : tensor<2x4xf16>, tensor<4x3xf16> -> tensor<2x3xf16>
      epilogue(%c : tensor<1x3xf32>) {
  ^bb0(%acc: f32, %d: f32):
    %s = prim.scalar add(%acc, %d) : (f32, f32) -> f32
    %h = prim.scalar cast(%s) : (f32) -> f16
    prim.yield %h : f16
  }
  return %y : tensor<2x3xf16>
}

// The maximum of halves is a half.
// CHECK-LABEL: func.func @window_and_reduce
func.func @window_and_reduce(%x: tensor<4xf16>) -> tensor<1xf16> {
  // CHECK-NEXT: %[[W:.+]] = prim.window max {{.+}} : tensor<4xf16> -> tensor<2xf16>
  // CHECK-NEXT: %[[N:.+]] = prim.map(%[[W]])
  // CHECK:      %[[R:.+]] = prim.reduce max %[[N]] dims [0] : tensor<2xf16> -> tensor<1xf16>
  // CHECK-NEXT: prim.map(%[[R]])
  %y = prim.window max %x sizes [2] strides [2] pads [0], [0] dilations [1] : tensor<4xf16> -> tensor<2xf16> epilogue() {
  ^bb0(%acc: f16):
    %n = prim.scalar neg(%acc) : (f16) -> f16
    prim.yield %n : f16
  }
  %z = prim.reduce max %y dims [0] : tensor<2xf16> -> tensor<1xf16> epilogue() {
  ^bb0(%acc: f16):
    %n = prim.scalar neg(%acc) : (f16) -> f16
    prim.yield %n : f16
  }
  return %z : tensor<1xf16>
}

// CHECK-LABEL: func.func @nothing_to_split
func.func @nothing_to_split(%a: tensor<2x4xf32>, %b: tensor<4x3xf32>) -> tensor<2x3xf32> {
  // CHECK-NEXT: prim.matmul
  // CHECK-NEXT: return
  %y = prim.matmul %a, %b : tensor<2x4xf32>, tensor<4x3xf32> -> tensor<2x3xf32>
  return %y : tensor<2x3xf32>
}
