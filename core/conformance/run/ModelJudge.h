// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Whether the outputs of a model are right, as measurements.

#pragma once

#include "core/conformance/graphs/Judge.h"
#include "core/conformance/run/SharedModel.h"

namespace glowplug::conformance {

/// Adds for each output whether it has the bytes of \p want. \p prefix stands
/// before the number of the output in the subject.
void compareOutputs(llvm::ArrayRef<Tensor> got, llvm::ArrayRef<Tensor> want,
                    const char *rule, const std::string &prefix,
                    CaseRecord &record);

/// What an unoptimised lowering of \p model, which was compiled with it, gives
/// for \p inputs. If that fails, there is nothing, and \p record says why.
/// Takes what was compiled; the session stays.
std::optional<graphs::Truth> truthOf(SharedModel &model,
                                     const std::vector<Tensor> &inputs,
                                     CaseRecord &record);

/// Holds \p outputs, of the ports \p ports, against \p truth
/// (docs/adr/0006-error-limit.md).
void judgeModel(const std::vector<Tensor> &outputs,
                llvm::ArrayRef<PortInfo> ports, const graphs::Truth &truth,
                const std::string &prefix, CaseRecord &record);

/// A model as it was compiled for the plugin.
struct CompiledFrom {
  const std::string &bytes; ///< Of the ONNX file.
  const std::vector<Tensor> &inputs;
  std::string recipe; ///< As in CompileRequest.
};
/// Holds \p outputs against what the interpreter gives for the same programs,
/// bit by bit: right if the plugin does nothing with floats.
void judgeExactly(const std::vector<Tensor> &outputs, const CompiledFrom &from,
                  const Subject &subject, CaseRecord &record);

} // namespace glowplug::conformance
