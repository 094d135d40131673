// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Checks the dims and the variants of a plan.

#pragma once

#include "core/artifact/artifact_generated.h"

#include "llvm/Support/Error.h"

namespace glowplug::plan {

/// Fails unless the dims of \p plan, those of its ports, and the keys and
/// shapes of its variants fit one another; or, without the feature `variants`,
/// if there are any. The ports were verified, and there is a variant. The
/// bodies of the variants are not looked at.
llvm::Error verifyVariants(const artifact::Plan &plan);

} // namespace glowplug::plan
