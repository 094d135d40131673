// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Several samples at once, and one by one.

#include "core/conformance/models/Variants.h"

#include "core/conformance/graphs/Data.h"

#include "llvm/ADT/STLExtras.h"

#include <cstring>

namespace glowplug::models {

/// A tensor whose dim 0 is that of all \p parts together.
static Tensor joined(llvm::ArrayRef<Tensor> parts) {
  graphs::Shape shape(parts.front().shape());
  shape[0] = 0;
  for (const Tensor &part : parts)
    shape[0] += part.shape()[0];
  Tensor whole = llvm::cantFail(Tensor::zeros(parts.front().dtype(), shape));
  uint8_t *at = whole.mutableBytes().data();
  for (const Tensor &part : parts) {
    std::memcpy(at, part.bytes().data(), part.byteCount());
    at += part.byteCount();
  }
  return whole;
}

/// Samples for one input of the model \p one: that of \p one, and others.
static std::vector<Tensor> samplesOf(const Tensor &first, int64_t count,
                                     Random &random) {
  std::vector<Tensor> samples = {first};
  const graphs::Fill fill =
      isFloat(first.dtype()) ? graphs::Fill::between(-1, 1) : graphs::Fill();
  while (static_cast<int64_t>(samples.size()) < count)
    samples.push_back(makeData(random, first.dtype(), first.shape(), fill, {}));
  return samples;
}

static void setBatch(onnx::ValueInfoProto &info, int64_t count) {
  info.mutable_type()
      ->mutable_tensor_type()
      ->mutable_shape()
      ->mutable_dim(0)
      ->set_dim_value(count);
}

Related splitBatch(const graphs::Case &one, int64_t count, uint64_t seed) {
  Random random(seed);
  Related related;
  related.other = one.model;
  related.runs.resize(count);
  for (const Tensor &input : one.inputs) {
    const std::vector<Tensor> samples = samplesOf(input, count, random);
    related.whole.inputs.push_back(joined(samples));
    for (auto [run, sample] : llvm::zip(related.runs, samples))
      run.push_back(sample);
  }
  related.whole.macs = one.macs * static_cast<double>(count);
  related.whole.model = one.model;
  onnx::GraphProto &graph = *related.whole.model.mutable_graph();
  graph.clear_value_info(); // of another batch
  for (onnx::ValueInfoProto &input : *graph.mutable_input())
    setBatch(input, count);
  for (onnx::ValueInfoProto &output : *graph.mutable_output())
    setBatch(output, count);
  related.join = [](const std::vector<std::vector<Tensor>> &runs) {
    std::vector<Tensor> outputs;
    for (size_t index = 0; index < runs.front().size(); ++index) {
      std::vector<Tensor> parts;
      for (const std::vector<Tensor> &run : runs)
        parts.push_back(run[index]);
      outputs.push_back(joined(parts));
    }
    return outputs;
  };
  return related;
}

} // namespace glowplug::models
