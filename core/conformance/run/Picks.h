// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// A few programs of level 1 for levels that ask something else of them.

#pragma once

#include "core/conformance/run/Suite.h"

#include <array>

namespace glowplug::conformance {

/// How many programs there are at most, by depth: of each op and type, and in
/// all.
struct PickCounts {
  std::array<size_t, 3> ofKind, inAll;
};

struct Pick {
  std::shared_ptr<const ProgramCase> program;
  std::string name;     ///< As in level 1: "MatMul/i8/r2.15x16x17..."
  std::string op, type; ///< "MatMul", "i8"
  Depth depth = Depth::full;
};

/// Of the programs in \p cases that the plugin claims, or without any claim of
/// those that are common: as many as \p counts allows, evenly over the names. A
/// program with NaN or infinities is not among them.
std::vector<Pick> pickPrograms(const SuiteOptions &options,
                               const std::vector<SuiteCase> &cases,
                               const PickCounts &counts);

} // namespace glowplug::conformance
