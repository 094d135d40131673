// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// What a model of any format may ask for at most. Checked before anything is
/// allocated for it; docs/reference/import-limits.md lists them for users.

#pragma once

#include <cstdint>

namespace glowplug::importer::limits {

/// Bytes of the model file: what the offsets and lengths of the formats reach.
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
/// Operations of the IR, after nodes became primitives.
inline constexpr int64_t operations = 400'000;
/// Elements of a sequence that is an input.
inline constexpr int64_t sequenceLength = 4096;
/// Entries of any list that is not the data of a tensor.
inline constexpr int64_t listLength = int64_t{1} << 20;

} // namespace glowplug::importer::limits
