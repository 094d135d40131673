// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Makes artifacts of one model the variants of one artifact.

#include "core/artifact/MergeVariants.h"

#include "core/artifact/Variants.h"

#include "llvm/ADT/STLExtras.h"

#include <algorithm>
#include <cassert>
#include <new>
#include <tuple>

using namespace glowplug;

/// All that a run sees of a part.
static auto fieldsOf(const artifact::PartT &part) {
  return std::tie(part.backend, part.backend_version, part.target,
                  part.requirement, part.blob, part.segments,
                  part.workspace_bytes, part.ops);
}

/// A copy at a multiple of 64.
static std::shared_ptr<uint8_t> copyOf(llvm::ArrayRef<uint8_t> bytes) {
  constexpr std::align_val_t alignment{64};
  std::shared_ptr<uint8_t> copy(
      static_cast<uint8_t *>(::operator new(bytes.size() + 1, alignment)),
      [](uint8_t *memory) { ::operator delete(memory, alignment); });
  std::copy(bytes.begin(), bytes.end(), copy.get());
  return copy;
}

std::string VariantMerger::keyText(size_t variant) const {
  std::string text;
  for (auto [name, size] : llvm::zip_equal(dims.names, keys[variant]))
    text += (text.empty() ? "" : ", ") + name + "=" + std::to_string(size);
  return text;
}

/// Fails unless \p others, of the last variant, fit those of the first.
llvm::Error VariantMerger::checkPorts(llvm::StringRef kind,
                                      const Ports &others) const {
  const Ports &ports =
      kind == "input" ? builder.plan.inputs : builder.plan.outputs;
  const size_t variant = keys.size() - 1;
  if (ports.size() != others.size())
    return llvm::createStringError(
        "the model has " + llvm::Twine(ports.size()) + " " + kind + "s for " +
        keyText(0) + ", but " + llvm::Twine(others.size()) + " for " +
        keyText(variant));
  for (auto [one, other] : llvm::zip_equal(ports, others)) {
    if (one->shape.size() != other->shape.size() || one->dtype != other->dtype)
      return llvm::createStringError(
          kind + " '" + one->name + "' has rank " +
          llvm::Twine(one->shape.size()) + " for " + keyText(0) +
          ", but rank " + llvm::Twine(other->shape.size()) + " for " +
          keyText(variant) + ", or another element type");
    if (one->extents != other->extents)
      return llvm::createStringError(
          kind + " '" + one->name + "' has sizes that depend on data for " +
          keyText(0) + ", but not the same ones for " + keyText(variant));
    if (one->bound_section != other->bound_section)
      return llvm::createStringError(
          kind + " '" + one->name + "' is bound to one value for " +
          keyText(0) + ", and to another for " + keyText(variant));
  }
  return llvm::Error::success();
}

void VariantMerger::addSections(const Artifact &artifact) {
  // The first variant stays as it is. Of the others, what is new is copied, so
  // that the rest of them, which is most, is freed.
  std::shared_ptr<const Artifact> first;
  if (keys.size() == 1)
    first = std::make_shared<const Artifact>(artifact);
  sections.assign(1, 0);
  for (uint32_t i = 1; i <= artifact.sectionCount(); ++i) {
    llvm::ArrayRef<uint8_t> bytes = artifact.section(i);
    auto [place, isNew] = known.try_emplace({sha256(bytes), bytes.size()}, 0);
    if (isNew && first) {
      place->second = builder.addSection(bytes, first);
    } else if (isNew) {
      const std::shared_ptr<uint8_t> copy = copyOf(bytes);
      place->second = builder.addSection({copy.get(), bytes.size()}, copy);
    }
    sections.push_back(place->second);
  }
}

uint32_t VariantMerger::addPart(artifact::PartT &part) {
  part.blob = sections[part.blob];
  for (uint32_t &segment : part.segments)
    segment = sections[segment];
  auto &parts = builder.plan.parts;
  auto found = llvm::find_if(parts, [&](const auto &other) {
    return fieldsOf(*other) == fieldsOf(part);
  });
  if (found != parts.end())
    return static_cast<uint32_t>(found - parts.begin());
  parts.push_back(std::make_unique<artifact::PartT>(part));
  return static_cast<uint32_t>(parts.size() - 1);
}

void VariantMerger::addBodies(artifact::PlanT &plan,
                              llvm::ArrayRef<uint32_t> parts) {
  const auto first = static_cast<uint32_t>(builder.plan.bodies.size());
  for (auto &body : plan.bodies) {
    for (auto &buffer : body->buffers)
      if (buffer->place == artifact::Place::section)
        buffer->index = sections[buffer->index];
    for (auto &step : body->steps) {
      if (step->kind == artifact::StepKind::run)
        step->part = parts[step->part];
      for (uint32_t &inner : step->bodies)
        inner += first;
    }
    builder.plan.bodies.push_back(std::move(body));
  }
}

void VariantMerger::addSettings(artifact::PlanT &plan) {
  for (auto &setting : plan.settings)
    if (llvm::none_of(builder.plan.settings, [&](const auto &other) {
          return other->key == setting->key && other->value == setting->value;
        }))
      builder.plan.settings.push_back(std::move(setting));
  for (std::string &feature : plan.required_features)
    if (!llvm::is_contained(builder.plan.required_features, feature))
      builder.plan.required_features.push_back(std::move(feature));
}

