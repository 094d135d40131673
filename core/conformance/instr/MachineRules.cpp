// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The list of rules, and those about spaces, ports and ops.

#include "core/conformance/instr/MachineRules.h"

#include "core/image/Types.h"
#include "core/image/instr/Ports.h"
#include "core/support/DType.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/MathExtras.h"

#include <fmt/format.h>

#include <set>

namespace glowplug::conformance {

using instr::operandPortsOf;
using instr::resultPortsOf;
using machine::Machine;
using machine::Port;
using machine::Rule;
using Offence = std::optional<MachineOffence>;
using Ports = flatbuffers::Vector<flatbuffers::Offset<Port>>;

//===----------------------------------------------------------------------===//
// Ways of data
//===----------------------------------------------------------------------===//

namespace {

/// Spaces, by number.
using Spaces = std::set<uint32_t>;

bool meets(const Port &port, const Spaces &spaces) {
  return llvm::any_of(arrayOf(port.spaces()),
                      [&](uint32_t space) { return spaces.count(space) != 0; });
}

/// The first port of \p ports that \p spaces do not meet; their number if
/// there is none.
uint32_t firstApart(const Ports *ports, const Spaces &spaces) {
  const uint32_t count = ports ? ports->size() : 0;
  for (uint32_t i = 0; i < count; ++i)
    if (!meets(*ports->Get(i), spaces))
      return i;
  return count;
}

bool allMeet(const Ports *ports, const Spaces &spaces) {
  return firstApart(ports, spaces) == (ports ? ports->size() : 0);
}

void addAll(const Ports *ports, Spaces &spaces) {
  for (uint32_t i = 0; ports && i < ports->size(); ++i)
    for (uint32_t space : arrayOf(ports->Get(i)->spaces()))
      spaces.insert(space);
}

Spaces bindingSpaces(const Machine &machine) {
  Spaces spaces;
  for (uint32_t i = 0; i < machine.spaces()->size(); ++i)
    if (machine.spaces()->Get(i)->bindings())
      spaces.insert(i);
  return spaces;
}

/// Makes \p spaces larger by \p grow, called with each engine, until it stays.
template <typename Grow>
Spaces closure(const Machine &machine, Spaces spaces, Grow grow) {
  for (size_t before = 0; before != spaces.size();) {
    before = spaces.size();
    for (const machine::Engine *engine : *machine.engines())
      grow(*engine, spaces);
  }
  return spaces;
}

/// Where data can be: what the caller gives, and what engines make of it.
Spaces filledSpaces(const Machine &machine) {
  return closure(machine, bindingSpaces(machine),
                 [](const machine::Engine &engine, Spaces &spaces) {
                   for (uint32_t space : arrayOf(engine.fills()))
                     spaces.insert(space);
                   if (engine.paths())
                     for (const machine::Path *path : *engine.paths())
                       if (spaces.count(path->source()))
                         spaces.insert(path->target());
                   if (engine.rules())
                     for (const Rule *rule : *engine.rules())
                       if (allMeet(rule->operands(), spaces))
                         addAll(rule->results(), spaces);
                 });
}

/// From where data can get to the caller.
Spaces leavingSpaces(const Machine &machine) {
  return closure(machine, bindingSpaces(machine),
                 [](const machine::Engine &engine, Spaces &spaces) {
                   if (engine.paths())
                     for (const machine::Path *path : *engine.paths())
                       if (spaces.count(path->target()))
                         spaces.insert(path->source());
                   if (engine.rules())
                     for (const Rule *rule : *engine.rules())
                       if (allMeet(rule->results(), spaces))
                         addAll(rule->operands(), spaces);
                 });
}

std::string nameOf(const Machine &machine, uint32_t space) {
  return "'" + machine.spaces()->Get(space)->name()->str() + "'";
}

Offence findNoBindings(const Machine &machine) {
  if (!bindingSpaces(machine).empty())
    return std::nullopt;
  return MachineOffence{"spaces", "none with bindings",
                        "a space for inputs, outputs and constants"};
}

/// The first path of which \p isUsed does not hold.
template <typename Used>
Offence findVainPath(const Machine &machine, const char *want, Used isUsed) {
  for (const machine::Engine *engine : *machine.engines())
    if (engine->paths())
      for (const machine::Path *path : *engine->paths())
        if (!isUsed(*path))
          return MachineOffence{"engine '" + engine->name()->str() + "'",
                                fmt::format("a path from {} to {}",
                                            nameOf(machine, path->source()),
                                            nameOf(machine, path->target())),
                                want};
  return std::nullopt;
}

Offence findUnreached(const Machine &machine) {
  const Spaces filled = filledSpaces(machine);
  if (Offence offence = findVainPath(
          machine, "data in what it copies from",
          [&](const auto &path) { return filled.count(path.source()) != 0; }))
    return offence;
  return findInRules(
      machine, [&](const Rule &rule, const std::string &where) -> Offence {
        if (allMeet(rule.operands(), filled))
          return std::nullopt;
        return MachineOffence{
            fmt::format("{}, operand {}", where,
                        firstApart(rule.operands(), filled)),
            "in spaces that nothing fills",
            "a space that inputs, constants or results can get to"};
      });
}

Offence findDeadEnd(const Machine &machine) {
  const Spaces leaving = leavingSpaces(machine);
  if (Offence offence = findVainPath(
          machine, "a way on from where it copies to",
          [&](const auto &path) { return leaving.count(path.target()) != 0; }))
    return offence;
  return findInRules(
      machine, [&](const Rule &rule, const std::string &where) -> Offence {
        if (allMeet(rule.results(), leaving))
          return std::nullopt;
        return MachineOffence{fmt::format("{}, result {}", where,
                                          firstApart(rule.results(), leaving)),
                              "in spaces that nothing reads",
                              "a space from which outputs can be reached"};
      });
}

//===----------------------------------------------------------------------===//
// Ports
//===----------------------------------------------------------------------===//

Offence findOddLists(const Machine &machine) {
  return findInPorts(
      machine, [](const Port &port, const std::string &where) -> Offence {
        const std::optional<size_t> rank = rankOf(port);
        for (const auto *list :
             {port.multiples(), port.limits(), port.blocks()})
          if (const size_t length = arrayOf(list).size();
              length != 0 && length != *rank)
            return MachineOffence{where, fmt::format("a list of {}", length),
                                  fmt::format("one entry per dim, {}", *rank)};
        if (rank && port.innermost() >= static_cast<int64_t>(*rank))
          return MachineOffence{
              where, fmt::format("innermost dim {}", port.innermost()),
              fmt::format("a dim below {}", *rank)};
        return std::nullopt;
      });
}

Offence findNoTile(const Machine &machine) {
  return findInPorts(
      machine, [](const Port &port, const std::string &where) -> Offence {
        const llvm::ArrayRef<int64_t> multiples = arrayOf(port.multiples());
        const llvm::ArrayRef<int64_t> limits = arrayOf(port.limits());
        for (size_t i = 0; i < std::min(multiples.size(), limits.size()); ++i)
          if (limits[i] != 0 && limits[i] < multiples[i])
            return MachineOffence{fmt::format("{}, dim {}", where, i),
                                  fmt::format("multiples of {} up to {}",
                                              multiples[i], limits[i]),
                                  "a size that is lawful"};
        return std::nullopt;
      });
}

Offence findNoRoom(const Machine &machine) {
  return findInPorts(
      machine, [&](const Port &port, const std::string &where) -> Offence {
        uint64_t elements = 1;
        for (int64_t multiple : arrayOf(port.multiples()))
          elements = llvm::SaturatingMultiply(elements,
                                              static_cast<uint64_t>(multiple));
        for (uint8_t type : arrayOf(port.dtypes())) {
          const uint64_t bytes = llvm::SaturatingMultiply(
              elements, uint64_t{dtypeBytes(static_cast<DType>(type))});
          for (uint32_t space : arrayOf(port.spaces()))
            if (const uint64_t room = machine.spaces()->Get(space)->bytes();
                bytes > room)
              return MachineOffence{
                  where, fmt::format("a least tensor of {} bytes", bytes),
                  fmt::format("at most the {} bytes of {}", room,
                              nameOf(machine, space))};
        }
        return std::nullopt;
      });
}

template <typename T>
bool hasTwice(llvm::ArrayRef<T> list) {
  return std::set<T>(list.begin(), list.end()).size() != list.size();
}

Offence findTwice(const Machine &machine) {
  return findInPorts(machine,
                     [](const Port &port, const std::string &where) -> Offence {
                       if (hasTwice(arrayOf(port.spaces())) ||
                           hasTwice(arrayOf(port.dtypes())))
                         return MachineOffence{where, "one of them twice",
                                               "each space and type once"};
                       return std::nullopt;
                     });
}

//===----------------------------------------------------------------------===//
// Ops
//===----------------------------------------------------------------------===//

Offence findOddAccumulation(const Machine &machine) {
  using image::Attributes;
  return findInRules(
      machine, [](const Rule &rule, const std::string &where) -> Offence {
        const auto op = static_cast<Attributes>(rule.op());
        const bool hasSums = op == Attributes::Conv ||
                             op == Attributes::MatMul ||
                             op == Attributes::Reduce;
        if (rule.accumulate() && (!hasSums || resultPortsOf(rule) != 1))
          return MachineOffence{where,
                                fmt::format("accumulates {} results of {}",
                                            resultPortsOf(rule),
                                            image::EnumNameAttributes(op)),
                                "one result of a conv, matmul or sum"};
        return std::nullopt;
      });
}

Offence findOddScalars(const Machine &machine) {
  return findInRules(
      machine, [](const Rule &rule, const std::string &where) -> Offence {
        for (uint8_t number : arrayOf(rule.scalar_ops())) {
          const auto op = static_cast<image::ScalarOp>(number);
          if (*image::EnumNameScalarOp(op) == '\0')
            return MachineOffence{where, fmt::format("scalar op {}", number),
                                  "scalar ops of image.fbs"};
        }
        if (hasTwice(arrayOf(rule.scalar_ops())))
          return MachineOffence{where, "a scalar op twice", "each once"};
        if (static_cast<image::Attributes>(rule.op()) ==
                image::Attributes::Map &&
            arrayOf(rule.scalar_ops()).empty())
          return MachineOffence{where, "a map without scalar ops",
                                "scalar ops that its region may have"};
        return std::nullopt;
      });
}

/// Conv and matmul have two operands, and what is behind them is an epilogue's;
/// everything gives something.
Offence findOddPorts(const Machine &machine) {
  using image::Attributes;
  return findInRules(
      machine, [](const Rule &rule, const std::string &where) -> Offence {
        const auto op = static_cast<Attributes>(rule.op());
        const bool isContraction = op == Attributes::Conv ||
                                   op == Attributes::ConvTranspose ||
                                   op == Attributes::MatMul;
        const uint32_t least = isContraction ? 2 : 1;
        if (operandPortsOf(rule) < least || resultPortsOf(rule) == 0)
          return MachineOffence{where,
                                fmt::format("{} operands and {} results",
                                            operandPortsOf(rule),
                                            resultPortsOf(rule)),
                                fmt::format("at least {} and 1", least)};
        return std::nullopt;
      });
}

} // namespace

std::optional<size_t> rankOf(const Port &port) {
  for (const auto *list : {port.multiples(), port.limits(), port.blocks()})
    if (!arrayOf(list).empty())
      return arrayOf(list).size();
  return std::nullopt;
}

llvm::ArrayRef<MachineRule> machineRules() {
  static constexpr MachineRule rules[] = {
      {"bindings", "The caller's tensors have a space.", findNoBindings},
      {"reached", "Inputs, constants and results get to all that reads.",
       findUnreached},
      {"leaves", "All that is written gets to an output or an engine.",
       findDeadEnd},
      {"lists", "Lists over dims have one entry per dim of the tensor.",
       findOddLists},
      {"tile", "Some size is within multiples and limits.", findNoTile},
      {"room", "The least tensor of a port fits into its spaces.", findNoRoom},
      {"once", "A port names each space and type once.", findTwice},
      {"accumulate", "What accumulates is a conv, matmul or sum.",
       findOddAccumulation},
      {"scalars", "Regions have known scalar ops, and maps have some.",
       findOddScalars},
      {"ports", "Rules have the operands that their op needs.", findOddPorts},
      {"factors", "Factors of costs name dims that tensors have.",
       findVainFactor},
      {"priced", "Either all rules have costs over 0, or none has.",
       findMissingCost},
      {"price", "The cost of the largest instruction is below 2^53 cycles.",
       findLargeCost},
  };
  return rules;
}

} // namespace glowplug::conformance
