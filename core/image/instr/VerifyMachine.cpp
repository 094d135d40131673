// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Verifies machine descriptions.

#include "core/image/instr/Check.h"
#include "core/image/instr/Ports.h"
#include "core/image/instr/Verify.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/Support/MathExtras.h"

using namespace glowplug;
using namespace glowplug::instr;
using namespace glowplug::verify;

static constexpr size_t maxSpaces = 64;
static constexpr size_t maxEngines = 64;
static constexpr uint64_t maxSpaceBytes = uint64_t{1} << 48;

static llvm::Error verifyName(const flatbuffers::String *name,
                              llvm::StringSet<> &names) {
  const llvm::StringRef text = textOf(name);
  const bool spelled = !text.empty() && llvm::all_of(text, [](char c) {
    return llvm::isDigit(c) || (c >= 'a' && c <= 'z') || c == '_';
  });
  if (!spelled)
    return broken("needs a name of lower-case letters, digits and '_'");
  if (!names.insert(text).second)
    return broken("needs a unique name, but '{0}' is taken", text);
  return llvm::Error::success();
}

static llvm::Error needPowerOfTwo(const char *what, uint64_t value) {
  if (!llvm::isPowerOf2_64(value))
    return broken("needs {0} that is a power of two, but got {1}", what, value);
  return llvm::Error::success();
}

static llvm::Error needSpace(uint32_t space, const machine::Machine &machine) {
  if (space >= machine.spaces()->size())
    return broken("needs a space below {0}, but got {1}",
                  machine.spaces()->size(), space);
  return llvm::Error::success();
}

static llvm::Error verifySpace(const machine::Space &space,
                               llvm::StringSet<> &names) {
  GP_CHECK(verifyName(space.name(), names));
  if (space.bytes() == 0 || space.bytes() > maxSpaceBytes)
    return broken("needs 1 to {0} bytes, but got {1}", maxSpaceBytes,
                  space.bytes());
  if (space.banks() == 0 || space.bytes() % space.banks() != 0)
    return broken("needs banks that divide {0} bytes, but got {1}",
                  space.bytes(), space.banks());
  return needPowerOfTwo("an alignment", space.alignment());
}

static llvm::Error verifyPath(const machine::Path &path,
                              const machine::Machine &machine) {
  GP_CHECK(needSpace(path.source(), machine));
  GP_CHECK(needSpace(path.target(), machine));
  if (path.bytes_per_cycle() == 0)
    return broken("needs bytes_per_cycle of at least 1, but got 0");
  return needPowerOfTwo("an alignment", path.alignment());
}

static llvm::Error verifyPort(const machine::Port &port,
                              const machine::Machine &machine) {
  GP_CHECK(needAligned({port.multiples(), port.limits(), port.blocks()}));
  GP_CHECK(needAtLeast("an entry of multiples", arrayOf(port.multiples()), 1));
  GP_CHECK(needAtLeast("an entry of limits", arrayOf(port.limits()), 0));
  GP_CHECK(needAtLeast("an entry of blocks", arrayOf(port.blocks()), 1));
  if (arrayOf(port.spaces()).empty() || arrayOf(port.dtypes()).empty())
    return broken("needs at least one space and one type, but got {0} and {1}",
                  arrayOf(port.spaces()).size(), arrayOf(port.dtypes()).size());
  for (uint32_t space : arrayOf(port.spaces()))
    GP_CHECK(needSpace(space, machine));
  for (uint8_t dtype : arrayOf(port.dtypes()))
    if (dtypeBytes(static_cast<DType>(dtype)) == 0)
      return broken("needs a known type, but got {0}", static_cast<int>(dtype));
  if (port.innermost() < -1)
    return broken("needs an innermost of at least -1, but got {0}",
                  port.innermost());
  return needPowerOfTwo("an alignment", port.alignment());
}

static llvm::Error verifyCosts(const machine::Rule &rule) {
  if (!rule.costs())
    return llvm::Error::success();
  for (const machine::Cost *cost : *rule.costs()) {
    if (!cost->terms())
      continue;
    for (const machine::Term *term : *cost->terms()) {
      if (!term->factors())
        continue;
      for (const machine::Factor *factor : *term->factors())
        if (factor->port() >= portsOf(rule) || factor->unit() == 0)
          return broken("needs factors of a port below {0} and a unit over 0, "
                        "but got port {1} and unit {2}",
                        portsOf(rule), factor->port(), factor->unit());
    }
  }
  return llvm::Error::success();
}

