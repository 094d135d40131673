// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Checks the dims and the variants of a plan.

#include "core/artifact/VerifyVariants.h"

#include "core/artifact/Variants.h"
#include "core/artifact/VerifyBody.h"

#include <map>
#include <set>

using namespace glowplug;
using plan::entries;
using plan::refuse;

namespace {

using Ports = flatbuffers::Vector<flatbuffers::Offset<artifact::Port>>;

class VariantVerifier {
public:
  explicit VariantVerifier(const artifact::Plan &plan)
      : plan(plan), dimCount(plan.dims() ? plan.dims()->size() : 0) {}

  llvm::Error verifyAbsence();
  llvm::Error verify();

private:
  llvm::Error verifyDims();
  llvm::Error verifyPorts(llvm::StringRef kind, const Ports *ports,
                          bool isInput);
  llvm::Error verifyPort(const std::string &which, const artifact::Port &port,
                         bool isInput);
  llvm::Error verifyKeys(uint32_t index);
  llvm::Error verifyOutputs(uint32_t index);
  llvm::Error verifyOutput(const std::string &which, const artifact::Port &port,
                           const artifact::Shape &shape, uint32_t variant);

  std::string nameOf(uint32_t dim) const {
    return "'" + plan.dims()->Get(dim)->name()->str() + "'";
  }

  const artifact::Plan &plan;
  uint32_t dimCount;
  std::vector<bool> isUsed; // per dim: it is a size of an input
  std::map<std::vector<int64_t>, uint32_t> known; // variants by their keys
};

} // namespace

/// Without the feature there is one variant, and nothing that varies.
llvm::Error VariantVerifier::verifyAbsence() {
  auto needs = [](const llvm::Twine &what) {
    return plan::needsFeature(variantsFeature, what);
  };
  const uint32_t count = plan.variants()->size();
  const artifact::Variant &first = *plan.variants()->Get(0);
  if (count > 1 || (first.keys() && first.keys()->size() != 0))
    return needs(llvm::Twine(count) + " variants, or one with keys");
  if (first.outputs() && first.outputs()->size() != 0)
    return needs("a variant with shapes of outputs");
  for (const Ports *ports : {plan.inputs(), plan.outputs()})
    for (uint32_t i = 0; ports && i < ports->size(); ++i)
      if (!entries(ports->Get(i)->dims()).empty())
        return needs("a port with dims");
  return llvm::Error::success();
}

llvm::Error VariantVerifier::verifyDims() {
  std::set<std::string> names;
  for (uint32_t i = 0; i < dimCount; ++i) {
    const artifact::Dim &dim = *plan.dims()->Get(i);
    const std::string which = "dim " + std::to_string(i);
    if (!dim.name() || dim.name()->size() == 0)
      return refuse(which + " has no name");
    if (!names.insert(dim.name()->str()).second)
      return refuse(which + " has the name " + nameOf(i) + " of another one");
    if (dim.min() < 0 || dim.min() > dim.max())
      return refuse(which + " has sizes from " + llvm::Twine(dim.min()) +
                    " to " + llvm::Twine(dim.max()));
    if (dim.multiple() != 1)
      return plan::needsFeature("dims", which + " with a multiple");
  }
  return llvm::Error::success();
}

llvm::Error VariantVerifier::verifyPort(const std::string &which,
                                        const artifact::Port &port,
                                        bool isInput) {
  if (!plan::isAligned(port.dims()))
    return refuse(which + " needs dims at a multiple of 4 bytes");
  llvm::ArrayRef<uint32_t> dims = entries(port.dims());
  llvm::ArrayRef<int64_t> shape = entries(port.shape());
  if (dims.empty())
    return llvm::Error::success();
  if (dims.size() != shape.size())
    return refuse(which + " has rank " + llvm::Twine(shape.size()) + ", but " +
                  llvm::Twine(dims.size()) + " dims");
  if (port.bound_section() != 0)
    return refuse(which + " is bound, and has dims");
  for (size_t i = 0; i < dims.size(); ++i) {
    if (dims[i] == 0 || (dims[i] == unnamedDim && !isInput))
      continue;
    if (dims[i] > dimCount)
      return refuse(which + " has dim " + llvm::Twine(dims[i] - 1) +
                    ", which is not there");
    const artifact::Dim &dim = *plan.dims()->Get(dims[i] - 1);
    if (shape[i] != dim.max())
      return refuse(which + " has a size of at most " + llvm::Twine(shape[i]) +
                    ", but its dim " + nameOf(dims[i] - 1) + " has one of " +
                    llvm::Twine(dim.max()));
    if (isInput)
      isUsed[dims[i] - 1] = true;
  }
  return llvm::Error::success();
}

llvm::Error VariantVerifier::verifyPorts(llvm::StringRef kind,
                                         const Ports *ports, bool isInput) {
  for (uint32_t i = 0; ports && i < ports->size(); ++i)
    if (llvm::Error error = verifyPort((kind + " " + llvm::Twine(i)).str(),
                                       *ports->Get(i), isInput))
      return error;
  return llvm::Error::success();
}

