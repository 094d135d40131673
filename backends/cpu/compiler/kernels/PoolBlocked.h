// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Sliding-window and whole-plane reductions over the spatial dims of blocked
/// tensors.
#pragma once

#include "backends/cpu/compiler/kernels/Conv.h"
#include "backends/cpu/compiler/kernels/Element.h"

namespace glowplug::cpu {

enum class PoolKind { sum, max, min };

/// result = epilogue(kind over window); padded elements are the identity (0,
/// the least, the greatest); a NaN in the window gives NaN. Both sides blocked.
/// The accumulator of a sum of 8-bit elements is i32, else that of the element
/// (plain, not biased); the epilogue makes what the result's buffer holds.
struct PoolSpec {
  PoolKind kind = PoolKind::max;
  Element element = Element::f32; ///< of the input
  int64_t batch = 1;
  int64_t channels = 0;
  SpatialDim rows, columns;

  bool operator==(const PoolSpec &) const = default;
};

/// Same limit on padded kernel columns as the convolutions.
bool canPoolBlocked(const PoolSpec &spec);

struct PoolPlan {
  TargetTraits target;
  PoolSpec spec;
  int64_t rowsPerUnit = 1;
  std::vector<ColumnClass> classes;

  int64_t blocks() const;
  /// Elements that the kernel stores: whole blocks of channels.
  int64_t resultElements() const {
    return spec.batch * blocks() * target.lanes * spec.rows.out *
           spec.columns.out;
  }
  int64_t unitsPerBlock() const;
  int64_t workUnits() const;

  bool operator==(const PoolPlan &) const = default;
};

PoolPlan planPool(const TargetTraits &target, const PoolSpec &spec);

/// Buffers of a reduction (ptr).
struct PoolBuffers {
  llvm::Value *input = nullptr;
  llvm::Value *result = nullptr;
};

/// Emits the work units [begin, end) (i64) at the builder's place.
void emitPool(llvm::IRBuilder<> &builder, const PoolPlan &plan,
              const PoolBuffers &buffers, const Epilogue &epilogue,
              llvm::Value *begin, llvm::Value *end);

/// A reduction over the whole plane: blocked [N, C, H, W] to [N, C, 1, 1] in
/// \p resultLayout.
struct PlaneReduceSpec {
  PoolKind kind = PoolKind::sum;
  Element element = Element::f32; ///< of the input
  int64_t batch = 1;
  int64_t channels = 0;
  int64_t elements = 0; ///< H * W
  Layout resultLayout = Layout::rowMajor;

  bool operator==(const PlaneReduceSpec &) const = default;
};

/// One unit per image and channel block.
int64_t planeReduceUnits(const TargetTraits &target,
                         const PlaneReduceSpec &spec);

void emitPlaneReduce(llvm::IRBuilder<> &builder, const TargetTraits &target,
                     const PlaneReduceSpec &spec, const PoolBuffers &buffers,
                     const Epilogue &epilogue, llvm::Value *begin,
                     llvm::Value *end);

} // namespace glowplug::cpu
