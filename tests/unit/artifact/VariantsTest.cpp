// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Artifacts become variants of one, and plans with false variants are refused.

#include "core/artifact/Variants.h"
#include "core/artifact/MergeVariants.h"
#include "core/artifact/Read.h"
#include "core/artifact/VerifyPlan.h"
#include "core/artifact/Write.h"
#include "tests/unit/artifact/Testing.h"

#include <gtest/gtest.h>

using namespace glowplug;
using namespace glowplug::testing;

namespace {

/// The small artifact for \p rows rows of its input; the output grows with it.
Artifact rowsArtifact(int64_t rows) {
  ArtifactBuilder builder = makeBuilder();
  builder.plan.inputs[0]->shape = {rows, 4};
  builder.plan.outputs[0]->shape = {rows * 4};
  for (auto &buffer : builder.body.buffers)
    buffer->max_bytes = static_cast<uint64_t>(rows) * 16;
  builder.body.arena_bytes = 64 + static_cast<uint64_t>(rows + 3) / 4 * 64;
  return std::move(builder).finish();
}

VariantDims rowsDims() { return {{"N"}, {{"N", ""}, {""}}, {{"M"}}}; }

Artifact merged(std::vector<int64_t> rows) {
  VariantMerger merger(rowsDims());
  for (int64_t count : rows)
    EXPECT_EQ(message(merger.add({count}, rowsArtifact(count))), "");
  return llvm::cantFail(std::move(merger).finish());
}

/// What the verifier says about a plan of two variants after \p change.
std::string verdict(const std::function<void(artifact::PlanT &)> &change) {
  return verdictOf(merged({2, 8}), change);
}

} // namespace

#define EXPECT_REFUSED(change, text)                                           \
  do {                                                                         \
    const std::string said = verdict([](artifact::PlanT &plan) { change; });   \
    EXPECT_NE(said.find(text), std::string::npos) << "said: " << said;         \
  } while (false)

TEST(VariantsTest, StoreEqualBytesOnce) {
  const Artifact one = rowsArtifact(2), two = merged({2, 8});
  // Sections 1 and 4 of the small artifact are equal.
  EXPECT_EQ(one.sectionCount(), 4u);
  EXPECT_EQ(two.sectionCount(), 3u);
  EXPECT_EQ(two.plan().parts()->size(), 2u) << "parts are shared";
  EXPECT_EQ(two.plan().bodies()->size(), 2u);
  std::string first, both;
  llvm::raw_string_ostream firstStream(first), bothStream(both);
  writeArtifact(one, firstStream);
  writeArtifact(two, bothStream);
  EXPECT_LT(both.size(), first.size() + 1000) << "the plan alone grows";
}

TEST(VariantsTest, DescribeTheirShapes) {
  const Artifact artifact = merged({8, 2});
  const artifact::Plan &plan = artifact.plan();
  ASSERT_TRUE(hasVariants(plan));
  EXPECT_EQ(message(verifyPlan(artifact.planBytes(), sectionSizes(artifact))),
            "");
  EXPECT_EQ(plan.dims()->Get(0)->min(), 2);
  EXPECT_EQ(plan.dims()->Get(0)->max(), 8);
  EXPECT_EQ(inputShape(plan, 0, 0), (PortShape{8, 4}));
  EXPECT_EQ(inputShape(plan, 1, 0), (PortShape{2, 4}));
  EXPECT_EQ(inputShape(plan, 1, 1), (PortShape{4}));
  EXPECT_EQ(outputShape(plan, 0, 0), (PortShape{32}));
  EXPECT_EQ(outputShape(plan, 1, 0), (PortShape{8}));
  EXPECT_EQ(plan.outputs()->Get(0)->dims()->Get(0), unnamedDim);
  EXPECT_EQ(keyText(plan, 1), "N=2");
  EXPECT_EQ(keyList(plan), "N=8; N=2");
}

TEST(VariantsTest, SurviveAFile) {
  const Artifact artifact = merged({2, 8});
  const std::string path = temporaryFile("variants.gpx");
  ASSERT_EQ(message(writeArtifact(artifact, path)), "");
  const Artifact read = llvm::cantFail(readArtifact(path));
  EXPECT_EQ(read.planBytes(), artifact.planBytes());
  EXPECT_EQ(read.body(1).input_bytes()->Get(0), 128u);
}

TEST(VariantsTest, HaveToFitOneInterface) {
  VariantMerger merger(rowsDims());
  ASSERT_EQ(message(merger.add({2}, rowsArtifact(2))), "");
  ArtifactBuilder other = makeBuilder();
  other.plan.outputs[0]->shape = {4, 2};
  const std::string error = message(merger.add({8}, std::move(other).finish()));
  EXPECT_NE(error.find("output 'y' has rank 1 for N=2, but rank 2 for N=8"),
            std::string::npos)
      << error;

  VariantMerger bound(rowsDims());
  ASSERT_EQ(message(bound.add({2}, rowsArtifact(2))), "");
  ArtifactBuilder changed = makeBuilder();
  changed.plan.inputs[1]->bound_section = 0;
  EXPECT_NE(message(bound.add({8}, std::move(changed).finish()))
                .find("input 'shape' is bound"),
            std::string::npos);

  VariantDims dims = rowsDims();
  dims.names = {"K"};
  VariantMerger unused(dims);
  ASSERT_EQ(message(unused.add({2}, rowsArtifact(2))), "");
  EXPECT_NE(message(std::move(unused).finish().takeError())
                .find("dimension 'K' needs one size"),
            std::string::npos);
}

