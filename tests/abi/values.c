// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The numbers of the image format that are fixed for ever. A failure here means
// that stored programs would change their meaning.

#include <glowplug/image.h>

#define VALUE(name, value) _Static_assert((name) == (value), #name)

_Static_assert(sizeof(enum gp_image_attributes) == 4, "32 bits wide");
VALUE(gp_image_attributes_none, 0);
VALUE(gp_image_attributes_constant, 1);
VALUE(gp_image_attributes_mat_mul, 2);
VALUE(gp_image_attributes_conv, 3);
VALUE(gp_image_attributes_conv_transpose, 4);
VALUE(gp_image_attributes_map, 5);
VALUE(gp_image_attributes_reduce, 6);
VALUE(gp_image_attributes_arg_reduce, 7);
VALUE(gp_image_attributes_scan, 8);
VALUE(gp_image_attributes_sort, 9);
VALUE(gp_image_attributes_window, 10);
VALUE(gp_image_attributes_transpose, 11);
VALUE(gp_image_attributes_reshape, 12);
VALUE(gp_image_attributes_broadcast, 13);
VALUE(gp_image_attributes_slice, 14);
VALUE(gp_image_attributes_pad, 15);
VALUE(gp_image_attributes_concat, 16);
VALUE(gp_image_attributes_gather, 17);
VALUE(gp_image_attributes_scatter, 18);
VALUE(gp_image_attributes_composite, 19);
VALUE(gp_image_attributes_non_max_suppression, 20);

_Static_assert(sizeof(enum gp_image_dtype) == 4, "32 bits wide");
VALUE(gp_image_dtype_none, 0);
VALUE(gp_image_dtype_boolean, 1);
VALUE(gp_image_dtype_i8, 2);
VALUE(gp_image_dtype_u8, 3);
VALUE(gp_image_dtype_i16, 4);
VALUE(gp_image_dtype_u16, 5);
VALUE(gp_image_dtype_i32, 6);
VALUE(gp_image_dtype_u32, 7);
VALUE(gp_image_dtype_i64, 8);
VALUE(gp_image_dtype_u64, 9);
VALUE(gp_image_dtype_f16, 10);
VALUE(gp_image_dtype_bf16, 11);
VALUE(gp_image_dtype_f32, 12);
VALUE(gp_image_dtype_f64, 13);

_Static_assert(sizeof(enum gp_image_reduce_kind) == 4, "32 bits wide");
VALUE(gp_image_reduce_kind_sum, 0);
VALUE(gp_image_reduce_kind_prod, 1);
VALUE(gp_image_reduce_kind_min, 2);
VALUE(gp_image_reduce_kind_max, 3);

_Static_assert(sizeof(enum gp_image_scalar_op) == 4, "32 bits wide");
VALUE(gp_image_scalar_op_none, 0);
VALUE(gp_image_scalar_op_constant, 1);
VALUE(gp_image_scalar_op_neg, 10);
VALUE(gp_image_scalar_op_abs, 11);
VALUE(gp_image_scalar_op_sign, 12);
VALUE(gp_image_scalar_op_floor, 13);
VALUE(gp_image_scalar_op_ceil, 14);
VALUE(gp_image_scalar_op_trunc, 15);
VALUE(gp_image_scalar_op_round_even, 16);
VALUE(gp_image_scalar_op_sqrt, 17);
VALUE(gp_image_scalar_op_exp, 18);
VALUE(gp_image_scalar_op_log, 19);
VALUE(gp_image_scalar_op_erf, 20);
VALUE(gp_image_scalar_op_sin, 21);
VALUE(gp_image_scalar_op_cos, 22);
VALUE(gp_image_scalar_op_tan, 23);
VALUE(gp_image_scalar_op_asin, 24);
VALUE(gp_image_scalar_op_acos, 25);
VALUE(gp_image_scalar_op_atan, 26);
VALUE(gp_image_scalar_op_sinh, 27);
VALUE(gp_image_scalar_op_cosh, 28);
VALUE(gp_image_scalar_op_tanh, 29);
VALUE(gp_image_scalar_op_asinh, 30);
VALUE(gp_image_scalar_op_acosh, 31);
VALUE(gp_image_scalar_op_atanh, 32);
VALUE(gp_image_scalar_op_invert, 33);
VALUE(gp_image_scalar_op_is_nan, 34);
VALUE(gp_image_scalar_op_is_inf, 35);
VALUE(gp_image_scalar_op_cast, 36);
VALUE(gp_image_scalar_op_log1p, 37);
VALUE(gp_image_scalar_op_bitcast, 38);
VALUE(gp_image_scalar_op_add, 50);
VALUE(gp_image_scalar_op_sub, 51);
VALUE(gp_image_scalar_op_mul, 52);
VALUE(gp_image_scalar_op_div, 53);
VALUE(gp_image_scalar_op_rem, 54);
VALUE(gp_image_scalar_op_pow, 55);
VALUE(gp_image_scalar_op_min, 56);
VALUE(gp_image_scalar_op_max, 57);
VALUE(gp_image_scalar_op_bit_and, 58);
VALUE(gp_image_scalar_op_bit_or, 59);
VALUE(gp_image_scalar_op_bit_xor, 60);
VALUE(gp_image_scalar_op_shift_left, 61);
VALUE(gp_image_scalar_op_shift_right, 62);
VALUE(gp_image_scalar_op_eq, 70);
VALUE(gp_image_scalar_op_ne, 71);
VALUE(gp_image_scalar_op_lt, 72);
VALUE(gp_image_scalar_op_le, 73);
VALUE(gp_image_scalar_op_gt, 74);
VALUE(gp_image_scalar_op_ge, 75);
VALUE(gp_image_scalar_op_select, 80);
VALUE(gp_image_scalar_op_quantize, 90);
VALUE(gp_image_scalar_op_dequantize, 91);

_Static_assert(sizeof(enum gp_image_scatter_kind) == 4, "32 bits wide");
VALUE(gp_image_scatter_kind_assign, 0);
VALUE(gp_image_scatter_kind_add, 1);
VALUE(gp_image_scatter_kind_mul, 2);
VALUE(gp_image_scatter_kind_min, 3);
VALUE(gp_image_scatter_kind_max, 4);
