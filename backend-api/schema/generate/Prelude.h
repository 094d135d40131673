// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// The fixed parts of the generated header.
#pragma once

namespace glowplug::accessors {

inline constexpr char banner[] =
    R"(/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/**
 * \file
 * Reads an image of schema/image.fbs, from which this was generated and which
 * is the reference for what the fields mean; do not edit.
 *
 * A table is a small struct that points into the image; it is passed by value
 * and lives as long as the image. The member p is NULL for a table that is
 * absent, and every function takes such a table: it answers with the default,
 * 0, "" or another absent table. An index past the end answers likewise.
 *
 *   gp_image_x_field(x)           a scalar, an enum, a string or a table
 *   gp_image_x_field_count(x)     length of a vector
 *   gp_image_x_field_at(x, i)     its element
 *   gp_image_x_field_data(x)      its bytes, for a vector of ubyte
 *   gp_image_x_field_type(x)      which member a union holds
 *   gp_image_x_as_member(x)       that member; absent if it holds another
 *   gp_image_x_name(value)        spelling of an enum value, "?" if unknown
 *
 * The image must have been verified. The host does that before a plugin sees
 * it: offsets lie within the image, strings end with a zero. Only the file
 * identifier is looked at here.
 */
#ifndef GLOWPLUG_IMAGE_H
#define GLOWPLUG_IMAGE_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "an image is read in place, which needs a little-endian machine"
#endif

#ifdef __cplusplus
#define GP_IMAGE_CAST(type, value) static_cast<type>(value)
#else
#define GP_IMAGE_CAST(type, value) ((type)(value))
#endif

)";

/// Reads offsets. A vtable slot is 4 + 2 * (field number).
inline constexpr char rawAccess[] =
    R"(/* ---- Access to the encoding; not for callers -------------------------- */

/** The field in \p slot of the vtable, or NULL. */
static inline const uint8_t *gp_image_raw_field(const uint8_t *table,
                                                uint16_t slot) {
  const uint8_t *vtable;
  int32_t back;
  uint16_t value;
  if (table == NULL)
    return NULL;
  memcpy(&back, table, sizeof back);
  vtable = table - back;
  memcpy(&value, vtable, sizeof value);
  if (slot >= value)
    return NULL;
  memcpy(&value, vtable + slot, sizeof value);
  return value != 0 ? table + value : NULL;
}

/** What the offset at \p place leads to, or NULL. */
static inline const uint8_t *gp_image_raw_follow(const uint8_t *place) {
  uint32_t offset;
  if (place == NULL)
    return NULL;
  memcpy(&offset, place, sizeof offset);
  return place + offset;
}

/** The table, string or vector in \p slot, or NULL. */
static inline const uint8_t *gp_image_raw_object(const uint8_t *table,
                                                 uint16_t slot) {
  return gp_image_raw_follow(gp_image_raw_field(table, slot));
}

/** Number of elements of a vector; 0 for NULL. */
static inline size_t gp_image_raw_count(const uint8_t *vector) {
  uint32_t count;
  if (vector == NULL)
    return 0;
  memcpy(&count, vector, sizeof count);
  return count;
}

/** Element \p index of a vector, or NULL past its end. */
static inline const uint8_t *
gp_image_raw_element(const uint8_t *vector, size_t index, size_t size) {
  return index < gp_image_raw_count(vector) ? vector + 4 + index * size : NULL;
}

/** The characters of a string; "" for NULL. */
static inline const char *gp_image_raw_string(const uint8_t *string) {
  const void *text = string != NULL ? string + 4 : NULL;
  return text != NULL ? GP_IMAGE_CAST(const char *, text) : "";
}

)";

/// One reader per scalar type: T stands for its name, C for the C type.
inline constexpr char rawScalar[] =
    R"(static inline C gp_image_raw_T(const uint8_t *place, C fallback) {
  if (place != NULL)
    memcpy(&fallback, place, sizeof fallback);
  return fallback;
}

)";

/// The way into an image. R stands for the root table.
inline constexpr char root[] =
    R"(/* ---- Root ------------------------------------------------------------- */

/** The root of an image; absent if \p data is NULL or no image at all. */
static inline gp_image_R gp_image_root(const void *data) {
  gp_image_R root = {NULL};
  const uint8_t *bytes = GP_IMAGE_CAST(const uint8_t *, data);
  if (bytes != NULL && memcmp(bytes + 4, GP_IMAGE_IDENTIFIER, 4) == 0)
    root.p = gp_image_raw_follow(bytes);
  return root;
}

)";

inline constexpr char epilogue[] = R"(#undef GP_IMAGE_CAST

#endif /* GLOWPLUG_IMAGE_H */
)";

} // namespace glowplug::accessors
