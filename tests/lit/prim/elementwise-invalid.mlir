// Each constraint of map, scalar, scalar_constant and composite is enforced.
// RUN: glowplug-opt %s --verify-diagnostics --split-input-file

func.func @map_c1_shapes(%x: tensor<4xf32>) {
  // expected-error @+1 {{needs results of one shape, but got [4] and [1]}}
  %y:2 = prim.map(%x) : (tensor<4xf32>) -> (tensor<4xf32>, tensor<1xf32>) {
  ^bb0(%a: f32):
    prim.yield %a, %a : f32, f32
  }
  return
}

// -----

func.func @map_c2_rank(%x: tensor<4xf32>) {
  // expected-error @+1 {{needs operand 0 broadcastable to [1,4], but got [4]}}
  %y = prim.map(%x) : (tensor<4xf32>) -> tensor<1x4xf32> {
  ^bb0(%a: f32):
    prim.yield %a : f32
  }
  return
}

// -----

func.func @map_c2_size(%x: tensor<4x2xf32>) {
  // expected-error @+1 {{needs operand 0 broadcastable to [4,3], but got [4,2]}}
  %y = prim.map(%x) : (tensor<4x2xf32>) -> tensor<4x3xf32> {
  ^bb0(%a: f32):
    prim.yield %a : f32
  }
  return
}

// -----

func.func @map_c3_parameters(%x: tensor<4xf32>) {
  // expected-error @+1 {{needs a region that takes (f32), but it takes (f32, f32)}}
  %y = prim.map(%x) : (tensor<4xf32>) -> tensor<4xf32> {
  ^bb0(%a: f32, %b: f32):
    prim.yield %a : f32
  }
  return
}

// -----

func.func @map_c3_results(%x: tensor<4xf32>) {
  // expected-error @+1 {{needs a region that yields (boolean), but it yields (f32)}}
  %y = prim.map(%x) : (tensor<4xf32>) -> tensor<4xi1> {
  ^bb0(%a: f32):
    prim.yield %a : f32
  }
  return
}

// -----

func.func @map_c3_terminator(%x: tensor<4xf32>) {
  // expected-error @+1 {{needs a region that ends in prim.yield}}
  %y = prim.map(%x) : (tensor<4xf32>) -> tensor<4xf32> {
  ^bb0(%a: f32):
    %b = prim.scalar neg(%a) : (f32) -> f32
  }
  return
}

// -----

func.func @map_c3_ops(%x: tensor<4xf32>) {
  // expected-error @+1 {{needs a region of scalar ops, but it holds 'prim.constant'}}
  %y = prim.map(%x) : (tensor<4xf32>) -> tensor<4xf32> {
  ^bb0(%a: f32):
    %b = prim.constant dense<0.0> : tensor<4xf32>
    prim.yield %a : f32
  }
  return
}

// -----

// A value from outside is no operand.
func.func @map_c3_isolated(%x: tensor<4xf32>, %s: f32) {
  // expected-note @+1 {{required by region isolation constraints}}
  %y = prim.map(%x) : (tensor<4xf32>) -> tensor<4xf32> {
  ^bb0(%a: f32):
    // expected-error @+1 {{using value defined outside the region}}
    %b = prim.scalar add(%a, %s) : (f32, f32) -> f32
    prim.yield %b : f32
  }
  return
}

// -----

func.func @scalar_c1(%x: tensor<4xf32>) {
  %y = prim.map(%x) : (tensor<4xf32>) -> tensor<4xf32> {
  ^bb0(%a: f32):
    // expected-error @+1 {{of kind add needs 2 operands, but got 1}}
    %b = prim.scalar add(%a) : (f32) -> f32
    prim.yield %b : f32
  }
  return
}

// -----

func.func @scalar_c1_constant(%x: tensor<4xf32>) {
  %y = prim.map(%x) : (tensor<4xf32>) -> tensor<4xf32> {
  ^bb0(%a: f32):
    // expected-error @+1 {{constant is spelled prim.scalar_constant}}
    %b = prim.scalar constant() : () -> f32
    prim.yield %b : f32
  }
  return
}

// -----

func.func @scalar_c2_operands(%x: tensor<4xf32>, %i: tensor<4xi32>) {
  %y = prim.map(%x, %i) : (tensor<4xf32>, tensor<4xi32>) -> tensor<4xf32> {
  ^bb0(%a: f32, %b: i32):
    // expected-error @+1 {{of kind add needs operand 1 of type f32, but got i32}}
    %c = prim.scalar add(%a, %b) : (f32, i32) -> f32
    prim.yield %c : f32
  }
  return
}

// -----

