// Each constraint of the data movement ops is enforced.
// RUN: glowplug-opt %s --verify-diagnostics --split-input-file

func.func @broadcast_c1_type(%x: tensor<1x5xf32>) {
  // expected-error @+1 {{needs a result of type f32, but got f16}}
  %y = prim.broadcast %x : tensor<1x5xf32> -> tensor<4x5xf16>
  return
}

// -----

func.func @broadcast_c1_rank(%x: tensor<5xf32>) {
  // expected-error @+1 {{needs an operand broadcastable to [4,5], but got [5]}}
  %y = prim.broadcast %x : tensor<5xf32> -> tensor<4x5xf32>
  return
}

// -----

func.func @broadcast_c2(%x: tensor<2x5xf32>) {
  // expected-error @+1 {{needs an operand broadcastable to [4,5], but got [2,5]}}
  %y = prim.broadcast %x : tensor<2x5xf32> -> tensor<4x5xf32>
  return
}

// -----

func.func @concat_c1_none() {
  // expected-error @+1 {{needs at least 1 operand, but got 0}}
  %y = "prim.concat"() {dim = 0 : i64} : () -> tensor<2xf32>
  return
}

// -----

func.func @concat_c1_type(%a: tensor<2xf32>, %b: tensor<2xf16>) {
  // expected-error @+1 {{needs an operand of type f32, but got f16}}
  %y = prim.concat %a, %b dim 0 : (tensor<2xf32>, tensor<2xf16>) -> tensor<4xf32>
  return
}

// -----

func.func @concat_c1_rank(%a: tensor<2xf32>, %b: tensor<2x1xf32>) {
  // expected-error @+1 {{needs operands equal but for dim 0, but got [2] and [2,1]}}
  %y = prim.concat %a, %b dim 0 : (tensor<2xf32>, tensor<2x1xf32>) -> tensor<4xf32>
  return
}

// -----

func.func @concat_c2(%a: tensor<2xf32>) {
  // expected-error @+1 {{needs a dim of rank 1, but got 1}}
  %y = prim.concat %a, %a dim 1 : (tensor<2xf32>, tensor<2xf32>) -> tensor<4xf32>
  return
}

// -----

func.func @concat_c3_sizes(%a: tensor<2x3xf32>, %b: tensor<2x4xf32>) {
  // expected-error @+1 {{needs operands equal but for dim 0, but got [2,3] and [2,4]}}
  %y = prim.concat %a, %b dim 0 : (tensor<2x3xf32>, tensor<2x4xf32>) -> tensor<4x3xf32>
  return
}

// -----

func.func @concat_c3_sum(%a: tensor<2x3xf32>) {
  // expected-error @+1 {{needs the result shape [4,3], but got [5,3]}}
  %y = prim.concat %a, %a dim 0 : (tensor<2x3xf32>, tensor<2x3xf32>) -> tensor<5x3xf32>
  return
}

// -----

func.func @gather_c1(%x: tensor<9x4xf32>, %i: tensor<3xi64>) {
  // expected-error @+1 {{needs a dim of rank 2, but got 2}}
  %y = prim.gather %x, %i dim 2 : tensor<9x4xf32>, tensor<3xi64> -> tensor<9x3xf32>
  return
}

// -----

func.func @gather_c2_shape(%x: tensor<9x4xf32>, %i: tensor<3xi64>) {
  // expected-error @+1 {{needs the result shape [9,3], but got [3,4]}}
  %y = prim.gather %x, %i dim 1 : tensor<9x4xf32>, tensor<3xi64> -> tensor<3x4xf32>
  return
}

// -----

func.func @gather_c2_type(%x: tensor<9x4xf32>, %i: tensor<3xi64>) {
  // expected-error @+1 {{needs a result of type f32, but got i32}}
  %y = prim.gather %x, %i dim 0 : tensor<9x4xf32>, tensor<3xi64> -> tensor<3x4xi32>
  return
}

// -----

func.func @gather_c3(%x: tensor<0x4xf32>, %i: tensor<3xi64>) {
  // expected-error @+1 {{needs data to gather from, but dim 0 of [0,4] is empty}}
  %y = prim.gather %x, %i dim 0 : tensor<0x4xf32>, tensor<3xi64> -> tensor<3x4xf32>
  return
}

