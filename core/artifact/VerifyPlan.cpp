// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Checks a plan before anything relies on it.

#include "core/artifact/VerifyPlan.h"

#include "core/artifact/VerifyBody.h"
#include "core/support/DType.h"

#include "llvm/ADT/STLExtras.h"

#include <vector>

using namespace glowplug;
using plan::entries;
using plan::maxBytes;
using plan::refuse;

namespace {

/// Most entries of one list of a plan.
constexpr uint32_t maxEntries = 1 << 24;

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
                          std::vector<uint64_t> &sizes, bool mayBeBound);
  llvm::Error verifyParts();
  llvm::Error verifyBodies();

  bool hasSection(uint32_t number) const {
    return number >= 1 && number <= sectionBytes.size();
  }
  uint32_t partCount() const { return plan.parts() ? plan.parts()->size() : 0; }

  const artifact::Plan &plan;
  llvm::ArrayRef<uint64_t> sectionBytes;
  std::vector<uint64_t> inputBytes, outputBytes;
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
                                      std::vector<uint64_t> &sizes,
                                      bool mayBeBound) {
  for (uint32_t i = 0; ports && i < ports->size(); ++i) {
    const artifact::Port &port = *ports->Get(i);
    const std::string which = (kind + " " + llvm::Twine(i)).str();
    if (!port.name())
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
    sizes.push_back(static_cast<uint64_t>(*bytes));
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
  if (plan.required_features() && plan.required_features()->size() != 0)
    return llvm::createStringError("plan needs the feature '" +
                                   plan.required_features()->Get(0)->str() +
                                   "', which this version does not have");
  if ((plan.dims() && plan.dims()->size() != 0) ||
      (plan.exprs() && plan.exprs()->size() != 0))
    return plan::needsFeature("dims", "sizes that vary");
  const uint32_t variants = plan.variants() ? plan.variants()->size() : 0;
  const uint32_t bodies = plan.bodies() ? plan.bodies()->size() : 0;
  if (variants == 0 || bodies == 0)
    return refuse("it has no variant, or no body");
  const auto *keys = plan.variants()->Get(0)->keys();
  if (variants > 1 || (keys && keys->size() != 0))
    return plan::needsFeature("variants", llvm::Twine(variants) +
                                              " variants, or one with keys");
  if (bodies > 1)
    return plan::needsFeature("control_flow", llvm::Twine(bodies) + " bodies");
  return llvm::Error::success();
}

llvm::Error PlanVerifier::verifyBodies() {
  const uint32_t number = plan.variants()->Get(0)->body();
  if (number >= plan.bodies()->size())
    return refuse("variant 0 runs body " + llvm::Twine(number) +
                  ", which is not there");
  const artifact::Body &body = *plan.bodies()->Get(number);
  if (!plan::isAligned(body.input_bytes()) ||
      !plan::isAligned(body.output_bytes()))
    return refuse("body " + llvm::Twine(number) +
                  " needs sizes at a multiple of 8 bytes");
  if (entries(body.input_bytes()) != llvm::ArrayRef(inputBytes) ||
      entries(body.output_bytes()) != llvm::ArrayRef(outputBytes))
    return refuse("body " + llvm::Twine(number) +
                  " has other inputs or outputs than the model");
  return plan::verifyBody(body, sectionBytes, partCount());
}

llvm::Error PlanVerifier::verify() {
  if (llvm::Error error = verifyFeatures())
    return error;
  if (llvm::Error error = verifyPorts("input", plan.inputs(), inputBytes, true))
    return error;
  if (llvm::Error error =
          verifyPorts("output", plan.outputs(), outputBytes, false))
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
