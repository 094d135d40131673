// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Statistics of the values of a model's tensors over many samples, and the
/// file that keeps them.

#pragma once

#include "core/quantize/ptq/Histogram.h"
#include "core/support/Tensor.h"

#include "llvm/ADT/StringRef.h"

#include <map>
#include <string>
#include <vector>

namespace glowplug::ptq {

/// The values of one tensor.
struct TensorProfile {
  llvm::SmallVector<int64_t> shape;
  Histogram histogram;
  uint64_t count = 0;      ///< Values seen, finite or not.
  uint64_t nonFinite = 0;  ///< NaN and infinities, which no statistic includes.
  double min = 0, max = 0; ///< Of the finite values.
  double mean = 0;
  /// Axis of the channels, or -1 without channels to tell apart.
  int64_t channelAxis = -1;
  std::vector<double> channelMean, channelMin, channelMax;
};

struct Profile {
  std::string modelSha256; ///< 64 hexadecimal digits.
  std::string inputs;      ///< Where the samples came from, in words.
  uint64_t samples = 0;
  std::map<std::string, TensorProfile> tensors;
};

/// Gathers the values of one tensor, sample after sample.
class TensorCollector {
public:
  /// \p channelAxis: -1 for none.
  TensorCollector(llvm::ArrayRef<int64_t> shape, int64_t channelAxis);

  /// Takes in one sample: f32, of the shape, or smaller in other dims than that
  /// of the channels.
  void add(const Tensor &tensor);
  TensorProfile finish() &&;

private:
  void addChannels(const Tensor &tensor);

  TensorProfile profile;
  std::vector<uint64_t> channelCount;
  double sum = 0;
};

/// The JSON text of \p profile: the same bytes for the same profile.
std::string profileText(const Profile &profile);

/// Reads a profile. Messages begin with \p name and say which field is wrong.
llvm::Expected<Profile> parseProfile(llvm::StringRef text,
                                     llvm::StringRef name);
llvm::Expected<Profile> readProfile(llvm::StringRef path);

/// Fails unless \p profile was made of the model with that hash; the message
/// holds both.
llvm::Error checkProfileModel(const Profile &profile,
                              llvm::StringRef modelSha256,
                              llvm::StringRef profilePath,
                              llvm::StringRef modelPath);

} // namespace glowplug::ptq
