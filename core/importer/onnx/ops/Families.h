// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// One function per file of handlers: its rows of the operator table.

#pragma once

#include "core/importer/onnx/node/Handler.h"

namespace glowplug::importer {

ArrayRef<OpRow> activationRows();
ArrayRef<OpRow> attentionRows();
ArrayRef<OpRow> castRows();
ArrayRef<OpRow> causalConvRows();
ArrayRef<OpRow> constantRows();
ArrayRef<OpRow> convRows();
ArrayRef<OpRow> deformConvRows();
ArrayRef<OpRow> determinantRows();
ArrayRef<OpRow> einsumRows();
ArrayRef<OpRow> elementwiseRows();
ArrayRef<OpRow> featureRows();
ArrayRef<OpRow> fusedAttentionRows();
ArrayRef<OpRow> gatherRows();
ArrayRef<OpRow> geluRows();
ArrayRef<OpRow> gridSampleRows();
ArrayRef<OpRow> ifRows();
ArrayRef<OpRow> labelEncoderRows();
ArrayRef<OpRow> legacyRows();
ArrayRef<OpRow> linearAttentionRows();
ArrayRef<OpRow> linearRows();
ArrayRef<OpRow> logicRows();
ArrayRef<OpRow> loopRows();
ArrayRef<OpRow> lossRows();
ArrayRef<OpRow> matmulNBitsRows();
ArrayRef<OpRow> matmulRows();
ArrayRef<OpRow> maxPoolRows();
ArrayRef<OpRow> movementRows();
ArrayRef<OpRow> ngramRows();
ArrayRef<OpRow> normalizationRows();
ArrayRef<OpRow> padRows();
ArrayRef<OpRow> poolRows();
ArrayRef<OpRow> quantizeLinearRows();
ArrayRef<OpRow> quantizeRows();
ArrayRef<OpRow> quantizedElementwiseRows();
ArrayRef<OpRow> quantizedPoolRows();
ArrayRef<OpRow> quantizedProductRows();
ArrayRef<OpRow> recurrentRows();
ArrayRef<OpRow> reductionRows();
ArrayRef<OpRow> resizeRows();
ArrayRef<OpRow> roiAlignRows();
ArrayRef<OpRow> rotaryRows();
ArrayRef<OpRow> scatterRows();
ArrayRef<OpRow> scanRows();
ArrayRef<OpRow> selectionRows();
ArrayRef<OpRow> sequenceRows();
ArrayRef<OpRow> shapeRows();
ArrayRef<OpRow> signalRows();
ArrayRef<OpRow> skipNormalizationRows();
ArrayRef<OpRow> softmaxRows();
ArrayRef<OpRow> sortRows();
ArrayRef<OpRow> treeEnsembleRows();
ArrayRef<OpRow> treeRows();
ArrayRef<OpRow> uniqueRows();
ArrayRef<OpRow> unsupportedRows();
ArrayRef<OpRow> visionRows();
ArrayRef<OpRow> windowRows();

} // namespace glowplug::importer
