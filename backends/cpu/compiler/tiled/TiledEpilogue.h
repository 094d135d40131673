// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Regions of the image as epilogues of tiled kernels.
#pragma once

#include "backends/cpu/compiler/kernels/Epilogue.h"
#include "backends/cpu/compiler/lower/Lowering.h"

namespace glowplug::cpu {

/// An epilogue and where its extra operands lie.
class TiledEpilogue {
public:
  /// For a result of \p op in blocked layout: operands of its shape are taken
  /// blocked, others by their strides. Extras begin at operand \p first.
  /// Where the kernel writes such a result row-major, \p isStoredBlocked is
  /// false.
  static TiledEpilogue blocked(Lowering &l, const Op &op, const Region &region,
                               size_t first, bool isStoredBlocked = true);
  /// For a row-major result whose dims are those of the op but for
  /// \p droppedDims leading ones of size 1.
  static TiledEpilogue rowMajor(Lowering &l, const Op &op, const Region &region,
                                size_t first, size_t droppedDims);

  /// Appends the buffers of the extras.
  void appendBuffers(std::vector<View> &buffers) const;
  /// All that the code depends on.
  void addTo(Key &key) const;
  /// The hook for the kernel under construction, in which the extras begin at
  /// buffer \p firstBuffer: from accumulators of type \p accumulator to what
  /// the result's buffer holds. Refers to \p k and to this.
  Epilogue emitter(Kernel &k, unsigned firstBuffer, DType accumulator) const;

  struct Extra {
    View view;
    bool likeResult = false;
    llvm::SmallVector<int64_t, 4> strides; ///< per coordinate of the kernel
  };
  const std::vector<Extra> &operands() const { return extras; }

private:
  TiledEpilogue(const Region &region, DType result, bool isBlocked)
      : region(&region), result(result), isBlocked(isBlocked) {}

  const Region *region;
  DType result;
  bool isBlocked;
  std::vector<Extra> extras;
};

/// Loads the element or elements of \p extra at \p context.
llvm::Value *loadTiledExtra(Kernel &k, const TiledEpilogue::Extra &extra,
                            llvm::Value *base, const EpilogueContext &context);

/// Estimate of one multiply-add of whole vectors, in picoseconds.
constexpr uint64_t stepPs = 250;

} // namespace glowplug::cpu
