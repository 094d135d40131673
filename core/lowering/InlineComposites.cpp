// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Inlining of composites.

#include "core/lowering/InlineComposites.h"

#include "core/lowering/Passes.h"

namespace glowplug {
#define GEN_PASS_DEF_INLINECOMPOSITES
#include "core/lowering/Passes.h.inc"
} // namespace glowplug

using namespace glowplug;
using namespace mlir;

void glowplug::inlineComposite(prim::CompositeOp composite) {
  Block &body = composite.getBody().front();
  Operation *yield = body.getTerminator();
  for (auto [parameter, operand] :
       llvm::zip_equal(body.getArguments(), composite.getOperands()))
    parameter.replaceAllUsesWith(operand);
  // After the parameters: a body may yield one of them.
  for (auto [result, value] :
       llvm::zip_equal(composite.getResults(), yield->getOperands()))
    result.replaceAllUsesWith(value);
  composite->getBlock()->getOperations().splice(
      composite->getIterator(), body.getOperations(), body.begin(),
      yield->getIterator());
  composite.erase();
}

void glowplug::inlineComposites(
    func::FuncOp function, llvm::function_ref<bool(prim::CompositeOp)> keep) {
  for (Block &block : function.getBody()) {
    for (auto at = block.begin(); at != block.end();) {
      auto composite = dyn_cast<prim::CompositeOp>(*at);
      if (!composite || keep(composite)) {
        ++at;
        continue;
      }
      // Go on with what was in the body: composites may nest.
      const bool isFirst = at == block.begin();
      auto before = isFirst ? at : std::prev(at);
      inlineComposite(composite);
      at = isFirst ? block.begin() : std::next(before);
    }
  }
}

namespace {

struct InlineComposites
    : glowplug::impl::InlineCompositesBase<InlineComposites> {
  using InlineCompositesBase::InlineCompositesBase;

  void runOnOperation() override {
    inlineComposites(getOperation(), [&](prim::CompositeOp composite) {
      return llvm::is_contained(keep, composite.getName().str());
    });
  }
};

} // namespace
