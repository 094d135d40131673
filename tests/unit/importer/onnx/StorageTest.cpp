// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Where codes may go. That conversions are right, the cases of
// tests/data/generate_types.py say.

#include "tests/unit/importer/onnx/Testing.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

using namespace glowplug;
using namespace glowplug::testing;
using ::testing::HasSubstr;

namespace {

constexpr int int4 = onnx::TensorProto::INT4;
constexpr int e5m2 = onnx::TensorProto::FLOAT8E5M2;

void declareOutput(Model &model, const char *name, int type) {
  model.output(name);
  model.graph.mutable_output(model.graph.output_size() - 1)
      ->mutable_type()
      ->mutable_tensor_type()
      ->set_elem_type(type);
}

/// input x of \p type -> op -> y, which is declared to be of \p result.
Model chain(const char *op, int type, int result) {
  Model model(25);
  model.input("x", {2, 3}, type);
  model.node(op, {"x"}, {"y"});
  declareOutput(model, "y", result);
  return model;
}

TEST(Storage, InterfacesHaveCodes) {
  const Outcome outcome = import(chain("Transpose", int4, int4));
  ASSERT_TRUE(outcome.imported) << outcome.text;
  EXPECT_EQ(outcome.inputs[0].dtype, DType::i8);
  EXPECT_EQ(outcome.outputs[0].dtype, DType::i8);
  EXPECT_EQ(import(chain("Identity", e5m2, e5m2)).inputs[0].dtype, DType::u8);
}

TEST(Storage, MovedCodesKeepTheirType) {
  EXPECT_EQ(import(chain("Transpose", int4, onnx::TensorProto::INT8)).text,
            "output 'y': it is declared as int8, but its value is int4");
  EXPECT_EQ(import(chain("Transpose", onnx::TensorProto::UINT8, e5m2)).text,
            "output 'y': it is declared as float8e5m2, but its value is u8");
  EXPECT_EQ(
      import(chain("Flatten", e5m2, onnx::TensorProto::FLOAT8E4M3FN)).text,
      "output 'y': it is declared as float8e4m3fn, but its value is "
      "float8e5m2");
}

TEST(Storage, NobodyComputesOnCodes) {
  for (const char *op : {"Relu", "Neg", "Sigmoid", "MaxPool"}) {
    const Outcome outcome = import(chain(op, e5m2, e5m2));
    EXPECT_EQ(outcome.kind, FaultKind::unsupported) << op;
    EXPECT_THAT(outcome.text, HasSubstr("input 0 is of type float8e5m2, which "
                                        "is not supported; it is supported by "
                                        "Cast"))
        << op;
  }
}

TEST(Storage, MixedTypesDoNotJoin) {
  for (int other :
       {int{onnx::TensorProto::INT8}, int{onnx::TensorProto::INT2}}) {
    Model model(25);
    model.input("x", {2}, int4).input("z", {2}, other);
    setInt(model.node("Concat", {"x", "z"}, {"y"}), "axis", 0);
    model.output("y");
    EXPECT_THAT(import(model).text, HasSubstr("inputs need one element type, "
                                              "but got int4 and i"));
  }
}

TEST(Storage, ShapesAreAsked) {
  Model model(25);
  model.input("x", {2, 3}, int4);
  model.node("Shape", {"x"}, {"y"});
  declareOutput(model, "y", onnx::TensorProto::INT64);
  EXPECT_TRUE(import(model).imported) << import(model).text;
}

TEST(Storage, TypesWithoutCodesAreNotSupported) {
  EXPECT_EQ(import(chain("Identity", 27, 27)).text,
            "input 'x': element type float6e2m3 is not supported");
  EXPECT_EQ(import(chain("Identity", 99, 99)).text,
            "input 'x': element type type 99 is not supported");
}

} // namespace
