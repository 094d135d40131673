// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What the judge of graphs leaves open, and what it does not.

#include "core/conformance/graphs/Judge.h"
#include "core/conformance/run/ModelJudge.h"
#include "core/conformance/run/SharedModel.h"

#include <gtest/gtest.h>

#include <limits>

using namespace glowplug;
using namespace glowplug::conformance;

namespace {

constexpr float infinity = std::numeric_limits<float>::infinity();

Tensor floats(std::initializer_list<float> values) {
  Tensor made = llvm::cantFail(
      Tensor::zeros(DType::f32, {static_cast<int64_t>(values.size())}));
  llvm::copy(values, made.mutableElements<float>().begin());
  return made;
}

/// 1 / min(x, y), for four elements.
std::string reciprocalOfMin() {
  onnx::ModelProto model;
  model.set_ir_version(8);
  model.add_opset_import()->set_version(17);
  onnx::GraphProto &graph = *model.mutable_graph();
  graph.set_name("g");
  graphs::describe(*graph.add_input(), "x", DType::f32, {4});
  graphs::describe(*graph.add_input(), "y", DType::f32, {4});
  graphs::describe(*graph.add_output(), "z", DType::f32, {4});
  onnx::NodeProto &min = *graph.add_node();
  min.set_op_type("Min");
  min.add_input("x");
  min.add_input("y");
  min.add_output("least");
  onnx::NodeProto &reciprocal = *graph.add_node();
  reciprocal.set_op_type("Reciprocal");
  reciprocal.add_input("least");
  reciprocal.add_output("z");
  return model.SerializeAsString();
}

TEST(Judge, TheLeastOfTwoZerosMayBeEither) {
  CaseRecord record;
  SharedModel model;
  ASSERT_TRUE(model.compile(reciprocalOfMin(), referenceBackend(),
                            {.name = "m", .wantReference = true}, record))
      << record.message;
  ASSERT_TRUE(model.load(1, record));
  const std::vector<PortInfo> ports(model.session->outputs().begin(),
                                    model.session->outputs().end());
  auto truth = truthOf(
      model, {floats({0, -0.0f, 2, -3}), floats({-0.0f, 0, 4, 5})}, record);
  ASSERT_TRUE(truth.has_value());
  const auto judged = [&](std::initializer_list<float> output) {
    const std::vector<Tensor> outputs = [&] {
      std::vector<Tensor> made;
      made.push_back(floats(output));
      return made;
    }();
    return graphs::judge(ports, outputs, *truth).result;
  };
  for (const float first : {infinity, -infinity})
    for (const float second : {infinity, -infinity})
      EXPECT_NE(judged({first, second, 0.5f, -1 / 3.0f}), graphs::Result::wrong)
          << first << ' ' << second;
  // The others are what they are.
  EXPECT_EQ(judged({infinity, infinity, 0.51f, -1 / 3.0f}),
            graphs::Result::wrong);
  EXPECT_EQ(judged({infinity, infinity, 0.5f, infinity}),
            graphs::Result::wrong);
}

} // namespace
