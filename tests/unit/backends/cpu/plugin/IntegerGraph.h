// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Random 8-bit programs with constants in segments.
#pragma once

#include "tests/unit/backends/cpu/plugin/Testing.h"

#include <deque>

namespace glowplug::cputest {

/// A program under construction, its constants and its inputs.
class IntegerGraph {
public:
  explicit IntegerGraph(uint32_t seed) : random(seed), b("integers") {}

  /// i8 or u8.
  DType pickByte() { return random() % 2 ? DType::i8 : DType::u8; }

  ValueId input(DType type, llvm::ArrayRef<int64_t> shape);
  /// Random elements; over the whole range of an 8-bit type.
  ValueId constant(DType type, llvm::ArrayRef<int64_t> shape);
  /// The greatest number of the type everywhere.
  ValueId extremes(DType type, llvm::ArrayRef<int64_t> shape);
  ValueId constant(Tensor value);

  /// None, one or \p count zero points for \p type.
  std::vector<int32_t> zeroPoints(DType type, int64_t count);

  /// Nothing (one time in eight), or from an i32 sum of shape \p shape to an
  /// 8-bit number: a bias and a scale per index of \p channelDim, a rescale,
  /// perhaps a clamp; or to f32; with a residual where one fits.
  Epilogue tail(llvm::ArrayRef<int64_t> shape, size_t channelDim);

  /// From an 8-bit number to one that is a little clamped.
  RegionBuilder clamp(DType type);

  /// Adds \p value to the planes, if it is 8-bit; else to the outputs.
  void keep(ValueId value);
  /// Another plane of this shape.
  std::optional<ValueId> findLike(ValueId value);
  std::optional<ValueId> findOf(llvm::ArrayRef<int64_t> shape);

  /// Compares all outputs with the reference interpreter.
  void expectExact();

  Random random;
  ProgramBuilder b;
  std::vector<ValueId> planes; ///< 8-bit, for further ops

private:
  std::vector<Tensor> inputs;
  std::deque<AlignedBytes> segments;
};

} // namespace glowplug::cputest
