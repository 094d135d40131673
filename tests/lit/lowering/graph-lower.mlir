// Graph ops become maps and composites, whose bodies are their definition.
// RUN: glowplug-opt %s --graph-lower | FileCheck %s

// The root is taken once per channel.
// CHECK-LABEL: func.func @batch_norm
// CHECK-SAME:      %[[X:.+]]: tensor<1x4x8x8xf32>, %[[S:.+]]: tensor<4xf32>, %[[B:.+]]: tensor<4xf32>, %[[M:.+]]: tensor<4xf32>, %[[V:.+]]: tensor<4xf32>)
func.func @batch_norm(%x: tensor<1x4x8x8xf32>, %s: tensor<4xf32>, %b: tensor<4xf32>,
                      %m: tensor<4xf32>, %v: tensor<4xf32>) -> tensor<1x4x8x8xf32> {
  // CHECK:      %[[D:.+]] = prim.map(%[[V]]) : (tensor<4xf32>) -> tensor<4xf32> {
  // CHECK-NEXT: ^bb0(%[[P:.+]]: f32):
  // CHECK-NEXT:   %[[E:.+]] = prim.scalar_constant 9.99999974E-6 : f32
  // CHECK-NEXT:   %[[Q:.+]] = prim.scalar add(%[[P]], %[[E]])
  // CHECK-NEXT:   prim.scalar sqrt(%[[Q]])
  // CHECK-DAG:  %[[M4:.+]] = prim.reshape %[[M]] : tensor<4xf32> -> tensor<1x4x1x1xf32>
  // CHECK-DAG:  %[[D4:.+]] = prim.reshape %[[D]]
  // CHECK-DAG:  %[[S4:.+]] = prim.reshape %[[S]]
  // CHECK-DAG:  %[[B4:.+]] = prim.reshape %[[B]]
  // CHECK:      prim.map(%[[X]], %[[M4]], %[[D4]], %[[S4]], %[[B4]])
  // CHECK-NEXT: ^bb0(%[[A0:.+]]: f32, %[[A1:.+]]: f32, %[[A2:.+]]: f32, %[[A3:.+]]: f32, %[[A4:.+]]: f32):
  // CHECK-NEXT:   %[[R0:.+]] = prim.scalar sub(%[[A0]], %[[A1]])
  // CHECK-NEXT:   %[[R1:.+]] = prim.scalar div(%[[R0]], %[[A2]])
  // CHECK-NEXT:   %[[R2:.+]] = prim.scalar mul(%[[R1]], %[[A3]])
  // CHECK-NEXT:   %[[R3:.+]] = prim.scalar add(%[[R2]], %[[A4]])
  // CHECK-NEXT:   prim.yield %[[R3]]
  %y = graph.batch_norm %x, %s, %b, %m, %v epsilon 1.0e-5 : tensor<1x4x8x8xf32>, tensor<4xf32>
  return %y : tensor<1x4x8x8xf32>
}

// Half precision is computed in single.
// CHECK-LABEL: func.func @batch_norm_f16
func.func @batch_norm_f16(%x: tensor<2x4xf16>, %s: tensor<4xf16>) -> tensor<2x4xf16> {
  // CHECK: prim.scalar sqrt(%{{.+}}) : (f32) -> f32
  // CHECK: prim.scalar cast(%{{.+}}) : (f16) -> f32
  // CHECK: prim.scalar cast(%{{.+}}) : (f32) -> f16
  %y = graph.batch_norm %x, %s, %s, %s, %s epsilon 1.0e-5 : tensor<2x4xf16>, tensor<4xf16>
  return %y : tensor<2x4xf16>
}

