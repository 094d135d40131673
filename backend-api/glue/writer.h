/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/**
 * \file
 * Writes FlatBuffers. The generated <glowplug/instr_writer.h>, and those of
 * machines and images, stand on it. C11 and C++.
 *
 *   gp_writer writer = {NULL, 0, 0, NULL, 0, 0};
 *   gp_instr_buffer_fields x = gp_instr_buffer_defaults();
 *   x.name = gp_writer_string(&writer, "x");
 *   x.bytes = 64;
 *   gp_ref buffers[] = {gp_instr_write_buffer(&writer, &x)};
 *   ...
 *   gp_bytes bytes = gp_instr_finish(&writer, program);
 *   gp_writer_free(&writer);
 *
 * What a table refers to is written before the table. A string or a table may
 * be referred to more than once. Equal calls give equal bytes. Where memory
 * runs out, or a vector has an absent element, everything that follows does
 * nothing, and the end gives no bytes.
 */
#ifndef GLOWPLUG_GLUE_WRITER_H
#define GLOWPLUG_GLUE_WRITER_H

#include <glowplug/backend.h>

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "an image is written in place, which needs a little-endian machine"
#endif

/** Something written: its distance from the end of all bytes; 0: absent. */
typedef uint32_t gp_ref;

/** Bytes in the making. They grow from the back to the front, since references
 * lead forward. Zero-fill before use. */
typedef struct gp_writer {
  uint8_t *memory;
  size_t capacity;     /**< a multiple of 8 */
  size_t size;         /**< used, at the end of the memory */
  gp_ref *vtables;     /**< tables of one form share theirs */
  size_t vtable_count; /**< the memory has room for a multiple of 64 */
  int failed;
} gp_writer;

/** Frees the memory, and with it what gp_writer_finish() gave. */
static inline void gp_writer_free(gp_writer *writer) {
  const gp_writer empty = {NULL, 0, 0, NULL, 0, 0};
  free(writer->memory);
  free(writer->vtables);
  *writer = empty;
}

/** The first byte used. */
static inline uint8_t *gp_writer_front(const gp_writer *writer) {
  return writer->memory + (writer->capacity - writer->size);
}

/** Makes room for \p bytes more in front. */
static inline int gp_writer_grow(gp_writer *writer, size_t bytes) {
  const size_t most = (size_t)1 << 30; /* references have 32 bits */
  size_t capacity = writer->capacity == 0 ? 1024 : writer->capacity;
  uint8_t *memory;
  if (writer->failed || bytes > most || writer->size + bytes > most) {
    writer->failed = 1;
    return 0;
  }
  while (capacity < writer->size + bytes)
    capacity *= 2;
  if (capacity == writer->capacity)
    return 1;
  memory = (uint8_t *)malloc(capacity);
  if (memory == NULL) {
    writer->failed = 1;
    return 0;
  }
  if (writer->size != 0)
    memcpy(memory + (capacity - writer->size), gp_writer_front(writer),
           writer->size);
  free(writer->memory);
  writer->memory = memory;
  writer->capacity = capacity;
  return 1;
}

/** Puts \p bytes zeros in front, at a multiple of \p alignment, which is 2, 4
 * or 8; NULL after a failure. */
static inline uint8_t *gp_writer_push(gp_writer *writer, size_t bytes,
                                      size_t alignment) {
  const size_t pad = (0 - (writer->size + bytes)) & (alignment - 1);
  if (!gp_writer_grow(writer, bytes + pad))
    return NULL;
  writer->size += bytes + pad;
  memset(gp_writer_front(writer), 0, bytes + pad);
  return gp_writer_front(writer);
}

static inline void gp_writer_put32(uint8_t *place, size_t value) {
  const uint32_t word = (uint32_t)value;
  memcpy(place, &word, sizeof word);
}

/** A vector of \p count elements of \p size bytes; absent if there is none. */
static inline gp_ref gp_writer_vector(gp_writer *writer, const void *data,
                                      size_t count, size_t size,
                                      size_t alignment) {
  uint8_t *place;
  if (count == 0)
    return 0;
  place = gp_writer_push(writer, count * size, alignment < 4 ? 4 : alignment);
  if (place == NULL)
    return 0;
  memcpy(place, data, count * size);
  place = gp_writer_push(writer, 4, 4);
  if (place == NULL)
    return 0;
  gp_writer_put32(place, count);
  return (gp_ref)writer->size;
}

/** A vector of tables or strings. */
static inline gp_ref gp_writer_refs(gp_writer *writer, const gp_ref *refs,
                                    size_t count) {
  const gp_ref vector = gp_writer_vector(writer, refs, count, 4, 4);
  uint8_t *place;
  size_t i;
  if (vector == 0)
    return 0;
  place = gp_writer_front(writer) + 4;
  for (i = 0; i < count; ++i, place += 4) {
    writer->failed |= refs[i] == 0;
    gp_writer_put32(place, writer->size - 4 - 4 * i - refs[i]);
  }
  return vector;
}

