// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// What the gates of RNN, GRU and LSTM compute: their functions, and their
/// products with weights of floats or of quantised integers.

#pragma once

#include "core/importer/build/Emit.h"
#include "core/importer/onnx/node/Handler.h"

namespace glowplug::importer {

enum class GateKind {
  affine,
  elu,
  hardSigmoid,
  leakyRelu,
  relu,
  scaledTanh,
  sigmoid,
  softplus,
  softsign,
  tanh,
  thresholdedRelu
};

struct GateFunction {
  GateKind kind;
  double alpha = 0, beta = 0;
};

/// The attributes activations, activation_alpha and activation_beta: as many
/// functions per direction as \p defaults has names. Empty when the node
/// failed.
SmallVector<GateFunction>
readGateFunctions(Node &n, ArrayRef<StringRef> defaults, int64_t directions);

/// \p function of \p x, which is first brought to -clip .. clip.
Value applyGate(Node &n, const GateFunction &function,
                std::optional<double> clip, Value x);

/// The weights of all gates of one direction: a matrix that rows of inputs are
/// multiplied by. Integers have lost their zero point, and have a scale of
/// shape [1, columns] or [1, 1].
struct GateWeights {
  Value matrix, scale;
};

/// Input \p i holds integer weights of shape \p shape: directions, rows and
/// columns. Their scale is input \p scale and their zero point the next, with
/// an entry per direction, or per direction and column.
bool checkIntegerWeights(Node &n, unsigned i, unsigned scale,
                         ArrayRef<int64_t> shape);

/// The products of \p rows. For integers the rows are quantised first, over the
/// range of all of them.
Value gateProducts(Node &n, Value rows, const GateWeights &weights);

} // namespace glowplug::importer
