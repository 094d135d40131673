// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Writes the plan into the model.

#include "core/quantize/ptq/InsertQdq.h"

#include "core/quantize/ptq/BiasCorrection.h"
#include "core/quantize/ptq/Weights.h"

#include "llvm/ADT/STLExtras.h"

using namespace glowplug;
using namespace glowplug::ptq;

namespace {

/// Names of the initialisers of one pair of scale and zero point.
struct ParamNames {
  std::string scale, zp;
};

class Inserter {
public:
  Inserter(OnnxGraph &graph, const Layers &layers, const Plan &plan,
           const Profile &profile,
           const std::map<std::string, std::vector<double>> &means,
           const QdqOptions &options)
      : graph(graph), layers(layers), plan(plan), profile(profile),
        means(means), options(options) {}

  QdqResult run();

private:
  const ParamNames &paramsOf(const std::string &group);
  void addActivation(const std::string &name);
  void rewriteReads(onnx::NodeProto &node);
  void quantizeLayer(const Layer &layer);
  void insertWeights(const Layer &layer, const IntegerWeights &integers);
  void insertBias(const Layer &layer, const IntegerWeights &integers,
                  llvm::ArrayRef<float> bias);
  void quantizeConstant(const Layer &layer, const std::string &name);
  std::vector<float> correctedBias(const Layer &layer,
                                   llvm::ArrayRef<float> weights,
                                   llvm::ArrayRef<float> bias,
                                   const IntegerWeights &integers) const;
  /// Appends DequantizeLinear; returns the name of its output.
  std::string dequantize(const std::string &base, const std::string &integers,
                         const ParamNames &params, std::optional<int64_t> axis);
  onnx::NodeProto &append(const char *type, const std::string &base);

  OnnxGraph &graph;
  const Layers &layers;
  const Plan &plan;
  const Profile &profile;
  const std::map<std::string, std::vector<double>> &means;
  const QdqOptions &options;
  QdqResult result;
  std::map<std::string, ParamNames> params; // of groups
  google::protobuf::RepeatedPtrField<onnx::NodeProto> nodes;
};

} // namespace

static int32_t onnxTypeOf(DType type) {
  return type == DType::u8 ? onnx::TensorProto::UINT8 : onnx::TensorProto::INT8;
}

const ParamNames &Inserter::paramsOf(const std::string &group) {
  ParamNames &names = params[group];
  if (names.scale.empty()) {
    const QuantParams &values = plan.groups().at(group);
    names.scale = graph.addFloats(group + "_scale", {}, {values.scale});
    names.zp = graph.addBytes(group + "_zero_point", onnxTypeOf(values.dtype),
                              {}, {static_cast<uint8_t>(values.zp)});
  }
  return names;
}

onnx::NodeProto &Inserter::append(const char *type, const std::string &base) {
  onnx::NodeProto &node = *nodes.Add();
  node.set_op_type(type);
  node.set_name(graph.uniqueNodeName(base + "_" + type));
  return node;
}

std::string Inserter::dequantize(const std::string &base,
                                 const std::string &integers,
                                 const ParamNames &params,
                                 std::optional<int64_t> axis) {
  onnx::NodeProto &node = append("DequantizeLinear", base);
  node.add_input(integers);
  node.add_input(params.scale);
  if (!params.zp.empty())
    node.add_input(params.zp);
  if (axis)
    setIntAttribute(node, "axis", *axis);
  node.add_output(graph.uniqueName(base + "_dequantized"));
  return node.output(0);
}

/// Q and DQ of a tensor that has just been made.
void Inserter::addActivation(const std::string &name) {
  const ParamNames &names = paramsOf(plan.group(name));
  onnx::NodeProto &quantize = append("QuantizeLinear", name);
  quantize.add_input(name);
  quantize.add_input(names.scale);
  quantize.add_input(names.zp);
  quantize.add_output(graph.uniqueName(name + "_quantized"));
  const std::string integers = quantize.output(0); // `nodes` may move it
  result.dequantized[name] = dequantize(name, integers, names, std::nullopt);
}

void Inserter::rewriteReads(onnx::NodeProto &node) {
  for (std::string &input : *node.mutable_input())
    if (plan.isQuantized(input) && plan.readsIntegers(node, input))
      input = result.dequantized.at(input);
}

/// A constant operand, per tensor.
void Inserter::quantizeConstant(const Layer &layer, const std::string &name) {
  const std::vector<float> values = *graph.floats(name);
  Range range;
  for (float value : values) {
    range.low = std::min<double>(range.low, value);
    range.high = std::max<double>(range.high, value);
  }
  const QuantParams chosen = chooseParams(range, options.scheme);
  std::vector<uint8_t> integers;
  for (float value : values)
    integers.push_back(static_cast<uint8_t>(chosen.quantize(value)));
  const std::string tensor =
      graph.addBytes(name + "_quantized", onnxTypeOf(chosen.dtype),
                     graph.dims(name), integers);
  const ParamNames names = {
      graph.addFloats(name + "_scale", {}, {chosen.scale}),
      graph.addBytes(name + "_zero_point", onnxTypeOf(chosen.dtype), {},
                     {static_cast<uint8_t>(chosen.zp)})};
  const std::string read = dequantize(name, tensor, names, std::nullopt);
  for (std::string &input : *layer.anchor->mutable_input())
    if (input == name)
      input = read;
}