// -----

func.func @gather_index_type(%x: tensor<9x4xf32>, %i: tensor<3xui8>) {
  // expected-error @+1 {{operand #1 must be statically shaped tensor of rank 8 or less}}
  %y = prim.gather %x, %i dim 0 : tensor<9x4xf32>, tensor<3xui8> -> tensor<3x4xf32>
  return
}

// -----

func.func @pad_c1_rank(%x: tensor<2xf32>, %v: tensor<1xf32>) {
  // expected-error @+1 {{needs a value of rank 0, but got 1}}
  %y = prim.pad %x, %v low [1] high [0] interior [0] : tensor<2xf32>, tensor<1xf32> -> tensor<3xf32>
  return
}

// -----

func.func @pad_c1_type(%x: tensor<2xf32>, %v: tensor<f16>) {
  // expected-error @+1 {{needs a value of type f32, but got f16}}
  %y = prim.pad %x, %v low [1] high [0] interior [0] : tensor<2xf32>, tensor<f16> -> tensor<3xf32>
  return
}

// -----

func.func @pad_c2_count(%x: tensor<2xf32>, %v: tensor<f32>) {
  // expected-error @+1 {{needs high of 1 entries, but got 0}}
  %y = prim.pad %x, %v low [1] high [] interior [0] : tensor<2xf32>, tensor<f32> -> tensor<3xf32>
  return
}

// -----

func.func @pad_c2_negative(%x: tensor<2xf32>, %v: tensor<f32>) {
  // expected-error @+1 {{needs low of at least 0, but got -1}}
  %y = prim.pad %x, %v low [-1] high [0] interior [0] : tensor<2xf32>, tensor<f32> -> tensor<1xf32>
  return
}

// -----

func.func @pad_c3(%x: tensor<3xf32>, %v: tensor<f32>) {
  // expected-error @+1 {{needs the result shape [8], but got [9]}}
  %y = prim.pad %x, %v low [1] high [0] interior [2] : tensor<3xf32>, tensor<f32> -> tensor<9xf32>
  return
}

// -----

func.func @reshape_c1_type(%x: tensor<4xi8>) {
  // expected-error @+1 {{needs a result of type i8, but got u8}}
  %y = prim.reshape %x : tensor<4xi8> -> tensor<2x2xui8>
  return
}

// -----

func.func @reshape_c1_count(%x: tensor<4xi8>) {
  // expected-error @+1 {{needs as many elements after as before, 4, but got 6}}
  %y = prim.reshape %x : tensor<4xi8> -> tensor<2x3xi8>
  return
}

// -----

func.func @scatter_c1_data(%x: tensor<f32>, %i: tensor<3xi32>, %u: tensor<3xf32>) {
  // expected-error @+1 {{needs data of rank 1 or more, but got 0}}
  %y = prim.scatter add %x, %i, %u : (tensor<f32>, tensor<3xi32>, tensor<3xf32>) -> tensor<f32>
  return
}

// -----

func.func @scatter_c1_indices(%x: tensor<9x4xf32>, %i: tensor<3x1xi32>, %u: tensor<3x4xf32>) {
  // expected-error @+1 {{needs indices of rank 1, but got 2}}
  %y = prim.scatter add %x, %i, %u : (tensor<9x4xf32>, tensor<3x1xi32>, tensor<3x4xf32>) -> tensor<9x4xf32>
  return
}

// -----

func.func @scatter_c2(%x: tensor<9x4xf32>, %i: tensor<3xi32>, %u: tensor<2x4xf32>) {
  // expected-error @+1 {{needs updates of shape [3,4], but got [2,4]}}
  %y = prim.scatter add %x, %i, %u : (tensor<9x4xf32>, tensor<3xi32>, tensor<2x4xf32>) -> tensor<9x4xf32>
  return
}

// -----

func.func @scatter_c3_type(%x: tensor<9x4xf32>, %i: tensor<3xi32>, %u: tensor<3x4xf16>) {
  // expected-error @+1 {{needs updates of type f32, but got f16}}
  %y = prim.scatter add %x, %i, %u : (tensor<9x4xf32>, tensor<3xi32>, tensor<3x4xf16>) -> tensor<9x4xf32>
  return
}

