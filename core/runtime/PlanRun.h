// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// The host's side of a run: the walk over the steps of a plan.

#pragma once

#include "core/artifact/Artifact.h"

#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/Support/Error.h"

#include <memory>
#include <vector>

namespace glowplug {

/// Memory at a multiple of 64 whose contents nobody knows. Pages are taken
/// when they are first written, so a plan that asks for too much does no harm.
class ScratchMemory {
public:
  ScratchMemory() = default;
  /// \throws std::bad_alloc
  explicit ScratchMemory(uint64_t size);

  uint8_t *data() const { return memory.get(); }
  uint64_t size() const { return count; }

private:
  struct Free {
    void operator()(uint8_t *bytes) const;
  };
  std::unique_ptr<uint8_t, Free> memory;
  uint64_t count = 0;
};

/// What a step reads and writes.
struct StepData {
  llvm::SmallVector<llvm::ArrayRef<uint8_t>> inputs;
  llvm::SmallVector<llvm::MutableArrayRef<uint8_t>> outputs;
};

/// Body \p root of \p plan and all that it runs, each once and ascending.
std::vector<uint32_t> bodiesFrom(const artifact::Plan &plan, uint32_t root);

/// Memory for the bodies of one plan, for one run at a time. No body runs
/// within itself, so each needs its own once; the bodies of variants, of which
/// one runs at a time, share theirs.
class PlanMemory {
public:
  /// Makes room for a run of body \p root. \throws std::bad_alloc
  void add(const artifact::Plan &plan, uint32_t root);

  /// Of all that was added.
  uint64_t bytes() const;
  /// The arena of the body that a run begins with.
  uint8_t *rootArena() const { return shared.data(); }
  /// That of another one.
  uint8_t *arena(uint32_t body) const { return arenas[body].data(); }
  /// Where iterations of a loop over \p body write: the even ones one place,
  /// the odd ones another, so that what is carried lives on.
  llvm::SmallVector<llvm::MutableArrayRef<uint8_t>>
  outputs(const artifact::Plan &plan, uint32_t body, bool odd) const;

private:
  ScratchMemory shared;
  std::vector<ScratchMemory> arenas, carriers; // per body
};

/// Runs part \p part of the plan.
using RunPart =
    llvm::function_ref<llvm::Error(uint32_t part, const StepData &data)>;

/// Runs body \p number of the plan of \p artifact, and the bodies that it
/// names, on \p data, the inputs and outputs of the body.
llvm::Error runBody(const Artifact &artifact, const PlanMemory &memory,
                    uint32_t number, const StepData &data, RunPart runPart);

} // namespace glowplug
