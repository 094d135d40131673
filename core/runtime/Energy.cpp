// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Asks an executable what its last run took in energy, and checks the answer.

#include "core/runtime/Energy.h"

#include "core/runtime/Answers.h"
#include "core/runtime/Executable.h"
#include "core/runtime/Host.h"

#include "llvm/ADT/STLExtras.h"

#include <cmath>
#include <new>
#include <set>

namespace glowplug {
namespace {

/// Receives the records of one call and keeps the first broken rule.
struct EnergyAnswers : Answers {
  explicit EnergyAnswers(size_t layerCount) : layerCount(layerCount) {}

  size_t layerCount;
  EnergyUse result;
  bool hasBasis = false;
  bool isOutOfMemory = false;
  double total = 0;
  std::set<std::pair<uint32_t, uint32_t>> seen; ///< component, layer

  bool afterBasis(const char *kind) {
    if (!hasBasis)
      complain(std::string(kind) + " comes before the basis");
    return hasBasis;
  }

  bool checkText(const std::string &what, const char *text,
                 bool mayBeEmpty = false) {
    if (text && (*text || mayBeEmpty))
      return true;
    complain(what + " is " + (text ? "empty" : "NULL"));
    return false;
  }

  bool checkAmount(const std::string &what, const char *unit, double value) {
    if (value >= 0 && std::isfinite(value))
      return true;
    complain(what + " is " + std::to_string(value) + " " + unit +
             ", but needs to be finite and at least 0");
    return false;
  }

  void addBasis(const gp_energy_basis *given) {
    gp_energy_basis basis;
    if (!read("gp_energy_basis", &basis, given))
      return;
    if (hasBasis)
      return complain("basis is called twice");
    if (!checkText("the technology", basis.technology, true) ||
        !checkText("the note", basis.note))
      return;
    hasBasis = true;
    result.technology = basis.technology;
    result.note = basis.note;
  }

  void addComponent(const gp_energy_component *given) {
    gp_energy_component row;
    if (!read("gp_energy_component", &row, given) || !afterBasis("component"))
      return;
    const std::string title =
        "component " + std::to_string(result.components.size());
    if (!checkText(title + ": name", row.name) ||
        !checkText(title + ": energy_source", row.energy_source) ||
        !checkText(title + ": area_source", row.area_source, true) ||
        !checkAmount(title + ": area_um2", "square micrometres", row.area_um2))
      return;
    if (!isLowerCaseWord(row.name))
      return complain(title + ": name is '" + row.name +
                      "', but needs to be one lower-case word");
    if ((row.area_um2 > 0) != (*row.area_source != 0))
      return complain(title + ": area_um2 is " + std::to_string(row.area_um2) +
                      ", but area_source is '" + row.area_source + "'");
    if (llvm::any_of(result.components,
                     [&](const auto &known) { return known.name == row.name; }))
      return complain("component '" + std::string(row.name) + "' comes twice");
    result.components.push_back(
        {row.name, row.energy_source, row.area_um2, row.area_source});
  }

  void addAmount(const gp_energy_amount *given) {
    gp_energy_amount row;
    if (!read("gp_energy_amount", &row, given) || !afterBasis("amount"))
      return;
    const std::string title = "amount " + std::to_string(result.amounts.size());
    if (row.component >= result.components.size())
      return complain(
          title + " names component " + std::to_string(row.component) +
          ", but so far there are " + std::to_string(result.components.size()));
    if (row.layer != GP_NO_LAYER && row.layer >= layerCount)
      return complain(title + " names layer " + std::to_string(row.layer) +
                      ", but there are " + std::to_string(layerCount));
    if (!checkAmount(title, "picojoules", row.picojoules))
      return;
    if (!seen.emplace(row.component, row.layer).second)
      return complain(title + " is of a component and layer that had one");
    total += row.picojoules;
    result.amounts.push_back({row.component, row.layer, row.picojoules});
  }

  /// What can only be checked after the last call.
  void finish() {
    if (!hasBasis)
      return complain("basis is never called");
    if (result.components.empty())
      return complain("there is no component");
    checkAmount("the sum of all amounts", "picojoules", total);
  }

  /// Calls \p add; what runs out of memory must not leave through the plugin.
  template <auto add, typename T>
  static void receive(void *self, const T *record) {
    auto *answers = static_cast<EnergyAnswers *>(self);
    try {
      (answers->*add)(record);
    } catch (const std::bad_alloc &) {
      answers->isOutOfMemory = true;
    }
  }
};

} // namespace

llvm::Expected<EnergyUse>
receiveEnergy(llvm::StringRef backend, size_t layerCount,
              llvm::function_ref<llvm::Error(const gp_energy_sink &)> give) {
  using Answers = EnergyAnswers;
  Answers answers(layerCount);
  gp_energy_sink sink = {};
  sink.struct_size = sizeof sink;
  sink.context = &answers;
  sink.basis = Answers::receive<&Answers::addBasis, gp_energy_basis>;
  sink.component =
      Answers::receive<&Answers::addComponent, gp_energy_component>;
  sink.amount = Answers::receive<&Answers::addAmount, gp_energy_amount>;
  if (llvm::Error error = give(sink))
    return std::move(error);
  if (answers.isOutOfMemory)
    return backendError(backend, GP_OUT_OF_MEMORY,
                        "last_energy: the host cannot hold the records");
  answers.finish();
  if (!answers.problem.empty())
    return brokenRule(backend, "last_energy", answers.problem);
  return std::move(answers.result);
}

llvm::Expected<std::optional<EnergyUse>>
Executable::lastEnergy(size_t layerCount) {
  const auto *group = static_cast<const gp_energy_group *>(
      backend->plugin->group(GP_GROUP_ENERGY, GP_GROUP_ENERGY_VERSION));
  if (!group)
    return std::nullopt;
  return receiveEnergy(
      backend->name(), layerCount, [&](const gp_energy_sink &sink) {
        return callPlugin(backend->name(), "last_energy",
                          [&] { return group->last_energy(handle, &sink); });
      });
}

} // namespace glowplug
