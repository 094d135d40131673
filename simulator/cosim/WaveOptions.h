// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Which signals of a chip are wanted in a file.

#pragma once

#include <cstdint>
#include <string>

namespace glowplug::npu::cosim {

/// From the dispatch of one command until another one has ended, both included.
/// \p last may lie after the program's end.
struct WaveOptions {
  std::string file; ///< for GTKWave, in the form FST
  std::int64_t first = 0, last = 0;
};

} // namespace glowplug::npu::cosim
