// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Functions that a model defines for itself.

#pragma once

#include "llvm/Support/Error.h"

namespace glowplug::onnx {
class ModelProto;
} // namespace glowplug::onnx

namespace glowplug::importer {

/// Puts the nodes of each function of \p model in the place of every node that
/// calls it, in graphs within graphs as well, and takes the functions away.
/// Names within a function get that of the call in front. Fails if functions
/// call each other in a circle, if one uses another version of an operator set
/// than the model, and if the model becomes too large.
llvm::Error inlineFunctions(onnx::ModelProto &model);

} // namespace glowplug::importer