TEST(VariantsTest, NeedTheirFeature) {
  EXPECT_REFUSED(plan.required_features.clear(), "'dims'");
  EXPECT_REFUSED(plan.required_features.clear();
                 plan.dims.clear(), "'variants'");
  EXPECT_REFUSED(plan.required_features.clear(); plan.dims.clear();
                 plan.variants.resize(1); plan.variants[0]->keys.clear();
                 plan.bodies.resize(1), "shapes of outputs");
  EXPECT_REFUSED(plan.required_features.clear(); plan.dims.clear();
                 plan.variants.resize(1); plan.variants[0]->keys.clear();
                 plan.variants[0]->outputs.clear();
                 plan.bodies.resize(1), "a port with dims");
  EXPECT_REFUSED(plan.required_features.push_back("teleport"), "'teleport'");
}

TEST(VariantsTest, HaveDimsThatAreThere) {
  EXPECT_REFUSED(plan.dims[0]->name = "", "dim 0 has no name");
  EXPECT_REFUSED(
      plan.dims.push_back(std::make_unique<artifact::DimT>(*plan.dims[0])),
      "of another one");
  EXPECT_REFUSED(
      plan.dims.push_back(std::make_unique<artifact::DimT>(*plan.dims[0]));
      plan.dims[1]->name = "W", "dim 'W' is no size of any input");
  EXPECT_REFUSED(plan.dims[0]->min = -1, "sizes from -1 to 8");
  EXPECT_REFUSED(plan.dims[0]->min = 9, "sizes from 9 to 8");
  EXPECT_REFUSED(plan.dims[0]->multiple = 2, "'dims'");
  EXPECT_REFUSED(plan.inputs[0]->dims[0] = 2, "input 0 has dim 1");
  EXPECT_REFUSED(plan.inputs[0]->dims[0] = unnamedDim, "which is not there");
  EXPECT_REFUSED(plan.inputs[0]->dims.pop_back(), "rank 2, but 1 dims");
  EXPECT_REFUSED(plan.inputs[0]->shape[0] = 7, "at most 7");
  EXPECT_REFUSED(plan.inputs[1]->dims = {1}, "is bound, and has dims");
  EXPECT_REFUSED(plan.inputs[0]->dims.clear(), "no size of any input");
}

TEST(VariantsTest, HaveOneKeyPerDim) {
  EXPECT_REFUSED(plan.variants[1]->keys.clear(),
                 "variant 1 has no key for dim 'N'");
  EXPECT_REFUSED(plan.variants[1]->keys[0]->dim = 3, "a key for dim 3");
  EXPECT_REFUSED(
      plan.variants[1]->keys.push_back(
          std::make_unique<artifact::KeyRangeT>(*plan.variants[1]->keys[0])),
      "two keys for dim 'N'");
  EXPECT_REFUSED(plan.variants[1]->keys[0]->max = 9, "sizes from 2 to 8");
  EXPECT_REFUSED(plan.variants[1]->keys[0]->min = 9, "a key from 9 to 8");
  EXPECT_REFUSED(plan.variants[1]->keys[0]->min = 2, "'dims'");
  EXPECT_REFUSED(plan.variants[1]->keys[0]->min =
                     plan.variants[1]->keys[0]->max = 2,
                 "the keys of variant 0");
  EXPECT_REFUSED(plan.variants.clear(), "no variant");
}

TEST(VariantsTest, HaveTheShapesOfTheModel) {
  EXPECT_REFUSED(plan.variants[0]->outputs.clear(), "has 0 outputs");
  EXPECT_REFUSED((plan.variants[0]->outputs[0]->sizes = {4, 2}), "has rank 2");
  EXPECT_REFUSED(plan.variants[0]->outputs[0]->sizes[0] = 33, "has size 33");
  EXPECT_REFUSED(plan.variants[0]->outputs[0]->sizes[0] = -8, "has size -8");
  EXPECT_REFUSED(plan.variants[0]->outputs[0]->sizes[0] = 9,
                 "has other inputs or outputs");
  EXPECT_REFUSED(plan.outputs[0]->dims.clear(), "has size 8");
  EXPECT_REFUSED(plan.variants[0]->body = 2, "runs body 2");
  EXPECT_REFUSED(plan.variants[0]->body = 1, "has other inputs or outputs");
  EXPECT_REFUSED(plan.bodies[1]->steps[1]->part = 7, "part 7");
  EXPECT_REFUSED(plan.bodies.push_back(std::make_unique<artifact::BodyT>()),
                 "'control_flow'");
}
