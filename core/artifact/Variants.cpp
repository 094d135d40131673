// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The shapes that the variants of a compiled model are for.

#include "core/artifact/Variants.h"

using namespace glowplug;

bool glowplug::hasVariants(const artifact::Plan &plan) {
  const auto *features = plan.required_features();
  for (uint32_t i = 0; features && i < features->size(); ++i)
    if (features->Get(i)->string_view() == variantsFeature)
      return true;
  return false;
}

int64_t glowplug::keyOf(const artifact::Plan &plan, uint32_t variant,
                        uint32_t dim) {
  const auto *keys = plan.variants()->Get(variant)->keys();
  for (uint32_t i = 0; keys && i < keys->size(); ++i)
    if (keys->Get(i)->dim() == dim)
      return keys->Get(i)->min();
  return -1;
}

PortShape glowplug::inputShape(const artifact::Plan &plan, uint32_t variant,
                               uint32_t port) {
  const artifact::Port &input = *plan.inputs()->Get(port);
  PortShape shape;
  for (uint32_t i = 0; input.shape() && i < input.shape()->size(); ++i) {
    const uint32_t dim =
        input.dims() && i < input.dims()->size() ? input.dims()->Get(i) : 0;
    shape.push_back(dim == 0 ? input.shape()->Get(i)
                             : keyOf(plan, variant, dim - 1));
  }
  return shape;
}

PortShape glowplug::outputShape(const artifact::Plan &plan, uint32_t variant,
                                uint32_t port) {
  const auto *sizes = plan.outputs()->Get(port)->shape();
  if (const auto *own = plan.variants()->Get(variant)->outputs();
      own && port < own->size())
    sizes = own->Get(port)->sizes();
  PortShape shape;
  if (sizes)
    shape.assign(sizes->begin(), sizes->end());
  return shape;
}

std::string glowplug::keyText(const artifact::Plan &plan, uint32_t variant) {
  std::string text;
  for (uint32_t i = 0; plan.dims() && i < plan.dims()->size(); ++i)
    text += (text.empty() ? "" : ", ") + plan.dims()->Get(i)->name()->str() +
            "=" + std::to_string(keyOf(plan, variant, i));
  return text;
}

std::string glowplug::keyList(const artifact::Plan &plan) {
  constexpr uint32_t most = 16;
  const uint32_t count = plan.variants()->size();
  std::string text;
  for (uint32_t i = 0; i < std::min(count, most); ++i)
    text += (text.empty() ? "" : "; ") + keyText(plan, i);
  if (count > most)
    text += "; and " + std::to_string(count - most) + " more";
  return text;
}
