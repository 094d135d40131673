// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Signal to quantisation noise.

#include "core/quantize/ptq/Sqnr.h"

#include <cassert>
#include <cmath>
#include <limits>

using namespace glowplug::ptq;

void Sqnr::add(llvm::ArrayRef<float> wanted, llvm::ArrayRef<float> got) {
  assert(wanted.size() == got.size() && "different tensors");
  for (size_t i = 0; i < wanted.size(); ++i) {
    if (wanted[i] == got[i] || (std::isnan(wanted[i]) && std::isnan(got[i]))) {
      if (std::isfinite(wanted[i]))
        signal += double(wanted[i]) * wanted[i];
      continue;
    }
    if (!std::isfinite(wanted[i]) || !std::isfinite(got[i])) {
      noise = std::numeric_limits<double>::infinity();
      continue;
    }
    const double error = double(got[i]) - wanted[i];
    signal += double(wanted[i]) * wanted[i];
    noise += error * error;
  }
}

double Sqnr::ratio() const {
  if (noise == 0)
    return 0;
  return signal == 0 ? std::numeric_limits<double>::infinity() : noise / signal;
}

double Sqnr::db() const { return -10 * std::log10(ratio()); }
