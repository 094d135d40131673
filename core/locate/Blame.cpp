// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Finds the op that a backend cannot compile although it takes it.

#include "core/locate/Blame.h"

#include "core/locate/Cut.h"

#include "llvm/ADT/STLExtras.h"

using namespace glowplug;

using Clock = std::chrono::steady_clock;

/// Compiles as the compiler does: by way of an instr program if there is one.
static bool canCompile(ProgramBackend &backend, const PartImage &part) {
  llvm::Expected<std::optional<InstrProgram>> scheduled =
      backend.schedule(part.image, part.segments);
  if (!scheduled) {
    llvm::consumeError(scheduled.takeError());
    return false;
  }
  llvm::Expected<CompiledProgram> made =
      *scheduled ? backend.encode(**scheduled)
                 : backend.compile(part.image, part.segments);
  if (!made)
    llvm::consumeError(made.takeError());
  return static_cast<bool>(made);
}

/// Whether \p backend takes the whole of \p part: else it need not compile it.
static bool takes(ProgramBackend &backend, const PartImage &part) {
  llvm::Expected<std::vector<Verdict>> verdicts = backend.check(part.image);
  if (!verdicts) {
    llvm::consumeError(verdicts.takeError());
    return false;
  }
  return llvm::all_of(*verdicts,
                      [](const Verdict &verdict) { return verdict.supported; });
}

static std::string opThatFails(const PartImage &part, ProgramBackend &backend,
                               Clock::time_point deadline) {
  const Cutter cutter(part);
  for (uint32_t op : cutter.ops()) {
    if (Clock::now() > deadline)
      return "";
    llvm::Expected<Cut> cut = cutter.cut(op);
    if (!cut) {
      llvm::consumeError(cut.takeError());
      continue;
    }
    if (!takes(backend, cut->program) || canCompile(backend, cut->program))
      continue;
    const std::string name = cutter.nameOf(op);
    return "op " + (name.empty() ? std::to_string(op) : "'" + name + "'") +
           " (" + cutter.kindOf(op) + ")";
  }
  return "";
}

std::string glowplug::blameForCompile(const CompiledModel &model,
                                      ProgramBackend &backend,
                                      Clock::time_point deadline) {
  for (auto [index, part] : llvm::enumerate(model.parts)) {
    if (part.backend != backend.name() || canCompile(backend, part))
      continue;
    const std::string op = opThatFails(part, backend, deadline);
    return "part " + std::to_string(index) + (op.empty() ? "" : ", " + op);
  }
  return "";
}
