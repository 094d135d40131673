// Batch normalisation goes into the weights before it, or becomes a map.
// RUN: glowplug-opt %s --graph-fold-batch-norm | FileCheck %s

// Per channel, with epsilon 1:
// a = [4 / 2, 3 / 1] = [2, 3]; b = [1 - 10 * 2, 2 - 20 * 3] = [-19, -58].
// CHECK-LABEL: func.func @conv
// CHECK-SAME:      %[[X:.+]]: tensor<1x1x4xf32>
func.func @conv(%x: tensor<1x1x4xf32>) -> tensor<1x2x4xf32> {
  // CHECK:      %[[W:.+]] = prim.constant dense<{{\[\[}}[2.000000e+01]], {{\[\[}}6.000000e+01]]]> : tensor<2x1x1xf32>
  // CHECK:      %[[C:.+]] = prim.conv %[[X]], %[[W]]
  // CHECK:      %[[B:.+]] = prim.constant dense<{{\[\[}}[-1.900000e+01], [-5.800000e+01]]]> : tensor<1x2x1xf32>
  // CHECK:      %[[Y:.+]] = prim.map(%[[C]], %[[B]])
  // CHECK:        prim.scalar add
  // CHECK:      return %[[Y]]
  %w = prim.constant dense<[[[10.0]], [[20.0]]]> : tensor<2x1x1xf32>
  %scale = prim.constant dense<[4.0, 3.0]> : tensor<2xf32>
  %bias = prim.constant dense<[1.0, 2.0]> : tensor<2xf32>
  %mean = prim.constant dense<[10.0, 20.0]> : tensor<2xf32>
  %variance = prim.constant dense<[3.0, 0.0]> : tensor<2xf32>
  %c = prim.conv %x, %w strides [1] pads [0], [0] dilations [1] groups 1 : tensor<1x1x4xf32>, tensor<2x1x1xf32> -> tensor<1x2x4xf32>
  %y = graph.batch_norm %c, %scale, %bias, %mean, %variance epsilon 1.0 : tensor<1x2x4xf32>, tensor<2xf32>
  return %y : tensor<1x2x4xf32>
}

// The bias of the convolution is scaled as well: [1, 2] * [2, 3] - [19, 58].
// CHECK-LABEL: func.func @conv_with_bias
func.func @conv_with_bias(%x: tensor<1x1x4xf32>) -> tensor<1x2x4xf32> {
  // CHECK:     prim.conv
  // CHECK:     prim.constant dense<{{\[\[}}[-1.700000e+01], [-5.200000e+01]]]> : tensor<1x2x1xf32>
  // CHECK:     prim.map
  // CHECK-NOT: prim.map
  %w = prim.constant dense<[[[10.0]], [[20.0]]]> : tensor<2x1x1xf32>
  %b = prim.constant dense<[[[1.0], [2.0]]]> : tensor<1x2x1xf32>
  %scale = prim.constant dense<[4.0, 3.0]> : tensor<2xf32>
  %bias = prim.constant dense<[1.0, 2.0]> : tensor<2xf32>
  %mean = prim.constant dense<[10.0, 20.0]> : tensor<2xf32>
  %variance = prim.constant dense<[3.0, 0.0]> : tensor<2xf32>
  %c = prim.conv %x, %w strides [1] pads [0], [0] dilations [1] groups 1 : tensor<1x1x4xf32>, tensor<2x1x1xf32> -> tensor<1x2x4xf32>
  %m = prim.map(%b, %c) : (tensor<1x2x1xf32>, tensor<1x2x4xf32>) -> tensor<1x2x4xf32> {
  ^bb0(%p: f32, %q: f32):
    %s = prim.scalar add(%p, %q) : (f32, f32) -> f32
    prim.yield %s : f32
  }
  %y = graph.batch_norm %m, %scale, %bias, %mean, %variance epsilon 1.0 : tensor<1x2x4xf32>, tensor<2xf32>
  return %y : tensor<1x2x4xf32>
}

// Two groups of one output each: rows 0 and 1 of the weights go with [2, 3].
// CHECK-LABEL: func.func @conv_transpose_groups
func.func @conv_transpose_groups(%x: tensor<1x4x4xf32>) -> tensor<1x2x4xf32> {
  // CHECK: prim.constant dense<{{\[\[}}[2.000000e+00]], {{\[\[}}4.000000e+00]], {{\[\[}}9.000000e+00]], {{\[\[}}1.200000e+01]]]> : tensor<4x1x1xf32>
  %w = prim.constant dense<[[[1.0]], [[2.0]], [[3.0]], [[4.0]]]> : tensor<4x1x1xf32>
  %scale = prim.constant dense<[2.0, 3.0]> : tensor<2xf32>
  %zero = prim.constant dense<0.0> : tensor<2xf32>
  %c = prim.conv_transpose %x, %w strides [1] pads [0], [0] dilations [1] groups 2 : tensor<1x4x4xf32>, tensor<4x1x1xf32> -> tensor<1x2x4xf32>
  %y = graph.batch_norm %c, %scale, %zero, %zero, %zero epsilon 1.0 : tensor<1x2x4xf32>, tensor<2xf32>
  return %y : tensor<1x2x4xf32>
}

