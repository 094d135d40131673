// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Bytes in the making, and the region of an arithmetic among them.

#pragma once

#include "backends/npu-sim/compiler/instr/Arithmetic.h"

#include <glowplug/image_writer.h>

#include <new>

namespace glowplug::npusim {

/// Owns a writer.
struct Bytes {
  Bytes() = default;
  Bytes(const Bytes &) = delete;
  ~Bytes() { gp_writer_free(&writer); }

  /// A copy of what the writer gave in the end.
  static std::vector<std::uint8_t> take(gp_bytes made) {
    if (!made.data)
      throw std::bad_alloc();
    const auto *begin = static_cast<const std::uint8_t *>(made.data);
    return {begin, begin + made.size};
  }

  gp_writer writer{};
};

gp_ref writeRegion(gp_writer &writer, const Arithmetic &arithmetic);

} // namespace glowplug::npusim
