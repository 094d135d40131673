// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Plans that cannot be run are refused, each for its own reason.

#include "core/artifact/VerifyPlan.h"
#include "tests/unit/artifact/Testing.h"

#include <gtest/gtest.h>

using namespace glowplug;
using namespace glowplug::testing;
using artifact::Place;
using artifact::StepKind;

/// What the verifier says about the small plan after \p change.
static std::string verdict(
    const std::function<void(artifact::PlanT &, artifact::BodyT &)> &change) {
  ArtifactBuilder builder = makeBuilder();
  change(builder.plan, builder.body);
  const Artifact artifact = std::move(builder).finish();
  return message(verifyPlan(artifact.planBytes(), sectionSizes(artifact)));
}

#define EXPECT_REFUSED(change, text)                                           \
  do {                                                                         \
    const std::string said =                                                   \
        verdict([](artifact::PlanT &plan, artifact::BodyT &body) { change; }); \
    EXPECT_NE(said.find(text), std::string::npos) << "said: " << said;         \
  } while (false)

TEST(PlanTest, AcceptsTheSmallPlan) {
  EXPECT_EQ(verdict([](artifact::PlanT &, artifact::BodyT &) {}), "");
}

TEST(PlanTest, ChecksPorts) {
  EXPECT_REFUSED(plan.inputs[0]->dtype = 0, "unknown element type 0");
  EXPECT_REFUSED(plan.inputs[0]->dtype = 14, "unknown element type 14");
  EXPECT_REFUSED(plan.inputs[0]->shape = {-1}, "does not fit memory");
  EXPECT_REFUSED(plan.inputs[0]->shape.assign(9, 1), "rank 9");
  EXPECT_REFUSED((plan.inputs[0]->shape = {1LL << 40, 1LL << 40}),
                 "does not fit memory");
  EXPECT_REFUSED(plan.inputs[1]->bound_section = 9, "section 9");
  EXPECT_REFUSED(plan.inputs[1]->bound_section = 1, "bound value has 100");
  EXPECT_REFUSED(plan.outputs[0]->bound_section = 2, "section 2");
}

TEST(PlanTest, ChecksBuffers) {
  EXPECT_REFUSED(body.buffers[0]->index = 2, "input 2");
  EXPECT_REFUSED(body.buffers[2]->index = 1, "output 1");
  EXPECT_REFUSED(body.buffers[0]->max_bytes = 31, "31 bytes");
  EXPECT_REFUSED(body.buffers[0]->offset = 64, "from 64");
  EXPECT_REFUSED(body.buffers[1]->offset = 32, "multiple of 64");
  EXPECT_REFUSED(body.buffers[1]->offset = 128, "does not lie in the arena");
  EXPECT_REFUSED(body.buffers[1]->max_bytes = UINT64_MAX,
                 "does not lie in the arena");
  EXPECT_REFUSED(body.buffers[0]->place = static_cast<Place>(9),
                 "unknown place");
  EXPECT_REFUSED(body.buffers[0]->place = Place::section, "section 0");
  EXPECT_REFUSED(body.arena_bytes = UINT64_MAX, "arena");
  EXPECT_REFUSED(body.arena_bytes = 100, "multiple of 64");
}

TEST(PlanTest, ChecksParts) {
  EXPECT_REFUSED(plan.parts[0]->blob = 0, "section 0");
  EXPECT_REFUSED(plan.parts[0]->blob = 5, "section 5");
  EXPECT_REFUSED(plan.parts[0]->segments[0] = 77, "section 77");
  EXPECT_REFUSED(plan.parts[0]->backend = "", "names no backend");
  EXPECT_REFUSED(plan.parts[1]->workspace_bytes = UINT64_MAX, "workspace");
}

TEST(PlanTest, ChecksSteps) {
  EXPECT_REFUSED(body.steps[0]->part = 2, "part 2");
  EXPECT_REFUSED(body.steps[1]->kind = StepKind::copy, "copy");
  EXPECT_REFUSED(body.steps[0]->kind = StepKind::copy;
                 body.steps[0]->inputs = {}, "copy");
  EXPECT_REFUSED(body.steps[0]->kind = static_cast<StepKind>(9),
                 "unknown kind 9");
  EXPECT_REFUSED(body.steps[0]->inputs[0] = 3, "buffer 3");
  EXPECT_REFUSED(body.steps[1]->outputs[0] = 3, "buffer 3");
  EXPECT_REFUSED(body.steps[0]->inputs[0] = 1, "before it is written");
  EXPECT_REFUSED(body.steps[0]->outputs[0] = 0, "read-only");
  EXPECT_REFUSED(body.steps[1]->outputs[0] = 1, "overlaps its input");
  EXPECT_REFUSED((body.steps[0]->outputs = {1, 1}), "which overlap");
  EXPECT_REFUSED(body.steps.pop_back(), "output 0 is never written");
}

// Each field that is there for later is refused by the name of its feature.
TEST(PlanTest, RefusesWhatIsNotBuilt) {
  EXPECT_REFUSED(plan.required_features = {"dims"}, "the feature 'dims'");
  EXPECT_REFUSED(plan.required_features = {"teleport"}, "'teleport'");
  EXPECT_REFUSED(plan.dims.push_back(std::make_unique<artifact::DimT>()),
                 "'dims'");
  EXPECT_REFUSED(plan.exprs.push_back(std::make_unique<artifact::ExprT>()),
                 "'dims'");
  EXPECT_REFUSED(
      plan.variants.push_back(std::make_unique<artifact::VariantT>()),
      "'variants'");
  EXPECT_REFUSED(plan.bodies.push_back(std::make_unique<artifact::BodyT>()),
                 "'control_flow'");
  EXPECT_REFUSED(body.buffers[0]->shape_exprs = {0}, "'dims'");
  EXPECT_REFUSED(body.steps[0]->kind = StepKind::eval, "'dims'");
  EXPECT_REFUSED(body.steps[0]->kind = StepKind::if_, "'control_flow'");
  EXPECT_REFUSED(body.steps[0]->kind = StepKind::loop, "'control_flow'");
  EXPECT_REFUSED(body.steps[0]->bodies = {0}, "'control_flow'");
  EXPECT_REFUSED(body.steps[0]->device = 1, "'devices'");
  EXPECT_REFUSED(body.steps[0]->queue = 1, "'dependences'");
  EXPECT_REFUSED(body.steps[1]->after = {0}, "'dependences'");
}

TEST(PlanTest, RefusesWhatIsNoPlan) {
  EXPECT_NE(message(verifyPlan({}, {})), "");
  const std::vector<uint8_t> zeros(64);
  EXPECT_NE(message(verifyPlan(zeros, {})), "");
}