llvm::Error VariantVerifier::verifyKeys(uint32_t index) {
  const std::string which = "variant " + std::to_string(index);
  const auto *keys = plan.variants()->Get(index)->keys();
  std::vector<int64_t> sizes(dimCount, -1);
  for (uint32_t i = 0; keys && i < keys->size(); ++i) {
    const artifact::KeyRange &key = *keys->Get(i);
    if (key.dim() >= dimCount)
      return refuse(which + " has a key for dim " + llvm::Twine(key.dim()) +
                    ", which is not there");
    if (sizes[key.dim()] >= 0)
      return refuse(which + " has two keys for dim " + nameOf(key.dim()));
    const artifact::Dim &dim = *plan.dims()->Get(key.dim());
    if (key.min() > key.max() || key.min() < dim.min() || key.max() > dim.max())
      return refuse(which + " has a key from " + llvm::Twine(key.min()) +
                    " to " + llvm::Twine(key.max()) + ", but dim " +
                    nameOf(key.dim()) + " has sizes from " +
                    llvm::Twine(dim.min()) + " to " + llvm::Twine(dim.max()));
    if (key.min() != key.max())
      return plan::needsFeature("dims", which + " for a range of sizes");
    sizes[key.dim()] = key.min();
  }
  for (uint32_t dim = 0; dim < dimCount; ++dim)
    if (sizes[dim] < 0)
      return refuse(which + " has no key for dim " + nameOf(dim));
  auto [earlier, isNew] = known.try_emplace(std::move(sizes), index);
  if (!isNew)
    return refuse(which + " would never run: it has the keys of variant " +
                  llvm::Twine(earlier->second));
  return llvm::Error::success();
}

llvm::Error VariantVerifier::verifyOutput(const std::string &which,
                                          const artifact::Port &port,
                                          const artifact::Shape &shape,
                                          uint32_t variant) {
  if (!plan::isAligned(shape.sizes()))
    return refuse(which + " needs a shape at a multiple of 8 bytes");
  llvm::ArrayRef<int64_t> sizes = entries(shape.sizes()),
                          most = entries(port.shape());
  llvm::ArrayRef<uint32_t> dims = entries(port.dims());
  if (sizes.size() != most.size())
    return refuse(which + " has rank " + llvm::Twine(sizes.size()) +
                  ", but the model's has " + llvm::Twine(most.size()));
  for (size_t i = 0; i < sizes.size(); ++i) {
    const uint32_t dim = dims.empty() ? 0 : dims[i];
    const bool fits = dim == unnamedDim ? sizes[i] >= 0 && sizes[i] <= most[i]
                      : dim == 0        ? sizes[i] == most[i]
                                 : sizes[i] == keyOf(plan, variant, dim - 1);
    if (!fits)
      return refuse(which + " has size " + llvm::Twine(sizes[i]) + " in dim " +
                    llvm::Twine(i) + ", which the model's does not have");
  }
  return llvm::Error::success();
}

llvm::Error VariantVerifier::verifyOutputs(uint32_t index) {
  const auto *shapes = plan.variants()->Get(index)->outputs();
  const uint32_t count = shapes ? shapes->size() : 0,
                 wanted = plan.outputs() ? plan.outputs()->size() : 0;
  if (count != wanted)
    return refuse("variant " + llvm::Twine(index) + " has " +
                  llvm::Twine(count) + " outputs, but the model has " +
                  llvm::Twine(wanted));
  for (uint32_t i = 0; i < count; ++i)
    if (llvm::Error error = verifyOutput(
            ("output " + llvm::Twine(i) + " of variant " + llvm::Twine(index))
                .str(),
            *plan.outputs()->Get(i), *shapes->Get(i), index))
      return error;
  return llvm::Error::success();
}

llvm::Error VariantVerifier::verify() {
  isUsed.assign(dimCount, false);
  if (llvm::Error error = verifyDims())
    return error;
  if (llvm::Error error = verifyPorts("input", plan.inputs(), true))
    return error;
  if (llvm::Error error = verifyPorts("output", plan.outputs(), false))
    return error;
  for (uint32_t dim = 0; dim < dimCount; ++dim)
    if (!isUsed[dim])
      return refuse("dim " + nameOf(dim) + " is no size of any input");
  for (uint32_t i = 0; i < plan.variants()->size(); ++i) {
    if (llvm::Error error = verifyKeys(i))
      return error;
    if (llvm::Error error = verifyOutputs(i))
      return error;
  }
  return llvm::Error::success();
}

llvm::Error plan::verifyVariants(const artifact::Plan &plan) {
  VariantVerifier verifier(plan);
  return hasVariants(plan) ? verifier.verify() : verifier.verifyAbsence();
}
