// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Lowering of each op kind: defines the op's results and adds the steps that
/// compute them.
#pragma once

#include "backends/cpu/compiler/lower/Lowering.h"

namespace glowplug::cpu {

void lowerConstant(Lowering &l, const Op &op, const ConstantOp &constant);
void lowerMap(Lowering &l, const Op &op, const MapOp &map);
void lowerReduce(Lowering &l, const Op &op, const ReduceOp &reduce);
void lowerArgReduce(Lowering &l, const Op &op, const ArgReduceOp &reduce);
void lowerScan(Lowering &l, const Op &op, const ScanOp &scan);
void lowerSort(Lowering &l, const Op &op, const SortOp &sort);
void lowerSelectBoxes(Lowering &l, const Op &op, const SelectBoxesOp &select);
void lowerWindow(Lowering &l, const Op &op, const WindowOp &window);
void lowerMatMul(Lowering &l, const Op &op, const MatMulOp &product);
void lowerConv(Lowering &l, const Op &op, const ConvOp &conv);
void lowerTranspose(Lowering &l, const Op &op, const TransposeOp &transpose);
void lowerReshape(Lowering &l, const Op &op);
void lowerBroadcast(Lowering &l, const Op &op);
void lowerSlice(Lowering &l, const Op &op, const SliceOp &slice);
void lowerPad(Lowering &l, const Op &op, const PadOp &pad);
void lowerConcat(Lowering &l, const Op &op, const ConcatOp &concat);
void lowerGather(Lowering &l, const Op &op, const GatherOp &gather);
void lowerScatter(Lowering &l, const Op &op, const ScatterOp &scatter);

} // namespace glowplug::cpu
