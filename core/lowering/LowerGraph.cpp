// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The pass that turns graph ops into primitives.

#include "core/lowering/Lower.h"
#include "core/lowering/Passes.h"

#include "llvm/ADT/TypeSwitch.h"

namespace glowplug {
#define GEN_PASS_DEF_LOWERGRAPH
#include "core/lowering/Passes.h.inc"
} // namespace glowplug

using namespace glowplug;
using namespace mlir;

namespace {

struct LowerGraph : glowplug::impl::LowerGraphBase<LowerGraph> {
  void runOnOperation() override {
    SmallVector<Operation *> ops;
    getOperation().walk([&](Operation *op) {
      if (isa<graph::GraphDialect>(op->getDialect()))
        ops.push_back(op);
    });
    for (Operation *op : ops) {
      OpBuilder builder(op);
      prim::PrimBuilder prims(builder, op->getLoc());
      Value value =
          llvm::TypeSwitch<Operation *, Value>(op)
              .Case<graph::AttentionOp, graph::BatchNormOp, graph::GeluOp,
                    graph::LayerNormOp, graph::LogSoftmaxOp, graph::SoftmaxOp>(
                  [&](auto typed) { return lower(prims, typed); })
              .Default([](Operation *) { return Value(); });
      if (!value) {
        op->emitOpError("has no lowering");
        return signalPassFailure();
      }
      op->getResult(0).replaceAllUsesWith(value);
      op->erase();
    }
  }
};

} // namespace
