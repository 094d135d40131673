// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Steps that run bodies: what fits, and what is refused.

#include "core/artifact/VerifyPlan.h"
#include "tests/unit/artifact/Testing.h"

#include "core/support/DType.h"

#include <gtest/gtest.h>

using namespace glowplug;
using namespace glowplug::testing;
using artifact::BodyT;
using artifact::Place;
using artifact::StepKind;
using artifact::StepT;

namespace {

void addPort(std::vector<std::unique_ptr<artifact::PortT>> &ports,
             const std::string &name, DType dtype, std::vector<int64_t> shape) {
  ports.push_back(std::make_unique<artifact::PortT>());
  ports.back()->name = name;
  ports.back()->dtype = static_cast<uint8_t>(dtype);
  ports.back()->shape = std::move(shape);
}

uint32_t addBuffer(BodyT &body, Place place, uint32_t index, uint64_t bytes) {
  body.buffers.push_back(std::make_unique<artifact::BufferT>());
  body.buffers.back()->place = place;
  body.buffers.back()->index = index;
  body.buffers.back()->max_bytes = bytes;
  return static_cast<uint32_t>(body.buffers.size() - 1);
}

StepT &addStep(BodyT &body, StepKind kind, std::vector<uint32_t> inputs,
               std::vector<uint32_t> outputs) {
  body.steps.push_back(std::make_unique<StepT>());
  body.steps.back()->kind = kind;
  body.steps.back()->inputs = std::move(inputs);
  body.steps.back()->outputs = std::move(outputs);
  return *body.steps.back();
}

/// A model of a condition, a count and 32 bytes that gives 32 bytes.
ArtifactBuilder makeModel() {
  ArtifactBuilder builder;
  addPort(builder.plan.inputs, "c", DType::boolean, {});
  addPort(builder.plan.inputs, "n", DType::i64, {});
  addPort(builder.plan.inputs, "x", DType::f32, {8});
  addPort(builder.plan.outputs, "y", DType::f32, {8});
  for (auto [index, bytes] : {std::pair(0u, 1u), {1u, 8u}, {2u, 32u}})
    addBuffer(builder.body, Place::input, index, bytes);
  addBuffer(builder.body, Place::output, 0, 32);
  return builder;
}

/// A body that copies input \p from to its last output, and its condition, a
/// byte, where it has one.
BodyT copies(std::vector<uint64_t> inputs, std::vector<uint64_t> outputs) {
  BodyT body;
  for (uint32_t i = 0; i < inputs.size(); ++i)
    addBuffer(body, Place::input, i, inputs[i]);
  for (uint32_t i = 0; i < outputs.size(); ++i) {
    const auto from = static_cast<uint32_t>(
        std::find(inputs.begin(), inputs.end(), outputs[i]) - inputs.begin());
    addStep(body, StepKind::copy, {from},
            {addBuffer(body, Place::output, i, outputs[i])});
  }
  body.input_bytes = std::move(inputs);
  body.output_bytes = std::move(outputs);
  return body;
}

std::string verdict(ArtifactBuilder builder,
                    const std::function<void(artifact::PlanT &)> &change = {}) {
  const Artifact made = std::move(builder).finish();
  artifact::PlanT plan;
  made.plan().UnPackTo(&plan);
  if (change)
    change(plan);
  flatbuffers::FlatBufferBuilder bytes;
  bytes.Finish(artifact::Plan::Pack(bytes, &plan), artifact::PlanIdentifier());
  return message(verifyPlan({bytes.GetBufferPointer(), bytes.GetSize()}, {}));
}

void expectRefused(ArtifactBuilder (*make)(),
                   const std::function<void(artifact::PlanT &)> &change,
                   const std::string &text) {
  const std::string said = verdict(make(), change);
  EXPECT_NE(said.find(text), std::string::npos) << "said: " << said;
}

ArtifactBuilder makeIf() {
  ArtifactBuilder builder = makeModel();
  addStep(builder.body, StepKind::if_, {0, 2}, {3}).bodies = {1, 2};
  builder.more.push_back(copies({32}, {32}));
  builder.more.push_back(copies({32}, {32}));
  return builder;
}

/// Carries 32 bytes in at most 4 iterations, and stacks a row of 8 bytes.
ArtifactBuilder makeLoop() {
  ArtifactBuilder builder = makeModel();
  const uint32_t rows = addBuffer(builder.body, Place::arena, 0, 32);
  const uint32_t count = addBuffer(builder.body, Place::arena, 0, 8);
  builder.body.buffers[count]->offset = 64;
  builder.body.arena_bytes = 128;
  StepT &step =
      addStep(builder.body, StepKind::loop, {1, 0, 2, 0}, {3, rows, count});
  step.bodies = {1};
  step.carried = 1;
  step.most = 4;
  builder.more.push_back(copies({8, 32, 1}, {1, 32, 8}));
  return builder;
}

StepT &firstStep(artifact::PlanT &plan) { return *plan.bodies[0]->steps[0]; }

} // namespace

