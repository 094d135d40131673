// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// A loop over a function that was imported.

#pragma once

#include "core/importer/build/GraphBuilder.h"

namespace glowplug::importer {

/// Calls \p body at most \p most times; it returns a condition, what is carried
/// and rows. \p trips is an i64 and \p condition a boolean, both of rank 0. The
/// results are what is carried last, then the rows of each kind, stacked.
SmallVector<Value> callLoop(prim::PrimBuilder &builder,
                            const GraphBuilder::Body &body, Value trips,
                            Value condition, ArrayRef<Value> carried,
                            int64_t most);

} // namespace glowplug::importer
