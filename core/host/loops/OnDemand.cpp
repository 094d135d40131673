// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A model that is compiled for the shapes of its inputs as they come.

#include "core/host/loops/OnDemand.h"

#include "core/driver/OpenInputs.h"
#include "core/support/FaultError.h"

#include "llvm/ADT/STLExtras.h"

using namespace glowplug;

llvm::Expected<std::shared_ptr<OnDemandModel>>
OnDemandModel::open(BuildOptions options) {
  std::shared_ptr<OnDemandModel> model(new OnDemandModel(std::move(options)));
  ModelSource &source = model->options.request.model;
  if (source.format != ModelFormat::onnx)
    return makeFault(FaultKind::usage,
                     "'" + source.name +
                         "' is prim IR, whose sizes are all fixed",
                     source.name);
  if (source.bytes) {
    model->bytes.assign(source.bytes->begin(), source.bytes->end());
    source.bytes = model->bytes;
  }
  if (llvm::Error error = model->readInterface())
    return std::move(error);
  return model;
}

/// A port as it is declared, where \p dims fixes some sizes.
static PortInfo portOf(const ModelInput &declared, const DimSizes &dims) {
  PortInfo port;
  port.name = declared.name;
  port.dtype = declared.dtype;
  port.shape.assign(declared.shape.begin(), declared.shape.end());
  port.dimNames.resize(port.shape.size());
  for (auto [size, name, declaredName] :
       llvm::zip_equal(port.shape, port.dimNames, declared.dimNames)) {
    auto fixed = dims.find(declaredName);
    if (size < 0 && fixed != dims.end())
      size = fixed->second;
    if (size < 0)
      name = declaredName;
  }
  return port;
}

llvm::Error OnDemandModel::readInterface() {
  const CompileRequest &request = options.request;
  llvm::Expected<Compiler *> compiler = theCompiler();
  if (!compiler)
    return compiler.takeError();
  ModelSummary summary;
  Fault fault;
  if (!(*compiler)->summarise(request.model, summary, fault))
    return llvm::make_error<FaultError>(
        inFile(request.model.name, std::move(fault)));
  const OperatorSummary &operators = summary.operators;
  if (!operators.problems.empty())
    return llvm::make_error<FaultError>(
        inFile(request.model.name,
               {FaultKind::unsupported, operators.problems.front()}));
  if (const ModelInput *port = findOpenForm(summary))
    return makeFault(FaultKind::unsupported,
                     "'" + port->name +
                         "' is a sequence, an optional or of no known rank, "
                         "which is supported where all sizes are known at "
                         "compile time",
                     request.model.name);
  for (const ModelInput &input : summary.inputs) {
    inputPorts.push_back(portOf(input, request.dims));
    auto bound = request.bindings.find(input.name);
    if (bound == request.bindings.end())
      continue;
    inputPorts.back().bound = bound->second;
    inputPorts.back().shape.assign(bound->second.shape().begin(),
                                   bound->second.shape().end());
    inputPorts.back().dimNames.clear();
  }
  for (const ModelInput &output : summary.outputs)
    outputPorts.push_back(portOf(output, request.dims));
  return llvm::Error::success();
}

llvm::Expected<DimSizes>
OnDemandModel::dimsOf(llvm::ArrayRef<Tensor> inputs) const {
  if (inputs.size() != inputPorts.size())
    return makeFault(FaultKind::usage,
                     "model has " + llvm::Twine(inputPorts.size()) +
                         " inputs, but got " + llvm::Twine(inputs.size()));
  DimSizes dims;
  for (auto [port, given] : llvm::zip_equal(inputPorts, inputs))
    if (llvm::Error error = readDims(port, given, dims))
      return std::move(error);
  return dims;
}

/// Whether \p model was compiled for the values of \p inputs: those of the
/// inputs that it has bound.
static bool holdsFor(const BuiltModel &model, llvm::ArrayRef<Tensor> inputs) {
  const Artifact &artifact = model.compiled.artifact;
  for (auto [i, given] : llvm::enumerate(inputs)) {
    const auto *port = artifact.plan().inputs()->Get(static_cast<uint32_t>(i));
    if (port->bound_section() != 0 && given &&
        given.bytes() != artifact.section(port->bound_section()))
      return false;
  }
  return true;
}

std::shared_ptr<const BuiltModel>
OnDemandModel::lookUp(const DimSizes &dims, llvm::ArrayRef<Tensor> inputs) {
  const std::lock_guard lock(mutex);
  auto found = llvm::find_if(entries, [&](const Entry &entry) {
    return entry.dims == dims && holdsFor(*entry.model, inputs);
  });
  if (found == entries.end())
    return nullptr;
  entries.splice(entries.begin(), entries, found);
  ++done.known;
  return found->model;
}

/// Whether the contents of \p tensor are likely to be a shape, axes, pads or
/// the like. What is large is data, and would make a program for one run.
static bool mayDetermineShapes(const Tensor &tensor) {
  return tensor && tensor.shape().size() <= 1 &&
         tensor.elementCount() <= OnDemandModel::mostShapeElements;
}

llvm::Expected<BuiltModel>
OnDemandModel::compile(const DimSizes &dims, llvm::ArrayRef<Tensor> inputs) {
  BuildOptions one = options;
  for (const auto &[name, size] : dims) {
    one.request.dims[name] = size;
    one.request.settings.emplace_back("dim", name + "=" + std::to_string(size));
  }
  for (auto [port, given] : llvm::zip_equal(inputPorts, inputs))
    if (!port.bound && mayDetermineShapes(given)) {
      // A copy: what is compiled outlives the memory of the caller.
      llvm::Expected<Tensor> copy = given.clone();
      if (!copy)
        return copy.takeError();
      one.request.offers[port.name] = std::move(*copy);
    }
  return compileModel(one, set, /*offered=*/nullptr);
}

llvm::Expected<std::shared_ptr<const BuiltModel>>
OnDemandModel::find(llvm::ArrayRef<Tensor> inputs) {
  llvm::Expected<DimSizes> dims = dimsOf(inputs);
  if (!dims)
    return dims.takeError();
  if (std::shared_ptr<const BuiltModel> known = lookUp(*dims, inputs))
    return known;
  const std::lock_guard lock(compiling);
  // Another thread may have compiled it meanwhile.
  if (std::shared_ptr<const BuiltModel> known = lookUp(*dims, inputs))
    return known;
  llvm::Expected<BuiltModel> made = compile(*dims, inputs);
  if (!made)
    return made.takeError();
  const bool isCached = made->isCached;
  auto model = std::make_shared<const BuiltModel>(std::move(*made));
  const std::lock_guard entryLock(mutex);
  ++(isCached ? done.fromCache : done.compiled);
  entries.push_front({std::move(*dims), model});
  if (entries.size() > mostKept)
    entries.pop_back();
  return model;
}

OnDemandModel::Counts OnDemandModel::counts() const {
  const std::lock_guard lock(mutex);
  return done;
}