static llvm::Error verifyRule(const machine::Rule &rule,
                              const machine::Machine &machine) {
  const auto kind = static_cast<image::Attributes>(rule.op());
  if (!isPrimitive(kind))
    return broken("needs a primitive, but got op {0}",
                  static_cast<int>(rule.op()));
  size_t ports = 0;
  for (const auto *list : {rule.operands(), rule.results()})
    for (uint32_t i = 0; list && i < list->size(); ++i, ++ports)
      if (llvm::Error error = verifyPort(*list->Get(i), machine))
        return broken("port {0}: {1}", ports, llvm::toString(std::move(error)));
  if (rule.rest())
    if (llvm::Error error = verifyPort(*rule.rest(), machine))
      return broken("rest: {0}", llvm::toString(std::move(error)));
  return verifyCosts(rule);
}

static llvm::Error verifyEngineTable(const machine::Engine &engine,
                                     const machine::Machine &machine,
                                     llvm::StringSet<> &names) {
  GP_CHECK(verifyName(engine.name(), names));
  llvm::SmallVector<std::pair<uint32_t, uint32_t>> seen;
  for (uint32_t i = 0; engine.paths() && i < engine.paths()->size(); ++i) {
    const machine::Path &path = *engine.paths()->Get(i);
    if (llvm::Error error = verifyPath(path, machine))
      return broken("path {0}: {1}", i, llvm::toString(std::move(error)));
    const std::pair<uint32_t, uint32_t> ends(path.source(), path.target());
    if (llvm::is_contained(seen, ends))
      return broken(
          "path {0}: needs one path from space {1} to {2}, but got a second", i,
          ends.first, ends.second);
    seen.push_back(ends);
  }
  for (uint32_t space : arrayOf(engine.fills()))
    GP_CHECK(needSpace(space, machine));
  for (uint32_t i = 0; engine.rules() && i < engine.rules()->size(); ++i)
    if (llvm::Error error = verifyRule(*engine.rules()->Get(i), machine))
      return broken("rule {0}: {1}", i, llvm::toString(std::move(error)));
  return llvm::Error::success();
}

llvm::Error glowplug::verifyMachine(llvm::ArrayRef<uint8_t> bytes) {
  if (reinterpret_cast<uintptr_t>(bytes.data()) % 8 != 0)
    return broken("machine: needs bytes at a multiple of 8");
  flatbuffers::Verifier verifier(bytes.data(), bytes.size());
  if (bytes.size() < 8 || !machine::VerifyMachineBuffer(verifier))
    return broken("machine: is not a machine description, or is damaged");
  const machine::Machine &machine = *machine::GetMachine(bytes.data());
  if (machine.container_version() != machineContainerVersion)
    return broken("machine: needs container version {0}, but got {1}",
                  machineContainerVersion, machine.container_version());
  GP_CHECK(needNoFeatures(machine.required_features()));
  const size_t spaces = machine.spaces() ? machine.spaces()->size() : 0;
  const size_t engines = machine.engines() ? machine.engines()->size() : 0;
  if (spaces == 0 || spaces > maxSpaces || engines == 0 || engines > maxEngines)
    return broken("machine: needs 1 to {0} spaces and 1 to {1} engines, but "
                  "got {2} and {3}",
                  maxSpaces, maxEngines, spaces, engines);
  llvm::StringSet<> spaceNames, engineNames;
  for (uint32_t i = 0; i < spaces; ++i)
    if (llvm::Error error = verifySpace(*machine.spaces()->Get(i), spaceNames))
      return broken("space {0}: {1}", i, llvm::toString(std::move(error)));
  for (uint32_t i = 0; i < engines; ++i)
    if (llvm::Error error =
            verifyEngineTable(*machine.engines()->Get(i), machine, engineNames))
      return broken("engine {0}: {1}", i, llvm::toString(std::move(error)));
  return llvm::Error::success();
}
