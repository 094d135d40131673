// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// How samples are written down.

#pragma once

#include "core/image/ImageBuilder.h"

#include <functional>
#include <string>
#include <vector>

namespace glowplug::conformance {

/// A program while it is built.
struct SampleBuilder {
  ProgramBuilder program;
  std::vector<std::vector<uint8_t>> segments;

  explicit SampleBuilder(const std::string &name) : program(name) {}

  /// A constant in a segment of its own, with small numbers in it.
  ValueId weights(DType dtype, llvm::ArrayRef<int64_t> shape);
};

struct SampleProgram {
  const char *name; ///< "conv.u8i8"; the family is what stands before the dot
  std::function<void(SampleBuilder &)> build;
};

// One function per file of programs.
void addMapPrograms(std::vector<SampleProgram> &programs);
void addContractionPrograms(std::vector<SampleProgram> &programs);
void addOtherPrograms(std::vector<SampleProgram> &programs);

} // namespace glowplug::conformance
