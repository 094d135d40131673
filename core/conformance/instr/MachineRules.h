// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Rules of machine descriptions that verifyMachine() does not know: it refuses
/// what cannot be read, and these find what no program can use, and what
/// contradicts itself.

#pragma once

#include "core/image/instr/machine_generated.h"

#include "llvm/ADT/ArrayRef.h"

#include <optional>
#include <string>

namespace glowplug::conformance {

/// Where a description breaks a rule, for people.
struct MachineOffence {
  std::string where; ///< "engine 'array', rule 0, port 1"
  std::string got, want;
};

struct MachineRule {
  const char *name;     ///< "reached"; part of the name of a case
  const char *sentence; ///< What it asks.
  /// The first place of \p machine, which verifyMachine() accepted, that breaks
  /// the rule.
  std::optional<MachineOffence> (*check)(const machine::Machine &machine);
};

llvm::ArrayRef<MachineRule> machineRules();

// Some of them, in files of their own.
std::optional<MachineOffence> findMissingCost(const machine::Machine &machine);
std::optional<MachineOffence> findLargeCost(const machine::Machine &machine);
std::optional<MachineOffence> findVainFactor(const machine::Machine &machine);

/// Calls \p check with each rule of each engine, and the words for it, until it
/// gives an offence.
template <typename Check>
std::optional<MachineOffence> findInRules(const machine::Machine &machine,
                                          Check check) {
  for (const machine::Engine *engine : *machine.engines())
    for (uint32_t i = 0; engine->rules() && i < engine->rules()->size(); ++i) {
      const std::string where =
          "engine '" + engine->name()->str() + "', rule " + std::to_string(i);
      if (std::optional<MachineOffence> offence =
              check(*engine->rules()->Get(i), where))
        return offence;
    }
  return std::nullopt;
}

/// Likewise with each port of each rule: its operands, its results, and what
/// `rest` asks.
template <typename Check>
std::optional<MachineOffence> findInPorts(const machine::Machine &machine,
                                          Check check) {
  return findInRules(
      machine,
      [&](const machine::Rule &rule,
          const std::string &where) -> std::optional<MachineOffence> {
        uint32_t number = 0;
        for (const auto *list : {rule.operands(), rule.results()})
          for (uint32_t i = 0; list && i < list->size(); ++i, ++number)
            if (auto offence = check(*list->Get(i), where + ", port " +
                                                        std::to_string(number)))
              return offence;
        if (rule.rest())
          return check(*rule.rest(), where + ", rest");
        return std::nullopt;
      });
}

/// How many dims tensors of \p port have; nothing if it does not say.
std::optional<size_t> rankOf(const machine::Port &port);

} // namespace glowplug::conformance
