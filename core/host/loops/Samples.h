// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Many inputs for one model.

#pragma once

#include "core/host/loops/Inputs.h"

#include "llvm/ADT/STLFunctionalExtras.h"

namespace glowplug {

/// Samples: random ones, or those of a folder.
class Samples {
public:
  /// \p count samples with seeds from \p seed on.
  static Samples random(uint64_t seed, uint64_t count);
  /// A folder holds samples as folders of input_0.pb or input_0.npy, ... (in
  /// the order of their names), or is one such folder, or holds one file per
  /// sample of a model's only input. A folder without samples is a fault of
  /// kind `usage`.
  static llvm::Expected<Samples> inFolder(const std::string &folder);

  /// The first, from which sizes of dims are taken. Its tensors are empty if
  /// they are random.
  llvm::Expected<InputSource> first() const { return source(0); }

  /// Calls \p use with the inputs of each run of a model with the inputs
  /// \p ports, until it fails. A file that holds several times the first dim of
  /// an input gives as many runs. Returns how many there were.
  llvm::Expected<uint64_t>
  forEach(llvm::ArrayRef<PortInfo> ports,
          llvm::function_ref<llvm::Error(llvm::ArrayRef<Tensor>)> use) const;

private:
  llvm::Expected<InputSource> source(size_t index) const;

  std::string folder;                          ///< Empty: random.
  std::vector<std::vector<std::string>> files; ///< Per sample.
  uint64_t seed = 0, count = 1;                ///< Of random samples.
};

} // namespace glowplug
