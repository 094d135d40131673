// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Partitions written by hand.

#pragma once

#include "backends/npu-sim/runtime/Executable.h"

#include <string_view>

namespace glowplug::npusim::test {

/// A partition with the program of \p assembly, one input, one output and
/// layers "layer 0", "layer 1", ... without work. Extents of bases 0 to 3 are
/// constants, workspace, input and output.
Blob blobOf(std::string_view assembly, std::array<std::int64_t, 4> extents,
            int layers = 1);

/// C = A * B of bytes, from base 2 by base 0 to base 3, in one layer.
Blob gemmBlob(int m, int n, int k, int panel, const npu::Config &config);

/// \p blob written and loaded in process, with \p constants as its segment. No
/// constants: no segment.
npu::Result<std::unique_ptr<Executable>>
load(const Blob &blob, std::span<const std::uint8_t> constants = {},
     const npu::Config &config = {});

/// The message with which loading refuses; empty if it does not.
std::string loadError(const Blob &blob,
                      std::span<const std::uint8_t> constants = {},
                      const npu::Config &config = {});

std::vector<npu::Command> commandsOf(const Blob &blob);

} // namespace glowplug::npusim::test
