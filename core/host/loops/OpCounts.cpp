// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// How many ops each backend took, and what has to be taken for a run to count.

#include "core/host/loops/OpCounts.h"

#include "core/support/FaultError.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"

using namespace glowplug;

OpCounts glowplug::opCounts(const artifact::Plan &plan) {
  OpCounts counts;
  auto countOf = [&](const std::string &name) -> uint64_t & {
    for (auto &[known, count] : counts)
      if (known == name)
        return count;
    return counts.emplace_back(name, 0).second;
  };
  for (uint32_t i = 0; plan.settings() && i < plan.settings()->size(); ++i)
    if (plan.settings()->Get(i)->key()->str() == "backend")
      countOf(plan.settings()->Get(i)->value()->str());
  for (uint32_t i = 0; plan.parts() && i < plan.parts()->size(); ++i)
    countOf(plan.parts()->Get(i)->backend()->str()) +=
        plan.parts()->Get(i)->ops();
  // The interpreter stands behind all others, whether asked for or not.
  if (counts.size() > 1)
    llvm::erase(counts, std::pair(referenceBackendName.str(), uint64_t{0}));
  return counts;
}

std::string glowplug::opCountsText(const OpCounts &counts) {
  std::vector<std::string> texts;
  for (const auto &[name, count] : counts)
    texts.push_back(std::to_string(count) + " on " + name);
  return llvm::join(texts, ", ");
}

llvm::Expected<Requirement> glowplug::parseRequirement(llvm::StringRef text) {
  auto [name, share] = text.split(':');
  if (name.empty() || (text.contains(':') && share != "some"))
    return makeFault(FaultKind::usage,
                     "needs NAME or NAME:some, but got '" + text + "'");
  return Requirement{name.str(), share.empty()};
}

/// One line for each of the first of \p ops, and the number of the others.
static std::string listOps(llvm::ArrayRef<const ExplainedOp *> ops,
                           llvm::ArrayRef<std::string> wanted) {
  constexpr size_t most = 8;
  std::string text;
  for (const ExplainedOp *op : ops.take_front(most)) {
    text += "\n  " + op->kind +
            (op->name.empty() ? "" : " '" + op->name + "'") + " runs on " +
            op->backend;
    for (const auto &[backend, reason] : op->refusals)
      if (llvm::is_contained(wanted, backend))
        text += "; not on " + backend + ": " + reason;
  }
  if (ops.size() > most)
    text += "\n  and " + std::to_string(ops.size() - most) + " more";
  return text;
}

/// The ops of \p model that run on none of \p wanted.
static std::vector<const ExplainedOp *>
opsElsewhere(const CompiledModel &model, llvm::ArrayRef<std::string> wanted) {
  std::vector<const ExplainedOp *> result;
  for (const ExplainedOp &op : model.ops)
    if (!llvm::is_contained(wanted, op.backend))
      result.push_back(&op);
  return result;
}

std::optional<Fault> glowplug::findUnmet(const CompiledModel &model,
                                         llvm::ArrayRef<Requirement> required) {
  const OpCounts counts = opCounts(model.artifact.plan());
  uint64_t total = 0, onWanted = 0;
  std::vector<std::string> wanted; // that have to take all ops together
  for (const Requirement &one : required)
    if (one.isAll)
      wanted.push_back(one.backend);
  for (const auto &[name, count] : counts) {
    total += count;
    if (llvm::is_contained(wanted, name))
      onWanted += count;
  }
  const std::string found = ", but got " + opCountsText(counts);
  for (const Requirement &one : required) {
    const auto own = llvm::find_if(counts, [&](const auto &entry) {
      return entry.first == one.backend && entry.second != 0;
    });
    if (own != counts.end())
      continue;
    const std::string name = one.backend;
    if (total == 0)
      return Fault{FaultKind::backend,
                   "needs ops on '" + name +
                       "', but the model has none that a backend can take",
                   name};
    return Fault{FaultKind::backend,
                 "needs " + std::string(one.isAll ? "all of " : "some of ") +
                     std::to_string(total) + " ops on '" + name + "'" + found +
                     listOps(opsElsewhere(model, name), name),
                 name};
  }
  if (wanted.empty() || onWanted == total)
    return std::nullopt;
  return Fault{FaultKind::backend,
               "needs all of " + std::to_string(total) + " ops on '" +
                   llvm::join(wanted, "' and '") + "'" + found +
                   listOps(opsElsewhere(model, wanted), wanted),
               wanted.front()};
}
