// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// The plugin as the host sees it through the ABI, and a small program for it.

#pragma once

#include "core/image/ImageBuilder.h"
#include "core/runtime/Backend.h"
#include "core/runtime/Executable.h"

#include <gtest/gtest.h>

namespace glowplug::npuplugintest {

using Options = std::vector<BackendOption>;

/// A backend of its own. Aborts where create() refuses.
std::shared_ptr<Backend> npuBackend(const Options &options = {});

/// The message with which create() refuses; empty if it does not.
std::string createError(const Options &options);

/// Two layers: "first", a convolution of i8 [1, 8, 12, 12] by 3 x 3 whose
/// sums leave as the first output, and "second", the greatest of each 2 x 2
/// elements of the input.
AlignedBytes smallImage();

inline constexpr size_t inputBytes = 8 * 12 * 12;
inline constexpr size_t outputBytes[] = {8 * 10 * 10 * 4, 8 * 6 * 6};
inline constexpr uint64_t smallMacs = 8 * 10 * 10 * 8 * 9;

/// A program as it is given to load().
struct Loadable {
  CompiledProgram program;
  AlignedBytes blob;
  std::vector<AlignedBytes> segments;

  LoadRequest request() const;
};
Loadable compileSmall(Backend &backend);

/// Runs \p executable, of smallImage(), on \p input; the bytes of all outputs.
llvm::Expected<std::vector<uint8_t>> runSmall(Executable &executable,
                                              const Loadable &loadable,
                                              const AlignedBytes &input);

/// Bytes that look random, the same for each seed.
AlignedBytes someInput(unsigned seed = 1);

} // namespace glowplug::npuplugintest
