// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Shapes that a model states: the check, and how messages write them.

#pragma once

#include "llvm/ADT/ArrayRef.h"
#include "llvm/Support/Error.h"

#include <cstdint>
#include <string>

namespace glowplug::importer {

/// Checks a shape against the limits of rank and elements; returns the number
/// of elements, or a message that says what is wrong.
llvm::Expected<int64_t> checkShape(llvm::ArrayRef<int64_t> shape);

/// "[1, 3, 8, 8]", for messages.
std::string shapeString(llvm::ArrayRef<int64_t> shape);

} // namespace glowplug::importer
