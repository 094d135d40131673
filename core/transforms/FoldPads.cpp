// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Folding of pads into the padding of convolutions and windows.

#include "core/prim/Build.h"
#include "core/prim/Constant.h"
#include "core/transforms/Passes.h"

#include <cmath>
#include <limits>

namespace glowplug {
#define GEN_PASS_DEF_FOLDPADS
#include "core/transforms/Passes.h.inc"
} // namespace glowplug

using namespace glowplug;
using namespace mlir;

static SmallVector<int64_t> sum(ArrayRef<int64_t> a, ArrayRef<int64_t> b) {
  SmallVector<int64_t> result(a);
  for (auto [to, from] : llvm::zip_equal(result, b))
    to += from;
  return result;
}

/// Whether \p value is what a window of \p kind pads with.
static bool isIdentity(prim::ReduceKind kind, double value, Type element) {
  if (kind == prim::ReduceKind::sum)
    return value == 0;
  const bool lowest = kind == prim::ReduceKind::max;
  if (isa<FloatType>(element))
    return std::isinf(value) && std::signbit(value) == lowest;
  const unsigned width = element.getIntOrFloatBitWidth();
  if (width > 32) // not exact as a double
    return false;
  if (element.isUnsignedInteger())
    return value == (lowest ? 0 : std::ldexp(1.0, width) - 1);
  return value == (lowest ? -std::ldexp(1.0, width - 1)
                          : std::ldexp(1.0, width - 1) - 1);
}

namespace {

/// conv(pad(x)) -> conv(x) with more padding
void foldIntoConv(prim::ConvOp conv, prim::PadOp pad, double value) {
  const std::optional<ArrayRef<int32_t>> zp = conv.getLhsZp();
  if (value != (zp && !zp->empty() ? zp->front() : 0))
    return;
  for (int64_t dim : {0, 1})
    if (pad.getLow()[dim] != 0 || pad.getHigh()[dim] != 0)
      return;
  conv.setPadsLow(sum(conv.getPadsLow(), pad.getLow().drop_front(2)));
  conv.setPadsHigh(sum(conv.getPadsHigh(), pad.getHigh().drop_front(2)));
  conv.getInputMutable().assign(pad.getInput());
}

/// window(pad(x)) -> window(x) with more padding
void foldIntoWindow(prim::WindowOp window, prim::PadOp pad, double value) {
  if (!isIdentity(window.getKind(), value, prim::elementOf(pad.getInput())))
    return;
  window.setPadsLow(sum(window.getPadsLow(), pad.getLow()));
  window.setPadsHigh(sum(window.getPadsHigh(), pad.getHigh()));
  window.getInputMutable().assign(pad.getInput());
}

struct FoldPads : glowplug::impl::FoldPadsBase<FoldPads> {
  void runOnOperation() override {
    getOperation().walk([](Operation *op) {
      auto pad = op->getNumOperands() == 0
                     ? prim::PadOp()
                     : op->getOperand(0).getDefiningOp<prim::PadOp>();
      if (!pad || llvm::any_of(pad.getInterior(),
                               [](int64_t interior) { return interior != 0; }))
        return;
      const std::optional<double> value = prim::splatNumber(pad.getValue());
      if (!value)
        return;
      if (auto conv = dyn_cast<prim::ConvOp>(op))
        foldIntoConv(conv, pad, *value);
      else if (auto window = dyn_cast<prim::WindowOp>(op))
        foldIntoWindow(window, pad, *value);
      if (pad.use_empty())
        pad.erase();
    });
  }
};

} // namespace