func.func @scalar_c2_float_only(%i: tensor<4xi32>) {
  %y = prim.map(%i) : (tensor<4xi32>) -> tensor<4xi32> {
  ^bb0(%a: i32):
    // expected-error @+1 {{of kind exp needs operand 0 of a float, but got i32}}
    %c = prim.scalar exp(%a) : (i32) -> i32
    prim.yield %c : i32
  }
  return
}

// -----

func.func @scalar_c2_no_boolean_sum(%i: tensor<4xi1>) {
  %y = prim.map(%i) : (tensor<4xi1>) -> tensor<4xi1> {
  ^bb0(%a: i1):
    // expected-error @+1 {{of kind add needs operand 0 of a number, but got boolean}}
    %c = prim.scalar add(%a, %a) : (i1, i1) -> i1
    prim.yield %c : i1
  }
  return
}

// -----

func.func @scalar_c2_float_bits(%x: tensor<4xf32>) {
  %y = prim.map(%x) : (tensor<4xf32>) -> tensor<4xf32> {
  ^bb0(%a: f32):
    // expected-error @+1 {{of kind bit_and needs operand 0 of an integer or boolean, but got f32}}
    %c = prim.scalar bit_and(%a, %a) : (f32, f32) -> f32
    prim.yield %c : f32
  }
  return
}

// -----

func.func @scalar_c2_comparison(%x: tensor<4xf32>) {
  %y = prim.map(%x) : (tensor<4xf32>) -> tensor<4xf32> {
  ^bb0(%a: f32):
    // expected-error @+1 {{of kind lt needs a result of boolean, but got f32}}
    %c = prim.scalar lt(%a, %a) : (f32, f32) -> f32
    prim.yield %c : f32
  }
  return
}

// -----

func.func @scalar_c2_is_nan(%i: tensor<4xi32>) {
  %y = prim.map(%i) : (tensor<4xi32>) -> tensor<4xi1> {
  ^bb0(%a: i32):
    // expected-error @+1 {{of kind is_nan needs operand 0 of a float, but got i32}}
    %c = prim.scalar is_nan(%a) : (i32) -> i1
    prim.yield %c : i1
  }
  return
}

// -----

func.func @scalar_c2_select(%x: tensor<4xf32>) {
  %y = prim.map(%x) : (tensor<4xf32>) -> tensor<4xf32> {
  ^bb0(%a: f32):
    // expected-error @+1 {{of kind select needs operand 0 of boolean, but got f32}}
    %c = prim.scalar select(%a, %a, %a) : (f32, f32, f32) -> f32
    prim.yield %c : f32
  }
  return
}

// -----

func.func @scalar_c2_quantize(%x: tensor<4xf32>, %z: tensor<4xi8>) {
  %y = prim.map(%x, %z) : (tensor<4xf32>, tensor<4xi8>) -> tensor<4xui8> {
  ^bb0(%a: f32, %b: i8):
    // expected-error @+1 {{of kind quantize needs a result of type i8, but got u8}}
    %c = prim.scalar quantize(%a, %a, %b) : (f32, f32, i8) -> ui8
    prim.yield %c : ui8
  }
  return
}

// -----

func.func @scalar_c2_dequantize(%x: tensor<4xi8>, %s: tensor<4xf32>) {
  %y = prim.map(%x, %s) : (tensor<4xi8>, tensor<4xf32>) -> tensor<4xf16> {
  ^bb0(%a: i8, %b: f32):
    // expected-error @+1 {{of kind dequantize needs a result of type f32, but got f16}}
    %c = prim.scalar dequantize(%a, %b, %a) : (i8, f32, i8) -> f16
    prim.yield %c : f16
  }
  return
}

// -----

func.func @scalar_c2_rescale_fp32_rne(%x: tensor<4xi32>, %s: tensor<4xf32>) {
  %y = prim.map(%x, %s) : (tensor<4xi32>, tensor<4xf32>) -> tensor<4xi32> {
  ^bb0(%a: i32, %b: f32):
    // expected-error @+1 {{of kind rescale_fp32_rne needs operand 2 of an integer of 8 or 16 bits, but got i32}}
    %c = prim.scalar rescale_fp32_rne(%a, %b, %a) : (i32, f32, i32) -> i32
    prim.yield %c : i32
  }
  return
}

// -----

func.func @scalar_c2_rescale_tosa(%x: tensor<4xi32>, %z: tensor<4xi8>) {
  %y = prim.map(%x, %z) : (tensor<4xi32>, tensor<4xi8>) -> tensor<4xi8> {
  ^bb0(%a: i32, %b: i8):
    // expected-error @+1 {{of kind rescale_tosa_double needs operand 2 of i32, but got i8}}
    %c = prim.scalar rescale_tosa_double(%a, %a, %b, %b) : (i32, i32, i8, i8) -> i8
    prim.yield %c : i8
  }
  return
}

