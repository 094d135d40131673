// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Shows program images, machine descriptions and instr programs in full.

#pragma once

#include "core/runtime/AlignedBytes.h"
#include "tools/glowplug/Cli.h"

namespace glowplug::cli {

/// What a file of the project holds, by the identifier of its schema.
enum class FlatKind : uint8_t {
  none,    ///< Something else.
  image,   ///< .gpim
  machine, ///< .gpmd
  instr,   ///< .gpin
};
FlatKind flatKindOf(const std::string &file);

/// The bytes of a file; ends the command if it cannot be read.
AlignedBytes readBytes(const std::string &file);

/// Everything that the verified \p bytes say, by the names of the schema.
/// Hashes are texts, op kinds of machines names, and the kernels of an instr
/// program an image.
Json flatJson(FlatKind kind, llvm::ArrayRef<uint8_t> bytes);

/// Prints flatJson() of an image for people, a line per value and op.
void printImage(const Json &image);
/// Likewise of a machine, a line per space, path and rule.
void printMachine(const Json &machine);
/// Likewise of an instr program for \p machine, a line per instruction.
void printInstructions(const Json &program, const Json &machine);

/// The segments of FILE.gpin or FILE.gpim, which lie beside it as
/// FILE.segment0.bin, ...; ends the command unless they have \p sizes.
std::vector<AlignedBytes> readSegments(const std::string &file,
                                       llvm::ArrayRef<uint64_t> sizes);

} // namespace glowplug::cli
