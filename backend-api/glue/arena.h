/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/**
 * \file
 * Places buffers with known lifetimes in one arena. C11 and C++; in C++17 also
 * for vectors.
 */
#ifndef GLOWPLUG_GLUE_ARENA_H
#define GLOWPLUG_GLUE_ARENA_H

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#if defined(__cplusplus) && __cplusplus >= 201703L
#include <optional>
#include <vector>
#endif

/** A buffer that holds something from step first to step last, both included;
 * first <= last. The planner sets the other fields. */
typedef struct gp_arena_request {
  uint64_t bytes;
  uint32_t first;
  uint32_t last;
  uint64_t offset; /**< [out] Bytes, aligned. */
  size_t index;    /**< For the planner. */
} gp_arena_request;

/** \p bytes rounded up to a multiple of \p alignment, a power of two. */
static inline uint64_t gp_align_up(uint64_t bytes, uint64_t alignment) {
  return (bytes + alignment - 1) & ~(alignment - 1);
}

/** The bytes that are alive together at the worst step, each request rounded
 * up to \p alignment. No plan is smaller. */
static inline uint64_t gp_arena_lower_bound(const gp_arena_request *requests,
                                            size_t count, uint64_t alignment) {
  /* The sum can only rise at a step where something begins. */
  uint64_t peak = 0;
  size_t i, j;
  for (i = 0; i < count; ++i) {
    uint64_t alive = 0;
    for (j = 0; j < count; ++j)
      if (requests[j].first <= requests[i].first &&
          requests[i].first <= requests[j].last)
        alive += gp_align_up(requests[j].bytes, alignment);
    if (alive > peak)
      peak = alive;
  }
  return peak;
}

/** -1, 0 or 1, as qsort() wants it. */
static inline int gp_arena_compare(uint64_t a, uint64_t b) {
  return a < b ? -1 : a > b;
}

/** The largest request first; of equal ones the earliest. */
static inline int gp_arena_largest_first(const void *left, const void *right) {
  const gp_arena_request *a = (const gp_arena_request *)left;
  const gp_arena_request *b = (const gp_arena_request *)right;
  int order = gp_arena_compare(b->bytes, a->bytes);
  if (order == 0)
    order = gp_arena_compare(a->first, b->first);
  if (order == 0)
    order = gp_arena_compare(a->last, b->last);
  return order != 0 ? order : gp_arena_compare(a->index, b->index);
}

static inline int gp_arena_given_order(const void *left, const void *right) {
  const gp_arena_request *a = (const gp_arena_request *)left;
  const gp_arena_request *b = (const gp_arena_request *)right;
  return gp_arena_compare(a->index, b->index);
}

/** The tightest gap for \p request between those of the \p count placed ones,
 * in the order of their offsets, that live when it does; else above them. */
static inline uint64_t gp_arena_gap(const gp_arena_request *placed,
                                    size_t count,
                                    const gp_arena_request *request,
                                    uint64_t alignment) {
  const uint64_t size = gp_align_up(request->bytes, alignment);
  uint64_t gap_begin = 0, best_offset = 0, best_gap = UINT64_MAX;
  size_t i;
  for (i = 0; i < count; ++i) {
    uint64_t end;
    if (placed[i].last < request->first || request->last < placed[i].first)
      continue;
    if (placed[i].offset > gap_begin) {
      const uint64_t gap = placed[i].offset - gap_begin;
      if (gap >= size && gap < best_gap) {
        best_gap = gap;
        best_offset = gap_begin;
      }
    }
    end = placed[i].offset + gp_align_up(placed[i].bytes, alignment);
    if (end > gap_begin)
      gap_begin = end;
  }
  return best_gap != UINT64_MAX ? best_offset : gap_begin;
}

/**
 * Greedy best fit: the largest request first, each in the tightest gap that
 * its contemporaries leave, else above them. Deterministic; takes O(n^2)
 * steps. Sets the offset of each request, and \p arena_bytes to the size of the
 * arena, aligned. 0, and no meaningful offsets, if the sizes do not fit 64
 * bits.
 */
static inline int gp_plan_arena(gp_arena_request *requests, size_t count,
                                uint64_t alignment, uint64_t *arena_bytes) {
  uint64_t total = 0, end = 0;
  size_t i, at;
  for (i = 0; i < count; ++i) {
    const uint64_t limit = UINT64_MAX - total;
    if (requests[i].bytes > limit || limit - requests[i].bytes < alignment)
      return 0;
    total += gp_align_up(requests[i].bytes, alignment);
    requests[i].index = i;
    requests[i].offset = 0;
  }
  *arena_bytes = 0;
  if (count == 0)
    return 1;
  qsort(requests, count, sizeof *requests, gp_arena_largest_first);
  /* Those before i are placed and sorted by offset; empty ones come last. */
  for (i = 0; i < count && requests[i].bytes != 0; ++i) {
    gp_arena_request request = requests[i];
    request.offset = gp_arena_gap(requests, i, &request, alignment);
    end = request.offset + gp_align_up(request.bytes, alignment);
    if (end > *arena_bytes)
      *arena_bytes = end;
    for (at = i; at > 0 && requests[at - 1].offset > request.offset; --at)
      ;
    memmove(requests + at + 1, requests + at, (i - at) * sizeof *requests);
    requests[at] = request;
  }
  qsort(requests, count, sizeof *requests, gp_arena_given_order);
  return 1;
}

#if defined(__cplusplus) && __cplusplus >= 201703L
namespace glowplug::glue {

/// As gp_arena_request, without what the planner sets.
struct ArenaRequest {
  uint64_t bytes = 0;
  uint32_t first = 0;
  uint32_t last = 0;
};

struct ArenaPlan {
  std::vector<uint64_t> offsets; ///< Bytes, one per request, aligned.
  uint64_t bytes = 0;            ///< Size of the arena, aligned.
};

inline uint64_t alignUp(uint64_t bytes, uint64_t alignment) {
  return gp_align_up(bytes, alignment);
}

inline std::vector<gp_arena_request>
toArenaRequests(const std::vector<ArenaRequest> &requests) {
  std::vector<gp_arena_request> result;
  result.reserve(requests.size());
  for (const ArenaRequest &request : requests)
    result.push_back({request.bytes, request.first, request.last, 0, 0});
  return result;
}

/// As gp_arena_lower_bound().
inline uint64_t arenaLowerBound(const std::vector<ArenaRequest> &requests,
                                uint64_t alignment = 64) {
  return gp_arena_lower_bound(toArenaRequests(requests).data(), requests.size(),
                              alignment);
}

/// As gp_plan_arena(). Empty if the sizes do not fit 64 bits.
inline std::optional<ArenaPlan>
planArena(const std::vector<ArenaRequest> &requests, uint64_t alignment = 64) {
  std::vector<gp_arena_request> placed = toArenaRequests(requests);
  ArenaPlan plan;
  if (!gp_plan_arena(placed.data(), placed.size(), alignment, &plan.bytes))
    return std::nullopt;
  for (const gp_arena_request &request : placed)
    plan.offsets.push_back(request.offset);
  return plan;
}

} // namespace glowplug::glue
#endif

#endif /* GLOWPLUG_GLUE_ARENA_H */
