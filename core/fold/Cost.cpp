// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Estimates of the work of interpreting an op.

#include "core/fold/Cost.h"

#include "core/prim/Build.h"
#include "core/prim/Constant.h"
#include "core/prim/Primitives.h"
#include "core/semantics/Cost.h"

#include "llvm/ADT/SmallVectorExtras.h"
#include "llvm/Support/MathExtras.h"

#include <limits>

using namespace glowplug;
using namespace mlir;

static int64_t times(int64_t a, int64_t b) {
  int64_t result;
  if (llvm::MulOverflow(a, b, result))
    return std::numeric_limits<int64_t>::max();
  return result;
}

static int64_t plus(int64_t a, int64_t b) {
  int64_t result;
  if (llvm::AddOverflow(a, b, result))
    return std::numeric_limits<int64_t>::max();
  return result;
}

static int64_t product(ArrayRef<int64_t> sizes) {
  int64_t result = 1;
  for (int64_t size : sizes)
    result = times(result, size);
  return result;
}

int64_t glowplug::elementCountOf(Value value) {
  return product(prim::shapeOf(value));
}

int64_t glowplug::byteCountOf(Value value) {
  return times(elementCountOf(value),
               dtypeBytes(prim::dtypeOfElement(prim::elementOf(value))));
}

/// Steps per element of the first result, operands left out.
static int64_t stepsPerElement(Operation *op) {
  int64_t steps = 1;
#define GP_STEPS(Primitive)                                                    \
  if (auto typed = dyn_cast<prim::Primitive##Op>(op))                          \
    steps = semantics::stepsPerElement(prim::attributesOf(typed), operands);
  const auto operands =
      llvm::map_to_vector<4>(op->getOperandTypes(), [](Type type) {
        return prim::tensorTypeOf(type);
      });
  GP_EACH_PRIMITIVE(GP_STEPS)
#undef GP_STEPS
  for (Region &region : op->getRegions())
    if (!region.empty())
      steps = plus(steps,
                   static_cast<int64_t>(region.front().getOperations().size()));
  return steps;
}

int64_t glowplug::evaluationCost(Operation *op) {
  if (auto composite = dyn_cast<prim::CompositeOp>(op)) {
    int64_t cost = 0; // composites nest no deeper than the IR's own limits
    for (Operation &inner : composite.getBody().front().without_terminator())
      cost = plus(cost, evaluationCost(&inner));
    return cost;
  }
  int64_t cost = 0;
  for (Value operand : op->getOperands())
    cost = plus(cost, elementCountOf(operand));
  for (Value result : op->getResults())
    cost = plus(cost, times(elementCountOf(result), stepsPerElement(op)));
  return cost;
}