TEST(ControlTest, AcceptsIfAndLoop) {
  EXPECT_EQ(verdict(makeIf()), "");
  EXPECT_EQ(verdict(makeLoop()), "");
}

TEST(ControlTest, WantsTheFeature) {
  auto forget = [](artifact::PlanT &plan) { plan.required_features.clear(); };
  expectRefused(makeIf, forget, "'control_flow'");
  expectRefused(makeLoop, forget, "'control_flow'");
}

TEST(ControlTest, ChecksIf) {
  expectRefused(
      makeIf, [](auto &plan) { firstStep(plan).bodies = {1}; }, "two bodies");
  expectRefused(
      makeIf, [](auto &plan) { firstStep(plan).inputs = {1, 2}; },
      "condition of 1 byte");
  expectRefused(
      makeIf, [](auto &plan) { firstStep(plan).inputs = {0}; },
      "inputs of an if: 0, but the body has 1");
  expectRefused(
      makeIf, [](auto &plan) { firstStep(plan).inputs = {0, 1}; },
      "number 0 has 8 bytes, but that of the body 32");
}

TEST(ControlTest, BodiesNameThoseAfterThemOnly) {
  for (uint32_t body : {0u, 3u})
    expectRefused(
        makeIf, [=](auto &plan) { firstStep(plan).bodies = {1, body}; },
        "runs body " + std::to_string(body) + ", which is not after it");
  expectRefused(
      makeIf,
      [](auto &plan) {
        StepT &again = *plan.bodies[2]->steps[0];
        again.kind = StepKind::if_;
        again.bodies = {2, 2};
      },
      "which is not after it, in body 2");
}

TEST(ControlTest, DoesNotNestTooDeep) {
  auto nested = [](uint32_t depth) {
    ArtifactBuilder builder = makeModel();
    addStep(builder.body, StepKind::if_, {0, 2}, {3}).bodies = {1, 1};
    for (uint32_t i = 2; i < depth; ++i)
      builder.more.push_back(copies({32}, {32}));
    builder.more.push_back(copies({32}, {32}));
    return builder;
  };
  auto chain = [](artifact::PlanT &plan) {
    for (uint32_t i = 1; i + 1 < plan.bodies.size(); ++i)
      plan.bodies[i]->steps[0]->bodies = {i + 1, i + 1};
  };
  EXPECT_EQ(verdict(nested(64), chain).find("deep"), std::string::npos);
  EXPECT_NE(verdict(nested(65), chain).find("more than 64 deep"),
            std::string::npos);
}

TEST(ControlTest, ChecksLoops) {
  expectRefused(
      makeLoop, [](auto &plan) { firstStep(plan).carried = 2; },
      "values that a loop carries: number 1 has 32 bytes");
  expectRefused(
      makeLoop, [](auto &plan) { firstStep(plan).carried = UINT32_MAX; },
      "a loop that carries 4294967295 values");
  expectRefused(
      makeLoop, [](auto &plan) { firstStep(plan).most = -1; }, "-1 iterations");
  expectRefused(
      makeLoop, [](auto &plan) { firstStep(plan).most = 5; },
      "stacks 5 rows to 32 bytes");
  expectRefused(
      makeLoop, [](auto &plan) { firstStep(plan).most = 2; },
      "number 2 has 16 bytes, but that of the body 8");
  expectRefused(
      makeLoop, [](auto &plan) { firstStep(plan).most = 0; },
      "stacks 0 rows to 32 bytes");
  expectRefused(
      makeLoop, [](auto &plan) { plan.bodies[1]->output_bytes[1] = 16; },
      "that of the body 16");
  expectRefused(
      makeLoop, [](auto &plan) { plan.bodies[1]->input_bytes[0] = 4; },
      "that of the body 4");
  expectRefused(
      makeLoop, [](auto &plan) { firstStep(plan).inputs[0] = 2; },
      "trips of 8 bytes");
}
