// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// The files of a case.

#pragma once

#include "core/conformance/rtl/RtlCase.h"

namespace glowplug::conformance {

/// Files whose form is the same for every case.
inline constexpr char rtlCaseFile[] = "case.json";

/// Number of the form of all files; players refuse others.
inline constexpr uint64_t rtlFormat = 1;

struct CaseFile {
  const char *name;
  std::string text;
};

/// All of them. Equal cases give equal bytes.
///
///     case.json      what there is, for people and tools
///     player.hex     the same for players: words of 64 bits for $readmemh
///     preload.hex    the memory before the run: bytes, with addresses
///     commands.hex   a command in each line, its last byte first
///     signature.hex  what the signature regions have to hold, as preload.hex
std::vector<CaseFile> filesOf(const RtlCase &rtlCase);

} // namespace glowplug::conformance
