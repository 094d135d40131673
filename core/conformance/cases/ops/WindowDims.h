// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// How the windows of convolutions and pools lie in their spatial dims.

#pragma once

#include "core/conformance/cases/CoveringArray.h"

#include "llvm/ADT/SmallVector.h"

#include <string>
#include <vector>

namespace glowplug::conformance {

/// Windows along one dim of \p size elements.
struct WindowDim {
  int64_t size;
  int64_t window; ///< Taps.
  int64_t stride;
  int64_t dilation;
  int64_t low, high; ///< Padding, at least 0.

  /// From the first to the last element of a window.
  int64_t reach() const { return dilation * (window - 1) + 1; }
  bool hasWindow() const { return size + low + high >= reach(); }
  int64_t outputSize() const;
  /// That of a transposed convolution; may be less than 1.
  int64_t transposedSize() const;
  /// Whether each window has a tap that is not padding.
  bool allMeetElements() const;
};

using WindowDims = llvm::SmallVector<WindowDim, 3>;

/// The dims of a choice: "spatial" is their number, "size", "kernel", "stride",
/// "dilation", "low" and "high" are those of the first. The others have the
/// padding of the first on the other side; where "skewed" is 1 they differ in
/// everything, so that a swap of dims shows.
WindowDims windowDimsOf(const Choice &choice);

/// A choice that is skewed has several dims.
bool isLawfulSkew(const Choice &choice);

/// "meets" if each window has an element in each dim, else "misses".
std::string placementOf(const WindowDims &dims);

/// One number of each dim: listOf(dims, &WindowDim::stride).
std::vector<int64_t> listOf(const WindowDims &dims, int64_t WindowDim::*member);
/// Their product.
int64_t productOf(const WindowDims &dims, int64_t WindowDim::*member);

/// How a number stands in features: "2", or "2x3x1" where the dims differ.
std::string featureOf(const WindowDims &dims, int64_t WindowDim::*member);
/// How the numbers stand in the names of cases: "9.k3.st1.d2.p0-1", with
/// ".skewed" where the dims differ. \p letter stands for the window.
std::string nameOf(const WindowDims &dims, const char *letter);

} // namespace glowplug::conformance
