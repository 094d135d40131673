// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Compiles one emitted kernel, runs it in this process, shows its assembly.
#pragma once

#include "backends/cpu/compiler/target/Target.h"

#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/IR/IRBuilder.h"

#include <memory>
#include <string>
#include <vector>

namespace glowplug::cpu::test {

/// A target that code is made for.
class Machine {
public:
  explicit Machine(const std::string &cpu, const std::string &features = "");

  static Machine &host();    ///< this machine
  static Machine &avx512();  ///< 16 lanes, whatever this machine has
  static Machine &avx2();    ///< 8 lanes
  static Machine &generic(); ///< 4 lanes, no fused multiply-add

  llvm::TargetMachine &machine() const { return made.machine(); }
  /// True if this process may run the code.
  bool canRun() const;

private:
  const cpu::Target made;

public:
  const TargetTraits &target;
};

/// Emits the units [begin, end) of a kernel; \p buffers are pointers in the
/// order in which Kernel::run() gets them.
using EmitFn = llvm::function_ref<void(
    llvm::IRBuilder<> &, const std::vector<llvm::Value *> &buffers,
    llvm::Value *begin, llvm::Value *end)>;

class Kernel {
public:
  /// Aborts with a message if the emitted IR is not valid.
  Kernel(Machine &machine, unsigned bufferCount, EmitFn emit);
  ~Kernel();

  void run(const std::vector<void *> &buffers, int64_t begin,
           int64_t end) const;

  const std::string &assembly() const { return assemblyText; }

private:
  using Function = void (*)(void *const *, int64_t, int64_t);
  struct Impl;
  std::unique_ptr<Impl> impl;
  Function function = nullptr;
  std::string assemblyText;
};

} // namespace glowplug::cpu::test
