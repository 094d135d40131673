// Each constraint of reduce, arg_reduce, scan, sort and window is enforced.
// RUN: glowplug-opt %s --verify-diagnostics --split-input-file

func.func @arg_reduce_c1(%x: tensor<2x5xf32>) {
  // expected-error @+1 {{needs a kind of min, max, but got sum}}
  %i = prim.arg_reduce sum %x dim 1 : tensor<2x5xf32> -> tensor<2x1xi64>
  return
}

// -----

func.func @arg_reduce_c2_dim(%x: tensor<2x5xf32>) {
  // expected-error @+1 {{needs a dim of rank 2, but got 2}}
  %i = prim.arg_reduce max %x dim 2 : tensor<2x5xf32> -> tensor<2x1xi64>
  return
}

// -----

func.func @arg_reduce_c2_empty(%x: tensor<2x0xf32>) {
  // expected-error @+1 {{needs a dim that is not empty, but dim 1 has size 0}}
  %i = prim.arg_reduce max %x dim 1 : tensor<2x0xf32> -> tensor<2x1xi64>
  return
}

// -----

func.func @arg_reduce_c3_shape(%x: tensor<2x5xf32>) {
  // expected-error @+1 {{needs the result shape [2,1], but got [2]}}
  %i = prim.arg_reduce max %x dim 1 : tensor<2x5xf32> -> tensor<2xi64>
  return
}

// -----

func.func @arg_reduce_c3_type(%x: tensor<2x5xf32>) {
  // expected-error @+1 {{result #0 must be statically shaped tensor of rank 8 or less}}
  %i = prim.arg_reduce max %x dim 1 : tensor<2x5xf32> -> tensor<2x1xi32>
  return
}

// -----

func.func @reduce_c1_none(%x: tensor<2x5xf32>) {
  // expected-error @+1 {{needs 1 to 2 dims, but got 0}}
  %y = prim.reduce sum %x dims [] : tensor<2x5xf32> -> tensor<2x5xf32>
  return
}

// -----

func.func @reduce_c1_order(%x: tensor<2x5xf32>) {
  // expected-error @+1 {{needs ascending dims, but got 0 after 1}}
  %y = prim.reduce sum %x dims [1, 0] : tensor<2x5xf32> -> tensor<1x1xf32>
  return
}

// -----

func.func @reduce_c1_unique(%x: tensor<2x5xf32>) {
  // expected-error @+1 {{needs ascending dims, but got 1 after 1}}
  %y = prim.reduce sum %x dims [1, 1] : tensor<2x5xf32> -> tensor<2x1xf32>
  return
}

// -----

func.func @reduce_c1_range(%x: tensor<2x5xf32>) {
  // expected-error @+1 {{needs a dim of rank 2, but got -1}}
  %y = prim.reduce sum %x dims [-1] : tensor<2x5xf32> -> tensor<2x1xf32>
  return
}

// -----

func.func @reduce_c2(%x: tensor<2x5xf32>) {
  // expected-error @+1 {{needs the result shape [2,1], but got [2]}}
  %y = prim.reduce sum %x dims [1] : tensor<2x5xf32> -> tensor<2xf32>
  return
}

// -----

func.func @reduce_c3(%x: tensor<2x5xi1>) {
  // expected-error @+1 {{needs numbers for sum, but got boolean}}
  %y = prim.reduce sum %x dims [1] : tensor<2x5xi1> -> tensor<2x1xi1>
  return
}

// -----

func.func @reduce_c4_sum(%x: tensor<2x5xi8>) {
  // expected-error @+1 {{needs a result of type i32, but got i8}}
  %y = prim.reduce sum %x dims [1] : tensor<2x5xi8> -> tensor<2x1xi8>
  return
}

// -----

func.func @reduce_c4_max(%x: tensor<2x5xi8>) {
  // expected-error @+1 {{needs a region that takes (i8), but it takes (i32)}}
  %y = prim.reduce max %x dims [1] : tensor<2x5xi8> -> tensor<2x1xi32> epilogue() {
  ^bb0(%acc: i32):
    prim.yield %acc : i32
  }
  return
}

// -----

func.func @scan_c1(%x: tensor<2x5xf32>) {
  // expected-error @+1 {{needs a kind of sum, prod, but got max}}
  %y = prim.scan max %x dim 1 : tensor<2x5xf32> -> tensor<2x5xf32>
  return
}

