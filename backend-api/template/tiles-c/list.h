/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* A list that grows. Begin with {NULL, 0, SIZE OF AN ITEM, 0}. */
#ifndef LIST_H
#define LIST_H

#include <stddef.h>

typedef struct list {
  void *items;
  size_t count, size;
  int failed; /* memory ran out; nothing is added any more */
} list;

void list_add(list *l, const void *item);
void list_free(list *l);
/* Item `index` of a list of `type`. */
#define LIST_AT(type, l, index) (((type *)(l)->items)[index])

#endif
