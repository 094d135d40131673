// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// What stands behind the sums of contractions, reductions and windows.

#pragma once

#include "core/conformance/cases/ProgramCase.h"

namespace glowplug::conformance {

/// A kind of epilogue; a factor of the tables of cases.
enum class EpilogueKind : int64_t {
  none,
  relu,
  bias,         ///< One per channel.
  biasResidual, ///< Also a tensor of the result's shape, and relu.
  sigmoid,      ///< Floats.
  fp32Rne,      ///< Integers: bias, then this recipe to 8 bits.
  tosaSingle,
  tosaDouble,
  table, ///< Integers: fp32_rne to 8 bits, then a table.
};

/// "bias_residual"; for names of cases.
std::string epilogueName(EpilogueKind kind);
/// The recipe that it has; empty for none.
std::string recipeOf(EpilogueKind kind);
/// Whether sums of the type \p accumulator can have it.
bool suits(EpilogueKind kind, DType accumulator);

/// Where an epilogue stands.
struct EpiloguePlace {
  DType accumulator;
  DType result; ///< Of a float op: the type of its operands.
  llvm::ArrayRef<int64_t> shape;
  size_t channel; ///< The dim of the result that has one bias each.
  /// The largest absolute value of a sum, about: rescales bring it to 8 bits.
  double largest = 1;
  bool hasTies = false; ///< Scales are powers of two.
};

/// An epilogue of \p kind. Its extras are constants of \p sample, but a
/// residual is an input.
llvm::Expected<Epilogue> makeEpilogue(EpilogueKind kind,
                                      const EpiloguePlace &place,
                                      ProgramSampleBuilder &sample,
                                      Random &random);

} // namespace glowplug::conformance
