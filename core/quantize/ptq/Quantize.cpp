// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The order of the steps of quantisation.

#include "core/quantize/ptq/Quantize.h"

#include "core/quantize/ptq/Equalize.h"
#include "core/quantize/ptq/Prepare.h"

#include <algorithm>

using namespace glowplug;
using namespace glowplug::ptq;

namespace {

/// Statistics of tensors after equalisation.
struct Adjusted {
  std::map<std::string, Range> ranges; ///< Only of tensors that changed.
  std::map<std::string, std::vector<double>> means; ///< Of channels.
};

} // namespace

/// The range of a tensor whose channels were divided by factors: from the
/// ranges of its channels, of which it cuts off the share that calibration had
/// cut off.
static Range dividedRange(const TensorProfile &tensor,
                          llvm::ArrayRef<double> factors,
                          const Calibration &calibration, Scheme scheme) {
  Range full, divided;
  for (size_t c = 0; c < factors.size(); ++c) {
    full.low = std::min(full.low, tensor.channelMin[c]);
    full.high = std::max(full.high, tensor.channelMax[c]);
    divided.low = std::min(divided.low, tensor.channelMin[c] / factors[c]);
    divided.high = std::max(divided.high, tensor.channelMax[c] / factors[c]);
  }
  const Range cut = calibrate(tensor, calibration, scheme);
  if (full.low < 0)
    divided.low *= cut.low / full.low;
  if (full.high > 0)
    divided.high *= cut.high / full.high;
  return divided;
}

static Adjusted adjust(const Profile &profile, const ChannelFactors &factors,
                       const QuantizeOptions &options) {
  Adjusted result;
  for (const auto &[name, tensor] : profile.tensors) {
    if (tensor.channelAxis < 0)
      continue;
    std::vector<double> means = tensor.channelMean;
    auto divided = factors.find(name);
    if (divided != factors.end() && divided->second.size() == means.size()) {
      for (size_t c = 0; c < means.size(); ++c)
        means[c] /= divided->second[c];
      result.ranges[name] = dividedRange(tensor, divided->second,
                                         options.calibration, options.scheme);
    }
    result.means[name] = std::move(means);
  }
  return result;
}

/// Records in the model how it was made.
static void addMetadata(OnnxGraph &graph, const Profile &profile,
                        const QuantizeOptions &options) {
  auto add = [&](const std::string &key, const std::string &value) {
    const std::string full = "glowplug." + key;
    auto &entries = *graph.model().mutable_metadata_props();
    auto entry =
        std::find_if(entries.begin(), entries.end(), [&](const auto &known) {
          return known.key() == full; // a key may occur only once
        });
    if (entry == entries.end()) {
      entries.Add()->set_key(full);
      entry = entries.end() - 1;
    }
    entry->set_value(value);
  };
  add("quantized_from", profile.modelSha256);
  add("scheme", schemeName(options.scheme).str());
  add("calibration", options.calibration.text());
  add("granularity", options.perChannel ? "per-channel" : "per-tensor");
}

static std::vector<LayerReport> report(const Layers &layers, const Plan &plan,
                                       const OnnxGraph &graph) {
  std::vector<LayerReport> result;
  for (const Layer &layer : layers.list) {
    if (layer.isOfOtherType)
      continue;
    LayerReport entry;
    entry.name = layer.name();
    for (const onnx::NodeProto *node : layer.nodes)
      entry.op += (entry.op.empty() ? "" : "+") + node->op_type();
    entry.output = layer.output;
    entry.quantizedOutput = layer.output;
    for (llvm::StringRef name : layer.activations) {
      const onnx::NodeProto *node = graph.producer(name);
      while (node && movesValues(graph, *node)) {
        name = node->input(0);
        node = graph.producer(name);
      }
      entry.sources.push_back(name.str());
    }
    entry.keptReason = layer.keptReason;
    if (layer.isQuantized() && plan.isQuantized(layer.output))
      entry.params = plan.params(layer.output);
    result.push_back(std::move(entry));
  }
  return result;
}

llvm::Expected<QuantizeResult>
ptq::quantizeModel(const onnx::ModelProto &model, const Profile &profile,
                   const QuantizeOptions &options) {
  llvm::Expected<OnnxGraph> adopted = OnnxGraph::adopt(model);
  if (!adopted)
    return adopted.takeError();
  OnnxGraph &graph = *adopted;
  QuantizeResult result;
  if (llvm::Error error = checkNotQuantized(graph))
    return error;
  tidy(graph);
  if (llvm::Error error = raiseOpset(graph, profile))
    return error;
  result.foldedBatchNorms = foldBatchNorm(graph);
  ChannelFactors factors;
  if (options.equalize)
    factors = equalize(graph);
  result.equalizedTensors = static_cast<unsigned>(factors.size());
  const Adjusted adjusted = adjust(profile, factors, options);

  Layers layers(graph);
  for (const auto &[name, reason] : options.keepFloat)
    if (llvm::Error error = layers.keep(name, reason))
      return error;
  Plan plan(graph, layers, profile);
  plan.choose(options.calibration, options.scheme, adjusted.ranges);
  result.layers = report(layers, plan, graph);
  const QdqResult inserted =
      insertQdq(graph, layers, plan, profile, adjusted.means,
                {options.scheme, options.perChannel, options.biasCorrection});
  for (LayerReport &layer : result.layers) {
    auto read = inserted.dequantized.find(layer.output);
    if (read != inserted.dequantized.end())
      layer.quantizedOutput = read->second;
  }
  addMetadata(graph, profile, options);
  for (const onnx::ValueInfoProto &output : graph.graph().output())
    result.outputs.push_back(output.name());
  result.bytes = graph.serialized();
  return result;
}

/// Where a user of the tensor needs to tell channels apart.
static ProfiledTensor::Channels channelsOf(const OnnxGraph &graph,
                                           llvm::StringRef name) {
  bool needed = isContraction(graph.producer(name));
  for (const onnx::NodeProto *node : graph.consumers(name)) {
    if (isOp(node, "MatMul"))
      return ProfiledTensor::Channels::last;
    needed |= isContraction(node);
  }
  return needed ? ProfiledTensor::Channels::second
                : ProfiledTensor::Channels::none;
}

int64_t ProfiledTensor::channelAxis(int64_t rank) const {
  if (rank < 2 || channels == Channels::none)
    return -1;
  return channels == Channels::last ? rank - 1 : 1;
}

llvm::Expected<std::vector<ProfiledTensor>>
ptq::profiledTensors(const onnx::ModelProto &model) {
  llvm::Expected<OnnxGraph> graph = OnnxGraph::adopt(model);
  if (!graph)
    return graph.takeError();
  if (llvm::Error error = checkNotQuantized(*graph))
    return error;
  tidy(*graph);
  foldBatchNorm(*graph);
  std::vector<ProfiledTensor> result;
  for (const std::string &name : tensorsToProfile(*graph)) {
    ProfiledTensor &tensor = result.emplace_back();
    tensor.name = name;
    tensor.channels = channelsOf(*graph, name);
  }
  return result;
}
