// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// The limits that concern the form of an ONNX file; what it may ask for is in
/// core/importer/file/Limits.h.

#pragma once

#include "core/importer/file/Limits.h"

namespace glowplug::importer::limits {

/// Nodes, those of nested graphs included.
inline constexpr int64_t nodes = 100'000;
/// Graphs within each other; the model's own is the first.
inline constexpr int nesting = 32;
/// Messages within each other, of any kind.
inline constexpr int messageDepth = 128;
/// Messages in the file; they bound what the parser allocates.
inline constexpr int64_t messages = int64_t{1} << 19;
/// Strings in the file, for the same reason.
inline constexpr int64_t strings = int64_t{1} << 20;
/// Bytes of a name or another text.
inline constexpr uint64_t stringBytes = uint64_t{1} << 16;
/// Versions of the default operator set: those whose operators are known.
inline constexpr int64_t newestOpset = 28;
/// Versions of the file format.
inline constexpr int64_t oldestIrVersion = 3, newestIrVersion = 14;

} // namespace glowplug::importer::limits
