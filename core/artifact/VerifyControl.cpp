// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Checks the steps of a plan that run bodies.

#include "core/artifact/VerifyBody.h"

#include "llvm/ADT/STLExtras.h"

#include <vector>

using namespace glowplug;
using plan::entries;
using plan::refuse;

/// Fails unless \p given, the bytes of each, are those that a body has.
static llvm::Error needBytes(const llvm::Twine &what,
                             llvm::ArrayRef<uint64_t> given,
                             llvm::ArrayRef<uint64_t> needed) {
  if (given.size() != needed.size())
    return refuse(what + ": " + llvm::Twine(given.size()) +
                  ", but the body has " + llvm::Twine(needed.size()));
  for (size_t i = 0; i < given.size(); ++i)
    if (given[i] != needed[i])
      return refuse(what + ": number " + llvm::Twine(i) + " has " +
                    llvm::Twine(given[i]) + " bytes, but that of the body " +
                    llvm::Twine(needed[i]));
  return llvm::Error::success();
}

static llvm::Error verifyIf(llvm::ArrayRef<const artifact::Body *> bodies,
                            llvm::ArrayRef<uint64_t> inputs,
                            llvm::ArrayRef<uint64_t> outputs) {
  if (bodies.size() != 2 || inputs.empty() || inputs[0] != 1)
    return refuse("an if has other than two bodies and a condition of 1 byte");
  for (const artifact::Body *body : bodies) {
    if (llvm::Error error = needBytes("inputs of an if", inputs.drop_front(),
                                      entries(body->input_bytes())))
      return error;
    if (llvm::Error error = needBytes("outputs of an if", outputs,
                                      entries(body->output_bytes())))
      return error;
  }
  return llvm::Error::success();
}

static llvm::Error verifyLoop(const artifact::Step &step,
                              llvm::ArrayRef<const artifact::Body *> bodies,
                              llvm::ArrayRef<uint64_t> inputs,
                              llvm::ArrayRef<uint64_t> outputs) {
  const uint64_t carried = step.carried();
  if (bodies.size() != 1 || inputs.size() < carried + 2 ||
      outputs.size() < carried + 1 || inputs[0] != 8 || inputs[1] != 1 ||
      outputs.back() != 8)
    return refuse("a loop that carries " + llvm::Twine(carried) +
                  " values has other than one body, trips of 8 bytes, a "
                  "condition of 1 byte, these values, and a count of 8 bytes");
  if (step.most() < 0)
    return refuse("a loop has " + llvm::Twine(step.most()) +
                  " iterations at most");
  if (llvm::Error error =
          needBytes("values that a loop carries", outputs.take_front(carried),
                    inputs.slice(2, carried)))
    return error;
  std::vector<uint64_t> taken{8}, given{1};
  llvm::append_range(taken, inputs.drop_front(2));
  llvm::append_range(given, outputs.take_front(carried));
  const auto most = static_cast<uint64_t>(step.most());
  for (uint64_t bytes : outputs.drop_front(carried).drop_back()) {
    if (most == 0 ? bytes != 0 : bytes % most != 0)
      return refuse("a loop stacks " + llvm::Twine(most) + " rows to " +
                    llvm::Twine(bytes) + " bytes");
    // Without an iteration, rows may have any size.
    const llvm::ArrayRef<uint64_t> rows = entries(bodies[0]->output_bytes());
    given.push_back(most != 0                    ? bytes / most
                    : given.size() < rows.size() ? rows[given.size()]
                                                 : 0);
  }
  if (llvm::Error error = needBytes("inputs of a loop", taken,
                                    entries(bodies[0]->input_bytes())))
    return error;
  return needBytes("outputs of a loop", given,
                   entries(bodies[0]->output_bytes()));
}

llvm::Error plan::verifyControl(const artifact::Plan &plan, uint32_t number,
                                const artifact::Step &step,
                                llvm::ArrayRef<uint64_t> inputBytes,
                                llvm::ArrayRef<uint64_t> outputBytes) {
  if (!hasFeature(plan, "control_flow"))
    return refuse("a step is an if or a loop, but the plan does not name the "
                  "feature 'control_flow'");
  std::vector<const artifact::Body *> bodies;
  for (uint32_t named : entries(step.bodies())) {
    if (named <= number || named >= plan.bodies()->size())
      return refuse("a step of body " + llvm::Twine(number) + " runs body " +
                    llvm::Twine(named) + ", which is not after it");
    bodies.push_back(plan.bodies()->Get(named));
  }
  if (step.kind() == artifact::StepKind::if_)
    return verifyIf(bodies, inputBytes, outputBytes);
  return verifyLoop(step, bodies, inputBytes, outputBytes);
}
