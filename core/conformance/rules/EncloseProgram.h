// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// What a program may give: rules R1 to R7 over all of its ops.

#pragma once

#include "core/conformance/rules/Enclosure.h"
#include "core/conformance/rules/FloatFormat.h"

namespace glowplug {
namespace image {
struct Program;
} // namespace image

namespace conformance {

/// All that lawful backends may give for \p inputs: one value per output of
/// \p program, which was verified. Every op may be off by what its rule allows,
/// and hands that on. Integers that floats decide are intervals where another
/// decision is lawful. Composites have twice what their body allows (R6).
llvm::Expected<std::vector<Enclosure>>
encloseProgram(const image::Program &program, llvm::ArrayRef<Tensor> inputs,
               llvm::ArrayRef<llvm::ArrayRef<uint8_t>> segments,
               const FloatPromise &promise);

} // namespace conformance
} // namespace glowplug
