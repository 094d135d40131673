// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What quantised operators become, and scales and zero points that make no
// sense.

#include "tests/unit/importer/onnx/Testing.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

using namespace glowplug;
using namespace glowplug::testing;
using ::testing::HasSubstr;
using ::testing::Not;

namespace {

constexpr int f32 = onnx::TensorProto::FLOAT, u8 = onnx::TensorProto::UINT8,
              i8 = onnx::TensorProto::INT8, i32 = onnx::TensorProto::INT32;

/// A scale or zero point: a list, or one number of rank 0.
struct Param {
  int type;
  std::vector<double> values;
  bool isScalar = true;
};
Param scale(double value) { return {f32, {value}}; }
Param zero(int type, double value = 0) { return {type, {value}}; }
Param list(int type, const std::vector<double> &values) {
  return {type, values, false};
}

void add(Model &model, const char *name, const Param &param) {
  const Sizes shape =
      param.isScalar ? Sizes() : Sizes{int64_t(param.values.size())};
  onnx::TensorProto &tensor = model.initializer(name, shape, param.type);
  for (double value : param.values)
    if (param.type == f32)
      tensor.add_float_data(static_cast<float>(value));
    else
      tensor.add_int32_data(static_cast<int32_t>(value));
}

/// QLinearConv of x [1, 2, 5, 5] by 3 filters, with changed parameters.
struct Conv {
  Param xScale = scale(0.5), xZero = zero(u8, 128);
  Param wScale = scale(0.25), wZero = zero(i8);
  Param yScale = scale(2), yZero = zero(u8, 3);
  std::optional<Param> bias;

