// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Checks one body of a plan: its buffers and its steps.

#include "core/artifact/VerifyBody.h"

#include <vector>

using namespace glowplug;
using artifact::Place;
using artifact::StepKind;
using plan::entries;
using plan::refuse;

namespace {

/// The most pairs of an input and an output of one step that are compared.
constexpr uint64_t maxPairs = 1 << 26;

class BodyVerifier {
public:
  BodyVerifier(const artifact::Plan &plan, uint32_t number,
               llvm::ArrayRef<uint64_t> sectionBytes)
      : plan(plan), number(number), body(*plan.bodies()->Get(number)),
        sectionBytes(sectionBytes),
        partCount(plan.parts() ? plan.parts()->size() : 0),
        inputBytes(entries(body.input_bytes())),
        outputBytes(entries(body.output_bytes())) {}

  llvm::Error verify();

private:
  llvm::Error verifyBuffers();
  llvm::Error verifySteps();
  llvm::Error verifyStep(const artifact::Step &step);
  llvm::Error verifyKind(const artifact::Step &step);
  llvm::Error verifyFeatures(const artifact::Step &step);

  const artifact::Buffer &buffer(uint32_t index) const {
    return *body.buffers()->Get(index);
  }
  uint32_t bufferCount() const {
    return body.buffers() ? body.buffers()->size() : 0;
  }
  /// What each of \p buffers, which are there, holds at most.
  std::vector<uint64_t>
  bytesOf(const flatbuffers::Vector<uint32_t> *buffers) const {
    std::vector<uint64_t> result;
    for (uint32_t index : entries(buffers))
      result.push_back(buffer(index).max_bytes());
    return result;
  }
  bool overlap(const artifact::Buffer &a, const artifact::Buffer &b) const;

  const artifact::Plan &plan;
  uint32_t number;
  const artifact::Body &body;
  llvm::ArrayRef<uint64_t> sectionBytes;
  uint32_t partCount;
  llvm::ArrayRef<uint64_t> inputBytes, outputBytes;
  std::vector<bool> written; // per buffer
};

} // namespace

llvm::Error BodyVerifier::verifyBuffers() {
  for (uint32_t i = 0; i < bufferCount(); ++i) {
    const artifact::Buffer &at = buffer(i);
    const std::string which = "buffer " + std::to_string(i);
    if (!entries(at.shape_exprs()).empty())
      return plan::needsFeature("dims", which + " with `shape_exprs`");
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
      if (at.index() == 0 || at.index() > sectionBytes.size())
        return refuse(which + " is section " + llvm::Twine(at.index()) +
                      ", which is not there");
      bytes = sectionBytes[at.index() - 1];
      break;
    case Place::arena:
      if (at.offset() % 64 != 0 || at.offset() > body.arena_bytes() ||
          at.max_bytes() > body.arena_bytes() - at.offset())
        return refuse(
            which + " of " + llvm::Twine(at.max_bytes()) + " bytes at " +
            llvm::Twine(at.offset()) + " does not lie in the arena of " +
            llvm::Twine(body.arena_bytes()) + " bytes at a multiple of 64");
      continue;
    default:
      return refuse(which + " is in an unknown place");
    }
    if (at.max_bytes() != bytes || at.offset() != 0)
      return refuse(which + " has " + llvm::Twine(at.max_bytes()) +
                    " bytes from " + llvm::Twine(at.offset()) +
                    ", but its place has " + llvm::Twine(bytes));
  }
  return llvm::Error::success();
}

bool BodyVerifier::overlap(const artifact::Buffer &a,
                           const artifact::Buffer &b) const {
  if (a.place() != b.place())
    return false;
  if (a.place() != Place::arena)
    return a.index() == b.index();
  return a.offset() < b.offset() + b.max_bytes() &&
         b.offset() < a.offset() + a.max_bytes();
}

llvm::Error BodyVerifier::verifyStep(const artifact::Step &step) {
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
  return verifyKind(step);
}

llvm::Error BodyVerifier::verifyKind(const artifact::Step &step) {
  switch (step.kind()) {
  case StepKind::run:
    if (step.part() >= partCount)
      return refuse("a step runs part " + llvm::Twine(step.part()) +
                    ", which is not there");
    return llvm::Error::success();
  case StepKind::copy: {
    llvm::ArrayRef<uint32_t> inputs = entries(step.inputs()),
                             outputs = entries(step.outputs());
    if (step.part() != 0 || inputs.size() != 1 || outputs.size() != 1 ||
        buffer(inputs[0]).max_bytes() != buffer(outputs[0]).max_bytes())
      return refuse("a copy has other than two buffers of one size");
    return llvm::Error::success();
  }
  case StepKind::eval:
    return plan::needsFeature("dims", "a step of kind eval");
  case StepKind::if_:
  case StepKind::loop:
    return plan::verifyControl(plan, number, step, bytesOf(step.inputs()),
                               bytesOf(step.outputs()));
  }
  return refuse("a step has the unknown kind " +
                llvm::Twine(static_cast<unsigned>(step.kind())));
}

llvm::Error BodyVerifier::verifyFeatures(const artifact::Step &step) {
  if (step.device() != 0)
    return plan::needsFeature("devices",
                              "a step on device " + llvm::Twine(step.device()));
  if (step.queue() != 0 || !entries(step.after()).empty())
    return plan::needsFeature("dependences", "a step with a queue or `after`");
  if (step.kind() != StepKind::if_ && step.kind() != StepKind::loop &&
      !entries(step.bodies()).empty())
    return refuse("a step of kind run or copy has bodies, which are of the "
                  "feature 'control_flow'");
  return llvm::Error::success();
}

llvm::Error BodyVerifier::verifySteps() {
  written.assign(bufferCount(), false);
  for (uint32_t i = 0; body.steps() && i < body.steps()->size(); ++i) {
    const artifact::Step &step = *body.steps()->Get(i);
    if (llvm::Error error = verifyFeatures(step))
      return error;
    if (llvm::Error error = verifyStep(step))
      return error;
  }
  std::vector<bool> given(outputBytes.size());
  for (uint32_t i = 0; i < bufferCount(); ++i)
    if (buffer(i).place() == Place::output && written[i])
      given[buffer(i).index()] = true;
  for (size_t i = 0; i < given.size(); ++i)
    if (!given[i])
      return refuse("output " + llvm::Twine(i) + " is never written");
  return llvm::Error::success();
}

llvm::Error BodyVerifier::verify() {
  if (body.arena_bytes() > plan::maxBytes || body.arena_bytes() % 64 != 0)
    return refuse("arena of " + llvm::Twine(body.arena_bytes()) +
                  " bytes is too large or no multiple of 64");
  if (llvm::Error error = verifyBuffers())
    return error;
  return verifySteps();
}

bool plan::hasFeature(const artifact::Plan &plan, llvm::StringRef feature) {
  for (uint32_t i = 0;
       plan.required_features() && i < plan.required_features()->size(); ++i)
    if (plan.required_features()->Get(i)->str() == feature.str())
      return true;
  return false;
}

llvm::Error plan::verifyBody(const artifact::Plan &plan, uint32_t number,
                             llvm::ArrayRef<uint64_t> sectionBytes) {
  return BodyVerifier(plan, number, sectionBytes).verify();
}