/** A string of \p length characters; absent if there is none. */
static inline gp_ref gp_writer_text(gp_writer *writer, const char *text,
                                    size_t length) {
  uint8_t *place = length == 0 ? NULL : gp_writer_push(writer, length + 1, 4);
  if (place == NULL)
    return 0;
  memcpy(place, text, length);
  place = gp_writer_push(writer, 4, 4);
  if (place == NULL)
    return 0;
  gp_writer_put32(place, length);
  return (gp_ref)writer->size;
}

/** A string that ends with a zero; absent if it is empty. */
static inline gp_ref gp_writer_string(gp_writer *writer, const char *text) {
  return gp_writer_text(writer, text, strlen(text));
}

/* ---- Tables; for generated writers ----------------------------------------
 */

enum { gp_writer_most_fields = 32 };

/** The fields of a table that do not have their defaults. */
typedef struct gp_writer_table {
  uint64_t bits[gp_writer_most_fields];
  uint8_t size[gp_writer_most_fields];   /**< bytes; 0: absent */
  uint8_t is_ref[gp_writer_most_fields]; /**< then `bits` is a gp_ref */
  uint16_t count;                        /**< of the last one, plus 1 */
} gp_writer_table;

static inline void gp_writer_field(gp_writer_table *table, uint16_t number,
                                   const void *value, uint8_t size) {
  memcpy(&table->bits[number], value, size);
  table->size[number] = size;
  table->count = (uint16_t)(number + 1);
}

static inline void gp_writer_reference(gp_writer_table *table, uint16_t number,
                                       gp_ref ref) {
  if (ref == 0)
    return;
  gp_writer_field(table, number, &ref, 4);
  table->is_ref[number] = 1;
}

/** The distance of a vtable like \p vtable: one that is there, or a new one. */
static inline gp_ref gp_writer_vtable(gp_writer *writer, const uint16_t *vtable,
                                      size_t bytes) {
  uint8_t *place;
  size_t i;
  for (i = writer->vtable_count; i-- > 0;) {
    const gp_ref known = writer->vtables[i];
    const uint8_t *other = writer->memory + (writer->capacity - known);
    if (known < bytes || memcmp(other, vtable, bytes) != 0)
      continue;
    /* Frequent ones move to the end, where the search begins. */
    if (i + 1 < writer->vtable_count) {
      writer->vtables[i] = writer->vtables[i + 1];
      writer->vtables[i + 1] = known;
    }
    return known;
  }
  if (writer->vtable_count % 64 == 0) {
    gp_ref *more = (gp_ref *)realloc(
        writer->vtables, (writer->vtable_count + 64) * sizeof *writer->vtables);
    if (more == NULL) {
      writer->failed = 1;
      return 0;
    }
    writer->vtables = more;
  }
  place = gp_writer_push(writer, bytes, 2);
  if (place == NULL)
    return 0;
  memcpy(place, vtable, bytes);
  writer->vtables[writer->vtable_count++] = (gp_ref)writer->size;
  return (gp_ref)writer->size;
}

/** Writes the table: the wide fields first, so that no gaps are between. */
static inline gp_ref gp_writer_end(gp_writer *writer,
                                   const gp_writer_table *table) {
  uint16_t vtable[2 + gp_writer_most_fields] = {0};
  const size_t vtable_bytes = 4 + 2 * (size_t)table->count;
  size_t used = 0, alignment = 4, size, i;
  uint8_t *place;
  gp_ref start, form;
  for (size = 8; size != 0; size /= 2)
    for (i = 0; i < table->count; ++i)
      if (table->size[i] == size) {
        vtable[2 + i] = (uint16_t)(4 + used);
        used += size;
        alignment = size == 8 ? 8 : alignment;
      }
  vtable[0] = (uint16_t)vtable_bytes;
  vtable[1] = (uint16_t)(4 + used);
  /* The offset of the vtable stands before the fields. */
  place = gp_writer_push(writer, used, alignment);
  if (place == NULL || gp_writer_push(writer, 4, 4) == NULL)
    return 0;
  place = gp_writer_front(writer);
  start = (gp_ref)writer->size;
  for (i = 0; i < table->count; ++i) {
    const uint16_t at = vtable[2 + i];
    if (table->is_ref[i] != 0)
      gp_writer_put32(place + at, start - at - (gp_ref)table->bits[i]);
    else if (table->size[i] != 0)
      memcpy(place + at, &table->bits[i], table->size[i]);
  }
  form = gp_writer_vtable(writer, vtable, vtable_bytes);
  if (writer->failed)
    return 0;
  gp_writer_put32(writer->memory + (writer->capacity - start),
                  (uint32_t)(form - start));
  return start;
}

/** Ends the bytes with \p root and the four letters of \p identifier. They
 * begin at a multiple of 8 and live as long as the writer. */
static inline gp_bytes gp_writer_finish(gp_writer *writer, gp_ref root,
                                        const char *identifier) {
  gp_bytes bytes = {NULL, 0};
  uint8_t *place = gp_writer_push(writer, 8, 8);
  if (place == NULL || root == 0 || writer->failed)
    return bytes;
  gp_writer_put32(place, writer->size - root);
  memcpy(place + 4, identifier, 4);
  bytes.data = place;
  bytes.size = writer->size;
  return bytes;
}

#endif /* GLOWPLUG_GLUE_WRITER_H */
