// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Values that a handler needs at compile time and that other nodes compute.

#include "core/importer/build/GraphBuilder.h"
#include "core/prim/Constant.h"

#include "llvm/ADT/SetVector.h"

using namespace glowplug;
using namespace glowplug::importer;

/// Whether \p value is computed from a size that depends on data. Looks at as
/// many operations as computations of sizes have.
static bool dependsOnExtent(Value value, const Extents &extents) {
  constexpr size_t most = 256;
  llvm::SetVector<Value> values;
  values.insert(value);
  for (size_t i = 0; i < values.size() && i < most; ++i) {
    if (extents.isExtent(values[i]))
      return true;
    if (mlir::Operation *op = values[i].getDefiningOp())
      values.insert(op->operand_begin(), op->operand_end());
  }
  return false;
}

/// Evaluates what \p value depends on through the reference interpreter, down
/// to constants. This is for shapes: the work for one model is bounded.
std::optional<Tensor> GraphBuilder::evaluate(Value value, Fault *why) {
  std::optional<Tensor> tensor;
  if (!extentsOfValues.vary(value)) // else it has fewer elements than its type
    tensor = evaluator.evaluate(value);
  if (tensor || !why) // without `why` nobody depends on it
    return tensor;
  const Fault varies{FaultKind::unsupported,
                     "it depends on a size that depends on data"};
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
    if (dependsOnExtent(value, extentsOfValues)) {
      *why = varies; // and hardly anybody wants to give it
      return std::nullopt;
    }
    *why = {FaultKind::usage,
            "it depends on input '" + name + "', whose value is not given",
            "",
            {SettingKind::binding, {name}}};
    return std::nullopt;
  }
  *why = dependsOnExtent(value, extentsOfValues)
             ? varies
             : Fault{FaultKind::unsupported, evaluator.reason().str()};
  return std::nullopt;
}
