// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Signal to quantisation noise.

#pragma once

#include "llvm/ADT/ArrayRef.h"

namespace glowplug::ptq {

/// Power of a signal and of its distance from the wanted one, over samples.
class Sqnr {
public:
  /// Takes in one sample; both have one length. Unless equal, elements of which
  /// one is not finite count as noise of infinite power.
  void add(llvm::ArrayRef<float> wanted, llvm::ArrayRef<float> got);

  /// 10 log10(signal / noise): infinite without noise, minus infinity without
  /// signal but with noise.
  double db() const;
  /// Noise over signal: 0 without noise.
  double ratio() const;

private:
  double signal = 0, noise = 0;
};

} // namespace glowplug::ptq
