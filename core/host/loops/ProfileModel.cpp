// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Runs a model on samples and gathers what its values look like.

#include "core/host/loops/ProfileModel.h"

#include "core/reference/Parallel.h"
#include "core/support/FaultError.h"

#include "llvm/ADT/STLExtras.h"

using namespace glowplug;

namespace {

/// A tensor that is an input or output of the session.
struct Watched {
  std::string name;
  bool isInput;
  size_t port;
  ptq::TensorCollector collector;
};

/// The f32 tensors among \p tensors, and where to see them.
std::vector<Watched> findTensors(const Session &session,
                                 llvm::ArrayRef<ptq::ProfiledTensor> tensors) {
  std::vector<Watched> result;
  for (const ptq::ProfiledTensor &tensor : tensors)
    for (bool isInput : {true, false}) {
      auto ports = isInput ? session.inputs()
                           : session.interface().largestOutputs(/*variant=*/0);
      auto port = llvm::find_if(ports, [&](const PortInfo &candidate) {
        return candidate.name == tensor.name;
      });
      if (port == ports.end())
        continue;
      if (port->dtype != DType::f32 || port->bound)
        break;
      int64_t axis =
          tensor.channelAxis(static_cast<int64_t>(port->shape.size()));
      if (axis >= 0 && !port->extents.empty() && port->extents[axis] >= 0)
        axis = -1; // there are no channels where their number depends on data
      result.push_back({tensor.name, isInput,
                        static_cast<size_t>(port - ports.begin()),
                        ptq::TensorCollector(port->shape, axis)});
      break;
    }
  return result;
}

/// Adds one sample. Each tensor is gathered by one thread, so nothing depends
/// on how many there are.
void gather(std::vector<Watched> &watched, llvm::ArrayRef<Tensor> inputs,
            llvm::ArrayRef<Tensor> outputs, unsigned threads) {
  reference::parallelFor(threads, static_cast<int64_t>(watched.size()), 1,
                         [&](int64_t begin, int64_t end) {
                           for (int64_t i = begin; i < end; ++i) {
                             Watched &tensor = watched[static_cast<size_t>(i)];
                             tensor.collector.add(tensor.isInput
                                                      ? inputs[tensor.port]
                                                      : outputs[tensor.port]);
                           }
                         });
}

} // namespace

llvm::Expected<ProfiledModel>
glowplug::profileModel(const OnnxFile &file, const MeasureSetup &setup) {
  llvm::Expected<std::vector<ptq::ProfiledTensor>> tensors =
      ptq::profiledTensors(file.graph.model());
  if (!tensors)
    return llvm::make_error<FaultError>(
        inFile(file.name, faultOf(tensors.takeError(), FaultKind::model)));
  BuildOptions options = setup.build;
  for (const ptq::ProfiledTensor &tensor : *tensors)
    if (!file.graph.isInput(tensor.name))
      options.request.extraOutputs.push_back(tensor.name);
  llvm::Expected<InputSource> first = setup.samples.first();
  if (!first)
    return first.takeError();
  BackendSet set(options.plugins);
  llvm::Expected<BuiltModel> model = buildModel(options, set, &*first);
  if (!model)
    return model.takeError();
  Session &session = *model->session;
  std::vector<Watched> watched = findTensors(session, *tensors);
  llvm::Expected<std::vector<Tensor>> outputs = session.makeOutputs();
  if (!outputs)
    return outputs.takeError();

  setup.progress.begin("profiling");
  const auto begin = std::chrono::steady_clock::now();
  llvm::Expected<uint64_t> samples = setup.samples.forEach(
      session.inputs(), [&](llvm::ArrayRef<Tensor> inputs) -> llvm::Error {
        if (llvm::Error error = session.run(inputs, *outputs))
          return error;
        std::vector<Tensor> counted = *outputs;
        if (llvm::Error error = session.trim(counted))
          return error;
        gather(watched, inputs, counted, options.threads);
        return llvm::Error::success();
      });
  if (!samples)
    return samples.takeError();
  setup.progress.end();
  ProfiledModel result;
  result.profile.samples = *samples;
  result.profile.modelSha256 = file.sha256;
  for (Watched &tensor : watched)
    result.profile.tensors.emplace(tensor.name,
                                   std::move(tensor.collector).finish());
  result.backends = model->backends();
  result.runMs = msSince(begin);
  return result;
}
