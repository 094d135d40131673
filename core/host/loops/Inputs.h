// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Inputs for one run of a model: given tensors, or random ones.

#pragma once

#include "core/driver/Compiler.h"
#include "core/driver/TensorFile.h"
#include "core/runtime/Session.h"

namespace glowplug {

/// Where the inputs of one run come from.
struct InputSource {
  std::string folder;               ///< For messages. Empty: random.
  uint64_t seed = 0;                ///< Of random inputs.
  DimSizes dims;                    ///< Of random inputs, where sizes vary.
  std::vector<NamedTensor> tensors; ///< Of the folder.
  OpenSizes sizes; ///< Lengths of sequences and the like; of the folder.

  /// Reads input_0.pb, input_1.pb, ... of a folder.
  static llvm::Expected<InputSource> inFolder(const std::string &folder);
};

/// One tensor per port; none for a bound input of which there is no other word.
/// A tensor without a name stands for the port of its position. A tensor for
/// which there is no port is a fault of kind `usage`.
llvm::Expected<std::vector<Tensor>> makeInputs(llvm::ArrayRef<PortInfo> ports,
                                               const InputSource &source);

/// The same for a model that is loaded. Random inputs are those of the first
/// variant with the sizes \p source.dims.
llvm::Expected<std::vector<Tensor>> makeInputs(const Session &session,
                                               const InputSource &source);

/// Offers the tensors of \p source to \p request: the values of inputs, and the
/// sizes that \p declared leave open and that are not set yet.
void offerInputs(CompileRequest &request, llvm::ArrayRef<ModelInput> declared,
                 const InputSource &source);

/// The same with what the model declares. Fails if it cannot be read.
llvm::Error offerInputs(Compiler &compiler, CompileRequest &request,
                        const InputSource &source);

} // namespace glowplug
