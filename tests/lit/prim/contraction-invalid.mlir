// Each constraint of conv, conv_transpose and matmul is enforced.
// RUN: glowplug-opt %s --verify-diagnostics --split-input-file

func.func @conv_c1_rank(%x: tensor<4x4xf32>, %w: tensor<4x4xf32>) {
  // expected-error @+1 {{needs equal ranks of 3 to 5, but got 2 and 2}}
  %y = prim.conv %x, %w strides [] pads [], [] dilations [] groups 1
      : tensor<4x4xf32>, tensor<4x4xf32> -> tensor<4x4xf32>
  return
}

// -----

func.func @conv_c1_types(%x: tensor<1x4x4xf32>, %w: tensor<4x4x1xf16>) {
  // expected-error @+1 {{needs operands of one float type or of integers with one accumulator, but got f32 and f16}}
  %y = prim.conv %x, %w strides [1] pads [0], [0] dilations [1] groups 1
      : tensor<1x4x4xf32>, tensor<4x4x1xf16> -> tensor<1x4x4xf32>
  return
}

// -----

func.func @conv_c2_count(%x: tensor<1x4x4x4xf32>, %w: tensor<4x4x1x1xf32>) {
  // expected-error @+1 {{needs strides of 2 entries, but got 1}}
  %y = prim.conv %x, %w strides [1] pads [0, 0], [0, 0] dilations [1, 1] groups 1
      : tensor<1x4x4x4xf32>, tensor<4x4x1x1xf32> -> tensor<1x4x4x4xf32>
  return
}

// -----

func.func @conv_c2_stride(%x: tensor<1x4x4xf32>, %w: tensor<4x4x1xf32>) {
  // expected-error @+1 {{needs strides of at least 1, but got 0}}
  %y = prim.conv %x, %w strides [0] pads [0], [0] dilations [1] groups 1
      : tensor<1x4x4xf32>, tensor<4x4x1xf32> -> tensor<1x4x4xf32>
  return
}

// -----

func.func @conv_c2_pad(%x: tensor<1x4x4xf32>, %w: tensor<4x4x1xf32>) {
  // expected-error @+1 {{needs pads_high of at least 0, but got -1}}
  %y = prim.conv %x, %w strides [1] pads [0], [-1] dilations [1] groups 1
      : tensor<1x4x4xf32>, tensor<4x4x1xf32> -> tensor<1x4x3xf32>
  return
}

// -----

func.func @conv_c2_dilation(%x: tensor<1x4x4xf32>, %w: tensor<4x4x1xf32>) {
  // expected-error @+1 {{needs dilations of at least 1, but got 0}}
  %y = prim.conv %x, %w strides [1] pads [0], [0] dilations [0] groups 1
      : tensor<1x4x4xf32>, tensor<4x4x1xf32> -> tensor<1x4x4xf32>
  return
}

// -----

func.func @conv_c3_positive(%x: tensor<1x4x4xf32>, %w: tensor<4x4x1xf32>) {
  // expected-error @+1 {{needs groups of at least 1, but got 0}}
  %y = prim.conv %x, %w strides [1] pads [0], [0] dilations [1] groups 0
      : tensor<1x4x4xf32>, tensor<4x4x1xf32> -> tensor<1x4x4xf32>
  return
}

// -----

func.func @conv_c3_divides(%x: tensor<1x4x4xf32>, %w: tensor<4x1x1xf32>) {
  // expected-error @+1 {{needs groups that divide C 4 and O 4, but got 3}}
  %y = prim.conv %x, %w strides [1] pads [0], [0] dilations [1] groups 3
      : tensor<1x4x4xf32>, tensor<4x1x1xf32> -> tensor<1x4x4xf32>
  return
}

// -----