// CHECK-LABEL: func.func @matmul
func.func @matmul(%x: tensor<5x2xf32>) -> tensor<5x2xf32> {
  // CHECK: prim.constant dense<{{\[\[}}2.000000e+00, 6.000000e+00], [6.000000e+00, 1.200000e+01]]> : tensor<2x2xf32>
  // CHECK: prim.matmul
  %w = prim.constant dense<[[1.0, 2.0], [3.0, 4.0]]> : tensor<2x2xf32>
  %scale = prim.constant dense<[2.0, 3.0]> : tensor<2xf32>
  %zero = prim.constant dense<0.0> : tensor<2xf32>
  %c = prim.matmul %x, %w : tensor<5x2xf32>, tensor<2x2xf32> -> tensor<5x2xf32>
  %y = graph.batch_norm %c, %scale, %zero, %zero, %zero epsilon 1.0 : tensor<5x2xf32>, tensor<2xf32>
  return %y : tensor<5x2xf32>
}

// Dim 1 is a batch dim here, not a column.
// CHECK-LABEL: func.func @batched_matmul
func.func @batched_matmul(%x: tensor<1x2x3xf32>) -> tensor<1x2x2xf32> {
  // CHECK: prim.matmul
  // CHECK: prim.map
  // CHECK:   prim.scalar mul
  // CHECK:   prim.scalar add
  %w = prim.constant dense<[[[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]]> : tensor<1x3x2xf32>
  %scale = prim.constant dense<[2.0, 3.0]> : tensor<2xf32>
  %zero = prim.constant dense<0.0> : tensor<2xf32>
  %c = prim.matmul %x, %w : tensor<1x2x3xf32>, tensor<1x3x2xf32> -> tensor<1x2x2xf32>
  %y = graph.batch_norm %c, %scale, %zero, %zero, %zero epsilon 1.0 : tensor<1x2x2xf32>, tensor<2xf32>
  return %y : tensor<1x2x2xf32>
}

// Something else reads the convolution, so its weights stay.
// CHECK-LABEL: func.func @other_user
func.func @other_user(%x: tensor<1x1x4xf32>) -> (tensor<1x2x4xf32>, tensor<1x2x4xf32>) {
  // CHECK-DAG: prim.constant dense<{{\[\[}}[1.000000e+01]], {{\[\[}}2.000000e+01]]]>
  // CHECK: prim.scalar mul
  %w = prim.constant dense<[[[10.0]], [[20.0]]]> : tensor<2x1x1xf32>
  %scale = prim.constant dense<[4.0, 3.0]> : tensor<2xf32>
  %c = prim.conv %x, %w strides [1] pads [0], [0] dilations [1] groups 1 : tensor<1x1x4xf32>, tensor<2x1x1xf32> -> tensor<1x2x4xf32>
  %y = graph.batch_norm %c, %scale, %scale, %scale, %scale epsilon 1.0 : tensor<1x2x4xf32>, tensor<2xf32>
  return %y, %c : tensor<1x2x4xf32>, tensor<1x2x4xf32>
}

// Before a convolution there is nothing to fold into: padding would change.
// CHECK-LABEL: func.func @before_conv
// CHECK-SAME:      %[[X:.+]]: tensor<1x2x4xf16>
func.func @before_conv(%x: tensor<1x2x4xf16>) -> tensor<1x2x4xf16> {
  // CHECK:      prim.map(%[[X]], %{{.+}}, %{{.+}}) : (tensor<1x2x4xf16>, tensor<1x2x1xf32>, tensor<1x2x1xf32>) -> tensor<1x2x4xf16> {
  // CHECK-NEXT: ^bb0(%[[P:.+]]: f16, %[[A:.+]]: f32, %[[B:.+]]: f32):
  // CHECK-NEXT:   %[[C:.+]] = prim.scalar cast(%[[P]]) : (f16) -> f32
  // CHECK-NEXT:   %[[M:.+]] = prim.scalar mul(%[[C]], %[[A]])
  // CHECK-NEXT:   %[[S:.+]] = prim.scalar add(%[[M]], %[[B]])
  // CHECK-NEXT:   prim.scalar cast(%[[S]]) : (f32) -> f16
  // CHECK:      prim.conv
  %w = prim.constant dense<1.0> : tensor<2x2x1xf16>
  %scale = prim.constant dense<[4.0, 3.0]> : tensor<2xf32>
  %y = graph.batch_norm %x, %scale, %scale, %scale, %scale epsilon 1.0 : tensor<1x2x4xf16>, tensor<2xf32>
  %c = prim.conv %y, %w strides [1] pads [0], [0] dilations [1] groups 1 : tensor<1x2x4xf16>, tensor<2x2x1xf16> -> tensor<1x2x4xf16>
  return %c : tensor<1x2x4xf16>
}

// CHECK-LABEL: func.func @unknown_statistics
func.func @unknown_statistics(%x: tensor<1x2x4xf32>, %s: tensor<2xf32>) -> tensor<1x2x4xf32> {
  // CHECK: graph.batch_norm
  %y = graph.batch_norm %x, %s, %s, %s, %s epsilon 1.0 : tensor<1x2x4xf32>, tensor<2xf32>
  return %y : tensor<1x2x4xf32>
}

// A division by zero stays in sight.
// CHECK-LABEL: func.func @not_finite
func.func @not_finite(%x: tensor<1x2x4xf32>) -> tensor<1x2x4xf32> {
  // CHECK: graph.batch_norm
  %one = prim.constant dense<1.0> : tensor<2xf32>
  %zero = prim.constant dense<0.0> : tensor<2xf32>
  %y = graph.batch_norm %x, %one, %zero, %zero, %zero epsilon 0.0 : tensor<1x2x4xf32>, tensor<2xf32>
  return %y : tensor<1x2x4xf32>
}

// 50000 * 2 is no f16: the weights stay.
// CHECK-LABEL: func.func @overflow
func.func @overflow(%x: tensor<1x1x4xf16>) -> tensor<1x2x4xf16> {
  // CHECK: %[[W:.+]] = prim.constant dense<4.998400e+04> : tensor<2x1x1xf16>
  // CHECK: prim.conv %{{.+}}, %[[W]]
  // CHECK: prim.scalar mul
  %w = prim.constant dense<50000.0> : tensor<2x1x1xf16>
  %scale = prim.constant dense<2.0> : tensor<2xf32>
  %zero = prim.constant dense<0.0> : tensor<2xf32>
  %c = prim.conv %x, %w strides [1] pads [0], [0] dilations [1] groups 1 : tensor<1x1x4xf16>, tensor<2x1x1xf16> -> tensor<1x2x4xf16>
  %y = graph.batch_norm %c, %scale, %zero, %zero, %zero epsilon 1.0 : tensor<1x2x4xf16>, tensor<2xf32>
  return %y : tensor<1x2x4xf16>
}

// The offset, 1 - 1000 * 100, is more than an f16 holds: it stays f32.
// CHECK-LABEL: func.func @half
func.func @half(%x: tensor<1x1x4xf16>) -> tensor<1x1x4xf16> {
  // CHECK:      prim.constant dense<1.000000e+02> : tensor<1x1x1xf16>
  // CHECK:      %[[C:.+]] = prim.conv
  // CHECK:      %[[B:.+]] = prim.constant dense<-9.999900e+04> : tensor<1x1x1xf32>
  // CHECK:      prim.map(%[[C]], %[[B]])
  // CHECK-NEXT: ^bb0(%[[P:.+]]: f16, %[[A:.+]]: f32):
  // CHECK-NEXT:   %[[W:.+]] = prim.scalar cast(%[[P]]) : (f16) -> f32
  // CHECK-NEXT:   %[[S:.+]] = prim.scalar add(%[[W]], %[[A]])
  // CHECK-NEXT:   prim.scalar cast(%[[S]]) : (f32) -> f16
  %w = prim.constant dense<1.0> : tensor<1x1x1xf16>
  %scale = prim.constant dense<100.0> : tensor<1xf32>
  %bias = prim.constant dense<1.0> : tensor<1xf32>
  %mean = prim.constant dense<1000.0> : tensor<1xf32>
  %variance = prim.constant dense<0.0> : tensor<1xf32>
  %c = prim.conv %x, %w strides [1] pads [0], [0] dilations [1] groups 1 : tensor<1x1x4xf16>, tensor<1x1x1xf16> -> tensor<1x1x4xf16>
  %y = graph.batch_norm %c, %scale, %bias, %mean, %variance epsilon 1.0 : tensor<1x1x4xf16>, tensor<1xf32>
  return %y : tensor<1x1x4xf16>
}

// Weights of 2^-10 / 2^8 would lose digits in f16.
// CHECK-LABEL: func.func @half_would_vanish
func.func @half_would_vanish(%x: tensor<1x1x4xf16>) -> tensor<1x1x4xf16> {
  // CHECK: prim.constant dense<9.765620e-04> : tensor<1x1x1xf16>
  // CHECK: %[[C:.+]] = prim.conv
  // CHECK: prim.constant dense<3.906250e-03> : tensor<1x1x1xf32>
  // CHECK: prim.scalar mul
  %w = prim.constant dense<9.765625e-04> : tensor<1x1x1xf16>
  %scale = prim.constant dense<1.0> : tensor<1xf32>
  %bias = prim.constant dense<0.0> : tensor<1xf32>
  %variance = prim.constant dense<65535.0> : tensor<1xf32>
  %c = prim.conv %x, %w strides [1] pads [0], [0] dilations [1] groups 1 : tensor<1x1x4xf16>, tensor<1x1x1xf16> -> tensor<1x1x4xf16>
  %y = graph.batch_norm %c, %scale, %bias, %bias, %variance epsilon 1.0 : tensor<1x1x4xf16>, tensor<1xf32>
  return %y : tensor<1x1x4xf16>
}
