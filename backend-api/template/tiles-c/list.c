/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "list.h"

#include <stdlib.h>
#include <string.h>

void list_add(list *l, const void *item) {
  /* There is room up to the next power of two. */
  if (!l->failed && (l->count & (l->count - 1)) == 0) {
    const size_t room = l->count == 0 ? 1 : 2 * l->count;
    void *items = realloc(l->items, room * l->size);
    if (items == NULL)
      l->failed = 1;
    else
      l->items = items;
  }
  if (l->failed)
    return;
  memcpy((char *)l->items + l->count * l->size, item, l->size);
  ++l->count;
}

void list_free(list *l) {
  free(l->items);
  l->items = NULL;
  l->count = 0;
}
