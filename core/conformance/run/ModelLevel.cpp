// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Level 3: whole networks.

#include "core/conformance/models/Quantised.h"
#include "core/conformance/run/ModelForms.h"
#include "core/conformance/run/Suite.h"

namespace glowplug::conformance {

template <DType type>
static llvm::Expected<graphs::Case> makeFloat(const models::Model &model,
                                              uint64_t seed) {
  return model.make(seed, type);
}

template <ptq::Scheme scheme>
static llvm::Expected<graphs::Case> makeQuantised(const models::Model &model,
                                                  uint64_t seed) {
  return models::quantised(model.make(seed, DType::f32), scheme, seed);
}

const std::vector<ModelForm> &modelForms() {
  static const std::vector<ModelForm> forms = {
      {"f32", false, makeFloat<DType::f32>},
      {"f16", false, makeFloat<DType::f16>},
      {"u8", true, makeQuantised<ptq::Scheme::asymmetric>},
      {"i8", true, makeQuantised<ptq::Scheme::symmetric>}};
  return forms;
}

void addModelCases(const SuiteOptions &options, std::vector<SuiteCase> &cases) {
  if (options.depth == Depth::smoke)
    return;
  for (const models::Model &model : models::allModels())
    for (const ModelForm &form : modelForms()) {
      ModelCase made;
      made.name = std::string("models/") + model.name + "/" + form.type;
      made.level = Level::models;
      made.features = {{"model", model.name}, {"type", form.type}};
      made.depth = Depth::quick;
      made.isExact = form.isExact;
      made.make = [&](uint64_t seed) { return form.make(model, seed); };
      cases.push_back(fromModel(std::move(made)));
    }
}

} // namespace glowplug::conformance
