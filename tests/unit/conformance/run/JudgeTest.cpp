// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What the judge of graphs leaves open, and what it does not.

#include "core/conformance/graphs/Judge.h"
#include "core/conformance/run/ModelJudge.h"
#include "core/conformance/run/SharedModel.h"

#include <google/protobuf/text_format.h>
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
  const bool isRead = google::protobuf::TextFormat::ParseFromString(
      R"(ir_version: 8 opset_import { version: 17 } graph { name: "g"
         input { name: "x" type { tensor_type { elem_type: 1
           shape { dim { dim_value: 4 } } } } }
         input { name: "y" type { tensor_type { elem_type: 1
           shape { dim { dim_value: 4 } } } } }
         output { name: "z" type { tensor_type { elem_type: 1
           shape { dim { dim_value: 4 } } } } }
         node { op_type: "Min" input: "x" input: "y" output: "least" }
         node { op_type: "Reciprocal" input: "least" output: "z" } })",
      &model);
  EXPECT_TRUE(isRead);
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
