// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Ops that run on the register-tiled kernels instead of the generic loop
/// nests, and the layouts of the values between them.
#pragma once

#include "backends/cpu/compiler/kernels/LayoutPlan.h"
#include "backends/cpu/compiler/kernels/PoolBlocked.h"
#include "backends/cpu/compiler/lower/Blocked.h"
#include "backends/cpu/compiler/lower/Lowering.h"

#include <optional>
#include <vector>

namespace glowplug::cpu {

/// Plans the layouts of a whole program, then lowers its ops one by one.
class TiledProgram {
public:
  explicit TiledProgram(Lowering &lowering);

  /// Lowers op number \p index of the program if a tiled kernel fits. If it
  /// returns false nothing has happened: the generic lowering takes the op.
  bool lower(size_t index);

private:
  Lowering &l;
  LayoutPlan layouts;
  std::vector<LayoutOpKind> kinds; ///< per op
};

/// What \p op is to the layout plan. \p isConstant says for each value whether
/// its elements are known to the compiler.
LayoutOpKind classify(const Lowering &l, const Op &op,
                      const std::vector<bool> &isConstant);

/// How a contraction of operands of these types runs on the tiled kernels, if
/// it can.
std::optional<Arithmetic> arithmeticFor(const Lowering &l, DType lhs,
                                        DType rhs);

/// The convolution without its epilogue, for ops of rank 3 or 4.
ConvSpec convSpecOf(const Lowering &l, const Op &op, const ConvOp &conv);

/// The pool without its epilogue; needs classify() to be pool.
PoolSpec poolSpecOf(const Lowering &l, const Op &op, const WindowOp &window);

// Lowering of ops that the plan runs blocked.
void lowerTiledConv(Lowering &l, const Op &op, const ConvOp &conv,
                    LayoutOpKind kind);
void lowerTiledPool(Lowering &l, const Op &op, const WindowOp &window);
void lowerTiledPlaneReduce(Lowering &l, const Op &op, const ReduceOp &reduce);
void lowerTiledMap(Lowering &l, const Op &op, const MapOp &map);
void lowerTiledConcat(Lowering &l, const Op &op);

/// Row-major matrix products; false if the kernel does not fit.
bool lowerTiledMatMul(Lowering &l, const Op &op, const MatMulOp &product);

} // namespace glowplug::cpu
