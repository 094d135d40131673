// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Regions of the image as epilogues of tiled kernels.
#pragma once

#include "backends/cpu/compiler/kernels/Epilogue.h"
#include "backends/cpu/compiler/lower/Lowering.h"

namespace glowplug::cpu {

/// An extra operand of a region as a tiled kernel reads it.
struct TiledExtra {
  DType type = gp_image_dtype_none;
  bool likeResult = false;               ///< of its shape and layout
  llvm::SmallVector<int64_t, 4> strides; ///< else: per coordinate of the kernel

  bool operator==(const TiledExtra &) const = default;
};

/// Loads the element or elements of \p extra at \p context.
llvm::Value *loadTiledExtra(Kernel &k, const TiledExtra &extra,
                            llvm::Value *base, const EpilogueContext &context);

/// What the code of an epilogue depends on.
struct TiledEpilogue {
  Region region;
  DType result = gp_image_dtype_none;
  bool isStoredBlocked = false;
  std::vector<TiledExtra> extras;

  bool operator==(const TiledEpilogue &) const = default;

  /// The hook for the kernel under construction, in which the extras begin at
  /// buffer \p firstBuffer: from accumulators of type \p accumulator to what
  /// the result's buffer holds. Refers to \p k and to this.
  Epilogue emitter(Kernel &k, unsigned firstBuffer, DType accumulator) const;
};

/// An epilogue and where its extras lie.
class PlacedEpilogue {
public:
  /// For a result of \p op in blocked layout: operands of its shape are taken
  /// blocked, others by their strides. Extras begin at operand \p first.
  /// Where the kernel writes such a result row-major, \p isStoredBlocked is
  /// false.
  static PlacedEpilogue blocked(Lowering &l, const Op &op, const Region &region,
                                size_t first, bool isStoredBlocked = true);
  /// For a row-major result whose dims are those of the op but for
  /// \p droppedDims leading ones of size 1.
  static PlacedEpilogue rowMajor(Lowering &l, const Op &op,
                                 const Region &region, size_t first,
                                 size_t droppedDims);

  const TiledEpilogue &epilogue() const { return code; }
  llvm::ArrayRef<View> extras() const { return views; }
  /// Appends the buffers of the extras.
  void appendBuffers(std::vector<View> &buffers) const {
    buffers.insert(buffers.end(), views.begin(), views.end());
  }

private:
  void add(View view, TiledExtra extra);

  TiledEpilogue code;
  std::vector<View> views; // per extra
};

/// Estimate of one multiply-add of whole vectors, in picoseconds.
constexpr uint64_t stepPs = 250;

} // namespace glowplug::cpu
