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

// Mean and deviation are the epilogues of their sums, one number per row; the
// difference to the mean is computed where it is needed.
// CHECK-LABEL: func.func @layer_norm
// CHECK-SAME:      %[[X:.+]]: tensor<2x4xf32>
// CHECK:       %[[MEAN:.+]] = prim.reduce sum {{.+}} epilogue() {
// CHECK:         prim.scalar div
// CHECK:       %[[SQUARE:.+]] = prim.map(%[[X]], %[[MEAN]])
// CHECK:       %[[DEVIATION:.+]] = prim.reduce sum %[[SQUARE]] {{.+}} epilogue() {
// CHECK:         prim.scalar div
// CHECK:         prim.scalar sqrt
// CHECK:       prim.map(%[[X]], %[[MEAN]], %[[DEVIATION]],
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
