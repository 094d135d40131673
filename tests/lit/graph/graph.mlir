// The ops of the graph dialect print as they were written.
// RUN: glowplug-opt %s | glowplug-opt | FileCheck %s
// RUN: glowplug-opt %s --mlir-print-op-generic | glowplug-opt | FileCheck %s

// CHECK-LABEL: func.func @attention
// CHECK-SAME:      %[[Q:.+]]: tensor<2x4x3x8xf32>, %[[K:.+]]: tensor<2x2x5x8xf32>, %[[V:.+]]: tensor<2x2x5x7xf32>, %[[B:.+]]: tensor<1x1x3x5xf32>
func.func @attention(%q: tensor<2x4x3x8xf32>, %k: tensor<2x2x5x8xf32>, %v: tensor<2x2x5x7xf32>, %b: tensor<1x1x3x5xf32>)
    -> (tensor<2x4x3x7xf32>, tensor<2x4x3x7xf32>) {
  // CHECK-NEXT: graph.attention %[[Q]], %[[K]], %[[V]] scale 5.000000e-01 softcap 0.000000e+00 causal 2 : (tensor<2x4x3x8xf32>, tensor<2x2x5x8xf32>, tensor<2x2x5x7xf32>) -> tensor<2x4x3x7xf32>
  %x = graph.attention %q, %k, %v scale 0.5 softcap 0.0 causal 2 : (tensor<2x4x3x8xf32>, tensor<2x2x5x8xf32>, tensor<2x2x5x7xf32>) -> tensor<2x4x3x7xf32>
  // CHECK-NEXT: graph.attention %[[Q]], %[[K]], %[[V]], %[[B]] scale 1.000000e+00 softcap 2.000000e+01 : (tensor<2x4x3x8xf32>, tensor<2x2x5x8xf32>, tensor<2x2x5x7xf32>, tensor<1x1x3x5xf32>) -> tensor<2x4x3x7xf32>
  %y = graph.attention %q, %k, %v, %b scale 1.0 softcap 20.0 : (tensor<2x4x3x8xf32>, tensor<2x2x5x8xf32>, tensor<2x2x5x7xf32>, tensor<1x1x3x5xf32>) -> tensor<2x4x3x7xf32>
  return %x, %y : tensor<2x4x3x7xf32>, tensor<2x4x3x7xf32>
}

// CHECK-LABEL: func.func @batch_norm
// CHECK-SAME:      %[[X:.+]]: tensor<1x4x8x8xf32>, %[[S:.+]]: tensor<4xf32>
func.func @batch_norm(%x: tensor<1x4x8x8xf32>, %s: tensor<4xf32>) -> tensor<1x4x8x8xf32> {
  // CHECK-NEXT: graph.batch_norm %[[X]], %[[S]], %[[S]], %[[S]], %[[S]] epsilon 1.000000e-05 : tensor<1x4x8x8xf32>, tensor<4xf32>
  %y = graph.batch_norm %x, %s, %s, %s, %s epsilon 1.0e-5 : tensor<1x4x8x8xf32>, tensor<4xf32>
  return %y : tensor<1x4x8x8xf32>
}

// CHECK-LABEL: func.func @gelu
// CHECK-SAME:      %[[X:.+]]: tensor<4xf16>
func.func @gelu(%x: tensor<4xf16>) -> tensor<4xf16> {
  // CHECK-NEXT: %[[Y:.+]] = graph.gelu %[[X]] : tensor<4xf16>
  %y = graph.gelu %x : tensor<4xf16>
  // CHECK-NEXT: graph.gelu %[[Y]] tanh : tensor<4xf16>
  %z = graph.gelu %y tanh : tensor<4xf16>
  return %z : tensor<4xf16>
}

// CHECK-LABEL: func.func @layer_norm
// CHECK-SAME:      %[[X:.+]]: tensor<2x5xf32>, %[[S:.+]]: tensor<1x5xf32>
func.func @layer_norm(%x: tensor<2x5xf32>, %s: tensor<1x5xf32>) -> tensor<2x5xf32> {
  // CHECK-NEXT: %[[Y:.+]] = graph.layer_norm %[[X]], %[[S]] axis 1 epsilon 0.000000e+00 : tensor<2x5xf32>, tensor<1x5xf32>
  %y = graph.layer_norm %x, %s axis 1 epsilon 0.0 : tensor<2x5xf32>, tensor<1x5xf32>
  // CHECK-NEXT: graph.layer_norm %[[Y]], %[[S]], %[[S]] axis 0 epsilon 1.000000e-05 : tensor<2x5xf32>, tensor<1x5xf32>, tensor<1x5xf32>
  %z = graph.layer_norm %y, %s, %s axis 0 epsilon 1.0e-5 : tensor<2x5xf32>, tensor<1x5xf32>, tensor<1x5xf32>
  return %z : tensor<2x5xf32>
}

// CHECK-LABEL: func.func @softmax
// CHECK-SAME:      %[[X:.+]]: tensor<2x5xbf16>
func.func @softmax(%x: tensor<2x5xbf16>) -> tensor<2x5xbf16> {
  // CHECK-NEXT: %[[Y:.+]] = graph.softmax %[[X]] axis 1 : tensor<2x5xbf16>
  %y = graph.softmax %x axis 1 : tensor<2x5xbf16>
  // CHECK-NEXT: graph.log_softmax %[[Y]] axis 0 : tensor<2x5xbf16>
  %z = graph.log_softmax %y axis 0 : tensor<2x5xbf16>
  return %z : tensor<2x5xbf16>
}
