// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Checks a plan before anything relies on it.

#include "core/artifact/VerifyPlan.h"

#include "core/artifact/Variants.h"
#include "core/artifact/VerifyBody.h"
#include "core/artifact/VerifyVariants.h"
#include "core/support/DType.h"

#include "llvm/ADT/STLExtras.h"

#include <algorithm>
#include <vector>

using namespace glowplug;
using plan::entries;
using plan::maxBytes;
using plan::refuse;

namespace {

/// Most entries of one list of a plan.
constexpr uint32_t maxEntries = 1 << 24;

/// How deep bodies may nest, as in images.
constexpr uint32_t maxDepth = 64;

class PlanVerifier {
public:
  PlanVerifier(const artifact::Plan &plan,
               llvm::ArrayRef<uint64_t> sectionBytes)
      : plan(plan), sectionBytes(sectionBytes) {}

  llvm::Error verify();

private:
  using Ports = flatbuffers::Vector<flatbuffers::Offset<artifact::Port>>;

  llvm::Error verifyFeatures();
  llvm::Error verifyPorts(llvm::StringRef kind, const Ports *ports,
                          bool mayBeBound);
  llvm::Error verifyExtents();
  llvm::Error verifyParts();
  llvm::Error verifyNesting();
  llvm::Error verifyBodies();

  bool hasSection(uint32_t number) const {
    return number >= 1 && number <= sectionBytes.size();
  }
  uint32_t partCount() const { return plan.parts() ? plan.parts()->size() : 0; }

  const artifact::Plan &plan;
  llvm::ArrayRef<uint64_t> sectionBytes;
};

} // namespace

llvm::Error plan::refuse(const llvm::Twine &why) {
  return llvm::createStringError("plan is not valid: " + why);
}

llvm::Error plan::needsFeature(llvm::StringRef feature,
                               const llvm::Twine &what) {
  return llvm::createStringError("plan has " + what + ", but the feature '" +
                                 feature + "' is not built in this version");
}

llvm::Error PlanVerifier::verifyPorts(llvm::StringRef kind, const Ports *ports,
                                      bool mayBeBound) {
  for (uint32_t i = 0; ports && i < ports->size(); ++i) {
    const artifact::Port &port = *ports->Get(i);
    const std::string which = (kind + " " + llvm::Twine(i)).str();
    // Nobody asks for outputs that hold sizes by their names.
    const bool holdsSize =
        !mayBeBound && i + plan.size_outputs() >= ports->size();
    if (!port.name() && !holdsSize)
      return refuse(which + " has no name");
    if (port.dtype() == 0 || port.dtype() >= dtypeCount)
      return refuse(which + " has the unknown element type " +
                    llvm::Twine(unsigned{port.dtype()}));
    if (!plan::isAligned(port.shape()))
      return refuse(which + " needs a shape at a multiple of 8 bytes");
    llvm::ArrayRef<int64_t> shape = entries(port.shape());
    if (shape.size() > 8)
      return refuse(which + " has rank " + llvm::Twine(shape.size()) +
                    ", more than 8");
    std::optional<int64_t> bytes =
        byteCount(static_cast<DType>(port.dtype()), shape);
    if (!bytes || static_cast<uint64_t>(*bytes) > maxBytes)
      return refuse(which + " has a shape that does not fit memory");
    if (port.bound_section() != 0) {
      if (!mayBeBound || !hasSection(port.bound_section()))
        return refuse(which + " is bound to section " +
                      llvm::Twine(port.bound_section()) +
                      ", which is not there");
      if (sectionBytes[port.bound_section() - 1] !=
          static_cast<uint64_t>(*bytes))
        return refuse(which + " has " + llvm::Twine(*bytes) +
                      " bytes, but its bound value has " +
                      llvm::Twine(sectionBytes[port.bound_section() - 1]));
    }
  }
  return llvm::Error::success();
}

