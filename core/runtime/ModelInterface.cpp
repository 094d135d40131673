// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What a compiled model takes and gives, and which of its variants runs.

#include "core/runtime/ModelInterface.h"

#include "core/artifact/Variants.h"
#include "core/support/FaultError.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"

using namespace glowplug;

static llvm::Error inputFault(const llvm::Twine &message) {
  return makeFault(FaultKind::usage, message);
}

std::string glowplug::typeText(const PortInfo &port) {
  std::vector<std::string> sizes;
  for (auto [i, size] : llvm::enumerate(port.shape)) {
    if (size >= 0)
      sizes.push_back(std::to_string(size));
    else if (i < port.dimNames.size() && !port.dimNames[i].empty())
      sizes.push_back(port.dimNames[i]);
    else
      sizes.push_back("?");
  }
  // As typeString() writes it.
  return dtypeName(port.dtype).str() + "[" + llvm::join(sizes, ",") + "]";
}

//===----------------------------------------------------------------------===//
// Ports
//===----------------------------------------------------------------------===//

/// What the plan says of a port, with -1 for each size that varies.
static PortInfo interfacePort(const artifact::Plan &plan,
                              const artifact::Port &port) {
  PortInfo info;
  info.name = port.name() ? port.name()->str() : "";
  info.dtype = static_cast<DType>(port.dtype());
  if (port.shape())
    info.shape.assign(port.shape()->begin(), port.shape()->end());
  if (port.extents() && port.extents()->size() != 0)
    for (uint32_t extent : *port.extents())
      info.extents.push_back(static_cast<int64_t>(extent) - 1);
  if (!port.dims() || port.dims()->size() == 0)
    return info;
  info.dimNames.resize(info.shape.size());
  for (size_t i = 0; i < info.shape.size(); ++i) {
    const uint32_t dim = port.dims()->Get(static_cast<uint32_t>(i));
    if (dim == 0)
      continue;
    info.shape[i] = -1;
    if (dim != unnamedDim)
      info.dimNames[i] = plan.dims()->Get(dim - 1)->name()->str();
  }
  return info;
}

/// \p port as it is in one variant, where it has \p shape.
static PortInfo withShape(const PortInfo &port, const PortShape &shape) {
  PortInfo result = port;
  result.shape.assign(shape.begin(), shape.end());
  result.dimNames.clear();
  return result;
}

/// Sizes that a run says are not known before.
static void leaveOpen(PortInfo &port) {
  for (auto [i, extent] : llvm::enumerate(port.extents))
    if (extent >= 0) {
      port.shape[i] = -1;
      port.dimNames.resize(port.shape.size());
      port.dimNames[i].clear(); // that of the bound
    }
}

llvm::Expected<ModelInterface> ModelInterface::of(const Artifact &artifact) {
  const artifact::Plan &plan = artifact.plan();
  const uint32_t inputCount = plan.inputs() ? plan.inputs()->size() : 0,
                 outputCount = plan.outputs() ? plan.outputs()->size() : 0;
  ModelInterface result;
  for (uint32_t i = 0; i < inputCount; ++i) {
    const artifact::Port &port = *plan.inputs()->Get(i);
    PortInfo info = interfacePort(plan, port);
    if (port.bound_section() != 0)
      if (llvm::Error error =
              Tensor::borrow(info.dtype, info.shape,
                             artifact.section(port.bound_section()))
                  .moveInto(info.bound))
        return std::move(error);
    result.inputPorts.push_back(std::move(info));
  }
  std::vector<PortInfo> outputs; // with the largest sizes
  for (uint32_t i = 0; i < outputCount; ++i)
    outputs.push_back(interfacePort(plan, *plan.outputs()->Get(i)));
  result.outputPorts.assign(outputs.begin(),
                            outputs.end() - plan.size_outputs());
  llvm::for_each(result.outputPorts, leaveOpen);
  for (uint32_t i = 0; plan.dims() && i < plan.dims()->size(); ++i)
    result.dimNames.push_back(plan.dims()->Get(i)->name()->str());
  result.keyNames = keyList(plan);
  result.variants.resize(plan.variants()->size());
  for (auto [v, variant] : llvm::enumerate(result.variants)) {
    const auto number = static_cast<uint32_t>(v);
    for (uint32_t dim = 0; dim < result.dimNames.size(); ++dim)
      variant.key.push_back(keyOf(plan, number, dim));
    for (uint32_t i = 0; i < inputCount; ++i)
      variant.inputs.push_back(
          withShape(result.inputPorts[i], inputShape(plan, number, i)));
    for (uint32_t i = 0; i < outputCount; ++i)
      variant.largestOutputs.push_back(
          withShape(outputs[i], outputShape(plan, number, i)));
    variant.outputs.assign(variant.largestOutputs.begin(),
                           variant.largestOutputs.end() - plan.size_outputs());
    llvm::for_each(variant.outputs, leaveOpen);
  }
  return result;
}

