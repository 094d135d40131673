// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// A model and its hardware as one self-contained page.

#pragma once

#include "core/runtime/Cosimulation.h"

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/raw_ostream.h"

namespace glowplug::report {

/// Writes the page: what is equal, the engines of the model and of the hardware
/// above one another on one time axis, and the layers. Parts follow one
/// another; each begins in both when it has ended in both. \p title names the
/// model.
void writeCosimHtml(llvm::raw_ostream &os,
                    const std::vector<PartCosimulation> &parts,
                    llvm::StringRef title);

} // namespace glowplug::report
