// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// What tensors hold, chosen so that wrong kernels show.

#pragma once

#include "core/support/Random.h"
#include "core/support/Tensor.h"

#include <functional>

namespace glowplug::conformance {

/// D0 to D9.
enum class DataSet : uint8_t {
  smallIntegers,    ///< Sums are exact in every float type that is wide enough.
  zeroProducts,     ///< One factor of each product is 0: sums are exactly 0.
  extremeExponents, ///< Nearly as large as sums may be.
  equalTail,        ///< One large term, and many that a short sum loses.
  logTail,          ///< Sizes over many powers of two.
  cancelling,       ///< Terms in pairs that cancel, and zeros.
  fullRange,        ///< Of integers all values; of floats -1 to 1.
  specials,         ///< NaN, infinities, -0, subnormals, the largest.
  ties,             ///< Integers whose halves are often ties.
  rails,            ///< The least, the largest, and 0.
};

/// "D3"
std::string dataSetName(DataSet set);

/// Of a product of sums.
enum class Side : uint8_t { left, right };

/// How a tensor is filled.
struct Filling {
  DataSet set = DataSet::fullRange;
  Side side = Side::left;
  /// How many terms a sum over it has.
  int64_t terms = 1;
  /// The number of the term that an element stands in; empty: the element's
  /// own.
  std::function<int64_t(int64_t element)> termOf = {};
};

/// A tensor of \p type, for which \p filling makes sense: integers take D0, D1,
/// D5, D6, D8 and D9, floats D0 to D7, and booleans are drawn.
llvm::Expected<Tensor> makeTensor(DType type, llvm::ArrayRef<int64_t> shape,
                                  const Filling &filling, Random &random);

/// A tensor of \p type whose products neither vanish nor overflow soon: floats
/// near 1 of either sign, with a few NaN and infinities if \p hasSpecials; odd
/// integers.
llvm::Expected<Tensor> makeFactors(DType type, llvm::ArrayRef<int64_t> shape,
                                   bool hasSpecials, Random &random);

/// A tensor of \p values, each converted as the scalar op cast does it.
llvm::Expected<Tensor> tensorOf(DType type, llvm::ArrayRef<int64_t> shape,
                                llvm::ArrayRef<double> values);

/// Whether \p set says anything of \p type.
bool suits(DataSet set, DType type);

} // namespace glowplug::conformance
