// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Estimates of the work of interpreting an op.

#include "core/fold/Cost.h"

#include "core/prim/Build.h"
#include "core/prim/Constant.h"

#include "llvm/ADT/TypeSwitch.h"
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

static int64_t scalarOps(Region &region) {
  return region.empty()
             ? 0
             : static_cast<int64_t>(region.front().getOperations().size());
}

/// Steps per element of the first result, operands left out.
static int64_t stepsPerElement(Operation *op) {
  return llvm::TypeSwitch<Operation *, int64_t>(op)
      .Case([](prim::ConvOp conv) {
        ArrayRef<int64_t> weights = prim::shapeOf(conv.getWeights());
        return plus(product(weights.drop_front()),
                    scalarOps(conv.getEpilogue()));
      })
      .Case([](prim::ConvTransposeOp conv) {
        // Each input channel of the group meets each tap, at most.
        ArrayRef<int64_t> weights = prim::shapeOf(conv.getWeights());
        return plus(times(weights[0] / static_cast<int64_t>(conv.getGroups()),
                          product(weights.drop_front(2))),
                    scalarOps(conv.getEpilogue()));
      })
      .Case([](prim::MatMulOp matmul) {
        return plus(prim::shapeOf(matmul.getLhs()).back(),
                    scalarOps(matmul.getEpilogue()));
      })
      .Case([](prim::WindowOp window) {
        return plus(product(window.getSizes()),
                    scalarOps(window.getEpilogue()));
      })
      .Case([](prim::ReduceOp reduce) {
        return 1 + scalarOps(reduce.getEpilogue());
      })
      .Case([](prim::MapOp map) { return scalarOps(map.getBody()); })
      .Case([](prim::SortOp sort) {
        const int64_t size =
            prim::shapeOf(sort.getInput())[static_cast<size_t>(sort.getDim())];
        return int64_t(1) + llvm::Log2_64_Ceil(size + 1);
      })
      .Default([](Operation *) { return int64_t(1); });
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