/// Sizes of outputs are outputs themselves, at the end.
llvm::Error PlanVerifier::verifyExtents() {
  const uint32_t count = plan.outputs() ? plan.outputs()->size() : 0;
  const uint32_t sizes = plan.size_outputs();
  if (sizes != 0 && !plan::hasFeature(plan, extentsFeature))
    return refuse("it has outputs that hold sizes, but does not name the "
                  "feature 'extents'");
  if (sizes > count)
    return refuse(llvm::Twine(sizes) + " of its " + llvm::Twine(count) +
                  " outputs hold sizes");
  const uint32_t first = count - sizes;
  for (uint32_t i = 0; plan.inputs() && i < plan.inputs()->size(); ++i)
    if (!entries(plan.inputs()->Get(i)->extents()).empty())
      return refuse("input " + llvm::Twine(i) + " has sizes that a run says");
  for (uint32_t i = 0; i < count; ++i) {
    const artifact::Port &port = *plan.outputs()->Get(i);
    if (!plan::isAligned(port.extents()))
      return refuse("an output needs its extents at a multiple of 4 bytes");
    llvm::ArrayRef<uint32_t> extents = entries(port.extents());
    const std::string which = "output " + std::to_string(i);
    const size_t rank = entries(port.shape()).size();
    if (i >= first && (static_cast<DType>(port.dtype()) != DType::i64 ||
                       rank != 0 || !extents.empty()))
      return refuse(which + " holds a size, but is not an i64 of rank 0");
    if (!extents.empty() && extents.size() != rank)
      return refuse(which + " has rank " + llvm::Twine(rank) + ", but says " +
                    llvm::Twine(extents.size()) + " sizes");
    for (uint32_t extent : extents)
      if (extent != 0 && (extent - 1 < first || extent - 1 >= count))
        return refuse(which + " has its size in output " +
                      llvm::Twine(extent - 1) + ", which holds none");
  }
  return llvm::Error::success();
}

llvm::Error PlanVerifier::verifyParts() {
  for (uint32_t i = 0; i < partCount(); ++i) {
    const artifact::Part &part = *plan.parts()->Get(i);
    const std::string which = "part " + std::to_string(i);
    if (!part.backend() || part.backend()->size() == 0)
      return refuse(which + " names no backend");
    if (!hasSection(part.blob()))
      return refuse(which + " has its blob in section " +
                    llvm::Twine(part.blob()) + ", which is not there");
    for (uint32_t section : entries(part.segments()))
      if (!hasSection(section))
        return refuse(which + " needs section " + llvm::Twine(section) +
                      ", which is not there");
    if (part.workspace_bytes() > maxBytes)
      return refuse(which + " needs " + llvm::Twine(part.workspace_bytes()) +
                    " bytes of workspace, which is too many");
  }
  return llvm::Error::success();
}

/// Refuses what a later version may put into a plan, but this one cannot read.
llvm::Error PlanVerifier::verifyFeatures() {
  const auto *features = plan.required_features();
  for (uint32_t i = 0; features && i < features->size(); ++i) {
    const std::string feature = features->Get(i)->str();
    if (feature != variantsFeature && feature != extentsFeature &&
        feature != "control_flow")
      return llvm::createStringError("plan needs the feature '" + feature +
                                     "', which this version does not have");
  }
  const bool hasDims = plan.dims() && plan.dims()->size() != 0;
  if ((hasDims && !hasVariants(plan)) ||
      (plan.exprs() && plan.exprs()->size() != 0))
    return plan::needsFeature("dims", "sizes that vary");
  const uint32_t variants = plan.variants() ? plan.variants()->size() : 0;
  const uint32_t bodies = plan.bodies() ? plan.bodies()->size() : 0;
  if (variants == 0 || bodies == 0)
    return refuse("it has no variant, or no body");
  if (bodies > variants && !plan::hasFeature(plan, "control_flow"))
    return refuse("it has " + llvm::Twine(bodies) + " bodies for " +
                  llvm::Twine(variants) +
                  " variants, but does not name the feature 'control_flow'");
  return llvm::Error::success();
}