func.func @conv_c3_weights(%x: tensor<1x4x4xf32>, %w: tensor<4x4x1xf32>) {
  // expected-error @+1 {{needs weights with C / groups = 2 channels, but got 4}}
  %y = prim.conv %x, %w strides [1] pads [0], [0] dilations [1] groups 2
      : tensor<1x4x4xf32>, tensor<4x4x1xf32> -> tensor<1x4x4xf32>
  return
}

// -----

func.func @conv_c4(%x: tensor<1x4x8xf32>, %w: tensor<4x4x3xf32>) {
  // expected-error @+1 {{needs the result shape [1,4,3], but got [1,4,4]}}
  %y = prim.conv %x, %w strides [2] pads [0], [0] dilations [1] groups 1
      : tensor<1x4x8xf32>, tensor<4x4x3xf32> -> tensor<1x4x4xf32>
  return
}

// -----

func.func @conv_c4_negative(%x: tensor<1x4x2xf32>, %w: tensor<4x4x9xf32>) {
  // expected-error @+1 {{needs a result of countable size, but has [1,4,0]}}
  %y = prim.conv %x, %w strides [1] pads [0], [0] dilations [1] groups 1
      : tensor<1x4x2xf32>, tensor<4x4x9xf32> -> tensor<1x4x0xf32>
  return
}

// -----

func.func @conv_c5_lhs(%x: tensor<1x4x4xi8>, %w: tensor<4x4x1xi8>) {
  // expected-error @+1 {{needs lhs_zp of 0, 1 or 1 entries, but got 2}}
  %y = prim.conv %x, %w strides [1] pads [0], [0] dilations [1] groups 1 lhs_zp [1, 2]
      : tensor<1x4x4xi8>, tensor<4x4x1xi8> -> tensor<1x4x4xi32>
  return
}

// -----

func.func @conv_c5_rhs(%x: tensor<1x4x4xi8>, %w: tensor<4x4x1xi8>) {
  // expected-error @+1 {{needs rhs_zp of 0, 1 or 4 entries, but got 2}}
  %y = prim.conv %x, %w strides [1] pads [0], [0] dilations [1] groups 1 rhs_zp [1, 2]
      : tensor<1x4x4xi8>, tensor<4x4x1xi8> -> tensor<1x4x4xi32>
  return
}

// -----

func.func @conv_c5_floats(%x: tensor<1x4x4xf32>, %w: tensor<4x4x1xf32>) {
  // expected-error @+1 {{needs no lhs_zp for f32, but got 1}}
  %y = prim.conv %x, %w strides [1] pads [0], [0] dilations [1] groups 1 lhs_zp [1]
      : tensor<1x4x4xf32>, tensor<4x4x1xf32> -> tensor<1x4x4xf32>
  return
}

// -----

func.func @conv_c6_no_epilogue(%x: tensor<1x4x4xi8>, %w: tensor<4x4x1xi8>) {
  // expected-error @+1 {{needs a result of type i32, but got i8}}
  %y = prim.conv %x, %w strides [1] pads [0], [0] dilations [1] groups 1
      : tensor<1x4x4xi8>, tensor<4x4x1xi8> -> tensor<1x4x4xi8>
  return
}

// -----

func.func @conv_c6_accumulator(%x: tensor<1x4x4xf16>, %w: tensor<4x4x1xf16>) {
  // expected-error @+1 {{needs a region that takes (f32), but it takes (f16)}}
  %y = prim.conv %x, %w strides [1] pads [0], [0] dilations [1] groups 1
      : tensor<1x4x4xf16>, tensor<4x4x1xf16> -> tensor<1x4x4xf16> epilogue() {
  ^bb0(%acc: f16):
    prim.yield %acc : f16
  }
  return
}

// -----

func.func @conv_c6_result(%x: tensor<1x4x4xf16>, %w: tensor<4x4x1xf16>) {
  // expected-error @+1 {{needs a region that yields (f16), but it yields (f32)}}
  %y = prim.conv %x, %w strides [1] pads [0], [0] dilations [1] groups 1
      : tensor<1x4x4xf16>, tensor<4x4x1xf16> -> tensor<1x4x4xf16> epilogue() {
  ^bb0(%acc: f32):
    prim.yield %acc : f32
  }
  return
}

