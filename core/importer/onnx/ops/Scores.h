// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// What classifiers and regressors of ai.onnx.ml do with their scores.

#pragma once

#include "core/importer/build/Emit.h"
#include "core/importer/onnx/node/Handler.h"

namespace glowplug::importer {

/// In the order of their numbers in TreeEnsemble.
enum class PostTransform { none, softmax, logistic, softmaxZero, probit };

/// The attribute post_transform by its name.
PostTransform readPostTransform(Node &n);

/// Applied to \p scores, [rows, classes] of floats.
Value transformScores(Node &n, Value scores, PostTransform transform);

/// Scores of one class as those of two: [-x, x], or after \p complement
/// [1 - x, x].
Value twoScores(Node &n, Value score, bool complement);

/// The attribute \p name, labels as integers; fails for strings in
/// \p stringsName, which are not supported.
SmallVector<int64_t> readLabels(Node &n, StringRef name, StringRef stringsName);

/// The label of the greatest score in each row: i64, [rows].
Value bestLabel(Node &n, Value scores, ArrayRef<int64_t> labels);

/// Input 0 as rows of features, [rows, features]: one row for rank 1. Integers
/// become f32. Null when the node failed.
Value readFeatures(Node &n);

} // namespace glowplug::importer
