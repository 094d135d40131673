// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Inputs for one run of a model.

#include "core/host/loops/Inputs.h"

#include "core/driver/RandomTensor.h"
#include "core/support/FaultError.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"

using namespace glowplug;

static llvm::Error usage(const llvm::Twine &message) {
  return makeFault(FaultKind::usage, message);
}

llvm::Expected<InputSource> InputSource::inFolder(const std::string &folder) {
  llvm::Expected<std::vector<NamedTensor>> tensors =
      readTensorFolder(folder, "input");
  if (!tensors)
    return blame(FaultKind::usage, tensors.takeError());
  return InputSource{folder, 0, {}, std::move(*tensors)};
}

static llvm::Expected<std::vector<Tensor>>
randomInputs(llvm::ArrayRef<PortInfo> ports, uint64_t seed) {
  std::vector<Tensor> result(ports.size());
  for (auto [index, port] : llvm::enumerate(ports)) {
    if (port.bound)
      continue;
    llvm::Expected<Tensor> tensor =
        randomTensor(port.dtype, port.shape, seed, index);
    if (!tensor)
      return tensor.takeError();
    result[index] = std::move(*tensor);
  }
  return result;
}

llvm::Expected<std::vector<Tensor>>
glowplug::makeInputs(llvm::ArrayRef<PortInfo> ports,
                     const InputSource &source) {
  if (source.folder.empty())
    return randomInputs(ports, source.seed);
  std::vector<Tensor> result(ports.size());
  std::vector<std::string> names;
  for (const PortInfo &port : ports)
    names.push_back(port.name);
  for (auto [index, given] : llvm::enumerate(source.tensors)) {
    size_t position = index;
    if (!given.name.empty())
      position =
          static_cast<size_t>(llvm::find(names, given.name) - names.begin());
    if (position >= ports.size()) {
      if (given.name.empty())
        return usage("model has " + llvm::Twine(ports.size()) +
                     " inputs, but '" + source.folder + "' holds more");
      const std::string near = nearestName(given.name, names);
      return usage("model has no input '" + given.name + "'" +
                   (near.empty() ? "; there are " + llvm::join(names, ", ")
                                 : "; did you mean '" + near + "'?"));
    }
    result[position] = given.tensor;
  }
  return result;
}

llvm::Expected<std::vector<Tensor>>
glowplug::makeInputs(const Session &session, const InputSource &source) {
  const ModelInterface &ports = session.interface();
  if (!source.folder.empty())
    return makeInputs(ports.inputs(), source);
  llvm::Expected<uint32_t> variant = ports.variantWith(source.dims);
  if (!variant)
    return variant.takeError();
  return makeInputs(ports.inputs(*variant), source);
}

llvm::Error glowplug::offerInputs(Compiler &compiler, CompileRequest &request,
                                  const InputSource &source) {
  if (request.model.format != ModelFormat::onnx)
    return llvm::Error::success();
  std::vector<ModelInput> declared;
  Fault fault;
  if (!compiler.inputs(request.model, declared, fault))
    return llvm::make_error<FaultError>(std::move(fault));
  for (auto [index, given] : llvm::enumerate(source.tensors)) {
    const ModelInput *input = nullptr;
    if (given.name.empty() && index < declared.size())
      input = &declared[index];
    for (const ModelInput &candidate : declared)
      if (!given.name.empty() && candidate.name == given.name)
        input = &candidate;
    if (!input)
      continue; // makeInputs() complains
    request.offers[input->name] = given.tensor;
    if (input->shape.size() != given.tensor.shape().size())
      continue;
    for (auto [dim, size] : llvm::enumerate(input->shape)) {
      if (size >= 0)
        continue;
      const std::string name = input->dimNames[dim].empty()
                                   ? input->name + ":" + std::to_string(dim)
                                   : input->dimNames[dim];
      request.dims.try_emplace(name, given.tensor.shape()[dim]);
    }
  }
  return llvm::Error::success();
}
