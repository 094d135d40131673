// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Many inputs for one model.

#pragma once

#include "tools/glowplug/Model.h"

#include <functional>

namespace glowplug::cli {

/// Samples: "random:SEED[xN]", or a folder. A folder holds samples as folders
/// of input_0.pb or input_0.npy, ... (in the order of their names), or is one
/// such folder, or holds one file per sample of a model's only input.
class Samples {
public:
  /// Reads \p text; ends the command if it says nothing.
  static Samples parse(const std::string &text);

  /// The first, from which sizes of dims are taken. Its tensors are empty if
  /// they are random.
  InputSource first() const { return source(0); }

  /// Calls \p use with the inputs of each run. A file that holds several times
  /// the first dim of an input gives as many runs. Returns how many there were.
  uint64_t
  forEach(const Session &session,
          const std::function<void(llvm::ArrayRef<Tensor>)> &use) const;

private:
  InputSource source(size_t index) const;

  std::string folder;
  std::vector<std::vector<std::string>> files; ///< Per sample.
  uint64_t seed = 0, count = 1;                ///< Of random samples.
};

} // namespace glowplug::cli
