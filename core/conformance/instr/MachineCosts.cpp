// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Rules about costs.

#include "core/conformance/instr/MachineRules.h"

#include "core/image/Types.h"
#include "core/image/instr/Ports.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/MathExtras.h"

#include <fmt/format.h>

namespace glowplug::conformance {

using machine::Machine;
using machine::Rule;
using Offence = std::optional<MachineOffence>;

/// Counts that all tools can show.
static constexpr uint64_t mostCycles = uint64_t{1} << 53;

static const machine::Port &portAt(const Rule &rule, uint32_t number) {
  const uint32_t operands = instr::operandPortsOf(rule);
  return number < operands ? *rule.operands()->Get(number)
                           : *rule.results()->Get(number - operands);
}

/// The least and the largest size of a dim at a port; 0 for no limit.
static uint64_t leastOf(const machine::Port &port, uint32_t dim) {
  const llvm::ArrayRef<int64_t> multiples = arrayOf(port.multiples());
  return dim < multiples.size() ? static_cast<uint64_t>(multiples[dim]) : 1;
}
static uint64_t mostOf(const machine::Port &port, uint32_t dim) {
  const llvm::ArrayRef<int64_t> limits = arrayOf(port.limits());
  return dim < limits.size() ? static_cast<uint64_t>(limits[dim]) : 0;
}

/// Cycles of an instruction by \p rule, where \p sizeOf gives the size of a dim
/// at a port. Saturates.
static uint64_t costOf(const Rule &rule,
                       uint64_t (*sizeOf)(const machine::Port &port,
                                          uint32_t dim)) {
  uint64_t largest = 0;
  for (uint32_t i = 0; rule.costs() && i < rule.costs()->size(); ++i) {
    const auto *terms = rule.costs()->Get(i)->terms();
    uint64_t sum = 0;
    for (uint32_t j = 0; terms && j < terms->size(); ++j) {
      uint64_t product = terms->Get(j)->cycles();
      if (const auto *factors = terms->Get(j)->factors())
        for (const machine::Factor *factor : *factors)
          product = llvm::SaturatingMultiply(
              product, llvm::divideCeil(
                           sizeOf(portAt(rule, factor->port()), factor->dim()),
                           factor->unit()));
      sum = llvm::SaturatingAdd(sum, product);
    }
    largest = std::max(largest, sum);
  }
  return largest;
}

Offence findMissingCost(const Machine &machine) {
  const bool hasCosts =
      findInRules(machine,
                  [](const Rule &rule, const std::string &) -> Offence {
                    if (costOf(rule, leastOf) == 0)
                      return std::nullopt;
                    return MachineOffence{};
                  })
          .has_value();
  if (!hasCosts)
    return std::nullopt;
  return findInRules(
      machine, [](const Rule &rule, const std::string &where) -> Offence {
        if (costOf(rule, leastOf) != 0)
          return std::nullopt;
        return MachineOffence{where, "0 cycles for its least tensors",
                              "at least 1, as other rules have costs"};
      });
}

Offence findLargeCost(const Machine &machine) {
  return findInRules(
      machine, [](const Rule &rule, const std::string &where) -> Offence {
        // Dims without a limit count as nothing: their cost has no end.
        const uint64_t cycles = costOf(rule, mostOf);
        if (cycles <= mostCycles)
          return std::nullopt;
        return MachineOffence{where,
                              fmt::format("{} cycles at its limits", cycles),
                              fmt::format("at most {}", mostCycles)};
      });
}

Offence findVainFactor(const Machine &machine) {
  return findInRules(
      machine, [](const Rule &rule, const std::string &where) -> Offence {
        for (uint32_t i = 0; rule.costs() && i < rule.costs()->size(); ++i) {
          const auto *terms = rule.costs()->Get(i)->terms();
          for (uint32_t j = 0; terms && j < terms->size(); ++j) {
            const auto *factors = terms->Get(j)->factors();
            for (uint32_t k = 0; factors && k < factors->size(); ++k) {
              const machine::Factor &factor = *factors->Get(k);
              const std::optional<size_t> rank =
                  rankOf(portAt(rule, factor.port()));
              if (rank && factor.dim() >= *rank)
                return MachineOffence{fmt::format("{}, cost {}", where, i),
                                      fmt::format("dim {} of port {}",
                                                  factor.dim(), factor.port()),
                                      fmt::format("a dim below {}", *rank)};
            }
          }
        }
        return std::nullopt;
      });
}

} // namespace glowplug::conformance
