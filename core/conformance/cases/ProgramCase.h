// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Cases that are a program with inputs.

#pragma once

#include "core/conformance/record/Record.h"
#include "core/image/ImageBuilder.h"
#include "core/runtime/AlignedBytes.h"
#include "core/support/Random.h"

#include <functional>

namespace glowplug::conformance {

/// A program, ready for a backend.
struct ProgramSample {
  std::vector<uint8_t> image; ///< Verified.
  std::vector<AlignedBytes> segments;
  std::vector<Tensor> inputs;

  std::vector<llvm::ArrayRef<uint8_t>> segmentBytes() const;
};

/// How many cases run: each depth holds those before it.
enum class Depth : uint8_t { smoke, quick, full };

/// The text of a depth as users write it; nothing for other text.
std::optional<Depth> parseDepth(llvm::StringRef text);
llvm::StringRef depthName(Depth depth);

/// Makes the program of a case. The random numbers follow from its name.
using MakeSample = std::function<llvm::Expected<ProgramSample>(Random &random)>;

struct ProgramCase {
  std::string name;
  Level level = Level::ops;
  Features features;
  Depth depth = Depth::full; ///< The first that has it.
  MakeSample make;
};

/// Builds a program and its inputs together.
class ProgramSampleBuilder {
public:
  explicit ProgramSampleBuilder(llvm::StringRef name) : body(name) {}

  ProgramBuilder body;

  /// An input of the program that is given \p value.
  ValueId input(Tensor value);
  /// A constant: in the image where it fits, as one element if all are alike,
  /// else in a segment.
  ValueId constant(const Tensor &value);
  /// One or the other.
  ValueId operand(Tensor value, bool isConstant) {
    return isConstant ? constant(value) : input(std::move(value));
  }
  /// Makes \p results outputs and verifies the program.
  llvm::Expected<ProgramSample> finish(llvm::ArrayRef<ValueId> results);

private:
  std::vector<AlignedBytes> segments;
  std::vector<Tensor> inputs;
};

} // namespace glowplug::conformance
