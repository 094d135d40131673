/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/**
 * \file
 * Where values and their elements lie, in the simplest way. C11 and C++.
 */
#ifndef GLOWPLUG_GLUE_LAYOUT_H
#define GLOWPLUG_GLUE_LAYOUT_H

#include <glowplug/backend.h>
#include <glowplug/glue/dtype.h>

/**
 * Byte offset of a value in a workspace where every value of the body has a
 * place of its own, 64-byte aligned. A backend that cares for memory plans an
 * arena instead (liveness.h, arena.h).
 */
static inline uint64_t gp_value_offset(gp_image_body body, size_t value) {
  uint64_t sum = 0;
  size_t i;
  for (i = 0; i < value; ++i) {
    uint64_t bytes = 0;
    gp_value_bytes(gp_image_body_values_at(body, i), &bytes);
    sum += (bytes + 63) & ~(uint64_t)63;
  }
  return sum;
}

/** Bytes of such a workspace for the program of a verified image. */
static inline uint64_t gp_workspace_bytes(gp_bytes image) {
  const gp_image_body body = gp_image_program_body(gp_image_root(image.data));
  return gp_value_offset(body, gp_image_body_values_count(body));
}

/** Where a value is in such a workspace. */
static inline void *gp_value_place(gp_image_body body, size_t value,
                                   void *workspace) {
  char *begin = (char *)workspace;
  return begin + gp_value_offset(body, value);
}

/** Copies the inputs of a run to their places in such a workspace. */
static inline void gp_copy_inputs(gp_image_body body, const gp_run_args *args) {
  size_t i;
  for (i = 0; i < args->input_count; ++i)
    if (args->inputs[i].size != 0)
      memcpy(gp_value_place(body, gp_image_body_inputs_at(body, i),
                            args->workspace),
             args->inputs[i].data, args->inputs[i].size);
}

/** Copies the outputs of a run out of such a workspace. */
static inline void gp_copy_outputs(gp_image_body body,
                                   const gp_run_args *args) {
  size_t i;
  for (i = 0; i < args->output_count; ++i) {
    const uint32_t value = gp_image_body_outputs_at(body, i);
    uint64_t bytes = 0;
    gp_value_bytes(gp_image_body_values_at(body, value), &bytes);
    if (bytes != 0)
      memcpy(args->outputs[i], gp_value_place(body, value, args->workspace),
             (size_t)bytes);
  }
}

/** Elements of a value of a verified body. */
static inline uint64_t gp_elements(gp_image_body body, size_t value) {
  uint64_t elements = 0;
  gp_value_elements(gp_image_body_values_at(body, value), &elements);
  return elements;
}

/**
 * The number, in row-major order, of the element of \p operand that belongs to
 * element number \p element of \p result. Both are values of \p body and of
 * one rank; an operand's dim of 1 is broadcast.
 */
static inline uint64_t gp_broadcast_element(gp_image_body body, size_t operand,
                                            size_t result, uint64_t element) {
  const gp_image_value from = gp_image_body_values_at(body, operand);
  const gp_image_value to = gp_image_body_values_at(body, result);
  uint64_t number = 0, stride = 1;
  size_t dim;
  for (dim = gp_image_value_shape_count(to); dim-- > 0;) {
    const uint64_t size = (uint64_t)gp_image_value_shape_at(to, dim);
    const uint64_t own = (uint64_t)gp_image_value_shape_at(from, dim);
    if (own != 1)
      number += element % size * stride;
    stride *= own;
    element /= size;
  }
  return number;
}

#endif /* GLOWPLUG_GLUE_LAYOUT_H */
