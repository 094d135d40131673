// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// A model that is compiled for the shapes of its inputs as they come.

#pragma once

#include "core/host/loops/Build.h"

#include <list>
#include <mutex>

namespace glowplug {

/// A model of which some dims have no sizes. For each set of sizes, and of
/// values of the inputs that determine shapes, it is compiled once; the last
/// mostKept results are kept in memory, and the cache of the options keeps more
/// on disk. Any thread may use it.
class OnDemandModel {
public:
  /// How many compiled models are kept.
  static constexpr size_t mostKept = 32;
  /// Inputs of rank 0 or 1 with at most so many elements may determine shapes.
  static constexpr int64_t mostShapeElements = 64;

  /// \p options has no variants; sizes of dims and values of inputs that it
  /// gives stay as they are. Bytes of a model in memory are copied.
  static llvm::Expected<std::shared_ptr<OnDemandModel>>
  open(BuildOptions options);

  /// As the model declares them.
  llvm::ArrayRef<PortInfo> inputs() const { return inputPorts; }
  llvm::ArrayRef<PortInfo> outputs() const { return outputPorts; }

  /// The model as it was compiled for \p inputs (one tensor per input, or none
  /// for one that is bound), without a session. Compiles it if it is not kept.
  llvm::Expected<std::shared_ptr<const BuiltModel>>
  find(llvm::ArrayRef<Tensor> inputs);

  /// What find() did so far.
  struct Counts {
    uint64_t compiled = 0;
    uint64_t fromCache = 0; ///< Read from the folder of the options.
    uint64_t known = 0;     ///< Had already.
  };
  Counts counts() const;

private:
  struct Entry {
    DimSizes dims;
    std::shared_ptr<const BuiltModel> model;
  };

  explicit OnDemandModel(BuildOptions options)
      : options(std::move(options)), set(this->options.plugins) {}
  llvm::Error readInterface();
  llvm::Expected<DimSizes> dimsOf(llvm::ArrayRef<Tensor> inputs) const;
  std::shared_ptr<const BuiltModel> lookUp(const DimSizes &dims,
                                           llvm::ArrayRef<Tensor> inputs);
  llvm::Expected<BuiltModel> compile(const DimSizes &dims,
                                     llvm::ArrayRef<Tensor> inputs);

  std::vector<uint8_t> bytes; // of a model in memory
  BuildOptions options;
  BackendSet set;
  std::vector<PortInfo> inputPorts, outputPorts;
  std::mutex compiling;
  mutable std::mutex mutex; // of the entries and counts
  std::list<Entry> entries; // the last one used first
  Counts done;
};

} // namespace glowplug
