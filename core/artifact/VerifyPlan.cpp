// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Checks a plan before anything relies on it.

#include "core/artifact/VerifyPlan.h"

#include "core/artifact/artifact_generated.h"
#include "core/support/DType.h"

#include "llvm/ADT/STLExtras.h"

#include <vector>

using namespace glowplug;
using artifact::Place;

namespace {

/// Most entries of one list of a plan.
constexpr uint32_t maxEntries = 1 << 24;
/// Most bytes of arena or workspace.
constexpr uint64_t maxBytes = uint64_t{1} << 48;
/// Most pairs of an input and an output of one step, which are compared.
constexpr uint64_t maxPairs = 1 << 26;

class PlanVerifier {
public:
  PlanVerifier(const artifact::Plan &plan,
               llvm::ArrayRef<uint64_t> sectionBytes)
      : plan(plan), sectionBytes(sectionBytes) {}

  llvm::Error verify();

private:
  llvm::Error verifyPorts(
      llvm::StringRef kind,
      const flatbuffers::Vector<flatbuffers::Offset<artifact::Port>> *ports,
      std::vector<uint64_t> &sizes, bool mayBeBound);
  llvm::Error verifyBuffers();
  llvm::Error verifyParts();
  llvm::Error verifySteps();
  llvm::Error verifyStep(const artifact::Step &step);

  bool hasSection(uint32_t number) const {
    return number >= 1 && number <= sectionBytes.size();
  }
  const artifact::Buffer &buffer(uint32_t index) const {
    return *plan.buffers()->Get(index);
  }
  uint32_t bufferCount() const {
    return plan.buffers() ? plan.buffers()->size() : 0;
  }
  uint32_t partCount() const { return plan.parts() ? plan.parts()->size() : 0; }
  bool overlap(const artifact::Buffer &a, const artifact::Buffer &b) const;

  const artifact::Plan &plan;
  llvm::ArrayRef<uint64_t> sectionBytes;
  std::vector<uint64_t> inputBytes, outputBytes;
  std::vector<bool> written; // per buffer
};

llvm::Error refuse(const llvm::Twine &why) {
  return llvm::createStringError("plan is not valid: " + why);
}

/// The list's elements; none if it is not there.
template <typename T>
llvm::ArrayRef<T> entries(const flatbuffers::Vector<T> *list) {
  if (!list)
    return {};
  return {list->data(), list->size()};
}

} // namespace

