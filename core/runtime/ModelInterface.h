// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// What a compiled model takes and gives, and which of its variants runs.

#pragma once

#include "core/artifact/Artifact.h"
#include "core/support/Tensor.h"

#include <map>
#include <string>
#include <vector>

namespace glowplug {

/// An input or output of a model.
struct PortInfo {
  std::string name;
  DType dtype = DType::none;
  llvm::SmallVector<int64_t, 4> shape; ///< -1: the size varies.
  /// Of an output some of whose sizes a run says: one entry per size, the
  /// number of the output that holds it, or -1.
  llvm::SmallVector<int64_t, 4> extents;
  /// The value that it was bound to when the model was compiled; else no
  /// tensor. Inputs only.
  Tensor bound;
  /// One per size, empty where that is fixed or has no name; no list if no
  /// size varies.
  std::vector<std::string> dimNames;
};

/// "f32[N,3,?]": the type of a port, with the names of sizes that vary.
std::string typeText(const PortInfo &port);

/// Whether \p given has the type and all fixed sizes of \p port.
bool fits(const PortInfo &port, const Tensor &given);

/// Sizes of dims, by name.
using DimSizes = std::map<std::string, int64_t>;

/// "N=1, W=32"
std::string sizesText(const DimSizes &dims);

/// Fails with a fault of kind `usage` unless \p given is a value for the input
/// \p port; no tensor is one if the port is bound. Adds the sizes of its dims
/// to
/// \p dims, where they may not differ from what is there.
llvm::Error readDims(const PortInfo &port, const Tensor &given, DimSizes &dims);

/// The ports of an artifact and of its variants.
class ModelInterface {
public:
  /// Of \p artifact, which was verified; values of bound inputs are borrowed
  /// from it.
  static llvm::Expected<ModelInterface> of(const Artifact &artifact);

  llvm::ArrayRef<PortInfo> inputs() const { return inputPorts; }
  llvm::ArrayRef<PortInfo> outputs() const { return outputPorts; }
  /// The same in one variant, where no size varies but those that a run says.
  llvm::ArrayRef<PortInfo> inputs(uint32_t variant) const {
    return variants[variant].inputs;
  }
  llvm::ArrayRef<PortInfo> outputs(uint32_t variant) const {
    return variants[variant].outputs;
  }
  /// With the largest sizes; then come the outputs that hold sizes.
  llvm::ArrayRef<PortInfo> largestOutputs(uint32_t variant) const {
    return variants[variant].largestOutputs;
  }
  uint32_t variantCount() const {
    return static_cast<uint32_t>(variants.size());
  }

  /// The first variant that takes \p inputs: one tensor per input, or none for
  /// a bound one. Inputs that fit none are a fault of kind `usage`, which names
  /// the sizes that the model was compiled for.
  llvm::Expected<uint32_t> variantFor(llvm::ArrayRef<Tensor> inputs) const;
  /// The first variant with these sizes; dims that are not named have any. A
  /// fault of kind `usage` if there is none.
  llvm::Expected<uint32_t> variantWith(const DimSizes &dims) const;

private:
  struct Variant {
    std::vector<int64_t> key; ///< One size per dim.
    std::vector<PortInfo> inputs, outputs, largestOutputs;
  };
  std::vector<PortInfo> inputPorts, outputPorts;
  std::vector<std::string> dimNames;
  std::string keyNames; ///< Of all variants, for messages.
  std::vector<Variant> variants;
};

} // namespace glowplug
