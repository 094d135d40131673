// The whole pipeline on the blocks that networks are made of.
// RUN: glowplug-opt %s --glowplug-optimize | FileCheck %s

// A residual block with a projection: three convolutions, each with its bias;
// the last one takes the sum and the activation. No map is left.
// CHECK-LABEL: func.func @residual_block
// CHECK-SAME:      %[[X:.+]]: tensor<1x2x8x8xf32>
// CHECK-NOT:   graph.
// CHECK-NOT:   prim.map
// CHECK:       %[[A:.+]] = prim.conv %[[X]], {{.+}} epilogue(%{{.+}} : tensor<1x2x1x1xf32>) {
// CHECK:         prim.scalar add
// CHECK:         prim.scalar max
// CHECK:       %[[B:.+]] = prim.conv %[[A]], {{.+}} epilogue(%{{.+}} : tensor<1x2x1x1xf32>) {
// CHECK:         prim.scalar add
// CHECK-NOT:     prim.scalar max
// CHECK:       %[[C:.+]] = prim.conv %[[X]], {{.+}} epilogue(%{{.+}}, %[[B]] : tensor<1x2x1x1xf32>, tensor<1x2x8x8xf32>) {
// CHECK:         prim.scalar add
// CHECK:         prim.scalar add
// CHECK:         prim.scalar max
// CHECK-NOT:   prim.map
// CHECK:       return %[[C]]
func.func @residual_block(%x: tensor<1x2x8x8xf32>) -> tensor<1x2x8x8xf32> {
  %w = prim.constant dense<[[[[1.0]], [[2.0]]], [[[3.0]], [[4.0]]]]> : tensor<2x2x1x1xf32>
  %s = prim.constant dense<[1.0, 2.0]> : tensor<2xf32>
  %v = prim.constant dense<[3.0, 8.0]> : tensor<2xf32>
  %zero = prim.constant dense<0.0> : tensor<f32>

  %a = prim.conv %x, %w strides [1, 1] pads [0, 0], [0, 0] dilations [1, 1] groups 1 : tensor<1x2x8x8xf32>, tensor<2x2x1x1xf32> -> tensor<1x2x8x8xf32>
  %an = graph.batch_norm %a, %s, %s, %v, %v epsilon 1.0 : tensor<1x2x8x8xf32>, tensor<2xf32>
  %z = prim.reshape %zero : tensor<f32> -> tensor<1x1x1x1xf32>
  %ar = prim.map(%an, %z) : (tensor<1x2x8x8xf32>, tensor<1x1x1x1xf32>) -> tensor<1x2x8x8xf32> {
  ^bb0(%p: f32, %q: f32):
    %m = prim.scalar max(%p, %q) : (f32, f32) -> f32
    prim.yield %m : f32
  }
  %b = prim.conv %ar, %w strides [1, 1] pads [0, 0], [0, 0] dilations [1, 1] groups 1 : tensor<1x2x8x8xf32>, tensor<2x2x1x1xf32> -> tensor<1x2x8x8xf32>
  %bn = graph.batch_norm %b, %s, %s, %v, %v epsilon 1.0 : tensor<1x2x8x8xf32>, tensor<2xf32>
  %u = prim.constant dense<[[[[5.0]], [[6.0]]], [[[7.0]], [[8.0]]]]> : tensor<2x2x1x1xf32>
  %c = prim.conv %x, %u strides [1, 1] pads [0, 0], [0, 0] dilations [1, 1] groups 1 : tensor<1x2x8x8xf32>, tensor<2x2x1x1xf32> -> tensor<1x2x8x8xf32>
  %cn = graph.batch_norm %c, %s, %s, %v, %v epsilon 1.0 : tensor<1x2x8x8xf32>, tensor<2xf32>
  %sum = prim.map(%bn, %cn) : (tensor<1x2x8x8xf32>, tensor<1x2x8x8xf32>) -> tensor<1x2x8x8xf32> {
  ^bb0(%p: f32, %q: f32):
    %m = prim.scalar add(%p, %q) : (f32, f32) -> f32
    prim.yield %m : f32
  }
  %r = prim.map(%sum, %z) : (tensor<1x2x8x8xf32>, tensor<1x1x1x1xf32>) -> tensor<1x2x8x8xf32> {
  ^bb0(%p: f32, %q: f32):
    %m = prim.scalar max(%p, %q) : (f32, f32) -> f32
    prim.yield %m : f32
  }
  return %r : tensor<1x2x8x8xf32>
}