// -----

func.func @scan_c2(%x: tensor<2x5xf32>) {
  // expected-error @+1 {{needs a dim of rank 2, but got 5}}
  %y = prim.scan sum %x dim 5 : tensor<2x5xf32> -> tensor<2x5xf32>
  return
}

// -----

func.func @scan_c3(%x: tensor<2x5xi8>) {
  // expected-error @+1 {{needs a result of type i8, but got i32}}
  %y = prim.scan sum %x dim 1 : tensor<2x5xi8> -> tensor<2x5xi32>
  return
}

// -----

func.func @sort_c1(%x: tensor<2x5xf32>) {
  // expected-error @+1 {{needs a dim of rank 2, but got 2}}
  %v, %p = prim.sort %x dim 2 : tensor<2x5xf32> -> tensor<2x5xf32>, tensor<2x5xi64>
  return
}

// -----

func.func @sort_c2_values(%x: tensor<2x5xf32>) {
  // expected-error @+1 {{needs the result shape [2,5], but got [2,4]}}
  %v, %p = prim.sort %x dim 1 : tensor<2x5xf32> -> tensor<2x4xf32>, tensor<2x5xi64>
  return
}

// -----

func.func @sort_c2_positions(%x: tensor<2x5xf32>) {
  // expected-error @+1 {{needs the result shape [2,5], but got [5]}}
  %v, %p = prim.sort %x dim 1 : tensor<2x5xf32> -> tensor<2x5xf32>, tensor<5xi64>
  return
}

// -----

func.func @window_c1(%x: tensor<8xf32>) {
  // expected-error @+1 {{needs a kind of sum, min, max, but got prod}}
  %y = prim.window prod %x sizes [2] strides [2] pads [0], [0] dilations [1] : tensor<8xf32> -> tensor<4xf32>
  return
}

// -----

func.func @window_c2_count(%x: tensor<8x8xf32>) {
  // expected-error @+1 {{needs sizes of 2 entries, but got 1}}
  %y = prim.window max %x sizes [2] strides [2, 2] pads [0, 0], [0, 0] dilations [1, 1] : tensor<8x8xf32> -> tensor<4x4xf32>
  return
}

// -----

func.func @window_c2_size(%x: tensor<8xf32>) {
  // expected-error @+1 {{needs sizes of at least 1, but got 0}}
  %y = prim.window max %x sizes [0] strides [2] pads [0], [0] dilations [1] : tensor<8xf32> -> tensor<4xf32>
  return
}

// -----

func.func @window_c2_pad(%x: tensor<8xf32>) {
  // expected-error @+1 {{needs pads_low of at least 0, but got -1}}
  %y = prim.window max %x sizes [2] strides [2] pads [-1], [0] dilations [1] : tensor<8xf32> -> tensor<4xf32>
  return
}

// -----

func.func @window_c3(%x: tensor<8xf32>) {
  // expected-error @+1 {{needs the result shape [3], but got [4]}}
  %y = prim.window max %x sizes [3] strides [2] pads [0], [0] dilations [1] : tensor<8xf32> -> tensor<4xf32>
  return
}

// -----

func.func @window_c3_negative(%x: tensor<2xf32>) {
  // expected-error @+1 {{needs a result of countable size, but has [0]}}
  %y = prim.window max %x sizes [9] strides [1] pads [0], [0] dilations [1] : tensor<2xf32> -> tensor<0xf32>
  return
}

// -----

func.func @window_c4_sum(%x: tensor<8xf16>) {
  // expected-error @+1 {{needs a region that takes (f32), but it takes (f16)}}
  %y = prim.window sum %x sizes [2] strides [2] pads [0], [0] dilations [1] : tensor<8xf16> -> tensor<4xf16> epilogue() {
  ^bb0(%acc: f16):
    prim.yield %acc : f16
  }
  return
}

// -----

func.func @window_c4_max(%x: tensor<8xf16>) {
  // expected-error @+1 {{needs a region that takes (f16), but it takes (f32)}}
  %y = prim.window max %x sizes [2] strides [2] pads [0], [0] dilations [1] : tensor<8xf16> -> tensor<4xf32> epilogue() {
  ^bb0(%acc: f32):
    prim.yield %acc : f32
  }
  return
}
