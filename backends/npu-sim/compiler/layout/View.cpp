// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Views, and what reshapes, transposes, slices and broadcasts make of them.

#include "backends/npu-sim/compiler/layout/View.h"

#include <algorithm>

namespace glowplug::npusim {

View denseView(Place at, const Shape &shape, std::int64_t elementBytes) {
  View view{at, elementBytes, shape, {}, -1, 1, false, -1};
  view.strides.resize(shape.size());
  std::int64_t step = elementBytes;
  for (std::size_t d = shape.size(); d-- > 0;) {
    view.strides[d] = step;
    step *= shape[d];
  }
  return view;
}

View blockedView(Place at, const Shape &shape, std::int64_t elementBytes,
                 int blocked, std::int64_t lanes) {
  View view{at, elementBytes, shape, {}, blocked, lanes, false, -1};
  view.strides.resize(shape.size());
  std::int64_t step = lanes * elementBytes;
  for (std::size_t d = shape.size(); d-- > 0;) {
    view.strides[d] = step;
    step *= static_cast<int>(d) == blocked ? (shape[d] + lanes - 1) / lanes
                                           : shape[d];
  }
  return view;
}

std::int64_t blockedBytes(const Shape &shape, std::int64_t elementBytes,
                          int blocked, std::int64_t lanes) {
  std::int64_t bytes = lanes * elementBytes;
  for (std::size_t d = 0; d < shape.size(); ++d)
    bytes *= static_cast<int>(d) == blocked ? (shape[d] + lanes - 1) / lanes
                                            : shape[d];
  return bytes;
}

namespace {

/// A dim of a view, its blocked dim as one of `size` elements in blocks.
struct Dim {
  std::int64_t size, step;
  bool isBlocked;
};

/// Splits and merges \p from, whose sizes have the product of \p to, into dims
/// of the sizes \p to; false if that is not possible.
bool regroup(std::vector<Dim> from, const std::vector<std::int64_t> &to,
             std::int64_t lanes, std::vector<Dim> &result) {
  // All of `from` as one dim, if it is contiguous, from the inside out.
  Dim all = from.back();
  for (std::size_t d = from.size() - 1; d-- > 0;) {
    const std::int64_t units =
        all.isBlocked ? (all.size % lanes == 0 ? all.size / lanes : -1)
                      : all.size;
    if (from[d].size == 1)
      continue;
    if (all.size == 1 && !all.isBlocked) {
      all = from[d];
      continue;
    }
    if (from[d].isBlocked || units < 0 || from[d].step != units * all.step)
      return false;
    all.size *= from[d].size;
  }
  // And apart again.
  std::int64_t left = all.size, step = all.step;
  std::vector<Dim> made;
  bool inLanes = all.isBlocked;
  for (std::size_t d = to.size(); d-- > 0;) {
    made.push_back({to[d], step, inLanes});
    if (inLanes) {
      if (left != to[d] && to[d] % lanes != 0) {
        // Blocks cannot be cut, but a dim of 1 after them cuts nothing.
        if (to[d] != 1)
          return false;
        made.back().isBlocked = false;
        continue;
      }
      step *= (to[d] + lanes - 1) / lanes;
      inLanes = false;
    } else {
      step *= to[d];
    }
    left /= to[d];
  }
  result.insert(result.end(), made.rbegin(), made.rend());
  return true;
}

} // namespace

std::optional<View> reshaped(const View &view, const Shape &shape) {
  std::vector<Dim> dims;
  std::size_t from = 0, to = 0;
  while (from < view.shape.size() || to < shape.size()) {
    // The shortest groups of equal size.
    std::vector<Dim> group;
    std::vector<std::int64_t> sizes;
    std::int64_t have = 1, want = 1;
    do {
      if (to == shape.size() || (have < want && from < view.shape.size()) ||
          (have == want && from < view.shape.size() && group.empty())) {
        if (from == view.shape.size())
          return std::nullopt;
        group.push_back({view.shape[from], view.strides[from],
                         static_cast<int>(from) == view.blocked});
        have *= view.shape[from++];
      } else {
        want *= shape[to];
        sizes.push_back(shape[to++]);
      }
    } while (have != want);
    // Dims of 1 at the end belong to the last group.
    if (to == shape.size())
      while (from < view.shape.size()) {
        group.push_back({view.shape[from], view.strides[from],
                         static_cast<int>(from) == view.blocked});
        have *= view.shape[from++];
      }
    if (from == view.shape.size())
      while (to < shape.size()) {
        want *= shape[to];
        sizes.push_back(shape[to++]);
      }
    if (have != want)
      return std::nullopt;
    if (sizes.empty())
      continue; // dims of 1 that were dropped
    if (group.empty()) {
      for (std::int64_t size : sizes)
        dims.push_back({size, 0, false});
      continue;
    }
    if (!regroup(std::move(group), sizes, view.lanes, dims))
      return std::nullopt;
  }
  View result = view;
  result.shape = shape;
  result.strides.clear();
  result.blocked = -1;
  for (std::size_t d = 0; d < dims.size(); ++d) {
    result.strides.push_back(dims[d].step);
    if (dims[d].isBlocked)
      result.blocked = static_cast<int>(d);
  }
  // Without its blocked dim, if that is of 1, the view is a plain one.
  return result;
}

View transposed(const View &view,
                const std::vector<std::int64_t> &permutation) {
  View result = view;
  for (std::size_t d = 0; d < permutation.size(); ++d) {
    const auto from = static_cast<std::size_t>(permutation[d]);
    result.shape[d] = view.shape[from];
    result.strides[d] = view.strides[from];
    if (static_cast<int>(from) == view.blocked)
      result.blocked = static_cast<int>(d);
  }
  return result;
}

std::optional<View> sliced(const View &view,
                           const std::vector<std::int64_t> &starts,
                           const std::vector<std::int64_t> &strides,
                           const Shape &shape) {
  View result = view;
  result.shape = shape;
  for (std::size_t d = 0; d < shape.size(); ++d) {
    if (static_cast<int>(d) == view.blocked) {
      const bool isWhole =
          starts[d] % view.lanes == 0 && (strides[d] == 1 || shape[d] == 1);
      if (!isWhole)
        return std::nullopt;
      result.at.offset += starts[d] / view.lanes * view.strides[d];
      continue;
    }
    result.at.offset += starts[d] * view.strides[d];
    result.strides[d] *= strides[d];
  }
  return result;
}

View broadcasted(const View &view, const Shape &shape) {
  View result = view;
  for (std::size_t d = 0; d < shape.size(); ++d)
    if (view.shape[d] == 1 && shape[d] != 1) {
      result.strides[d] = 0;
      if (static_cast<int>(d) == view.blocked)
        result.blocked = -1;
    }
  result.shape = shape;
  return result;
}

std::optional<Grid> gridOf(const View &view, int channel, int h, int w,
                           std::int64_t lanes) {
  if (view.isBlocked() && view.blocked != channel &&
      view.shape[view.blocked] != 1)
    return std::nullopt;
  Grid grid;
  grid.buffer = view.at.buffer;
  grid.elementBytes = view.elementBytes;
  grid.channels = channel < 0 ? 1 : view.shape[channel];
  if (channel >= 0 && view.blocked == channel) {
    if (view.lanes != lanes)
      return std::nullopt;
    grid.stepLane = view.elementBytes;
    grid.stepBlock = view.strides[channel];
    grid.isPadded = view.isFilled;
  } else if (channel >= 0) {
    grid.stepLane = view.strides[channel];
    grid.stepBlock = lanes * grid.stepLane;
  } else {
    grid.stepLane = view.elementBytes;
  }
  if (h >= 0) {
    grid.height = view.shape[h];
    grid.stepH = view.strides[h];
  }
  if (w >= 0) {
    grid.width = view.shape[w];
    grid.stepW = view.strides[w];
  }
  grid.offsets = {view.at.offset};
  for (int d = 0; d < static_cast<int>(view.shape.size()); ++d) {
    if (d == channel || d == h || d == w)
      continue;
    std::vector<std::int64_t> next;
    for (std::int64_t offset : grid.offsets)
      for (std::int64_t i = 0; i < view.shape[d]; ++i)
        next.push_back(offset + i * view.strides[d]);
    grid.offsets = std::move(next);
  }
  return grid;
}

} // namespace glowplug::npusim
