// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Whole models: what is quantised, what is shared, and how close it stays.

#include "core/quantize/ptq/Quantize.h"

#include "core/quantize/ptq/Sqnr.h"
#include "tests/unit/quantize/ptq/ModelBuilder.h"

#include "llvm/ADT/StringExtras.h"
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

using namespace glowplug;
using namespace glowplug::ptq;

namespace {

constexpr Scheme everyScheme[] = {Scheme::asymmetric, Scheme::symmetric,
                                  Scheme::symmetricUint8, Scheme::powerOfTwo};

/// conv -> Relu -> conv -> Clip -> add -> Relu, and an output of its own.
ModelBuilder residual() {
  ModelBuilder b;
  b.input("x", {1, 3, 6, 6}).output("y");
  b.random("w1", {4, 3, 3, 3}).random("b1", {4});
  b.random("w2", {4, 4, 1, 1}).random("w3", {2, 4, 1, 1}).random("b3", {2});
  b.constant("low", {}, {0}).constant("high", {}, {1});
  setInts(b.node("Conv", {"x", "w1", "b1"}, "c1"), "pads", {1, 1, 1, 1});
  b.node("Relu", {"c1"}, "r1");
  b.node("Conv", {"r1", "w2"}, "c2");
  b.node("Clip", {"c2", "low", "high"}, "k2");
  b.node("Add", {"k2", "r1"}, "a");
  b.node("Relu", {"a"}, "r3");
  b.node("Conv", {"r3", "w3", "b3"}, "y");
  return b;
}

std::vector<std::map<std::string, Values>>
samplesOf(llvm::ArrayRef<int64_t> dims, unsigned count) {
  std::vector<std::map<std::string, Values>> samples;
  for (unsigned i = 0; i < count; ++i)
    samples.push_back({{"x", randomValues(dims, 50 + i)}});
  return samples;
}

struct Quantized {
  QuantizeResult result;
  std::unique_ptr<OnnxGraph> graph;

