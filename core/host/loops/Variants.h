// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Compiles a model for several sizes of its dims.

#pragma once

#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace glowplug {

struct BuildOptions;
struct BuiltModel;

/// Dims, each with the sizes that there is a program for.
using VariantSizes = std::vector<std::pair<std::string, std::vector<int64_t>>>;

/// Most variants of one model.
inline constexpr uint64_t mostVariants = 256;

/// Reads sizes as options have them: "8", "1,8", "32..512:32" (32, 64, ...,
/// 512), or several of these with commas. At least one, none twice.
llvm::Expected<std::vector<int64_t>> parseSizes(llvm::StringRef text);

/// Compiles \p options.request for each combination of \p options.variants by
/// \p compileOne, the last dim fastest, and joins what that gives. A fault of
/// kind `usage` above mostVariants.
llvm::Expected<BuiltModel> compileVariants(
    const BuildOptions &options,
    llvm::function_ref<llvm::Expected<BuiltModel>(const BuildOptions &)>
        compileOne);

} // namespace glowplug
