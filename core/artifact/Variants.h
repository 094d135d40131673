// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// The variants of a compiled model: the shapes that each one is for.

#pragma once

#include "core/artifact/Artifact.h"

#include "llvm/ADT/SmallVector.h"

#include <string>

namespace glowplug {

/// Name of the feature of plans that have variants with keys (ADR 0014).
inline constexpr char variantsFeature[] = "variants";

/// Name of the feature of plans with outputs whose sizes depend on data.
inline constexpr char extentsFeature[] = "extents";

/// In Port.dims: a size of an output that varies and has no name.
inline constexpr uint32_t unnamedDim = 0xffffffff;

using PortShape = llvm::SmallVector<int64_t, 4>;

/// Whether \p plan, which need not be verified, has the feature.
bool hasVariants(const artifact::Plan &plan);

// The plans below were verified.

/// The shape of input number \p port, or of an output, in variant number
/// \p variant.
PortShape inputShape(const artifact::Plan &plan, uint32_t variant,
                     uint32_t port);
PortShape outputShape(const artifact::Plan &plan, uint32_t variant,
                      uint32_t port);

/// The size that variant number \p variant has for dim number \p dim; -1 if it
/// has none.
int64_t keyOf(const artifact::Plan &plan, uint32_t variant, uint32_t dim);

/// The keys of a variant: "N=1, W=32". Empty without the feature.
std::string keyText(const artifact::Plan &plan, uint32_t variant);

/// The keys of all variants, or of the first of many: "N=1; N=8; and 3 more".
std::string keyList(const artifact::Plan &plan);

} // namespace glowplug