// -----

func.func @scalar_c2_table(%x: tensor<4xi16>) {
  %y = prim.map(%x) : (tensor<4xi16>) -> tensor<4xi8> {
  ^bb0(%a: i16):
    // expected-error @+1 {{of kind table needs operand 0 of i8 or u8, but got i16}}
    %c = prim.scalar table(%a) {table = dense<0> : tensor<256xi8>} : (i16) -> i8
    prim.yield %c : i8
  }
  return
}

// -----

func.func @scalar_c3_none(%x: tensor<4xi8>) {
  %y = prim.map(%x) : (tensor<4xi8>) -> tensor<4xi8> {
  ^bb0(%a: i8):
    // expected-error @+1 {{needs a dense table of 256 'i8', but got none}}
    %c = prim.scalar table(%a) : (i8) -> i8
    prim.yield %c : i8
  }
  return
}

// -----

func.func @scalar_c3_size(%x: tensor<4xi8>) {
  %y = prim.map(%x) : (tensor<4xi8>) -> tensor<4xi8> {
  ^bb0(%a: i8):
    // expected-error @+1 {{needs a dense table of 256 'i8', but got 'tensor<255xi8>'}}
    %c = prim.scalar table(%a) {table = dense<0> : tensor<255xi8>} : (i8) -> i8
    prim.yield %c : i8
  }
  return
}

// -----

func.func @scalar_c3_type(%x: tensor<4xi8>) {
  %y = prim.map(%x) : (tensor<4xi8>) -> tensor<4xi8> {
  ^bb0(%a: i8):
    // expected-error @+1 {{needs a dense table of 256 'i8', but got 'tensor<256xui8>'}}
    %c = prim.scalar table(%a) {table = dense<0> : tensor<256xui8>} : (i8) -> i8
    prim.yield %c : i8
  }
  return
}

// -----

func.func @scalar_c3_other(%x: tensor<4xi8>) {
  %y = prim.map(%x) : (tensor<4xi8>) -> tensor<4xi8> {
  ^bb0(%a: i8):
    // expected-error @+1 {{has a table, but is neg}}
    %c = prim.scalar neg(%a) {table = dense<0> : tensor<256xi8>} : (i8) -> i8
    prim.yield %c : i8
  }
  return
}

// -----

func.func @scalar_bitcast_width(%x: tensor<4xf32>) {
  %y = prim.map(%x) : (tensor<4xf32>) -> tensor<4xi16> {
  ^bb0(%a: f32):
    // expected-error @+1 {{needs a result that is a number of 4 bytes, but got i16}}
    %b = prim.scalar bitcast(%a) : (f32) -> i16
    prim.yield %b : i16
  }
  return
}

// -----

func.func @scalar_c2_element_type(%x: tensor<4xf32>) {
  %y = prim.map(%x) : (tensor<4xf32>) -> tensor<4xf32> {
  ^bb0(%a: f32):
    // expected-error @+1 {{must be a prim element type, but got 'i7'}}
    %c = prim.scalar cast(%a) : (f32) -> i7
    prim.yield %a : f32
  }
  return
}

// -----

// The printed form has one type; the generic form can disagree with itself.
func.func @scalar_constant_c1(%x: tensor<4xf32>) {
  %y = prim.map(%x) : (tensor<4xf32>) -> tensor<4xf32> {
  ^bb0(%a: f32):
    // expected-error @+1 {{failed to verify that all of {value, result} have same type}}
    %c = "prim.scalar_constant"() {value = 1.0 : f64} : () -> f32
    prim.yield %c : f32
  }
  return
}

// -----

func.func @composite_c1_arguments(%x: tensor<4xf32>) {
  // expected-error @+1 {{needs a body that takes ('tensor<4xf32>'), but it takes ('tensor<1xf32>')}}
  %y = prim.composite "f" version 1 (%x) attributes {} : (tensor<4xf32>) -> tensor<4xf32> {
  ^bb0(%a: tensor<1xf32>):
    %b = prim.broadcast %a : tensor<1xf32> -> tensor<4xf32>
    prim.yield %b : tensor<4xf32>
  }
  return
}

// -----

func.func @composite_c1_results(%x: tensor<4xf32>) {
  // expected-error @+1 {{needs a body that yields ('tensor<2xf32>'), but it yields ('tensor<4xf32>')}}
  %y = prim.composite "f" version 1 (%x) attributes {} : (tensor<4xf32>) -> tensor<2xf32> {
  ^bb0(%a: tensor<4xf32>):
    prim.yield %a : tensor<4xf32>
  }
  return
}

