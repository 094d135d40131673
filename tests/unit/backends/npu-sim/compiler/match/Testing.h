// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Images made by the core's builder, matched, and compared with the core's
/// interpreter.

#pragma once

#include "backends/npu-sim/compiler/match/Match.h"
#include "core/image/ImageBuilder.h"
#include "core/support/Tensor.h"
#include "tests/unit/backends/npu-sim/compiler/match/Evaluate.h"

#include <gtest/gtest.h>

#include <random>

namespace glowplug::matchtest {

using Random = std::mt19937;

std::int64_t pick(Random &random, std::int64_t low, std::int64_t high);
Tensor randomTensor(Random &random, DType type, llvm::ArrayRef<int64_t> shape);

/// A program on its way: its inputs and the bytes of its segments.
struct Case {
  explicit Case(Random &random) : random(random) {}

  Random &random;
  ProgramBuilder b{"case"};
  std::vector<Tensor> inputs;
  std::vector<std::vector<std::uint8_t>> segments;

  /// An input with random elements.
  ValueId input(DType type, llvm::ArrayRef<int64_t> shape);
  ValueId input(Tensor value);
  /// A constant in a segment.
  ValueId constant(Tensor value);
  ValueId constant(DType type, llvm::ArrayRef<int64_t> shape) {
    return constant(randomTensor(random, type, shape));
  }
};

/// A verified image, and its accessors.
struct Image {
  explicit Image(const ProgramBuilder &program);

  std::vector<std::uint8_t> bytes;
  gp_image_program root() const { return gp_image_root(bytes.data()); }
};

const npu::Config &config();
/// The last op of the program of \p image.
npusim::Matched matchLast(const Image &image,
                          const npu::Config &target = config());
/// Why it is not taken; fails the test if it is.
npusim::Refusal refusalOf(const ProgramBuilder &program,
                          const npu::Config &target = config());
/// The layer of the last op; fails the test if it is not taken.
npusim::Layer layerOf(const ProgramBuilder &program,
                      const npu::Config &target = config());

/// The layers of \p test and the core's interpreter give the same bytes. All
/// ops are taken.
void expectExact(const Case &test);

std::vector<Tensor> interpretCase(const Case &test);

} // namespace glowplug::matchtest
