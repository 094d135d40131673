// Composites that nobody took: inlined, then fused.
// RUN: glowplug-opt %s --graph-lower --prim-inline-composites --glowplug-fuse | FileCheck %s

// The division by the sum is left: the sum has another shape.
// CHECK-LABEL: func.func @softmax
// CHECK:       %[[MAX:.+]] = prim.reduce max
// CHECK:       %[[E:.+]] = prim.map(%{{.+}}, %[[MAX]])
// CHECK:       %[[SUM:.+]] = prim.reduce sum %[[E]]
// CHECK:       prim.map(%[[E]], %[[SUM]])
// CHECK-NOT:   prim.map
// CHECK:       return
func.func @softmax(%x: tensor<2x4xf32>) -> tensor<2x4xf32> {
  %a = graph.softmax %x axis 1 : tensor<2x4xf32>
  return %a : tensor<2x4xf32>
}

// The means become epilogues of their sums; the root is per row.
// CHECK-LABEL: func.func @layer_norm
// CHECK:       prim.reduce sum {{.+}} epilogue() {
// CHECK:         prim.scalar div
// CHECK:       prim.map
// CHECK:       prim.map
// CHECK:       prim.reduce sum {{.+}} epilogue() {
// CHECK:         prim.scalar div
// CHECK:       prim.map
// CHECK-NOT:   prim.map
// CHECK:       return
func.func @layer_norm(%x: tensor<2x4xf32>, %s: tensor<1x4xf32>) -> tensor<2x4xf32> {
  %a = graph.layer_norm %x, %s, %s axis 1 epsilon 1.0e-5 : tensor<2x4xf32>, tensor<1x4xf32>, tensor<1x4xf32>
  return %a : tensor<2x4xf32>
}

// CHECK-LABEL: func.func @gelu_after_matmul
// CHECK:       prim.matmul {{.+}} epilogue(%{{.+}} : tensor<1x4xf32>) {
// CHECK:         prim.scalar add
// CHECK:         prim.scalar erf
// CHECK-NOT:   prim.map
// CHECK:       return
func.func @gelu_after_matmul(%x: tensor<2x4xf32>, %w: tensor<4x4xf32>, %b: tensor<1x4xf32>) -> tensor<2x4xf32> {
  %m = prim.matmul %x, %w : tensor<2x4xf32>, tensor<4x4xf32> -> tensor<2x4xf32>
  %a = prim.map(%m, %b) : (tensor<2x4xf32>, tensor<1x4xf32>) -> tensor<2x4xf32> {
  ^bb0(%p: f32, %q: f32):
    %s = prim.scalar add(%p, %q) : (f32, f32) -> f32
    prim.yield %s : f32
  }
  %g = graph.gelu %a : tensor<2x4xf32>
  return %g : tensor<2x4xf32>
}
