/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/**
 * \file
 * Sizes of elements and values, overflow checked. C11 and C++.
 */
#ifndef GLOWPLUG_GLUE_DTYPE_H
#define GLOWPLUG_GLUE_DTYPE_H

#include <glowplug/image.h>

#include <stddef.h>
#include <stdint.h>

/** Bytes of one element; 0 for none and for a type this header is too old for.
 */
static inline size_t gp_dtype_bytes(enum gp_image_dtype dtype) {
  switch ((int32_t)dtype) {
  case gp_image_dtype_boolean:
  case gp_image_dtype_i8:
  case gp_image_dtype_u8:
    return 1;
  case gp_image_dtype_i16:
  case gp_image_dtype_u16:
  case gp_image_dtype_f16:
  case gp_image_dtype_bf16:
    return 2;
  case gp_image_dtype_i32:
  case gp_image_dtype_u32:
  case gp_image_dtype_f32:
    return 4;
  case gp_image_dtype_i64:
  case gp_image_dtype_u64:
  case gp_image_dtype_f64:
    return 8;
  default:
    return 0;
  }
}

/** 1 for a floating-point type, else 0. */
static inline int gp_dtype_is_float(enum gp_image_dtype dtype) {
  return dtype == gp_image_dtype_f16 || dtype == gp_image_dtype_bf16 ||
         dtype == gp_image_dtype_f32 || dtype == gp_image_dtype_f64;
}

/** 1 for a signed integer type, else 0. */
static inline int gp_dtype_is_signed_integer(enum gp_image_dtype dtype) {
  return dtype == gp_image_dtype_i8 || dtype == gp_image_dtype_i16 ||
         dtype == gp_image_dtype_i32 || dtype == gp_image_dtype_i64;
}

/** 1 for an unsigned integer type, else 0. boolean is no integer. */
static inline int gp_dtype_is_unsigned_integer(enum gp_image_dtype dtype) {
  return dtype == gp_image_dtype_u8 || dtype == gp_image_dtype_u16 ||
         dtype == gp_image_dtype_u32 || dtype == gp_image_dtype_u64;
}

/** The accumulator type as the schema defines it; none for boolean. */
static inline enum gp_image_dtype
gp_dtype_accumulator(enum gp_image_dtype dtype) {
  switch ((int32_t)dtype) {
  case gp_image_dtype_f16:
  case gp_image_dtype_bf16:
  case gp_image_dtype_f32:
    return gp_image_dtype_f32;
  case gp_image_dtype_i8:
  case gp_image_dtype_u8:
  case gp_image_dtype_i16:
  case gp_image_dtype_u16:
  case gp_image_dtype_i32:
    return gp_image_dtype_i32;
  case gp_image_dtype_u32:
  case gp_image_dtype_i64:
  case gp_image_dtype_u64:
  case gp_image_dtype_f64:
    return dtype;
  default:
    return gp_image_dtype_none;
  }
}

/** Stores a * b. 0, and nothing stored, if it does not fit. */
static inline int gp_checked_mul(uint64_t a, uint64_t b, uint64_t *product) {
  if (b != 0 && a > UINT64_MAX / b)
    return 0;
  *product = a * b;
  return 1;
}

/**
 * Stores the number of elements of a value: 1 for rank 0, 0 if a dim is 0.
 * Answers 0, and stores nothing, if a dim is negative or the number too large.
 */
static inline int gp_value_elements(gp_image_value value, uint64_t *elements) {
  const size_t rank = gp_image_value_shape_count(value);
  uint64_t product = 1;
  int isEmpty = 0;
  size_t i;
  for (i = 0; i < rank; ++i) {
    const int64_t dim = gp_image_value_shape_at(value, i);
    if (dim < 0)
      return 0;
    if (dim == 0)
      isEmpty = 1;
  }
  for (i = 0; i < rank && !isEmpty; ++i)
    if (!gp_checked_mul(product, (uint64_t)gp_image_value_shape_at(value, i),
                        &product))
      return 0;
  *elements = isEmpty ? 0 : product;
  return 1;
}

/**
 * Stores the bytes of a value, dense. Answers 0, and stores nothing, where
 * gp_value_elements() does, if the type is not known and if the size does not
 * fit size_t.
 */
static inline int gp_value_bytes(gp_image_value value, uint64_t *bytes) {
  const size_t element = gp_dtype_bytes(gp_image_value_dtype(value));
  uint64_t product;
  if (element == 0 || !gp_value_elements(value, &product) ||
      !gp_checked_mul(product, element, &product) || product > SIZE_MAX)
    return 0;
  *bytes = product;
  return 1;
}

#endif /* GLOWPLUG_GLUE_DTYPE_H */
