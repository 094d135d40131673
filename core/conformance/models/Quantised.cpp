// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Quantises, and takes the conversions at the ends away.

#include "core/conformance/models/Quantised.h"

#include "core/host/loops/ProfileModel.h"

#include "llvm/ADT/STLExtras.h"

#include <set>

namespace glowplug::models {

using ptq::OnnxGraph;

/// Enough for ranges that later inputs leave now and then, as they do.
constexpr uint64_t profiledSamples = 4;

static llvm::Expected<ptq::QuantizeResult>
quantise(const std::string &bytes, ptq::Scheme scheme, uint64_t seed) {
  const ModelSource source = ModelSource::onnx(
      {reinterpret_cast<const uint8_t *>(bytes.data()), bytes.size()}, "model");
  llvm::Expected<OnnxFile> file = OnnxFile::read(source);
  if (!file)
    return file.takeError();
  const Samples samples = Samples::random(seed, profiledSamples);
  ProgressListener nobody;
  MeasureSetup setup{.build = {}, .samples = samples, .progress = nobody};
  setup.build.request.model = source;
  setup.build.backends = {referenceBackendName.str()};
  llvm::Expected<ProfiledModel> profiled = profileModel(*file, setup);
  if (!profiled)
    return profiled.takeError();
  ptq::QuantizeOptions options;
  options.scheme = scheme;
  return file->quantize(profiled->profile, options);
}

/// Scale and zero point of a node that converts.
static ptq::QuantParams paramsOf(const OnnxGraph &graph,
                                 const onnx::NodeProto &node) {
  ptq::QuantParams params;
  params.scale = graph.floats(node.input(1))->front();
  const Tensor zero = graphs::tensorOf(*graph.initializer(node.input(2)));
  params.dtype = zero.dtype();
  params.zp = zero.dtype() == DType::u8 ? zero.elements<uint8_t>()[0]
                                        : zero.elements<int8_t>()[0];
  return params;
}

static Tensor convert(const Tensor &floats, const ptq::QuantParams &params) {
  Tensor integers = llvm::cantFail(Tensor::zeros(params.dtype, floats.shape()));
  for (auto [from, to] :
       llvm::zip(floats.elements<float>(), integers.mutableBytes()))
    to = static_cast<uint8_t>(params.quantize(from));
  return integers;
}

/// Gives the model the integers that its inputs become.
static void convertInputs(OnnxGraph &graph, std::vector<Tensor> &inputs,
                          std::set<const onnx::NodeProto *> &dead) {
  for (auto [port, value] : llvm::zip(*graph.graph().mutable_input(), inputs)) {
    const onnx::NodeProto *node = graph.onlyConsumer(port.name());
    if (!ptq::isOp(node, "QuantizeLinear"))
      continue;
    value = convert(value, paramsOf(graph, *node));
    graphs::describe(port, node->output(0), value.dtype(), value.shape());
    dead.insert(node);
  }
}

/// Gives the model the integers as outputs that are converted at its end.
static void convertOutputs(OnnxGraph &graph,
                           std::set<const onnx::NodeProto *> &dead) {
  for (onnx::ValueInfoProto &port : *graph.graph().mutable_output()) {
    const onnx::NodeProto *node = graph.producer(port.name());
    if (!ptq::isOp(node, "DequantizeLinear") ||
        !graph.consumers(port.name()).empty())
      continue;
    port.set_name(node->input(0));
    port.mutable_type()->mutable_tensor_type()->set_elem_type(
        graphs::onnxOfDType(paramsOf(graph, *node).dtype));
    dead.insert(node);
  }
}

llvm::Expected<graphs::Case> quantised(const graphs::Case &model,
                                       ptq::Scheme scheme, uint64_t seed) {
  llvm::Expected<ptq::QuantizeResult> result =
      quantise(model.model.SerializeAsString(), scheme, seed);
  if (!result)
    return result.takeError();
  onnx::ModelProto proto;
  if (!proto.ParseFromString(result->bytes))
    return llvm::createStringError("the quantiser wrote no model");
  llvm::Expected<OnnxGraph> graph = OnnxGraph::adopt(std::move(proto));
  if (!graph)
    return graph.takeError();
  graphs::Case made;
  made.inputs = model.inputs;
  made.macs = model.macs;
  std::set<const onnx::NodeProto *> dead;
  convertInputs(*graph, made.inputs, dead);
  convertOutputs(*graph, dead);
  graph->removeNodes(dead);
  graph->removeUnused();
  made.model = graph->model();
  return made;
}

} // namespace glowplug::models
