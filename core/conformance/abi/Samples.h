// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Small programs to ask plugins about.

#pragma once

#include "core/runtime/AlignedBytes.h"
#include "core/support/DType.h"

#include <glowplug/backend.h>

#include <string>
#include <vector>

namespace glowplug::conformance {

/// A tensor that goes into or comes out of a program.
struct SampleTensor {
  DType dtype;
  std::vector<int64_t> shape;
  size_t bytes;
};

/// A verified program with its constants.
struct Sample {
  std::string name;   ///< "conv.u8i8"
  std::string family; ///< "conv": one kind of work
  AlignedBytes image;
  std::vector<AlignedBytes> segments;
  std::vector<SampleTensor> inputs, outputs;

  /// Equal, in memory of its own.
  Sample copy() const;
  std::vector<gp_bytes> segmentBytes() const;
  /// Contents for input \p index: small numbers, all lawful for any op here.
  AlignedBytes inputData(size_t index, uint32_t seed) const;
};

/// All samples; the plainest of each family come first. Made once.
llvm::ArrayRef<Sample> samples();

/// The names of the families, each once.
llvm::ArrayRef<std::string> sampleFamilies();

} // namespace glowplug::conformance
