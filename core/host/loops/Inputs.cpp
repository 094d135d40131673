// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Inputs for one run of a model.

#include "core/host/loops/Inputs.h"

#include "core/driver/RandomTensor.h"
#include "core/importer/file/OpenSizes.h"
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
  return InputSource{folder, 0, {}, std::move(*tensors), {}};
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

/// Adds the sizes that \p tensor, the value of \p port, has where the model
/// leaves them open.
static void addSizes(const ModelInput &port, const Tensor &tensor,
                     OpenSizes &sizes) {
  const llvm::ArrayRef<int64_t> shape = tensor.shape();
  if (!port.hasShape) {
    sizes.try_emplace(rankNameOf(port.name), tensor.rank());
    for (auto [dim, size] : llvm::enumerate(shape))
      sizes.try_emplace(dimNameOf(port.name, dim), size);
    return;
  }
  if (port.shape.size() != shape.size())
    return;
  for (auto [dim, size] : llvm::enumerate(port.shape))
    if (size < 0)
      sizes.try_emplace(port.dimNames[dim], shape[dim]);
}

void glowplug::offerInputs(CompileRequest &request,
                           llvm::ArrayRef<ModelInput> declared,
                           const InputSource &source) {
  for (const auto &[name, size] : source.sizes)
    request.dims.try_emplace(name, size);
  const std::vector<ModelInput> ports = tensorsOf(declared, request.dims);
  for (auto [index, given] : llvm::enumerate(source.tensors)) {
    const ModelInput *port = nullptr;
    if (given.name.empty() && index < ports.size())
      port = &ports[index];
    for (const ModelInput &candidate : ports)
      if (!given.name.empty() && candidate.name == given.name)
        port = &candidate;
    if (!port)
      continue; // makeInputs() complains
    request.offers[port->name] = given.tensor;
    addSizes(*port, given.tensor, request.dims);
  }
}

llvm::Error glowplug::offerInputs(Compiler &compiler, CompileRequest &request,
                                  const InputSource &source) {
  if (request.model.format != ModelFormat::onnx)
    return llvm::Error::success();
  std::vector<ModelInput> declared;
  Fault fault;
  if (!compiler.inputs(request.model, declared, fault))
    return llvm::make_error<FaultError>(std::move(fault));
  offerInputs(request, declared, source);
  return llvm::Error::success();
}
