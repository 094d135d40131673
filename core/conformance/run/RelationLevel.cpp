// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Part of level 2: models that have to give what others give.

#include "core/conformance/run/ModelForms.h"
#include "core/conformance/run/Suite.h"

#include "llvm/ADT/STLExtras.h"

#include <fmt/format.h>

namespace glowplug::conformance {
namespace {

/// One relation between a model and another one.
struct Relation {
  const char *name;
  /// Nothing: the model has not what it takes.
  std::optional<models::Related> (*relate)(const graphs::Case &model,
                                           uint64_t seed);
  Gaps gaps = {};
  /// In quick runs it holds for models of these types; in full ones for all.
  std::vector<std::string> quickTypes = {};
};

std::optional<models::Related> batch(const graphs::Case &model, uint64_t seed) {
  constexpr int64_t samples = 3;
  return models::splitBatch(model, samples, seed);
}

std::optional<models::Related> detours(const graphs::Case &model,
                                       uint64_t seed) {
  return models::withDetours(model, seed);
}

/// The model itself: how it is divided makes the difference.
std::optional<models::Related> same(const graphs::Case &model, uint64_t) {
  return models::Related{model,
                         model.model,
                         {model.inputs},
                         [](const auto &runs) { return runs.front(); }};
}

const std::vector<Relation> &relations() {
  static const std::vector<Relation> list = {
      {"batch", batch, {}, {"f32", "u8"}},
      {"detours", detours, {}, {"u8", "i8"}},
      {"permuted", models::permuted, {}, {"u8"}},
      {"cut2", same, {2, 0}, {"u8"}},
      {"cut2b", same, {2, 1}, {"i8"}},
      {"cut3", same, {3, 1}, {"f32"}}};
  return list;
}

} // namespace

/// In quick runs a relation holds for every third model, each time for others.
static bool isQuick(size_t relation, size_t model) {
  constexpr size_t each = 3;
  return (relation + model) % each == 0;
}

/// A model may not be what \p relation is about; that is known from its floats.
static bool isAbout(const Relation &relation, const models::Model &model) {
  return relation.relate(model.make(0, DType::f32), 0).has_value();
}

void addRelationCases(const SuiteOptions &options,
                      std::vector<SuiteCase> &cases) {
  if (options.depth == Depth::smoke)
    return;
  for (auto [number, relation] : llvm::enumerate(relations()))
    for (auto [place, model] : llvm::enumerate(models::allModels())) {
      if (!isAbout(relation, model))
        continue;
      for (const ModelForm &form : modelForms()) {
        RelationCase made;
        made.depth = isQuick(number, place) &&
                             llvm::is_contained(relation.quickTypes, form.type)
                         ? Depth::quick
                         : Depth::full;
        if (made.depth > options.depth)
          continue;
        made.name = fmt::format("graphs/{}/{}/{}", relation.name, model.name,
                                form.type);
        made.features = {{"graph", relation.name},
                         {"model", model.name},
                         {"type", form.type}};
        made.gaps = relation.gaps;
        made.isExact = form.isExact;
        made.make = [&relation = relation, &model = model,
                     &form](uint64_t seed) -> llvm::Expected<models::Related> {
          llvm::Expected<graphs::Case> one = form.make(model, seed);
          if (!one)
            return one.takeError();
          std::optional<models::Related> related = relation.relate(*one, seed);
          if (!related)
            return llvm::createStringError(
                "quantisation has changed the last layer");
          return std::move(*related);
        };
        cases.push_back(fromRelation(std::move(made)));
      }
    }
}

} // namespace glowplug::conformance