// -----

func.func @conv_c7(%x: tensor<1x4x4xf32>, %w: tensor<4x4x1xf32>, %b: tensor<4xf32>) {
  // expected-error @+1 {{needs operand 2 broadcastable to [1,4,4], but got [4]}}
  %y = prim.conv %x, %w strides [1] pads [0], [0] dilations [1] groups 1
      : tensor<1x4x4xf32>, tensor<4x4x1xf32> -> tensor<1x4x4xf32> epilogue(%b : tensor<4xf32>) {
  ^bb0(%acc: f32, %c: f32):
    prim.yield %acc : f32
  }
  return
}

// -----

func.func @conv_transpose_c1_types(%x: tensor<1x4x4xi8>, %w: tensor<4x4x1xui32>) {
  // expected-error @+1 {{needs operands of one float type or of integers with one accumulator, but got i8 and u32}}
  %y = prim.conv_transpose %x, %w strides [1] pads [0], [0] dilations [1] groups 1
      : tensor<1x4x4xi8>, tensor<4x4x1xui32> -> tensor<1x4x4xi32>
  return
}

// -----

func.func @conv_transpose_c1_rank(%x: tensor<1x4x4xf32>, %w: tensor<4x4x1x1xf32>) {
  // expected-error @+1 {{needs equal ranks of 3 to 5, but got 3 and 4}}
  %y = prim.conv_transpose %x, %w strides [1] pads [0], [0] dilations [1] groups 1
      : tensor<1x4x4xf32>, tensor<4x4x1x1xf32> -> tensor<1x4x4xf32>
  return
}

// -----

func.func @conv_transpose_c2(%x: tensor<1x4x4xf32>, %w: tensor<4x4x1xf32>) {
  // expected-error @+1 {{needs dilations of at least 1, but got -1}}
  %y = prim.conv_transpose %x, %w strides [1] pads [0], [0] dilations [-1] groups 1
      : tensor<1x4x4xf32>, tensor<4x4x1xf32> -> tensor<1x4x4xf32>
  return
}

// -----

func.func @conv_transpose_c3(%x: tensor<1x4x4xf32>, %w: tensor<3x4x1xf32>) {
  // expected-error @+1 {{needs weights with C = 4 channels, but got 3}}
  %y = prim.conv_transpose %x, %w strides [1] pads [0], [0] dilations [1] groups 1
      : tensor<1x4x4xf32>, tensor<3x4x1xf32> -> tensor<1x4x4xf32>
  return
}

// -----

func.func @conv_transpose_c3_divides(%x: tensor<1x4x4xf32>, %w: tensor<4x4x1xf32>) {
  // expected-error @+1 {{needs groups that divide C 4, but got 3}}
  %y = prim.conv_transpose %x, %w strides [1] pads [0], [0] dilations [1] groups 3
      : tensor<1x4x4xf32>, tensor<4x4x1xf32> -> tensor<1x12x4xf32>
  return
}

// -----

func.func @conv_transpose_c4(%x: tensor<1x4x4xf32>, %w: tensor<4x4x3xf32>) {
  // expected-error @+1 {{needs the result shape [1,4,9], but got [1,4,8]}}
  %y = prim.conv_transpose %x, %w strides [2] pads [0], [0] dilations [1] groups 1
      : tensor<1x4x4xf32>, tensor<4x4x3xf32> -> tensor<1x4x8xf32>
  return
}

// -----

func.func @conv_transpose_c5(%x: tensor<1x4x4xf32>, %w: tensor<4x4x1xf32>) {
  // expected-error @+1 {{needs a region that takes (f32), but it takes ()}}
  %y = prim.conv_transpose %x, %w strides [1] pads [0], [0] dilations [1] groups 1
      : tensor<1x4x4xf32>, tensor<4x4x1xf32> -> tensor<1x4x4xf32> epilogue() {
    %z = prim.scalar_constant 0.0 : f32
    prim.yield %z : f32
  }
  return
}