// CHECK-LABEL: func.func @softmax
// CHECK-SAME:      %[[X:.+]]: tensor<2x5xf32>
func.func @softmax(%x: tensor<2x5xf32>) -> tensor<2x5xf32> {
  // CHECK-NEXT: %[[Y:.+]] = prim.composite "softmax" version 1(%[[X]]) attributes {axis = 1 : i64}
  // CHECK-NEXT: ^bb0(%[[A:.+]]: tensor<2x5xf32>):
  // CHECK-NEXT:   %[[MAX:.+]] = prim.reduce max %[[A]] dims [1] : tensor<2x5xf32> -> tensor<2x1xf32>
  // CHECK-NEXT:   %[[E:.+]] = prim.map(%[[A]], %[[MAX]])
  // CHECK:          prim.scalar sub
  // CHECK-NEXT:     prim.scalar exp
  // CHECK:        %[[SUM:.+]] = prim.reduce sum %[[E]] dims [1]
  // CHECK-NEXT:   %[[R:.+]] = prim.map(%[[E]], %[[SUM]])
  // CHECK:          prim.scalar div
  // CHECK:        prim.yield %[[R]] : tensor<2x5xf32>
  // CHECK-NEXT: }
  // CHECK-NEXT: return %[[Y]]
  %y = graph.softmax %x axis 1 : tensor<2x5xf32>
  return %y : tensor<2x5xf32>
}

// CHECK-LABEL: func.func @log_softmax
func.func @log_softmax(%x: tensor<2x5xf64>) -> tensor<2x5xf64> {
  // CHECK: prim.composite "log_softmax" version 1(%{{.+}}) attributes {axis = 0 : i64}
  // CHECK: %[[MAX:.+]] = prim.reduce max %{{.+}} dims [0]
  // CHECK: %[[D:.+]] = prim.map(%{{.+}}, %[[MAX]])
  // CHECK: prim.scalar exp
  // CHECK: %[[SUM:.+]] = prim.reduce sum
  // CHECK: prim.map(%[[D]], %[[SUM]])
  // CHECK: prim.scalar log
  // CHECK: prim.scalar sub
  %y = graph.log_softmax %x axis 0 : tensor<2x5xf64>
  return %y : tensor<2x5xf64>
}

// CHECK-LABEL: func.func @layer_norm
// CHECK-SAME:      %[[X:.+]]: tensor<2x3x5xf32>, %[[S:.+]]: tensor<1x3x5xf32>, %[[B:.+]]: tensor<1x1x5xf32>
func.func @layer_norm(%x: tensor<2x3x5xf32>, %s: tensor<1x3x5xf32>, %b: tensor<1x1x5xf32>)
    -> tensor<2x3x5xf32> {
  // CHECK-NEXT: prim.composite "layer_norm" version 1(%[[X]], %[[S]], %[[B]]) attributes {axis = 1 : i64, epsilon = 1.000000e-05 : f64}
  // CHECK-NEXT: ^bb0(%[[A:.+]]: tensor<2x3x5xf32>, %[[S1:.+]]: tensor<1x3x5xf32>, %[[B1:.+]]: tensor<1x1x5xf32>):
  // CHECK-NEXT:   %[[SUM:.+]] = prim.reduce sum %[[A]] dims [1, 2] : tensor<2x3x5xf32> -> tensor<2x1x1xf32>
  // CHECK:        %[[MEAN:.+]] = prim.map(%[[SUM]])
  // CHECK:          prim.scalar_constant 1.500000e+01 : f32
  // CHECK:        %[[D:.+]] = prim.map(%[[A]], %[[MEAN]])
  // CHECK:        %[[D2:.+]] = prim.map(%[[D]], %[[D]])
  // CHECK:        %[[SUM2:.+]] = prim.reduce sum %[[D2]] dims [1, 2]
  // CHECK:        %[[VAR:.+]] = prim.map(%[[SUM2]])
  // CHECK:        %[[DEV:.+]] = prim.map(%[[VAR]])
  // CHECK:          prim.scalar sqrt
  // CHECK:        prim.map(%[[D]], %[[DEV]], %[[S1]], %[[B1]])
  %y = graph.layer_norm %x, %s, %b axis 1 epsilon 1.0e-5 : tensor<2x3x5xf32>, tensor<1x3x5xf32>, tensor<1x1x5xf32>
  return %y : tensor<2x3x5xf32>
}