llvm::Error PlanVerifier::verifyPorts(
    llvm::StringRef kind,
    const flatbuffers::Vector<flatbuffers::Offset<artifact::Port>> *ports,
    std::vector<uint64_t> &sizes, bool mayBeBound) {
  for (uint32_t i = 0; ports && i < ports->size(); ++i) {
    const artifact::Port &port = *ports->Get(i);
    const std::string which = (kind + " " + llvm::Twine(i)).str();
    if (!port.name())
      return refuse(which + " has no name");
    if (port.dtype() == 0 || port.dtype() >= dtypeCount)
      return refuse(which + " has the unknown element type " +
                    llvm::Twine(unsigned{port.dtype()}));
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

llvm::Error PlanVerifier::verifyBuffers() {
  for (uint32_t i = 0; i < bufferCount(); ++i) {
    const artifact::Buffer &at = buffer(i);
    const std::string which = "buffer " + std::to_string(i);
    uint64_t bytes = 0;
    switch (at.place()) {
    case Place::input:
      if (at.index() >= inputBytes.size())
        return refuse(which + " is input " + llvm::Twine(at.index()) +
                      ", which is not there");
      bytes = inputBytes[at.index()];
      break;
    case Place::output:
      if (at.index() >= outputBytes.size())
        return refuse(which + " is output " + llvm::Twine(at.index()) +
                      ", which is not there");
      bytes = outputBytes[at.index()];
      break;
    case Place::section:
      if (!hasSection(at.index()))
        return refuse(which + " is section " + llvm::Twine(at.index()) +
                      ", which is not there");
      bytes = sectionBytes[at.index() - 1];
      break;
    case Place::arena:
      if (at.offset() % 64 != 0 || at.offset() > plan.arena_bytes() ||
          at.bytes() > plan.arena_bytes() - at.offset())
        return refuse(
            which + " of " + llvm::Twine(at.bytes()) + " bytes at " +
            llvm::Twine(at.offset()) + " does not lie in the arena of " +
            llvm::Twine(plan.arena_bytes()) + " bytes at a multiple of 64");
      continue;
    default:
      return refuse(which + " is in an unknown place");
    }
    if (at.bytes() != bytes || at.offset() != 0)
      return refuse(which + " has " + llvm::Twine(at.bytes()) + " bytes from " +
                    llvm::Twine(at.offset()) + ", but its place has " +
                    llvm::Twine(bytes));
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

bool PlanVerifier::overlap(const artifact::Buffer &a,
                           const artifact::Buffer &b) const {
  if (a.place() != b.place())
    return false;
  if (a.place() != Place::arena)
    return a.index() == b.index();
  return a.offset() < b.offset() + b.bytes() &&
         b.offset() < a.offset() + a.bytes();
}

llvm::Error PlanVerifier::verifyStep(const artifact::Step &step) {
  llvm::ArrayRef<uint32_t> inputs = entries(step.inputs());
  llvm::ArrayRef<uint32_t> outputs = entries(step.outputs());
  if ((inputs.size() + outputs.size()) * outputs.size() > maxPairs)
    return refuse("a step has too many buffers");
  for (uint32_t index : inputs) {
    if (index >= bufferCount())
      return refuse("a step reads buffer " + llvm::Twine(index) +
                    ", which is not there");
    const Place place = buffer(index).place();
    if (place != Place::input && place != Place::section && !written[index])
      return refuse("a step reads buffer " + llvm::Twine(index) +
                    " before it is written");
  }
  for (size_t i = 0; i < outputs.size(); ++i) {
    if (outputs[i] >= bufferCount())
      return refuse("a step writes buffer " + llvm::Twine(outputs[i]) +
                    ", which is not there");
    const artifact::Buffer &to = buffer(outputs[i]);
    if (to.place() == Place::input || to.place() == Place::section)
      return refuse("a step writes buffer " + llvm::Twine(outputs[i]) +
                    ", which is read-only");
    for (uint32_t index : inputs)
      if (overlap(to, buffer(index)))
        return refuse("a step writes buffer " + llvm::Twine(outputs[i]) +
                      ", which overlaps its input " + llvm::Twine(index));
    for (size_t j = 0; j < i; ++j)
      if (overlap(to, buffer(outputs[j])))
        return refuse("a step writes buffers " + llvm::Twine(outputs[i]) +
                      " and " + llvm::Twine(outputs[j]) + ", which overlap");
    written[outputs[i]] = true;
  }
  if (step.part() >= 0) {
    if (static_cast<uint32_t>(step.part()) >= partCount())
      return refuse("a step runs part " + llvm::Twine(step.part()) +
                    ", which is not there");
    return llvm::Error::success();
  }
  if (step.part() != -1 || inputs.size() != 1 || outputs.size() != 1 ||
      buffer(inputs[0]).bytes() != buffer(outputs[0]).bytes())
    return refuse("a copy has other than two buffers of one size");
  return llvm::Error::success();
}

llvm::Error PlanVerifier::verifySteps() {
  written.assign(bufferCount(), false);
  for (uint32_t i = 0; plan.steps() && i < plan.steps()->size(); ++i)
    if (llvm::Error error = verifyStep(*plan.steps()->Get(i)))
      return error;
  std::vector<bool> given(outputBytes.size());
  for (uint32_t i = 0; i < bufferCount(); ++i)
    if (buffer(i).place() == Place::output && written[i])
      given[buffer(i).index()] = true;
  for (size_t i = 0; i < given.size(); ++i)
    if (!given[i])
      return refuse("output " + llvm::Twine(i) + " is never written");
  return llvm::Error::success();
}

llvm::Error PlanVerifier::verify() {
  if (plan.arena_bytes() > maxBytes || plan.arena_bytes() % 64 != 0)
    return refuse("arena of " + llvm::Twine(plan.arena_bytes()) +
                  " bytes is too large or no multiple of 64");
  if (llvm::Error error = verifyPorts("input", plan.inputs(), inputBytes, true))
    return error;
  if (llvm::Error error =
          verifyPorts("output", plan.outputs(), outputBytes, false))
    return error;
  if (llvm::Error error = verifyBuffers())
    return error;
  if (llvm::Error error = verifyParts())
    return error;
  return verifySteps();
}

llvm::Error glowplug::verifyPlan(llvm::ArrayRef<uint8_t> bytes,
                                 llvm::ArrayRef<uint64_t> sectionBytes) {
  flatbuffers::Verifier verifier(bytes.data(), bytes.size(), /*max_depth=*/16,
                                 maxEntries);
  if (bytes.size() < 8 || !artifact::VerifyPlanBuffer(verifier))
    return refuse("it is no FlatBuffer of the plan's schema");
  return PlanVerifier(*artifact::GetPlan(bytes.data()), sectionBytes).verify();
}