// -----

func.func @matmul_c1_rank(%a: tensor<4xf32>, %b: tensor<4xf32>) {
  // expected-error @+1 {{needs equal ranks of at least 2, but got 1 and 1}}
  %y = prim.matmul %a, %b : tensor<4xf32>, tensor<4xf32> -> tensor<f32>
  return
}

// -----

func.func @matmul_c1_types(%a: tensor<2x4xi8>, %b: tensor<4x2xi64>) {
  // expected-error @+1 {{needs operands of one float type or of integers with one accumulator, but got i8 and i64}}
  %y = prim.matmul %a, %b : tensor<2x4xi8>, tensor<4x2xi64> -> tensor<2x2xi32>
  return
}

// -----

func.func @matmul_c2_inner(%a: tensor<2x4xf32>, %b: tensor<3x2xf32>) {
  // expected-error @+1 {{needs equal K, but got 4 and 3}}
  %y = prim.matmul %a, %b : tensor<2x4xf32>, tensor<3x2xf32> -> tensor<2x2xf32>
  return
}

// -----

func.func @matmul_c2_batch(%a: tensor<2x2x4xf32>, %b: tensor<3x4x2xf32>) {
  // expected-error @+1 {{needs batch dims that are equal or 1, but got [2,2,4] and [3,4,2]}}
  %y = prim.matmul %a, %b : tensor<2x2x4xf32>, tensor<3x4x2xf32> -> tensor<2x2x2xf32>
  return
}

// -----

func.func @matmul_c3(%a: tensor<2x4xf32>, %b: tensor<4x2xf32>) {
  // expected-error @+1 {{needs the result shape [2,2], but got [2,4]}}
  %y = prim.matmul %a, %b : tensor<2x4xf32>, tensor<4x2xf32> -> tensor<2x4xf32>
  return
}

// -----

func.func @matmul_c4(%a: tensor<2x4xi8>, %b: tensor<4x3xi8>) {
  // expected-error @+1 {{needs rhs_zp of 0, 1 or 3 entries, but got 2}}
  %y = prim.matmul %a, %b rhs_zp [1, 2] : tensor<2x4xi8>, tensor<4x3xi8> -> tensor<2x3xi32>
  return
}

// -----

func.func @matmul_c4_floats(%a: tensor<2x4xf32>, %b: tensor<4x3xf32>) {
  // expected-error @+1 {{needs no lhs_zp for f32, but got 1}}
  %y = prim.matmul %a, %b lhs_zp [1] : tensor<2x4xf32>, tensor<4x3xf32> -> tensor<2x3xf32>
  return
}

// -----

func.func @matmul_c5_extras(%a: tensor<2x4xf32>, %b: tensor<4x3xf32>, %c: tensor<2x2xf32>) {
  // expected-error @+1 {{needs operand 2 broadcastable to [2,3], but got [2,2]}}
  %y = prim.matmul %a, %b : tensor<2x4xf32>, tensor<4x3xf32> -> tensor<2x3xf32>
      epilogue(%c : tensor<2x2xf32>) {
  ^bb0(%acc: f32, %d: f32):
    prim.yield %acc : f32
  }
  return
}

// -----

// Extra operands without an epilogue cannot be written in the pretty form.
func.func @matmul_c5_no_region(%a: tensor<2x4xf32>, %b: tensor<4x3xf32>, %c: tensor<2x3xf32>) {
  // expected-error @+1 {{needs 2 operands without an epilogue, but got 3}}
  %y = "prim.matmul"(%a, %b, %c) ({}) : (tensor<2x4xf32>, tensor<4x3xf32>, tensor<2x3xf32>) -> tensor<2x3xf32>
  return
}