//===----------------------------------------------------------------------===//
// Which one runs
//===----------------------------------------------------------------------===//

bool glowplug::fits(const PortInfo &port, const Tensor &given) {
  if (given.dtype() != port.dtype || given.shape().size() != port.shape.size())
    return false;
  for (auto [wanted, size] : llvm::zip_equal(port.shape, given.shape()))
    if (wanted >= 0 && wanted != size)
      return false;
  return true;
}

llvm::Error glowplug::readDims(const PortInfo &port, const Tensor &given,
                               DimSizes &dims) {
  const std::string which = "input '" + port.name + "'";
  if (!given)
    return port.bound ? llvm::Error::success()
                      : inputFault(which + " is missing");
  if (!fits(port, given))
    return inputFault(which + " needs " + typeText(port) + ", but got " +
                      given.typeString());
  for (auto [i, name] : llvm::enumerate(port.dimNames)) {
    if (name.empty())
      continue;
    const int64_t size = given.shape()[i];
    auto [known, isNew] = dims.try_emplace(name, size);
    if (!isNew && known->second != size)
      return inputFault(which + " needs a size of " +
                        llvm::Twine(known->second) + " for dimension '" + name +
                        "', as an earlier input has it, but got " +
                        llvm::Twine(size));
  }
  return llvm::Error::success();
}

std::string glowplug::sizesText(const DimSizes &dims) {
  std::string text;
  for (const auto &[name, size] : dims)
    text += (text.empty() ? "" : ", ") + name + "=" + std::to_string(size);
  return text;
}

llvm::Expected<uint32_t>
ModelInterface::variantWith(const DimSizes &dims) const {
  std::vector<int64_t> wanted(dimNames.size(), -1);
  for (const auto &[name, size] : dims) {
    const auto dim = llvm::find(dimNames, name) - dimNames.begin();
    if (dim == static_cast<ptrdiff_t>(dimNames.size()))
      return llvm::make_error<FaultError>(
          Fault{FaultKind::usage,
                "no dimension '" + name +
                    "' of the compiled model varies, but it was given a size",
                "",
                {SettingKind::dim, {name}}});
    wanted[static_cast<size_t>(dim)] = size;
  }
  for (auto [number, variant] : llvm::enumerate(variants)) {
    bool isIt = true;
    for (auto [size, key] : llvm::zip_equal(wanted, variant.key))
      isIt &= size < 0 || size == key;
    if (isIt)
      return static_cast<uint32_t>(number);
  }
  std::string given; // in the order of the keys
  for (auto [name, size] : llvm::zip_equal(dimNames, wanted))
    if (size >= 0)
      given += (given.empty() ? "" : ", ") + name + "=" + std::to_string(size);
  return inputFault("the model was not compiled for " + given + ", but for " +
                    keyNames);
}

llvm::Expected<uint32_t>
ModelInterface::variantFor(llvm::ArrayRef<Tensor> inputs) const {
  if (inputs.size() != inputPorts.size())
    return inputFault("model has " + llvm::Twine(inputPorts.size()) +
                      " inputs, but got " + llvm::Twine(inputs.size()));
  DimSizes dims;
  for (auto [port, given] : llvm::zip_equal(inputPorts, inputs))
    if (llvm::Error error = readDims(port, given, dims))
      return std::move(error);
  return variantWith(dims);
}
