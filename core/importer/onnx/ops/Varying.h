// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Operators on values some of whose sizes the model computes (Extents.h).

#pragma once

#include "core/importer/onnx/node/Handler.h"

namespace glowplug::importer {

/// Lets \p node take inputs whose dims vary, if its operator does. They are
/// there.
void prepareVarying(Node &node, StringRef domain, StringRef name);

/// Elements that were chosen: their positions are at the front of a vector of
/// i64, of which so many count.
struct Chosen {
  Value positions;
  Number count;
};

/// Those where \p mask, booleans of rank 1, is true, in ascending order.
Chosen chosenBy(Node &node, Value mask);

/// \p value with its elements, which stay in their order, under other sizes.
Value arrange(Node &node, Value value, ArrayRef<Number> sizes);

/// Reshape to sizes of which some are computed, or from such.
LogicalResult reshapeVarying(Node &node, ArrayRef<Number> shape,
                             bool allowZero);

/// Slice likewise: element i of each list is of dim dims[i]. Steps are known.
LogicalResult sliceVarying(Node &node, ArrayRef<Number> starts,
                           ArrayRef<Number> ends, ArrayRef<int64_t> dims,
                           ArrayRef<int64_t> steps);

/// \p values joined along \p dim, in which some vary. They fit.
Value concatVarying(Node &node, ValueRange values, int64_t dim);

} // namespace glowplug::importer