  const onnx::NodeProto *producer(const std::string &name) const {
    return graph->producer(name);
  }
};

Quantized quantize(const ModelBuilder &b, const Profile &profile,
                   const QuantizeOptions &options = {}) {
  Quantized quantized;
  quantized.result = llvm::cantFail(quantizeModel(b.model, profile, options));
  quantized.graph = std::make_unique<OnnxGraph>(llvm::cantFail(
      OnnxGraph::parse(llvm::arrayRefFromStringRef(quantized.result.bytes))));
  return quantized;
}

Profile profileOf(const ModelBuilder &b, llvm::ArrayRef<int64_t> dims) {
  return ptq::profileOf(llvm::cantFail(OnnxGraph::adopt(b.model)),
                        samplesOf(dims, 4));
}

/// Of the output y, over the samples.
double sqnrOf(const ModelBuilder &b, const Quantized &quantized,
              llvm::ArrayRef<int64_t> dims) {
  OnnxGraph graph = llvm::cantFail(OnnxGraph::adopt(b.model));
  Sqnr sqnr;
  for (const auto &sample : samplesOf(dims, 4))
    sqnr.add(evaluate(graph, sample)["y"].data,
             evaluate(*quantized.graph, sample)["y"].data);
  return sqnr.db();
}

TEST(QuantizeTest, EverySchemeStaysClose) {
  const ModelBuilder b = residual();
  const Profile profile = profileOf(b, {1, 3, 6, 6});
  for (Scheme scheme : everyScheme)
    for (bool perChannel : {true, false})
      for (bool equalize : {false, true}) {
        QuantizeOptions options;
        options.scheme = scheme;
        options.perChannel = perChannel;
        options.equalize = equalize;
        const double db =
            sqnrOf(b, quantize(b, profile, options), {1, 3, 6, 6});
        EXPECT_GT(db, scheme == Scheme::powerOfTwo ? 25 : 32)
            << schemeName(scheme).str() << " " << perChannel << equalize;
        EXPECT_LT(db, 70) << "nothing was quantised";
      }
}

TEST(QuantizeTest, ClampsAreAbsorbedAndTheLastResultStaysFloat) {
  const ModelBuilder b = residual();
  const Quantized q = quantize(b, profileOf(b, {1, 3, 6, 6}));
  std::map<std::string, const LayerReport *> layers;
  for (const LayerReport &layer : q.result.layers)
    layers[layer.output] = &layer;
  ASSERT_EQ(layers.size(), 4U);
  EXPECT_EQ(layers.at("r1")->op, "Conv+Relu");
  EXPECT_EQ(layers.at("k2")->op, "Conv+Clip");
  EXPECT_EQ(layers.at("r3")->op, "Add+Relu");
  EXPECT_EQ(layers.at("y")->op, "Conv");
  EXPECT_FALSE(layers.at("y")->params.has_value());
  // Between the convolution and its clamp there is nothing.
  EXPECT_EQ(q.graph->onlyConsumer("c1")->op_type(), "Relu");
  EXPECT_EQ(q.graph->onlyConsumer("r1")->op_type(), "QuantizeLinear");
  EXPECT_EQ(q.producer("y")->op_type(), "Conv");
}

TEST(QuantizeTest, WeightsArePerChannelInt8AndBiasesInt32) {
  const ModelBuilder b = residual();
  const Quantized q = quantize(b, profileOf(b, {1, 3, 6, 6}));
  const onnx::NodeProto &conv = *q.producer("c1");
  const onnx::NodeProto &x = *q.producer(conv.input(0));
  const onnx::NodeProto &w = *q.producer(conv.input(1));
  const onnx::NodeProto &bias = *q.producer(conv.input(2));
  EXPECT_EQ(intAttribute(w, "axis", -1), 0);
  EXPECT_EQ(q.graph->initializer(w.input(0))->data_type(),
            onnx::TensorProto::INT8);
  EXPECT_EQ(q.graph->dims(w.input(1)), std::vector<int64_t>{4});
  EXPECT_EQ(intAttribute(bias, "axis", -1), 0);
  EXPECT_EQ(q.graph->initializer(bias.input(0))->data_type(),
            onnx::TensorProto::INT32);
  // The scale of the bias is the product in float.
  const float xs = (*q.graph->floats(x.input(1)))[0];
  const std::vector<float> ws = *q.graph->floats(w.input(1));
  const std::vector<float> bs = *q.graph->floats(bias.input(1));
  for (size_t c = 0; c < 4; ++c)
    EXPECT_EQ(bs[c], xs * ws[c]);
  // Nothing of the float weights is left.
  EXPECT_EQ(q.graph->initializer("w1"), nullptr);
}

TEST(QuantizeTest, PowerOfTwoHasNoOtherScale) {
  const ModelBuilder b = residual();
  QuantizeOptions options;
  options.scheme = Scheme::powerOfTwo;
  const Quantized q = quantize(b, profileOf(b, {1, 3, 6, 6}), options);
  unsigned scales = 0;
  for (const onnx::NodeProto &node : q.graph->graph().node()) {
    if (node.op_type() != "QuantizeLinear" &&
        node.op_type() != "DequantizeLinear")
      continue;
    const std::vector<float> values = *q.graph->floats(node.input(1));
    for (float scale : values) {
      int exponent = 0;
      EXPECT_EQ(std::frexp(scale, &exponent), 0.5F);
      ++scales;
    }
  }
  EXPECT_GT(scales, 20U);
}

TEST(QuantizeTest, PassThroughNodesShareParameters) {
  ModelBuilder b;
  b.input("x", {1, 2, 4, 4}).output("y");
  b.random("w1", {4, 2, 1, 1}).random("w2", {3, 8, 1, 1});
  const int64_t dims[] = {1, 8, 2, 4};
  onnx::TensorProto &shape = *b.model.mutable_graph()->add_initializer();
  shape.set_name("shape");
  shape.set_data_type(onnx::TensorProto::INT64);
  shape.add_dims(4);
  for (int64_t dim : dims)
    shape.add_int64_data(dim);
  b.node("Conv", {"x", "w1"}, "c");
  b.node("Reshape", {"c", "shape"}, "r");
  b.node("Conv", {"r", "w2"}, "y");
  OnnxGraph graph = llvm::cantFail(OnnxGraph::adopt(b.model));
  Profile profile = ptq::profileOf(graph, samplesOf({1, 2, 4, 4}, 2));
  const Quantized q = quantize(b, profile);
  const onnx::NodeProto &before = *q.graph->onlyConsumer("c");
  const onnx::NodeProto &after = *q.graph->onlyConsumer("r");
  ASSERT_EQ(before.op_type(), "QuantizeLinear");
  ASSERT_EQ(after.op_type(), "QuantizeLinear");
  EXPECT_EQ(before.input(1), after.input(1));
  EXPECT_EQ(before.input(2), after.input(2));
}

TEST(QuantizeTest, SoftmaxComputesInFloatOnWhatIntegersGave) {
  ModelBuilder b;
  b.input("x", {2, 4}).output("y").random("w", {4, 3}).random("v", {3, 2});
  b.node("MatMul", {"x", "w"}, "m");
  b.node("Softmax", {"m"}, "s");
  b.node("MatMul", {"s", "v"}, "y");
  Profile profile;
  for (const char *name : {"x", "m", "s", "y"}) {
    TensorCollector collector({2, 4}, -1);
    collector.add(Tensor::of<float>({2, 4}, {0, 1, 2, 3, -4, 5, 6, 7}));
    profile.tensors.emplace(name, std::move(collector).finish());
  }
  const Quantized q = quantize(b, profile);
  const onnx::NodeProto &softmax = *q.producer("s");
  EXPECT_EQ(q.producer(softmax.input(0))->op_type(), "DequantizeLinear");
  EXPECT_EQ(q.graph->onlyConsumer("s")->op_type(), "QuantizeLinear");
  // MatMul has its scales along the last axis.
  const onnx::NodeProto &w = *q.producer(q.producer("m")->input(1));
  EXPECT_EQ(intAttribute(w, "axis", -1), 1);
}

TEST(QuantizeTest, KeptLayersHaveNoIntegersAndSayWhy) {
  const ModelBuilder b = residual();
  const Profile profile = profileOf(b, {1, 3, 6, 6});
  QuantizeOptions options;
  options.keepFloat = {{"c2", "asked"}};
  const Quantized q = quantize(b, profile, options);
  for (const LayerReport &layer : q.result.layers)
    EXPECT_EQ(layer.keptReason, layer.output == "k2" ? "asked" : "");
  EXPECT_NE(q.graph->initializer("w2"), nullptr);
  const double some = sqnrOf(b, quantize(b, profile), {1, 3, 6, 6});
  options.keepFloat = {{"c1", ""}, {"c2", ""}, {"a", ""}, {"y", ""}};
  for (auto &[name, reason] : options.keepFloat)
    reason = "asked";
  const Quantized all = quantize(b, profile, options);
  EXPECT_LT(some, 70);
  EXPECT_EQ(sqnrOf(b, all, {1, 3, 6, 6}),
            std::numeric_limits<double>::infinity());
  options.keepFloat = {{"c22", "asked"}};
  const std::string message =
      llvm::toString(quantizeModel(b.model, profile, options).takeError());
  EXPECT_NE(message.find("c22"), std::string::npos);
  EXPECT_NE(message.find("did you mean 'c2'"), std::string::npos);
}

TEST(QuantizeTest, LayersOfValuesThatAreNotFiniteStayFloat) {
  const ModelBuilder b = residual();
  Profile profile = profileOf(b, {1, 3, 6, 6});
  profile.tensors.at("k2").nonFinite = 3;
  const Quantized q = quantize(b, profile);
  for (const LayerReport &layer : q.result.layers)
    EXPECT_EQ(layer.keptReason.empty(),
              layer.output != "k2" && layer.output != "r3")
        << layer.output;
}

TEST(QuantizeTest, BiasCorrectionReducesTheMeanError) {
  const ModelBuilder b = residual();
  const Profile profile = profileOf(b, {1, 3, 6, 6});
  OnnxGraph graph = llvm::cantFail(OnnxGraph::adopt(b.model));
  double errors[2] = {0, 0};
  for (bool correct : {false, true}) {
    QuantizeOptions options;
    options.scheme = Scheme::powerOfTwo;
    options.biasCorrection = correct;
    const Quantized q = quantize(b, profile, options);
    std::vector<double> means(4, 0);
    for (const auto &sample : samplesOf({1, 3, 6, 6}, 4)) {
      const std::vector<float> wanted = evaluate(graph, sample)["c1"].data;
      const std::vector<float> got = evaluate(*q.graph, sample)["c1"].data;
      for (size_t i = 0; i < wanted.size(); ++i)
        means[i / 36] += double(got[i]) - wanted[i];
    }
    for (double mean : means)
      errors[correct] += std::fabs(mean);
  }
  EXPECT_LT(errors[1], errors[0]);
}

TEST(QuantizeTest, TheSameInputsGiveTheSameBytes) {
  const ModelBuilder b = residual();
  const Profile profile = profileOf(b, {1, 3, 6, 6});
  QuantizeOptions options;
  options.calibration.method = Calibration::Method::mse;
  options.equalize = true;
  EXPECT_EQ(quantize(b, profile, options).result.bytes,
            quantize(b, profile, options).result.bytes);
}

TEST(QuantizeTest, NodesMayStandInAnyOrder) {
  const ModelBuilder b = residual();
  ModelBuilder backwards = residual();
  auto &nodes = *backwards.model.mutable_graph()->mutable_node();
  std::reverse(nodes.pointer_begin(), nodes.pointer_end());
  const Profile profile = profileOf(backwards, {1, 3, 6, 6});
  EXPECT_EQ(quantize(backwards, profile).result.bytes,
            quantize(b, profile).result.bytes);

  nodes.Mutable(0)->add_input("y");
  EXPECT_NE(llvm::toString(OnnxGraph::adopt(backwards.model).takeError())
                .find("waits for itself"),
            std::string::npos);
}

TEST(QuantizeTest, UnknownPartsOfTheModelStay) {
  ModelBuilder b = residual();
  b.model.set_producer_name("somebody");
  b.model.add_metadata_props()->set_key("kept");
  b.model.add_opset_import()->set_domain("org.example");
  b.output("z");
  b.node("Whatever", {"r3"}, "z").set_domain("org.example");
  const Quantized q = quantize(b, [&] {
    ModelBuilder plain = residual();
    return profileOf(plain, {1, 3, 6, 6});
  }());
  EXPECT_EQ(q.graph->model().producer_name(), "somebody");
  EXPECT_EQ(q.graph->model().metadata_props(0).key(), "kept");
  EXPECT_EQ(q.producer("z")->domain(), "org.example");
  EXPECT_EQ(q.producer(q.producer("z")->input(0))->op_type(),
            "DequantizeLinear");
}

TEST(QuantizeTest, AQuantisedModelIsRefused) {
  const ModelBuilder b = residual();
  const Profile profile = profileOf(b, {1, 3, 6, 6});
  const Quantized once = quantize(b, profile);
  llvm::Expected<QuantizeResult> twice =
      quantizeModel(once.graph->model(), profile, {});
  ASSERT_FALSE(bool(twice));
  EXPECT_NE(llvm::toString(twice.takeError()).find("quantised already"),
            std::string::npos);
}

TEST(QuantizeTest, ProfilesOnlyWhatIsNeeded) {
  const ModelBuilder b = residual();
  std::vector<ProfiledTensor> tensors =
      llvm::cantFail(profiledTensors(b.model));
  std::vector<std::string> names;
  for (const ProfiledTensor &tensor : tensors)
    names.push_back(tensor.name);
  EXPECT_EQ(names, (std::vector<std::string>{"x", "r1", "k2", "r3", "y"}));
  EXPECT_EQ(tensors[0].channelAxis(4), 1);
}

} // namespace
