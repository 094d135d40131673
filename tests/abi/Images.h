// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Small programs of f32 maps, made with the FlatBuffers library.
#pragma once

#include "core/image/image_generated.h"

#include "core/runtime/AlignedBytes.h"

#include <vector>

namespace glowplug::testing {

/// One scalar operation of a region.
struct Step {
  image::ScalarOp op;
  std::vector<uint16_t> operands;
  uint64_t bits = 0;
  image::DType dtype = image::DType::f32;
};

/// One map of a program.
struct MapOp {
  std::vector<uint32_t> operands, results;
  std::vector<Step> steps;
  std::vector<uint16_t> regionResults;
};

/// A program of maps over f32 values of the given shapes.
struct MapProgram {
  std::vector<std::vector<int64_t>> shapes;
  std::vector<uint32_t> inputs, outputs;
  std::vector<MapOp> ops;
  std::vector<std::string> requiredFeatures;

  AlignedBytes build() const;
};

/// y = max((a + b) * a - c, 0.5); z = b - y. a: [2, 3], b: [1, 3], c: [2, 1];
/// outputs z, y, y and the input b.
MapProgram sampleProgram();

} // namespace glowplug::testing
