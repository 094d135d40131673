// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Outputs are right, or the comparison says where they are not.

#include "core/host/Compare.h"
#include "tests/unit/host/Testing.h"

#include <cstring>

using glowplug::FaultKind;
using namespace glowplug::host;

namespace {

class HostCompareTest : public ::testing::Test {
protected:
  Model model = compileDigits();
  Session session = std::move(*Session::load(model));
  std::vector<Tensor> inputs = *session.randomInputs(5);
  std::vector<Tensor> outputs = *session.run(inputs);
};

} // namespace

TEST_F(HostCompareTest, PassesWhatIsRight) {
  Result<Difference> found = compareWithReference(model, inputs, outputs);
  ASSERT_TRUE(found) << found.fault().message;
  EXPECT_EQ(found->verdict, Verdict::pass);
  ASSERT_EQ(found->outputs.size(), 1u);
  EXPECT_EQ(found->outputs[0].mismatches, 0u);
  EXPECT_GT(found->outputs[0].elements, 0u);
  found = compareWithExpected(model, outputs, outputs);
  ASSERT_TRUE(found);
  EXPECT_EQ(found->verdict, Verdict::pass);
}

TEST_F(HostCompareTest, TellsOfWhatIsWrong) {
  const float wrong = 1e6F;
  Tensor bad = *Tensor::copyOf(outputs[0].type(), outputs[0].shape(),
                               outputs[0].bytes());
  std::memcpy(bad.mutableBytes().data(), &wrong, sizeof wrong);
  const std::vector<Tensor> changed = {bad};
  Result<Difference> found = compareWithReference(model, inputs, changed);
  ASSERT_TRUE(found);
  EXPECT_EQ(found->verdict, Verdict::fail);
  EXPECT_EQ(found->outputs[0].mismatches, 1u);
  EXPECT_NE(found->outputs[0].text, "");
  found = compareWithExpected(model, changed, outputs);
  ASSERT_TRUE(found);
  EXPECT_EQ(found->verdict, Verdict::fail);
}

TEST_F(HostCompareTest, RefusesWhatItCannotCompare) {
  EXPECT_EQ(compareWithReference(model, inputs, {}).fault().kind,
            FaultKind::usage);
  EXPECT_EQ(compareWithExpected(model, outputs, {}).fault().kind,
            FaultKind::usage);
  Result<Model> artifact = Model::parse(model.bytes());
  ASSERT_TRUE(artifact);
  EXPECT_EQ(compareWithReference(*artifact, inputs, outputs).fault().kind,
            FaultKind::usage);
}
