// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Programs of ops that are nearly alike: each differs from another one in a
/// single respect.
#pragma once

#include "backends/cpu/compiler/program/Program.h"

#include <string>
#include <vector>

namespace glowplug::cpu::test {

struct Twins {
  std::string name;
  Program program;
};

/// One program per kind of op. Shapes are such that as many attributes as can
/// be may change without them.
std::vector<Twins> allTwins();

} // namespace glowplug::cpu::test
