// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Values that a handler needs at compile time and that other nodes compute.

#include "core/importer/build/GraphBuilder.h"
#include "core/prim/Constant.h"

using namespace glowplug;
using namespace glowplug::importer;

/// Evaluates what \p value depends on through the reference interpreter, down
/// to constants. This is for shapes: the work for one model is bounded.
std::optional<Tensor> GraphBuilder::evaluate(Value value, Fault *why) {
  std::optional<Tensor> tensor = evaluator.evaluate(value);
  if (tensor || !why) // without `why` nobody depends on it
    return tensor;
  mlir::BlockArgument argument = evaluator.unboundArgument();
  if (argument && argument.getOwner()->getParentOp() != mainFunction()) {
    *why = {FaultKind::unsupported,
            "it depends on what a loop or a branch is given"};
    for (const auto &scope : scopes)
      for (const auto &[outer, inner] : scope->captured)
        if (inner == argument) // to know what it depends on outside
          (void)evaluate(outer, why);
    return std::nullopt;
  }
  if (argument) {
    const std::string &name = model.inputs[argument.getArgNumber()].name;
    wanted.insert(name);
    *why = {FaultKind::usage,
            "it depends on input '" + name + "', whose value is not given",
            "",
            {SettingKind::binding, {name}}};
    return std::nullopt;
  }
  *why = {FaultKind::unsupported, evaluator.reason().str()};
  return std::nullopt;
}
