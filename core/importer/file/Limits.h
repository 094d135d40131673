// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// What a model may ask for at most. Checked before anything is allocated for
/// it; docs/reference/import-limits.md lists them for users.

#pragma once

#include <cstdint>

namespace glowplug::importer::limits {

/// Bytes of the model file: the bound of a protobuf message.
inline constexpr uint64_t modelBytes = (uint64_t{1} << 31) - 1;
/// Dims of a tensor.
inline constexpr int64_t rank = 8;
/// Elements of one tensor, whether it is data or the result of a node.
inline constexpr int64_t elements = (int64_t{1} << 31) - 1;
/// Bytes of all constants together, external data included.
inline constexpr int64_t constantBytes = int64_t{1} << 33;
/// Bytes of the results of all operations together.
inline constexpr int64_t totalBytes = int64_t{1} << 36;
/// Bytes of the tables that a node makes for itself, such as the indices of a
/// Resize; for the whole model.
inline constexpr int64_t madeBytes = int64_t{1} << 26;
/// Nodes, those of nested graphs included.
inline constexpr int64_t nodes = 100'000;
/// Operations of the IR, after nodes became primitives.
inline constexpr int64_t operations = 400'000;
/// Entries of an attribute's list, and of any other list of a message that is
/// not the data of a tensor.
inline constexpr int64_t listLength = int64_t{1} << 20;
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
inline constexpr int64_t newestOpset = 24;
/// Versions of the file format.
inline constexpr int64_t oldestIrVersion = 3, newestIrVersion = 13;

} // namespace glowplug::importer::limits
