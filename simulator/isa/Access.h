// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Which parts of which memory a command touches.

#pragma once

#include "simulator/isa/Command.h"
#include "simulator/isa/Config.h"

#include <array>
#include <string_view>

namespace glowplug::npu {

enum class Space : std::uint8_t { Scratchpad, Accumulator, Dram };

/// Runs of bytes (rows in the accumulator) at up to four levels of steps.
struct Access {
  Space space = Space::Scratchpad;
  bool write = false;
  /// A matmul's sums: reads and writes that keep their order by themselves.
  bool accumulates = false;
  std::uint8_t base = 0; ///< base register, for DRAM
  std::int64_t begin = 0, run = 1;
  std::array<std::int64_t, 4> count{1, 1, 1, 1}, step{};
  std::string_view field; ///< the address field it comes from

  /// The least address, and one past the greatest; both exact.
  std::int64_t low() const;
  std::int64_t high() const;
};

/// All accesses of one command, in no particular order.
class AccessList {
public:
  void add(const Access &access) { items[used++] = access; }
  const Access *begin() const { return items.data(); }
  const Access *end() const { return items.data() + used; }

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