  Outcome import() const {
    Model model;
    model.input("x", {1, 2, 5, 5}, u8).input("w", {3, 2, 3, 3}, i8);
    add(model, "xs", xScale), add(model, "xz", xZero);
    add(model, "ws", wScale), add(model, "wz", wZero);
    add(model, "ys", yScale), add(model, "yz", yZero);
    onnx::NodeProto &node = model.node(
        "QLinearConv", {"x", "xs", "xz", "w", "ws", "wz", "ys", "yz"}, {"y"});
    node.set_name("conv1");
    if (bias) {
      add(model, "b", *bias);
      node.add_input("b");
    }
    model.output("y");
    return glowplug::testing::import(model);
  }
  std::string error() const { return import().text; }
};

TEST(Quantize, ConvolutionsKeepTheirIntegers) {
  Conv conv;
  conv.wScale = list(f32, {1, 2, 3});
  conv.wZero = list(i8, {0, -1, 2});
  conv.bias = list(i32, {5, 6, 7});
  const Outcome outcome = conv.import();
  ASSERT_TRUE(outcome.imported) << outcome.text;
  EXPECT_THAT(outcome.text, HasSubstr("lhs_zp [128]"));
  EXPECT_THAT(outcome.text, HasSubstr("rhs_zp [0, -1, 2]"));
  EXPECT_THAT(outcome.text, HasSubstr(": tensor<1x2x5x5xui8>, "
                                      "tensor<3x2x3x3xi8> ->"));
  EXPECT_THAT(outcome.text, HasSubstr("prim.scalar rescale_fp32_rne("));
}

TEST(Quantize, ZerosAreNoZeroPoints) {
  Conv conv;
  conv.xZero = zero(u8, 0);
  const Outcome outcome = conv.import();
  ASSERT_TRUE(outcome.imported) << outcome.text;
  EXPECT_THAT(outcome.text, Not(HasSubstr("_zp")));
}

TEST(Quantize, UnknownZeroPointsAreSubtractedFirst) {
  Model model;
  model.input("a", {4, 6}, u8).input("b", {6, 5}, u8);
  model.input("az", {}, u8).input("bz", {5}, u8);
  model.node("MatMulInteger", {"a", "b", "az", "bz"}, {"y"});
  model.output("y");
  const Outcome outcome = import(model);
  ASSERT_TRUE(outcome.imported) << outcome.text;
  EXPECT_THAT(outcome.text, HasSubstr("prim.scalar sub("));
  EXPECT_THAT(outcome.text, Not(HasSubstr("_zp")));
}

TEST(Quantize, ScalesAreFiniteAndPositive) {
  const std::string at = "node 'conv1' (QLinearConv): ";
  const struct {
    double value;
    const char *text;
  } cases[] = {{0, "0"},          {-0.0, "-0"},      {-0.25, "-0.25"},
               {NAN, "nan"},      {INFINITY, "inf"}, {-INFINITY, "-inf"},
               {-1e-30, "-1e-30"}};
  for (const auto &[value, text] : cases) {
    Conv x, w, y;
    x.xScale = scale(value);
    w.wScale = list(f32, {1, value, 1});
    y.yScale = scale(value);
    const std::string tail =
        std::string(" needs to be finite and above 0, but is ") + text;
    EXPECT_EQ(x.error(), at + "x_scale" + tail);
    EXPECT_EQ(w.error(), at + "w_scale" + tail);
    EXPECT_EQ(y.error(), at + "y_scale" + tail);
  }
}

TEST(Quantize, ParametersHaveOneEntryOrOnePerChannel) {
  const std::string at = "node 'conv1' (QLinearConv): ";
  Conv conv;
  conv.wScale = list(f32, {1, 2});
  EXPECT_EQ(conv.error(), at + "w_scale needs 1 entry or 3 (one per output "
                               "channel), but has 2");
  conv = {};
  conv.wZero = list(i8, {0, 0, 0, 0});
  EXPECT_EQ(conv.error(), at + "w_zero_point needs 1 entry or 3 (one per "
                               "output channel), but has 4");
  conv = {};
  conv.xScale = list(f32, {1, 2});
  EXPECT_EQ(conv.error(), at + "x_scale needs 1 entry, but has 2");
  conv = {};
  conv.yZero = list(u8, {});
  EXPECT_EQ(conv.error(), at + "y_zero_point needs 1 entry, but has 0");
  conv = {};
  conv.bias = list(i32, {1, 2});
  EXPECT_EQ(conv.error(), at + "B needs to be i32[3], but is i32[2]");
}

TEST(Quantize, TypesFit) {
  const std::string at = "node 'conv1' (QLinearConv): ";
  Conv conv;
  conv.xZero = zero(i8);
  EXPECT_EQ(conv.error(), at + "x_zero_point needs to be u8, but is i8");
  conv = {};
  conv.wZero = zero(u8);
  EXPECT_EQ(conv.error(), at + "w_zero_point needs to be i8, but is u8");
  conv = {};
  conv.yZero = zero(i32);
  EXPECT_EQ(conv.error(), at + "y_zero_point needs to be i8 or u8, but is i32");
  conv = {};
  conv.yScale = zero(i32, 1);
  EXPECT_EQ(conv.error(), at + "y_scale needs to be f32, but is i32");
}

/// QLinearMatMul of u8 [4, 6] by i8 [6, 5] with scales of three types.
Outcome matMulWithScales(int64_t opset, int a, int b, int y) {
  Model model(opset);
  model.input("a", {4, 6}, u8).input("b", {6, 5}, i8);
  model.input("as", {}, a).input("bs", {5}, b).input("ys", {}, y);
  add(model, "az", zero(u8, 128)), add(model, "bz", zero(i8));
  add(model, "yz", zero(u8, 3));
  model.node("QLinearMatMul", {"a", "as", "az", "b", "bs", "bz", "ys", "yz"},
             {"y"});
  model.output("y");
  return import(model);
}

TEST(Quantize, ScalesOfProductsAreWidenedAsTheyAre) {
  constexpr int f16 = onnx::TensorProto::FLOAT16,
                bf16 = onnx::TensorProto::BFLOAT16;
  for (int type : {f32, f16, bf16}) {
    const Outcome outcome = matMulWithScales(21, type, type, type);
    ASSERT_TRUE(outcome.imported) << outcome.text;
    // No product of scales is rounded to their type.
    EXPECT_THAT(outcome.text, Not(HasSubstr("prim.scalar mul(%arg0 : f16")));
    EXPECT_THAT(outcome.text, HasSubstr("prim.scalar rescale_fp32_rne("));
  }
  const std::string at = "node 0 (QLinearMatMul): ";
  EXPECT_EQ(matMulWithScales(20, f16, f16, f16).text,
            at + "a_scale needs to be f32, but is f16");
  EXPECT_EQ(matMulWithScales(21, f16, f32, f16).text,
            at + "b_scale needs to be f16 as a_scale, but is f32");
  EXPECT_EQ(matMulWithScales(21, f32, f32, bf16).text,
            at + "y_scale needs to be f32 as a_scale, but is bf16");
  EXPECT_EQ(matMulWithScales(21, i32, i32, i32).text,
            at + "a_scale needs to be floats, but is i32");
}

/// (De)QuantizeLinear of x [2, 3, 4] with parameters \p s and \p z.
Outcome linear(const char *op, const Param &s, const Param &z,
               std::optional<int64_t> axis = {}, const char *domain = "") {
  Model model;
  if (*domain) {
    onnx::OperatorSetIdProto &set = *model.proto.add_opset_import();
    set.set_domain(domain);
    set.set_version(1);
  }
  model.input("x", {2, 3, 4}, *op == 'Q' ? f32 : z.type);
  add(model, "s", s), add(model, "z", z);
  onnx::NodeProto &node = model.node(op, {"x", "s", "z"}, {"y"});
  node.set_domain(domain);
  if (axis)
    setInt(node, "axis", *axis);
  model.output("y");
  return import(model);
}

TEST(Quantize, LinearTakesOneEntryOrOnePerElementOfTheAxis) {
  for (const char *op : {"QuantizeLinear", "DequantizeLinear"}) {
    const std::string at = std::string("node 0 (") + op + "): ";
    const std::string side = *op == 'Q' ? "y" : "x";
    EXPECT_TRUE(
        linear(op, list(f32, {1, 2, 3}), list(i8, {0, 0, 1}), 1).imported);
    EXPECT_TRUE(linear(op, scale(1), zero(i8)).imported);
    EXPECT_EQ(
        linear(op, list(f32, {1, 2, 3, 4}), list(i8, {0, 0, 0, 0}), 1).text,
        at + side +
            "_scale needs 1 entry or 3 (one per element of axis "
            "1 of [2, 3, 4]), but has 4");
    EXPECT_EQ(linear(op, list(f32, {1, 2, 3}), zero(i8), -2).text,
              at + side + "_zero_point needs as many entries as " + side +
                  "_scale, 3, but has 1");
    EXPECT_THAT(linear(op, scale(1), zero(i8), 3).text,
                HasSubstr("axis needs to be from -3 to 2, but got 3"));
    EXPECT_THAT(linear(op, scale(NAN), zero(i8)).text,
                HasSubstr("_scale needs to be finite and above 0"));
  }
}

TEST(Quantize, MicrosoftsLinearHasOneEntryWithoutAnAxis) {
  constexpr const char *domain = "com.microsoft";
  for (const char *op : {"QuantizeLinear", "DequantizeLinear"}) {
    const Param scales = list(f32, {1, 2, 3});
    const Param zeros = list(onnx::TensorProto::UINT16, {0, 40000, 65535});
    EXPECT_TRUE(linear(op, scales, zeros, 1, domain).imported);
    EXPECT_THAT(linear(op, scales, zeros, {}, domain).text,
                HasSubstr("_scale needs 1 entry, but has 3"));
  }
}

/// An operator of com.microsoft with inputs a (u8 [2, 3]), scales and zeros.
Outcome microsoft(const char *op, Names inputs, const Param &s,
                  const Param &z) {
  Model model;
  onnx::OperatorSetIdProto &set = *model.proto.add_opset_import();
  set.set_domain("com.microsoft");
  set.set_version(1);
  model.input("a", {2, 3}, u8).input("w", {3, 4}, i8);
  add(model, "s", s), add(model, "z", z);
  add(model, "one", scale(1)), add(model, "wz", zero(i8));
  onnx::NodeProto &node = model.node(op, inputs, {"y"});
  node.set_domain("com.microsoft");
  if (std::string(op) == "QLinearConcat")
    setInt(node, "axis", 0);
  if (std::string(op) == "QLinearSoftmax")
    setInt(node, "opset", 13);
  model.output("y");
  return import(model);
}

TEST(Quantize, MicrosoftsOperatorsCheckTheirParameters) {
  const struct {
    const char *op;
    Names inputs;
    const char *name;
  } cases[] = {
      {"QLinearAdd", {"a", "s", "z", "a", "one", "z", "one", "z"}, "A"},
      {"QLinearMul", {"a", "one", "z", "a", "s", "z", "one", "z"}, "B"},
      {"QLinearSigmoid", {"a", "one", "z", "s", "z"}, "Y"},
      {"QLinearLeakyRelu", {"a", "s", "z", "one", "z"}, "X"},
      {"QLinearSoftmax", {"a", "s", "z", "one", "z"}, "X"},
      {"QLinearConcat", {"one", "z", "a", "s", "z"}, "input 2"},
      {"QGemm", {"a", "s", "z", "w", "one", "wz", "", "one", "z"}, "a"},
      {"MatMulIntegerToFloat", {"a", "w", "s", "one", "z"}, "a"},
  };
  for (const auto &[op, inputs, name] : cases) {
    const std::string at = std::string("node 0 (") + op + "): " + name;
    EXPECT_TRUE(microsoft(op, inputs, scale(1), zero(u8)).imported)
        << microsoft(op, inputs, scale(1), zero(u8)).text;
    EXPECT_EQ(microsoft(op, inputs, scale(-1), zero(u8)).text,
              at + "_scale needs to be finite and above 0, but is -1");
    EXPECT_EQ(microsoft(op, inputs, list(f32, {1, 2}), zero(u8)).text,
              at + "_scale needs 1 entry, but has 2");
    EXPECT_FALSE(microsoft(op, inputs, scale(1), zero(i32)).imported) << op;
    EXPECT_FALSE(microsoft(op, inputs, scale(1), list(u8, {1, 2, 3})).imported)
        << op;
  }
}

} // namespace
