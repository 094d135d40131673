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

/// Calls \p see with the place where each run of \p access begins, in order,
/// until it gives false. Returns whether it never did.
template <typename See>
bool walkRuns(const Access &access, See see) {
  std::array<std::int64_t, 4> i{};
  for (i[3] = 0; i[3] < access.count[3]; ++i[3])
    for (i[2] = 0; i[2] < access.count[2]; ++i[2])
      for (i[1] = 0; i[1] < access.count[1]; ++i[1])
        for (i[0] = 0; i[0] < access.count[0]; ++i[0]) {
          std::int64_t at = access.begin;
          for (int d = 0; d < 4; ++d)
            at += i[d] * access.step[d];
          if (!see(at))
            return false;
        }
  return true;
}

/// The input rows (or columns) from first to last that a window reads; \p count
/// is 0 where all is padding.
struct WindowSpan {
  std::int64_t first, count;
};
WindowSpan windowSpan(std::int64_t out, std::int64_t in, std::int64_t pad,
                      std::int64_t stride, std::int64_t kernel,
                      std::int64_t dilation);

} // namespace glowplug::npu