void VariantMerger::addVariant(const artifact::PlanT &plan) {
  auto added = std::make_unique<artifact::VariantT>();
  added->body = static_cast<uint32_t>(builder.plan.bodies.size()) +
                plan.variants.front()->body;
  for (auto [dim, size] : llvm::enumerate(keys.back())) {
    auto key = std::make_unique<artifact::KeyRangeT>();
    key->dim = static_cast<uint32_t>(dim);
    key->min = key->max = size;
    added->keys.push_back(std::move(key));
  }
  for (const auto &output : plan.outputs) {
    auto shape = std::make_unique<artifact::ShapeT>();
    shape->sizes = output->shape;
    added->outputs.push_back(std::move(shape));
  }
  builder.plan.variants.push_back(std::move(added));
}

llvm::Error VariantMerger::add(std::vector<int64_t> key,
                               const Artifact &artifact) {
  assert(!hasVariants(artifact.plan()) && "variants do not nest");
  keys.push_back(std::move(key));
  artifact::PlanT plan;
  artifact.plan().UnPackTo(&plan);
  addSections(artifact);
  for (auto &input : plan.inputs)
    if (input->bound_section != 0)
      input->bound_section = sections[input->bound_section];
  const bool isFirst = keys.size() == 1;
  if (isFirst)
    builder.plan.required_features.push_back(variantsFeature);
  if (!isFirst) {
    if (llvm::Error error = checkPorts("input", plan.inputs))
      return error;
    if (llvm::Error error = checkPorts("output", plan.outputs))
      return error;
  }
  addVariant(plan);
  std::vector<uint32_t> parts;
  for (auto &part : plan.parts)
    parts.push_back(addPart(*part));
  addBodies(plan, parts);
  addSettings(plan);
  if (!isFirst)
    return llvm::Error::success();
  builder.plan.name = std::move(plan.name);
  builder.plan.producer = std::move(plan.producer);
  builder.plan.model_sha256 = std::move(plan.model_sha256);
  builder.plan.inputs = std::move(plan.inputs);
  builder.plan.outputs = std::move(plan.outputs);
  builder.plan.size_outputs = plan.size_outputs;
  return llvm::Error::success();
}

void VariantMerger::finishDims() {
  for (auto [index, name] : llvm::enumerate(dims.names)) {
    auto dim = std::make_unique<artifact::DimT>();
    dim->name = name;
    dim->min = dim->max = keys.front()[index];
    for (const std::vector<int64_t> &key : keys) {
      dim->min = std::min(dim->min, key[index]);
      dim->max = std::max(dim->max, key[index]);
    }
    builder.plan.dims.push_back(std::move(dim));
  }
}

llvm::Error VariantMerger::finishInputs() {
  std::vector<bool> isUsed(dims.names.size());
  for (auto [input, names] :
       llvm::zip_equal(builder.plan.inputs, dims.inputs)) {
    if (input->bound_section != 0)
      continue;
    std::vector<uint32_t> numbers;
    for (auto [size, name] : llvm::zip_equal(input->shape, names)) {
      const auto dim = static_cast<size_t>(llvm::find(dims.names, name) -
                                           dims.names.begin());
      const bool varies = dim < dims.names.size();
      numbers.push_back(varies ? static_cast<uint32_t>(dim) + 1 : 0);
      if (varies) {
        size = builder.plan.dims[dim]->max;
        isUsed[dim] = true;
      }
    }
    if (llvm::any_of(numbers, [](uint32_t number) { return number != 0; }))
      input->dims = std::move(numbers);
  }
  for (auto [used, name] : llvm::zip_equal(isUsed, dims.names))
    if (!used)
      return llvm::createStringError(
          "dimension '" + name +
          "' needs one size, but got several: it is no "
          "size of an input that is given when the model runs");
  return llvm::Error::success();
}

/// One more than the number of the dim that has size sizes[i] in variant i, for
/// each i: of the one that is called \p name, or else of the first.
uint32_t VariantMerger::dimWithSizes(llvm::ArrayRef<int64_t> sizes,
                                     const std::string &name) const {
  uint32_t found = unnamedDim;
  for (size_t dim = 0; dim < dims.names.size(); ++dim) {
    bool isIt = true;
    for (auto [size, key] : llvm::zip_equal(sizes, keys))
      isIt &= size == key[dim];
    if (isIt && (found == unnamedDim || dims.names[dim] == name))
      found = static_cast<uint32_t>(dim) + 1;
  }
  return found;
}

void VariantMerger::finishOutputs() {
  for (auto [index, output] : llvm::enumerate(builder.plan.outputs)) {
    std::vector<uint32_t> numbers;
    for (size_t i = 0; i < output->shape.size(); ++i) {
      std::vector<int64_t> sizes;
      for (const auto &variant : builder.plan.variants)
        sizes.push_back(variant->outputs[index]->sizes[i]);
      output->shape[i] = *llvm::max_element(sizes);
      std::string name;
      if (index < dims.outputs.size() && i < dims.outputs[index].size())
        name = dims.outputs[index][i];
      // One variant alone does not show what varies; what is declared does.
      const bool varies =
          !llvm::all_equal(sizes) || llvm::is_contained(dims.names, name);
      const uint32_t dim = dimWithSizes(sizes, name);
      const bool isFixed =
          !varies || (llvm::all_equal(sizes) && dim == unnamedDim);
      numbers.push_back(isFixed ? 0 : dim);
    }
    if (llvm::any_of(numbers, [](uint32_t number) { return number != 0; }))
      output->dims = std::move(numbers);
  }
}

llvm::Expected<Artifact> VariantMerger::finish() && {
  assert(!keys.empty() && "there is nothing to merge");
  finishDims();
  if (llvm::Error error = finishInputs())
    return std::move(error);
  finishOutputs();
  return std::move(builder).finishPlan();
}
