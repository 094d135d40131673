// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What the inputs of a model leave open.

#include "core/driver/OpenInputs.h"

#include "core/importer/file/OpenSizes.h"

using namespace glowplug;

/// What \p name has in \p given, or \p otherwise.
static int64_t sizeOr(int64_t otherwise, const OpenSizes &given,
                      const std::string &name) {
  const auto found = given.find(name);
  return found == given.end() ? otherwise : found->second;
}

static bool isLeftOut(const ModelInput &input, const OpenSizes &given) {
  return input.isOptional && sizeOr(1, given, presenceNameOf(input.name)) == 0;
}

std::vector<std::string> glowplug::openSizes(const ModelInput &input,
                                             const OpenSizes &given) {
  std::vector<std::string> names;
  if (isLeftOut(input, given))
    return names;
  auto add = [&](const std::string &name) {
    if (given.count(name) == 0)
      names.push_back(name);
  };
  if (input.isSequence)
    add(lengthNameOf(input.name));
  if (!input.hasShape)
    add(rankNameOf(input.name));
  for (auto [size, name] : llvm::zip_equal(input.shape, input.dimNames))
    if (size < 0)
      add(name);
  return names;
}

std::vector<ModelInput> glowplug::tensorsOf(llvm::ArrayRef<ModelInput> declared,
                                            const OpenSizes &given) {
  std::vector<ModelInput> tensors;
  for (const ModelInput &input : declared) {
    if (isLeftOut(input, given))
      continue;
    ModelInput tensor = input;
    tensor.isOptional = tensor.isSequence = false;
    if (!input.isSequence) {
      tensors.push_back(std::move(tensor));
      continue;
    }
    const int64_t length = sizeOr(0, given, lengthNameOf(input.name));
    for (int64_t i = 0; i < length; ++i) {
      tensor.name = elementNameOf(input.name, static_cast<size_t>(i));
      for (auto [dim, size] : llvm::enumerate(tensor.shape))
        if (size < 0)
          tensor.dimNames[dim] = dimNameOf(tensor.name, dim);
      tensors.push_back(tensor);
    }
  }
  return tensors;
}

const ModelInput *glowplug::findOpenForm(const ModelSummary &model) {
  for (const ModelInput &input : model.inputs)
    if (!input.isTensor() || !input.hasShape)
      return &input;
  for (const ModelInput &output : model.outputs)
    if (!output.isTensor())
      return &output;
  return nullptr;
}
