// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Whether outputs are right.

#include "core/host/Compare.h"

#include "core/driver/Compare.h"
#include "core/host/Convert.h"
#include "core/host/loops/DifferenceText.h"

#include "llvm/ADT/STLExtras.h"

using namespace glowplug;
using host::Result;

static host::Verdict verdictOf(const Comparison &comparison) {
  switch (comparison.verdict()) {
  case CompareVerdict::pass:
    return host::Verdict::pass;
  case CompareVerdict::fail:
    return host::Verdict::fail;
  case CompareVerdict::notComparable:
    return host::Verdict::notComparable;
  }
  llvm_unreachable("unknown verdict");
}

static host::Difference differenceOf(const Comparison &comparison,
                                     llvm::ArrayRef<host::Port> ports) {
  host::Difference result;
  result.verdict = verdictOf(comparison);
  for (auto [port, found] : llvm::zip_equal(ports, comparison.outputs)) {
    host::OutputDifference one;
    one.name = port.name;
    one.elements = found.elements;
    one.mismatches = found.mismatches;
    one.maxError = found.maxError;
    one.maxErrorOverLimit = found.maxErrorOverLimit;
    if (found.mismatches != 0)
      one.text = differenceText(port.name, found);
    result.outputs.push_back(std::move(one));
  }
  return result;
}

static std::string typeOf(const host::Port &port) {
  return typeString(static_cast<DType>(port.type), port.shape);
}

/// What is wrong with \p tensors as the outputs \p ports; empty if nothing is.
static std::string misfit(llvm::ArrayRef<host::Port> ports,
                          std::span<const host::Tensor> tensors) {
  if (tensors.size() != ports.size())
    return "model has " + std::to_string(ports.size()) + " outputs, but got " +
           std::to_string(tensors.size());
  for (auto [port, tensor] : llvm::zip_equal(ports, tensors)) {
    if (!tensor)
      return "output '" + port.name + "' is missing";
    if (tensor.type() != port.type ||
        !std::ranges::equal(tensor.shape(), port.shape))
      return "output '" + port.name + "' needs " + typeOf(port) + ", but got " +
             tensor.core().typeString();
  }
  return "";
}

/// \p ports with the sizes that \p expected has where they vary.
static std::vector<host::Port> sized(std::vector<host::Port> ports,
                                     std::span<const host::Tensor> expected) {
  for (size_t i = 0; i < std::min(ports.size(), expected.size()); ++i) {
    if (!expected[i] || expected[i].shape().size() != ports[i].shape.size())
      continue;
    for (size_t k = 0; k < ports[i].shape.size(); ++k)
      if (ports[i].shape[k] < 0)
        ports[i].shape[k] = expected[i].shape()[k];
  }
  return ports;
}

Result<host::Difference>
host::compareWithReference(const Model &model, std::span<const Tensor> inputs,
                           std::span<const Tensor> outputs, unsigned threads) {
  const std::vector<glowplug::Tensor> given = toCore(inputs);
  llvm::Expected<ReferenceFor> reference = referenceFor(model.core(), given);
  if (!reference)
    return faultOf(reference.takeError(), FaultKind::usage);
  if (reference->program->image.empty())
    return Fault{FaultKind::usage,
                 "the model was not compiled with its reference"};
  const std::vector<Port> ports = sized(portsOf(reference->outputs), outputs);
  if (const std::string problem = misfit(ports, outputs); !problem.empty())
    return Fault{FaultKind::usage, problem};
  llvm::Expected<ReferenceOutputs> expected =
      runReference(*reference->program, given, threads);
  if (!expected)
    return faultOf(expected.takeError(), FaultKind::usage);
  return differenceOf(
      glowplug::compareWithReference(toCore(outputs), *expected), ports);
}

Result<host::Difference>
host::compareWithExpected(const Model &model, std::span<const Tensor> outputs,
                          std::span<const Tensor> expected) {
  const std::vector<Port> ports = model.outputs();
  for (std::span<const Tensor> side : {outputs, expected})
    if (const std::string problem = misfit(sized(ports, side), side);
        !problem.empty())
      return Fault{FaultKind::usage, problem};
  return differenceOf(compareWithFiles(toCore(outputs), toCore(expected)),
                      ports);
}
