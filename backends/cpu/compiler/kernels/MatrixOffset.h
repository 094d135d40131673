// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Addresses of matrices in a batch. Internal to the kernels.
#pragma once

#include "backends/cpu/compiler/kernels/PackRhs.h"
#include "backends/cpu/compiler/kernels/Units.h"

namespace glowplug::cpu {

inline int64_t matrixCount(llvm::ArrayRef<MatrixDim> batch) {
  int64_t count = 1;
  for (const MatrixDim &dim : batch)
    count *= dim.size;
  return count;
}

/// Elements (i64) from the first matrix to that numbered \p matrix.
inline llvm::Value *matrixOffset(llvm::IRBuilder<> &builder,
                                 llvm::Value *matrix,
                                 llvm::ArrayRef<MatrixDim> batch) {
  llvm::Value *offset = builder.getInt64(0);
  if (batch.empty())
    return offset;
  llvm::SmallVector<int64_t, 4> radices;
  for (const MatrixDim &dim : batch.drop_front())
    radices.push_back(dim.size);
  const auto digits = splitNumber(builder, matrix, radices);
  for (size_t i = 0; i < batch.size(); ++i)
    offset = plus(builder, offset, scaled(builder, digits[i], batch[i].stride));
  return offset;
}

} // namespace glowplug::cpu
