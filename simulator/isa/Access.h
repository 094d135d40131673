// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Which parts of which memory a command touches.

#pragma once

#include "simulator/isa/Command.h"
#include "simulator/isa/Config.h"

#include <array>

namespace glowplug::npu {

/// All accesses of one command, in no particular order.
class AccessList {
public:
  void add(const Access &access) { items[used++] = access; }
  const Access *begin() const { return items.data(); }
  const Access *end() const { return items.data() + used; }
  int size() const { return used; }
  const Access &operator[](int i) const { return items[i]; }

private:
  std::array<Access, 8> items;
  int used = 0;
};

/// What \p command touches. Its fields are within their ranges. The input of a
/// window is the box of rows and columns from the first to the last that a tap
/// reads: with strides over the kernel, more than is read.
AccessList accessesOf(const Command &command, const Config &config);

/// The input rows (or columns) from first to last that a window reads; \p count
/// is 0 where all is padding.
struct WindowSpan {
  std::int64_t first, count;
};
WindowSpan windowSpan(std::int64_t out, std::int64_t in, std::int64_t pad,
                      std::int64_t stride, std::int64_t kernel,
                      std::int64_t dilation);

} // namespace glowplug::npu