// -----

func.func @composite_version(%x: tensor<4xf32>) {
  // expected-error @+1 {{needs a version from 1 to 65535, but got 0}}
  %y = prim.composite "f" version 0 (%x) attributes {} : (tensor<4xf32>) -> tensor<4xf32> {
  ^bb0(%a: tensor<4xf32>):
    prim.yield %a : tensor<4xf32>
  }
  return
}

// -----

func.func @composite_c2(%x: tensor<4xf32>) {
  // expected-error @+1 {{has an attribute of no known kind: "axis"}}
  %y = prim.composite "f" version 1 (%x) attributes {axis = [1, 2]} : (tensor<4xf32>) -> tensor<4xf32> {
  ^bb0(%a: tensor<4xf32>):
    prim.yield %a : tensor<4xf32>
  }
  return
}

// -----

func.func @constant_c1() {
  // expected-error @+1 {{failed to verify that all of {value, result} have same type}}
  %c = "prim.constant"() {value = dense<0.0> : tensor<4xf32>} : () -> tensor<2xf32>
  return
}

// -----

func.func @constant_c2_inline() {
  // expected-error @+1 {{holds 68 bytes inline; more than 64 need a handle}}
  %c = prim.constant dense<[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16]> : tensor<17xi32>
  return
}

// -----

func.func @constant_c2_kind() {
  // expected-error @+1 {{needs a dense or dense_resource value}}
  %c = prim.constant sparse<0, 1.0> : tensor<4xf32>
  return
}

// -----

func.func @constant_c3() {
  // expected-error @+1 {{needs 400 bytes for 'tensor<100xf32>', but its handle 'small' has 4}}
  %c = prim.constant dense_resource<small> : tensor<100xf32>
  return
}

{-#
  dialect_resources: {
    builtin: {
      small: "0x0400000000000000"
    }
  }
#-}

// -----

func.func @tensor_is_static(%x: tensor<?xf32>) {
  // expected-error @+1 {{must be statically shaped tensor of rank 8 or less}}
  %y = prim.reshape %x : tensor<?xf32> -> tensor<4xf32>
  return
}

// -----

func.func @tensor_rank(%x: tensor<1x1x1x1x1x1x1x1x1xf32>) {
  // expected-error @+1 {{must be statically shaped tensor of rank 8 or less}}
  %y = prim.reshape %x : tensor<1x1x1x1x1x1x1x1x1xf32> -> tensor<1xf32>
  return
}

// -----

func.func @quantized_c1(%x: tensor<4xi8>) {
  %y = prim.map(%x) : (tensor<4xi8>) -> tensor<4xi8> {
  ^bb0(%a: i8):
    // expected-error @+1 {{add needs 8 operands, but got 2}}
    %r = prim.quantized add(%a, %a) : (i8, i8) -> i8
    prim.yield %r : i8
  }
  return
}

// -----

func.func @quantized_c2_zero_point(%x: tensor<4xi8>) {
  %y = prim.map(%x) : (tensor<4xi8>) -> tensor<4xi8> {
  ^bb0(%a: i8):
    %s = prim.scalar_constant 0.5 : f32
    %u = prim.scalar_constant 3 : ui8
    // expected-error @+1 {{needs operand 2 of 'i8', but got 'ui8'}}
    %r = prim.quantized mul(%a, %s, %u, %a, %s, %a, %s, %a) : (i8, f32, ui8, i8, f32, i8, f32, i8) -> i8
    prim.yield %r : i8
  }
  return
}

// -----

func.func @quantized_c2_width(%x: tensor<4xi16>) {
  %y = prim.map(%x) : (tensor<4xi16>) -> tensor<4xi16> {
  ^bb0(%a: i16):
    %s = prim.scalar_constant 0.5 : f32
    // expected-error @+1 {{needs operand 0 of 8 bits, but got 'i16'}}
    %r = prim.quantized add(%a, %s, %a, %a, %s, %a, %s, %a) : (i16, f32, i16, i16, f32, i16, f32, i16) -> i16
    prim.yield %r : i16
  }
  return
}

// -----

func.func @quantized_c3(%x: tensor<4xi32>) {
  %y = prim.map(%x) : (tensor<4xi32>) -> tensor<4xi8> {
  ^bb0(%a: i32):
    %s = prim.scalar_constant 0.5 : f32
    %z = prim.scalar_constant 3 : ui8
    // expected-error @+1 {{needs a result of 'ui8', but got 'i8'}}
    %r = prim.quantized average(%a, %s, %s, %z, %s, %z) : (i32, f32, f32, ui8, f32, ui8) -> i8
    prim.yield %r : i8
  }
  return
}
