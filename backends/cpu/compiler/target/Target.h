// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// The machine that code is made for.
#pragma once

#include "backends/cpu/compiler/target/Traits.h"

#include "llvm/Support/Error.h"
#include "llvm/Target/TargetMachine.h"

#include <memory>
#include <string>

namespace glowplug::cpu {

/// One target: a CPU and its features.
class Target {
public:
  /// \p cpu is a name that LLVM knows, or "host"; \p features is a list as
  /// "+avx2,-fma" on top of it, may be empty.
  static llvm::Expected<Target> create(const std::string &cpu,
                                       const std::string &features);

  llvm::TargetMachine &machine() const { return *targetMachine; }
  const TargetTraits &traits() const { return targetTraits; }
  /// "cpu (triple)", for people.
  std::string describe() const;
  /// What load() compares with the machine: triple, CPU name and the
  /// features that the code may use.
  std::string requirement() const;

private:
  std::unique_ptr<llvm::TargetMachine> targetMachine;
  TargetTraits targetTraits;
  std::vector<std::string> features; // sorted, without '+'
};

/// Why code with \p requirement cannot run here; empty when it can.
std::string compareRequirement(const std::string &requirement);

} // namespace glowplug::cpu