/// Bodies are not nested too deep: a run takes stack for each. Bodies name
/// those after them only, which verifyBody() checks.
llvm::Error PlanVerifier::verifyNesting() {
  std::vector<uint32_t> depths(plan.bodies()->size(), 1);
  for (uint32_t i = plan.bodies()->size(); i-- > 0;) {
    const auto *steps = plan.bodies()->Get(i)->steps();
    for (uint32_t j = 0; steps && j < steps->size(); ++j)
      for (uint32_t named : entries(steps->Get(j)->bodies()))
        if (named > i && named < depths.size())
          depths[i] = std::max(depths[i], depths[named] + 1);
    if (depths[i] > maxDepth)
      return refuse("body " + llvm::Twine(i) + " nests bodies more than " +
                    llvm::Twine(maxDepth) + " deep");
  }
  return llvm::Error::success();
}

/// What \p count ports hold in one variant; \p shape gives their shapes.
static llvm::Expected<std::vector<uint64_t>>
bytesOf(const flatbuffers::Vector<flatbuffers::Offset<artifact::Port>> *ports,
        llvm::function_ref<PortShape(uint32_t)> shape) {
  std::vector<uint64_t> result;
  for (uint32_t i = 0; ports && i < ports->size(); ++i) {
    const std::optional<int64_t> bytes =
        byteCount(static_cast<DType>(ports->Get(i)->dtype()), shape(i));
    if (!bytes || static_cast<uint64_t>(*bytes) > maxBytes)
      return refuse("a variant has a shape that does not fit memory");
    result.push_back(static_cast<uint64_t>(*bytes));
  }
  return result;
}

llvm::Error PlanVerifier::verifyBodies() {
  for (uint32_t i = 0; i < plan.bodies()->size(); ++i)
    if (!plan::isAligned(plan.bodies()->Get(i)->input_bytes()) ||
        !plan::isAligned(plan.bodies()->Get(i)->output_bytes()))
      return refuse("body " + llvm::Twine(i) +
                    " needs sizes at a multiple of 8 bytes");
  for (uint32_t i = 0; i < plan.variants()->size(); ++i) {
    const uint32_t number = plan.variants()->Get(i)->body();
    if (number >= plan.bodies()->size())
      return refuse("variant " + llvm::Twine(i) + " runs body " +
                    llvm::Twine(number) + ", which is not there");
    const artifact::Body &body = *plan.bodies()->Get(number);
    llvm::Expected<std::vector<uint64_t>> inputs =
        bytesOf(plan.inputs(),
                [&](uint32_t port) { return inputShape(plan, i, port); });
    if (!inputs)
      return inputs.takeError();
    llvm::Expected<std::vector<uint64_t>> outputs =
        bytesOf(plan.outputs(),
                [&](uint32_t port) { return outputShape(plan, i, port); });
    if (!outputs)
      return outputs.takeError();
    if (entries(body.input_bytes()) != llvm::ArrayRef(*inputs) ||
        entries(body.output_bytes()) != llvm::ArrayRef(*outputs))
      return refuse("body " + llvm::Twine(number) +
                    " has other inputs or outputs than the model");
  }
  if (llvm::Error error = verifyNesting())
    return error;
  for (uint32_t i = 0; i < plan.bodies()->size(); ++i)
    if (llvm::Error error = plan::verifyBody(plan, i, sectionBytes))
      return llvm::createStringError(
          llvm::toString(std::move(error)) +
          (i == 0 ? std::string() : ", in body " + std::to_string(i)));
  return llvm::Error::success();
}

llvm::Error PlanVerifier::verify() {
  if (llvm::Error error = verifyFeatures())
    return error;
  if (llvm::Error error = verifyPorts("input", plan.inputs(), true))
    return error;
  if (llvm::Error error = verifyPorts("output", plan.outputs(), false))
    return error;
  if (llvm::Error error = verifyExtents())
    return error;
  if (llvm::Error error = plan::verifyVariants(plan))
    return error;
  if (llvm::Error error = verifyParts())
    return error;
  return verifyBodies();
}

llvm::Error glowplug::verifyPlan(llvm::ArrayRef<uint8_t> bytes,
                                 llvm::ArrayRef<uint64_t> sectionBytes) {
  flatbuffers::Verifier verifier(bytes.data(), bytes.size(), /*max_depth=*/16,
                                 maxEntries);
  if (bytes.size() < 8 || !artifact::VerifyPlanBuffer(verifier))
    return refuse("it is not a FlatBuffer of the plan's schema");
  return PlanVerifier(*artifact::GetPlan(bytes.data()), sectionBytes).verify();
}
