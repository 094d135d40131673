// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Gathers statistics of the values of a tensor.

#include "core/quantize/ptq/Profile.h"

#include <cmath>
#include <limits>

using namespace glowplug;
using namespace glowplug::ptq;

TensorCollector::TensorCollector(llvm::ArrayRef<int64_t> shape,
                                 int64_t channelAxis) {
  profile.shape.assign(shape.begin(), shape.end());
  profile.channelAxis = channelAxis;
  profile.min = std::numeric_limits<double>::infinity();
  profile.max = -profile.min;
  if (channelAxis < 0)
    return;
  const auto channels = static_cast<size_t>(shape[channelAxis]);
  profile.channelMean.assign(channels, 0);
  profile.channelMin.assign(channels, profile.min);
  profile.channelMax.assign(channels, profile.max);
  channelCount.assign(channels, 0);
}

void TensorCollector::addChannels(const Tensor &tensor) {
  const llvm::ArrayRef<float> values = tensor.elements<float>();
  const size_t channels = profile.channelMean.size();
  int64_t inner = 1;
  for (int64_t dim :
       tensor.shape().drop_front(static_cast<size_t>(profile.channelAxis) + 1))
    inner *= dim;
  const auto run = static_cast<size_t>(inner);
  size_t channel = 0;
  for (size_t at = 0; at < values.size(); at += run) {
    double partial = 0;
    uint64_t finite = 0;
    double low = profile.channelMin[channel];
    double high = profile.channelMax[channel];
    for (float value : values.slice(at, run)) {
      if (!std::isfinite(value))
        continue;
      partial += value;
      ++finite;
      low = std::min<double>(low, value);
      high = std::max<double>(high, value);
    }
    profile.channelMean[channel] += partial; // a sum until finish()
    channelCount[channel] += finite;
    profile.channelMin[channel] = low;
    profile.channelMax[channel] = high;
    channel = channel + 1 == channels ? 0 : channel + 1;
  }
}

void TensorCollector::add(const Tensor &tensor) {
  const llvm::ArrayRef<float> values = tensor.elements<float>();
  profile.count += values.size();
  profile.nonFinite += profile.histogram.add(values);
  for (float value : values) {
    if (!std::isfinite(value))
      continue;
    sum += value;
    profile.min = std::min<double>(profile.min, value);
    profile.max = std::max<double>(profile.max, value);
  }
  if (profile.channelAxis >= 0 && !values.empty())
    addChannels(tensor);
}

TensorProfile TensorCollector::finish() && {
  const uint64_t finite = profile.count - profile.nonFinite;
  if (finite == 0)
    profile.min = profile.max = 0;
  else
    profile.mean = sum / static_cast<double>(finite);
  for (size_t i = 0; i < channelCount.size(); ++i) {
    if (channelCount[i] == 0)
      profile.channelMin[i] = profile.channelMax[i] = 0;
    else
      profile.channelMean[i] /= static_cast<double>(channelCount[i]);
  }
  return std::move(profile);
}
