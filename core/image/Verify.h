// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Decides whether bytes are a valid program image.

#pragma once

#include "llvm/ADT/ArrayRef.h"
#include "llvm/Support/Error.h"

#include <cstdint>

namespace glowplug {

/// How deep bodies may nest; bounds the stack of whoever runs them.
inline constexpr unsigned maxBodyDepth = 64;

/// Succeeds if \p bytes hold an image that keeps every rule of the schema, and
/// of this version: then every index is in range, every list has its length,
/// every enum a known value, and every type and shape obeys its op's formula.
/// Otherwise the error names the op (by index, name and kind), the rule and
/// both values.
///
/// \p bytes may be anything. Time and memory are bounded by their size. They
/// start at a multiple of 8, or are refused. Contents of segments are not
/// part of the image; who reads them checks them against their hashes.
llvm::Error verifyImage(llvm::ArrayRef<uint8_t> bytes);

} // namespace glowplug