// x * sigmoid(x) after a convolution: one epilogue.
// CHECK-LABEL: func.func @swish
// CHECK:       prim.conv {{.+}} epilogue() {
// CHECK-NOT:   prim.map
// CHECK:       return
func.func @swish(%x: tensor<1x2x8xf32>, %w: tensor<2x2x1xf32>) -> tensor<1x2x8xf32> {
  %a = prim.conv %x, %w strides [1] pads [0], [0] dilations [1] groups 1 : tensor<1x2x8xf32>, tensor<2x2x1xf32> -> tensor<1x2x8xf32>
  %s = prim.map(%a) : (tensor<1x2x8xf32>) -> tensor<1x2x8xf32> {
  ^bb0(%p: f32):
    %one = prim.scalar_constant 1.0 : f32
    %n = prim.scalar neg(%p) : (f32) -> f32
    %e = prim.scalar exp(%n) : (f32) -> f32
    %d = prim.scalar add(%one, %e) : (f32, f32) -> f32
    %q = prim.scalar div(%one, %d) : (f32, f32) -> f32
    prim.yield %q : f32
  }
  %y = prim.map(%a, %s) : (tensor<1x2x8xf32>, tensor<1x2x8xf32>) -> tensor<1x2x8xf32> {
  ^bb0(%p: f32, %q: f32):
    %m = prim.scalar mul(%p, %q) : (f32, f32) -> f32
    prim.yield %m : f32
  }
  return %y : tensor<1x2x8xf32>
}

// Channels last outside, channels first inside: the two inner transposes meet
// below the activation, which goes into the first convolution.
// CHECK-LABEL: func.func @channels_last
// CHECK:       prim.transpose
// CHECK:       %[[A:.+]] = prim.conv
// CHECK-SAME:      epilogue()
// CHECK-NOT:   prim.transpose
// CHECK:       prim.conv %[[A]]
// CHECK:       prim.transpose
// CHECK:       return
func.func @channels_last(%x: tensor<1x8x8x2xf32>, %w: tensor<2x2x1x1xf32>) -> tensor<1x8x8x2xf32> {
  %t = prim.transpose %x [0, 3, 1, 2] : tensor<1x8x8x2xf32> -> tensor<1x2x8x8xf32>
  %a = prim.conv %t, %w strides [1, 1] pads [0, 0], [0, 0] dilations [1, 1] groups 1 : tensor<1x2x8x8xf32>, tensor<2x2x1x1xf32> -> tensor<1x2x8x8xf32>
  %u = prim.transpose %a [0, 2, 3, 1] : tensor<1x2x8x8xf32> -> tensor<1x8x8x2xf32>
  %r = prim.map(%u) : (tensor<1x8x8x2xf32>) -> tensor<1x8x8x2xf32> {
  ^bb0(%p: f32):
    %m = prim.scalar abs(%p) : (f32) -> f32
    prim.yield %m : f32
  }
  %v = prim.transpose %r [0, 3, 1, 2] : tensor<1x8x8x2xf32> -> tensor<1x2x8x8xf32>
  %b = prim.conv %v, %w strides [1, 1] pads [0, 0], [0, 0] dilations [1, 1] groups 1 : tensor<1x2x8x8xf32>, tensor<2x2x1x1xf32> -> tensor<1x2x8x8xf32>
  %y = prim.transpose %b [0, 2, 3, 1] : tensor<1x2x8x8xf32> -> tensor<1x8x8x2xf32>
  return %y : tensor<1x8x8x2xf32>
}

// A fully connected layer with weights stored the other way round.
// CHECK-LABEL: func.func @transposed_weights
// CHECK-NOT:   prim.transpose
// CHECK:       prim.matmul {{.+}} epilogue(
// CHECK-NOT:   prim.map
// CHECK:       return
func.func @transposed_weights(%x: tensor<1x2x1x1xf32>) -> tensor<1x3xf32> {
  %w = prim.constant dense<[[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]> : tensor<3x2xf32>
  %b = prim.constant dense<[1.0, 2.0, 3.0]> : tensor<3xf32>
  %f = prim.reshape %x : tensor<1x2x1x1xf32> -> tensor<1x2xf32>
  %wt = prim.transpose %w [1, 0] : tensor<3x2xf32> -> tensor<2x3xf32>
  %m = prim.matmul %f, %wt : tensor<1x2xf32>, tensor<2x3xf32> -> tensor<1x3xf32>
  %b2 = prim.reshape %b : tensor<3xf32> -> tensor<1x3xf32>
  %y = prim.map(%m, %b2) : (tensor<1x3xf32>, tensor<1x3xf32>) -> tensor<1x3xf32> {
  ^bb0(%p: f32, %q: f32):
    %s = prim.scalar add(%p, %q) : (f32, f32) -> f32
    prim.yield %s : f32
  }
  return %y : tensor<1x3xf32>
}

// What a backend may take whole stays whole.
// CHECK-LABEL: func.func @composites_stay
// CHECK:       prim.composite "softmax"
// CHECK:       prim.composite "gelu"
func.func @composites_stay(%x: tensor<2x4xf32>) -> tensor<2x4xf32> {
  %a = graph.softmax %x axis 1 : tensor<2x4xf32>
  %b = graph.gelu %a : tensor<2x4xf32>
  return %b : tensor<2x4xf32>
}