// Without bias, in half precision.
// CHECK-LABEL: func.func @layer_norm_f16
func.func @layer_norm_f16(%x: tensor<2x5xf16>, %s: tensor<1x5xf16>) -> tensor<2x5xf16> {
  // CHECK: prim.scalar cast(%{{.+}}) : (f16) -> f32
  // CHECK: prim.reduce sum %{{.+}} dims [1] : tensor<2x5xf32> -> tensor<2x1xf32>
  // CHECK: prim.scalar cast(%{{.+}}) : (f32) -> f16
  %y = graph.layer_norm %x, %s axis 1 epsilon 0.0 : tensor<2x5xf16>, tensor<1x5xf16>
  return %y : tensor<2x5xf16>
}

// Heads that share key and value are rows of one product; nothing is repeated.
// CHECK-LABEL: func.func @attention
func.func @attention(%q: tensor<2x4x3x8xf16>, %k: tensor<2x2x5x8xf16>, %v: tensor<2x2x5x7xf16>) -> tensor<2x4x3x7xf16> {
  // CHECK: prim.composite "attention" version 1(%{{.+}}, %{{.+}}, %{{.+}}) attributes {causal = 2 : i64, scale = 5.000000e-01 : f64, softcap = 3.000000e+00 : f64}
  // CHECK: prim.scalar cast(%{{.+}}) : (f16) -> f32
  // CHECK: prim.matmul %{{.+}}, %{{.+}} : tensor<2x2x6x8xf32>, tensor<2x2x8x5xf32> -> tensor<2x2x6x5xf32>
  // CHECK: prim.scalar tanh
  // CHECK: prim.scalar le
  // CHECK: prim.scalar_constant 0xFF800000 : f32
  // CHECK: %[[BEST:.+]] = prim.reduce max %{{.+}} dims [3] : tensor<1x1x3x5xf32> -> tensor<1x1x3x1xf32>
  // CHECK: prim.map(%{{.+}}, %{{.+}}, %[[BEST]])
  // CHECK: prim.reduce max %{{.+}} dims [3] : tensor<2x4x3x5xf32> -> tensor<2x4x3x1xf32>
  // CHECK: prim.scalar exp
  // CHECK: prim.reduce sum
  // CHECK: prim.matmul %{{.+}}, %{{.+}} : tensor<2x2x6x5xf32>, tensor<2x2x5x7xf32> -> tensor<2x2x6x7xf32>
  // CHECK: prim.scalar cast(%{{.+}}) : (f32) -> f16
  %y = graph.attention %q, %k, %v scale 0.5 softcap 3.0 causal 2 : (tensor<2x4x3x8xf16>, tensor<2x2x5x8xf16>, tensor<2x2x5x7xf16>) -> tensor<2x4x3x7xf16>
  return %y : tensor<2x4x3x7xf16>
}

// CHECK-LABEL: func.func @gelu
func.func @gelu(%x: tensor<4xf32>) -> (tensor<4xf32>, tensor<4xf32>) {
  // CHECK: prim.composite "gelu" version 1(%{{.+}}) attributes {approximate = "none"}
  // CHECK: prim.scalar erf
  %y = graph.gelu %x : tensor<4xf32>
  // CHECK: prim.composite "gelu" version 1(%{{.+}}) attributes {approximate = "tanh"}
  // CHECK: prim.scalar tanh
  %z = graph.gelu %x tanh : tensor<4xf32>
  return %y, %z : tensor<4xf32>, tensor<4xf32>
}

// Primitives are left alone.
// CHECK-LABEL: func.func @primitive
// CHECK-SAME:      %[[X:.+]]: tensor<2x3xf32>
func.func @primitive(%x: tensor<2x3xf32>) -> tensor<6xf32> {
  // CHECK-NEXT: %[[Y:.+]] = prim.reshape %[[X]]
  // CHECK-NEXT: return %[[Y]]
  %y = prim.reshape %x : tensor<2x3xf32> -> tensor<6xf32>
  return %y : tensor<6xf32>
}
