// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// One function per graph op: appends what it means in primitives, and returns
/// the value that takes the place of its result.

#pragma once

#include "core/graph/Graph.h"
#include "core/prim/Build.h"

namespace glowplug {

mlir::Value lower(prim::PrimBuilder &builder, graph::AttentionOp op);
mlir::Value lower(prim::PrimBuilder &builder, graph::BatchNormOp op);
mlir::Value lower(prim::PrimBuilder &builder, graph::GeluOp op);
mlir::Value lower(prim::PrimBuilder &builder, graph::LayerNormOp op);
mlir::Value lower(prim::PrimBuilder &builder, graph::LogSoftmaxOp op);
mlir::Value lower(prim::PrimBuilder &builder, graph::SoftmaxOp op);

} // namespace glowplug