// -----

func.func @scatter_c3_shape(%x: tensor<9x4xf32>, %i: tensor<3xi32>, %u: tensor<3x4xf32>) {
  // expected-error @+1 {{needs the result shape [9,4], but got [8,4]}}
  %y = prim.scatter add %x, %i, %u : (tensor<9x4xf32>, tensor<3xi32>, tensor<3x4xf32>) -> tensor<8x4xf32>
  return
}

// -----

func.func @scatter_c4(%x: tensor<9x4xi1>, %i: tensor<3xi32>, %u: tensor<3x4xi1>) {
  // expected-error @+1 {{needs numbers for add, but got boolean}}
  %y = prim.scatter add %x, %i, %u : (tensor<9x4xi1>, tensor<3xi32>, tensor<3x4xi1>) -> tensor<9x4xi1>
  return
}

// -----

func.func @slice_c1_rank(%x: tensor<9x4xf32>) {
  // expected-error @+1 {{needs a result of rank 2, but got 1}}
  %y = prim.slice %x starts [0, 0] strides [1, 1] : tensor<9x4xf32> -> tensor<4xf32>
  return
}

// -----

func.func @slice_c1_type(%x: tensor<9xf32>) {
  // expected-error @+1 {{needs a result of type f32, but got i32}}
  %y = prim.slice %x starts [0] strides [1] : tensor<9xf32> -> tensor<4xi32>
  return
}

// -----

func.func @slice_c1_count(%x: tensor<9x4xf32>) {
  // expected-error @+1 {{needs starts of 2 entries, but got 1}}
  %y = prim.slice %x starts [0] strides [1, 1] : tensor<9x4xf32> -> tensor<4x4xf32>
  return
}

// -----

func.func @slice_c1_zero(%x: tensor<9xf32>) {
  // expected-error @+1 {{needs strides other than 0, but dim 0 has 0}}
  %y = prim.slice %x starts [0] strides [0] : tensor<9xf32> -> tensor<4xf32>
  return
}

// -----

func.func @slice_c2_last(%x: tensor<9xf32>) {
  // expected-error @+1 {{needs indices within 0..8 in dim 0, but reads 5 elements from 1 by 2}}
  %y = prim.slice %x starts [1] strides [2] : tensor<9xf32> -> tensor<5xf32>
  return
}

// -----

func.func @slice_c2_first(%x: tensor<9xf32>) {
  // expected-error @+1 {{needs indices within 0..8 in dim 0, but reads 9 elements from 9 by -1}}
  %y = prim.slice %x starts [9] strides [-1] : tensor<9xf32> -> tensor<9xf32>
  return
}

// -----

func.func @slice_c2_negative(%x: tensor<9xf32>) {
  // expected-error @+1 {{needs indices within 0..8 in dim 0, but reads 3 elements from 3 by -2}}
  %y = prim.slice %x starts [3] strides [-2] : tensor<9xf32> -> tensor<3xf32>
  return
}

// -----

func.func @transpose_c1_repeated(%x: tensor<2x3xf32>) {
  // expected-error @+1 {{needs a permutation of 2 dims, but got [0,0]}}
  %y = prim.transpose %x [0, 0] : tensor<2x3xf32> -> tensor<2x2xf32>
  return
}

// -----

func.func @transpose_c1_count(%x: tensor<2x3xf32>) {
  // expected-error @+1 {{needs permutation of 2 entries, but got 1}}
  %y = prim.transpose %x [0] : tensor<2x3xf32> -> tensor<2xf32>
  return
}

// -----

func.func @transpose_c2_shape(%x: tensor<2x3xf32>) {
  // expected-error @+1 {{needs the result shape [3,2], but got [2,3]}}
  %y = prim.transpose %x [1, 0] : tensor<2x3xf32> -> tensor<2x3xf32>
  return
}

// -----

func.func @transpose_c2_type(%x: tensor<2x3xf32>) {
  // expected-error @+1 {{needs a result of type f32, but got f16}}
  %y = prim.transpose %x [1, 0] : tensor<2x3xf32> -> tensor<3x2xf16>
  return
}
