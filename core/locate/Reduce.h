// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Makes a case smaller that a backend gets wrong.

#pragma once

#include "core/locate/Search.h"

namespace glowplug {

struct ReducedCase {
  Case wrong;
  uint32_t ops = 0;      ///< That it has, without constants.
  uint32_t programs = 0; ///< That were run to find it.
};

/// Leaves out ops, then outputs; of a single op then the epilogue, and half of
/// the entries along one dim after the other, as long as the case stays wrong.
llvm::Expected<ReducedCase> reduce(ProgramBackend &backend, Case wrong,
                                   unsigned threads,
                                   const Search::Progress &progress = {});

} // namespace glowplug
