// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Index arithmetic shared by the gather and scatter families: ONNX counts
/// negative indices from the end and addresses by coordinates, prim gathers
/// and scatters rows by one non-negative index.

#pragma once

#include "core/importer/build/Emit.h"
#include "core/importer/onnx/node/Handler.h"

namespace glowplug::importer {

/// Whether input \p i holds i32 or i64; fails the node if not.
bool isIndex(Node &node, unsigned i);

/// \p indices as i64, with \p size added to the negative ones.
Value normalizeIndices(PrimBuilder &b, Value indices, int64_t size);

/// The same with a size that is an i64 of rank 0.
Value normalizeIndices(PrimBuilder &b, Value indices, Value size);

/// Input 1 of \p node, indices along dim \p axis of input 0, made non-negative.
Value indicesInto(Node &node, int64_t axis);

/// For indices along \p axis of a tensor of shape \p data: the row-major
/// positions in the flattened tensor of the elements at the coordinates of
/// \p indices, with coordinate \p axis replaced by the index. \p indices has
/// the rank of the data. i64, the shape of \p indices.
Value elementPositions(PrimBuilder &b, ArrayRef<int64_t> data, Value indices,
                       int64_t axis);

/// For indices [batch.., outer.., k] into the dims [batchDims, batchDims + k)
/// of \p data: the row of each in the data flattened over its first
/// batchDims + k dims. i64, the shape of \p indices without its last dim.
/// Negative indices count from the end of \p sizes, a vector of i64; without
/// it, from that of the data.
Value rowPositions(PrimBuilder &b, ArrayRef<int64_t> data, Value indices,
                   int64_t batchDims, Value sizes = nullptr);

/// 0, 1, ... along dim \p dim of a tensor of rank \p rank whose other dims
/// are 1; each times \p stride. i64.
Value ramp(PrimBuilder &b, int64_t size, int64_t dim, int64_t rank,
           int64_t stride);

/// Elements of \p data at \p indices along \p axis, both of one rank:
/// GatherElements. Indices are i64 and in range.
Value gatherElements(PrimBuilder &b, Value data, Value indices, int64_t axis);

} // namespace glowplug::importer
