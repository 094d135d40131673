// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Networks of 8-bit integers, made of networks of floats.

#pragma once

#include "core/conformance/graphs/Case.h"
#include "core/quantize/ptq/Scheme.h"

namespace glowplug::models {

/// \p model, of f32, after quantisation by its values on random inputs of
/// \p seed. Its inputs and outputs are integers too, where nothing else than
/// the conversion stands between: as on devices without floats. Errors are
/// defects of the model or of the quantiser.
llvm::Expected<graphs::Case> quantised(const graphs::Case &model,
                                       ptq::Scheme scheme, uint64_t seed);

} // namespace glowplug::models
