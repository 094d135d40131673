// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// What the inputs of a model leave open, and the tensors that they become.

#pragma once

#include "core/driver/Compiler.h"

#include <map>
#include <string>
#include <vector>

namespace glowplug {

using OpenSizes = std::map<std::string, int64_t>;

/// The names of all sizes that \p input leaves open where \p given are known:
/// those of the elements of a sequence after its length.
std::vector<std::string> openSizes(const ModelInput &input,
                                   const OpenSizes &given);

/// The tensors that \p declared stand for: the elements of sequences, whose
/// lengths are in \p given, with the names of their own sizes, and no optional
/// that is left out there. A sequence of unknown length has none.
std::vector<ModelInput> tensorsOf(llvm::ArrayRef<ModelInput> declared,
                                  const OpenSizes &given);

/// An input or output of \p model that is not always one tensor, or an input of
/// no known rank: such a model is compiled with all sizes known. Null if there
/// is none.
const ModelInput *findOpenForm(const ModelSummary &model);

} // namespace glowplug
