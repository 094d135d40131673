// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// What a region of scalar ops may give.

#pragma once

#include "core/conformance/rules/Enclosure.h"
#include "core/conformance/rules/FloatFormat.h"
#include "core/image/Types.h"

namespace glowplug::conformance {

/// The results of \p region, of the shape \p shape, for parameters that
/// broadcast to it. Rules R2, R3, R5, R6.
llvm::Expected<std::vector<Enclosure>>
encloseRegion(const image::Region &region, llvm::ArrayRef<Enclosure> parameters,
              llvm::ArrayRef<int64_t> shape, const FloatPromise &promise);

} // namespace glowplug::conformance