std::vector<float>
Inserter::correctedBias(const Layer &layer, llvm::ArrayRef<float> weights,
                        llvm::ArrayRef<float> bias,
                        const IntegerWeights &integers) const {
  std::vector<float> corrected = bias.vec();
  const Contraction &contraction = *layer.contraction;
  auto known = means.find(contraction.input());
  const bool hasPlace =
      !contraction.biasName().empty() || !isOp(&contraction.anchor(), "MatMul");
  if (!options.biasCorrection || !hasPlace || known == means.end() ||
      known->second.size() != size_t(contraction.inputChannels()))
    return corrected;
  const std::vector<double> shift = meanOutputShift(
      contraction, weights, dequantizeWeights(contraction, integers),
      known->second, profile.tensors.at(contraction.input()).shape);
  for (size_t c = 0; c < corrected.size(); ++c)
    corrected[c] = static_cast<float>(corrected[c] - shift[c]);
  return corrected;
}

/// Scales of the channels times \p factor; one for all if they have no axis.
static std::vector<float> scalesOf(const IntegerWeights &integers,
                                   float factor) {
  std::vector<float> values;
  for (float scale : integers.channelScales)
    values.push_back(factor * scale);
  if (!integers.axis)
    values.resize(1);
  return values;
}

static std::vector<int64_t> scaleDims(const Contraction &contraction,
                                      const IntegerWeights &integers) {
  return integers.axis ? std::vector{contraction.channels()}
                       : std::vector<int64_t>();
}

void Inserter::quantizeLayer(const Layer &layer) {
  for (const std::string &name : layer.constants)
    quantizeConstant(layer, name);
  if (!layer.contraction)
    return;
  const Contraction &contraction = *layer.contraction;
  const float inputScale = plan.params(contraction.input()).scale;
  const std::vector<float> weights = contraction.weights();
  std::vector<float> bias = contraction.bias();
  const IntegerWeights integers =
      quantizeWeights(contraction, weights, bias, inputScale, options.scheme,
                      options.perChannel);
  bias = correctedBias(layer, weights, bias, integers);
  insertWeights(layer, integers);
  const bool isZero =
      llvm::all_of(bias, [](float value) { return value == 0; });
  if (!contraction.biasName().empty() || !isZero)
    insertBias(layer, integers, bias);
}

void Inserter::insertWeights(const Layer &layer,
                             const IntegerWeights &integers) {
  const Contraction &contraction = *layer.contraction;
  const std::string name = contraction.weightName();
  const std::vector<int64_t> dims = scaleDims(contraction, integers);
  const std::string tensor = graph.addBytes(
      name + "_quantized", onnx::TensorProto::INT8, contraction.weightDims(),
      {reinterpret_cast<const uint8_t *>(integers.values.data()),
       integers.values.size()});
  ParamNames names;
  names.scale = graph.addFloats(name + "_scale", dims, scalesOf(integers, 1));
  names.zp = graph.addBytes(
      name + "_zero_point", onnx::TensorProto::INT8, dims,
      std::vector<uint8_t>(integers.axis ? integers.channelScales.size() : 1));
  layer.anchor->set_input(1, dequantize(name, tensor, names, integers.axis));
}

void Inserter::insertBias(const Layer &layer, const IntegerWeights &integers,
                          llvm::ArrayRef<float> bias) {
  const Contraction &contraction = *layer.contraction;
  const float inputScale = plan.params(contraction.input()).scale;
  const std::string base = contraction.biasName().empty()
                               ? nodeName(*layer.anchor) + "_bias"
                               : contraction.biasName().str();
  const std::string tensor =
      graph.addInt32(base + "_quantized", {contraction.channels()},
                     quantizeBias(integers, bias, inputScale));
  const ParamNames names = {graph.addFloats(base + "_scale",
                                            scaleDims(contraction, integers),
                                            scalesOf(integers, inputScale)),
                            ""};
  const std::string read =
      dequantize(base, tensor, names,
                 integers.axis ? std::optional<int64_t>(0) : std::nullopt);
  if (contraction.hasAdd()) {
    contraction.last().set_input(contraction.biasIndex(), read);
    return;
  }
  while (layer.anchor->input_size() < 3)
    layer.anchor->add_input("");
  layer.anchor->set_input(2, read);
}

QdqResult Inserter::run() {
  std::map<const onnx::NodeProto *, const Layer *> anchors;
  for (const Layer &layer : layers.list)
    if (layer.isQuantized())
      anchors[layer.anchor] = &layer;
  std::set<std::string> seenNames;
  for (const onnx::ValueInfoProto &info : graph.graph().input())
    if (plan.isQuantized(info.name()))
      addActivation(info.name());
  for (onnx::NodeProto &node : *graph.graph().mutable_node()) {
    // Reads come first: a layer's contraction still finds its tensors by name.
    auto layer = anchors.find(&node);
    if (layer != anchors.end())
      quantizeLayer(*layer->second);
    rewriteReads(node);
    const std::vector<std::string> outputs(node.output().begin(),
                                           node.output().end());
    // Some readers refuse two nodes of one name; the first keeps it.
    if (!node.name().empty() && !seenNames.insert(node.name()).second)
      node.set_name(graph.uniqueNodeName(node.name()));
    *nodes.Add() = node;
    for (const std::string &name : outputs)
      if (!name.empty() && plan.isQuantized(name))
        addActivation(name);
  }
  graph.graph().mutable_node()->Swap(&nodes);
  graph.removeUnused();
  return std::move(result);
}

QdqResult
ptq::insertQdq(OnnxGraph &graph, const Layers &layers, const Plan &plan,
               const Profile &profile,
               const std::map<std::string, std::vector<double>> &means,
               const QdqOptions &options) {
  return Inserter(graph, layers, plan, profile, means, options).run();
}
