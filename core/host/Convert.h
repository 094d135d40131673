// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Between the types of the host library and those of the core; on the inside.

#pragma once

#include "core/host/Model.h"
#include "core/host/loops/Build.h"
#include "core/support/FaultError.h"

namespace glowplug::host {

/// \p make of the value in \p expected, or its fault; one without a kind gets
/// \p kind.
template <typename T, typename From, typename Make>
Result<T> resultOf(llvm::Expected<From> expected, FaultKind kind, Make make) {
  if (!expected)
    return faultOf(expected.takeError(), kind);
  return make(*expected);
}

/// Tensors of the core; an empty one stands for no tensor.
std::vector<glowplug::Tensor> toCore(std::span<const Tensor> tensors);
Tensor fromCore(glowplug::Tensor tensor);
std::vector<Tensor> fromCore(llvm::ArrayRef<glowplug::Tensor> tensors);

/// Ports as the host library has them.
std::vector<Port> portsOf(llvm::ArrayRef<PortInfo> ports);

/// What \p options and \p source say to the loops.
BuildOptions buildOptions(const ModelSource &source,
                          const CompileOptions &options);

/// What \p plugins says to the runtime.
BackendSetOptions setOptions(const Plugins &plugins);

} // namespace glowplug::host
