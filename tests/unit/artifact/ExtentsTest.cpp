// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Outputs whose sizes a run says: what fits, and what is refused.

#include "tests/unit/artifact/Testing.h"

#include "core/support/DType.h"

#include <gtest/gtest.h>

using namespace glowplug;
using namespace glowplug::testing;

namespace {

/// What the verifier says about the small plan with a size of its output in
/// another one, after \p change.
std::string verdict(const std::function<void(artifact::PlanT &)> &change) {
  ArtifactBuilder builder = makeBuilder();
  auto &outputs = builder.plan.outputs;
  outputs[0]->extents.assign(outputs[0]->shape.size(), 0);
  outputs[0]->extents[0] = 2;
  outputs.push_back(std::make_unique<artifact::PortT>());
  outputs[1]->dtype = static_cast<uint8_t>(DType::i64);
  builder.plan.size_outputs = 1;
  // It is copied from the first bytes of an input.
  auto &buffers = builder.body.buffers;
  auto add = [&](artifact::Place place, uint32_t index, uint64_t bytes) {
    buffers.push_back(std::make_unique<artifact::BufferT>());
    buffers.back()->place = place;
    buffers.back()->index = index;
    buffers.back()->max_bytes = bytes;
    return static_cast<uint32_t>(buffers.size() - 1);
  };
  builder.plan.inputs.push_back(std::make_unique<artifact::PortT>());
  builder.plan.inputs.back()->name = "n";
  builder.plan.inputs.back()->dtype = static_cast<uint8_t>(DType::i64);
  auto step = std::make_unique<artifact::StepT>();
  step->kind = artifact::StepKind::copy;
  step->inputs = {add(artifact::Place::input,
                      static_cast<uint32_t>(builder.plan.inputs.size() - 1),
                      8)};
  step->outputs = {add(artifact::Place::output, 1, 8)};
  builder.body.steps.push_back(std::move(step));
  return verdictOf(std::move(builder).finish(), change);
}

} // namespace

#define EXPECT_REFUSED(change, text)                                           \
  do {                                                                         \
    const std::string said = verdict([](artifact::PlanT &plan) { change; });   \
    EXPECT_NE(said.find(text), std::string::npos) << "said: " << said;         \
  } while (false)

TEST(ExtentsTest, AreOutputsThemselves) {
  EXPECT_EQ(verdict([](artifact::PlanT &) {}), "");
}

TEST(ExtentsTest, AreAFeature) {
  EXPECT_REFUSED(plan.required_features.clear(),
                 "does not name the feature 'extents'");
}

TEST(ExtentsTest, FalseOnesAreRefused) {
  EXPECT_REFUSED(plan.size_outputs = 3, "3 of its 2 outputs hold sizes");
  EXPECT_REFUSED(plan.size_outputs = 2, "output 0 holds a size, but is not");
  EXPECT_REFUSED(plan.size_outputs = 0, "output 1 has no name");
  EXPECT_REFUSED(plan.size_outputs = 0;
                 plan.outputs[1]->name = "n",
                 "output 0 has its size in output 1, which holds none");
  EXPECT_REFUSED(plan.outputs[0]->extents[0] = 1,
                 "output 0 has its size in output 0, which holds none");
  EXPECT_REFUSED(plan.outputs[0]->extents[0] = 9,
                 "output 0 has its size in output 8, which holds none");
  EXPECT_REFUSED(plan.outputs[0]->extents.push_back(0), "sizes");
  EXPECT_REFUSED(plan.inputs[0]->extents = {0},
                 "input 0 has sizes that a run says");
  EXPECT_REFUSED(plan.outputs[1]->dtype = static_cast<uint8_t>(DType::f64),
                 "output 1 holds a size, but is not an i64 of rank 0");
}
