// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Direct convolution kernels, f32 and 8-bit: what they compute, how the work
/// is tiled, how weights are packed. The emitters are emitConv() and
/// emitConvDepthwise().
#pragma once

#include "backends/cpu/compiler/kernels/Epilogue.h"
#include "backends/cpu/compiler/kernels/Spatial.h"
#include "backends/cpu/compiler/kernels/Tile.h"

#include "llvm/ADT/ArrayRef.h"

#include <vector>

namespace glowplug::cpu {

/// Layout of an activation tensor.
///
/// rowMajor: dense [N][C][H][W].
/// blocked:  [N][ceil(C / lanes)][H][W][lanes], 64-byte aligned. Where C is not
/// a multiple of lanes, the lanes past C are *undefined*: every producer may
/// leave anything there (NaN included) and no kernel reads them into a defined
/// lane. Element-wise work may therefore treat a blocked buffer as flat memory,
/// as long as no scalar operation traps.
///
/// A blocked i8 tensor holds its elements *biased*: x + 128, as u8. Products of
/// bytes want one unsigned side, and the order of numbers stays the same.
enum class Layout { rowMajor, blocked };

/// Elements of the buffer of an [n, c, h, w] tensor.
int64_t bufferElements(Layout layout, unsigned lanes, int64_t n, int64_t c,
                       int64_t h, int64_t w);

/// A convolution over two spatial dims as the image defines it. A 1-D
/// convolution has in = out = kernel = stride = dilation = 1, low = 0 for rows.
struct ConvSpec {
  int64_t batch = 1;
  int64_t inChannels = 0;  ///< over all groups
  int64_t outChannels = 0; ///< over all groups
  int64_t groups = 1;
  SpatialDim rows, columns;

  /// int8 only: weightPlanesFor() the weights less their zero points.
  int64_t weightPlanes = 1;

  bool operator==(const ConvSpec &) const = default;
};

/// Which kernel runs a convolution.
enum class ConvKind {
  none,      ///< neither kernel fits: use a generic loop nest
  blocked,   ///< input blocked
  stem,      ///< input row-major: few input channels, one group
  depthwise, ///< input blocked; one input and one output channel per group
  mixed,     ///< input blocked; int8 with groups that begin and end inside of
             ///< blocks
};

/// The kernel that fits \p spec. In f32, \p groups > 1 needs channels per group
/// that are multiples of lanes on both sides, or one of each; a padded width or
/// a depthwise convolution needs a kernel of at most 32 columns.
ConvKind chooseConvKind(const TargetTraits &target, const ConvSpec &spec,
                        Arithmetic arithmetic = Arithmetic::fp32);

/// True if any of the kernels can run \p spec; results are always blocked.
inline bool canConvBlocked(const TargetTraits &target, const ConvSpec &spec,
                           Arithmetic arithmetic = Arithmetic::fp32) {
  return chooseConvKind(target, spec, arithmetic) != ConvKind::none;
}

/// Tiling of one convolution, chosen from the shapes alone.
struct ConvPlan {
  TargetTraits target;
  ConvSpec spec;
  ConvKind kind = ConvKind::none;
  Arithmetic arithmetic = Arithmetic::fp32;
  bool usesQuads = false;   ///< depthwise int8: four taps of a row per step
  bool flat = false;        ///< rows and columns form one row (1x1, stride 1)
  SpatialDim rows, columns; ///< of the loops: differ from spec if flat
  unsigned vectors = 1;     ///< output vectors (channel blocks) per tile
  unsigned maxPixels = 1;   ///< output pixels per tile, at most
  int64_t rowsPerUnit = 1;  ///< output rows of a work unit (tiles if flat)
  std::vector<ColumnClass> classes; ///< tiles of a row

  int64_t groupIn() const { return spec.inChannels / spec.groups; }
  int64_t groupOut() const { return spec.outChannels / spec.groups; }

  /// Groups that the kernel handles one by one; in depthwise and mixed plans
  /// all groups count as one. What follows is per such group.
  int64_t kernelGroups() const;
  int64_t outBlocks() const; ///< channel blocks
  int64_t inBlocks() const;  ///< of a mixed plan: the longest of inSteps()
  /// Steps of the reduction per tap and channel block. An int8 step takes four
  /// channels; weights of channels past the last are 0.
  int64_t blockSteps() const;
  /// Vectors of packed weights per step and output block.
  int64_t stepVectors() const;
  /// Steps per tap over all input channels; of a mixed plan: at most.
  int64_t tapSteps() const;
  /// Of a mixed plan: the words of four input channels that an output block
  /// reads. Weights of channels that belong to another group are 0.
  Range inSteps(int64_t outBlock) const;
  int64_t panels() const;        ///< groups of `vectors` blocks in a group
  int64_t unitsPerPanel() const; ///< per panel and image

  /// Independent pieces of work. Unit u writes what no other unit writes;
  /// neighbours share a weight panel.
  int64_t workUnits() const;

  /// Elements that the kernel stores: whole blocks of channels.
  int64_t resultElements() const {
    return spec.batch * kernelGroups() * outBlocks() * target.lanes *
           spec.rows.out * spec.columns.out;
  }

  /// Elements of the packed weights: f32, or for int8 four bytes each.
  int64_t packedElements() const;

  /// i32 elements of the table of packConvStart(); int8 only.
  int64_t startElements() const;

  bool operator==(const ConvPlan &) const = default;
};

/// Needs chooseConvKind() to be \p kind or, for ConvKind::blocked, one group.
ConvPlan planConv(const TargetTraits &target, const ConvSpec &spec,
                  ConvKind kind, Arithmetic arithmetic = Arithmetic::fp32);

/// Brings [O, I / groups, KH, KW] weights into the order in which the kernel
/// streams them. Both sides hold f32; \p packed has packedElements(), should
/// be 64-byte aligned where the kernel reads it, and is wholly written.
void packConvWeights(const ConvPlan &plan, llvm::ArrayRef<float> weights,
                     llvm::MutableArrayRef<float> packed);

/// How many 8-bit numbers are needed for their sum to be any number from \p
/// least to \p greatest, the range of a weight less its zero point.
int64_t weightPlanesFor(int64_t least, int64_t greatest);

/// Likewise for int8: \p weights less their zero points (-255 to 255).
/// \p packed has 4 * plan.packedElements() bytes.
void packConvWeights(const ConvPlan &plan, llvm::ArrayRef<int16_t> weights,
                     llvm::MutableArrayRef<int8_t> packed);

/// What int8 accumulators start with, so that an input's zero point
/// \p inputZero (of the biased input, if that is i8) costs nothing in the
/// reduction: -inputZero * (the sum of the weights that are multiplied with an
/// element of the input). [KH + 1][KW + 1][O blocks * lanes]: entry (h, w) is
/// for the taps above h and left of w; that of any rectangle of taps follows
/// from four of them. \p start has plan.startElements().
void packConvStart(const ConvPlan &plan, llvm::ArrayRef<int16_t> weights,
                   int32_t inputZero, llvm::MutableArrayRef<int32_t> start);

/// Buffers of a convolution kernel (ptr).
struct ConvBuffers {
  llvm::Value *input = nullptr;   ///< layout by the plan's kind
  llvm::Value *weights = nullptr; ///< packed
  llvm::Value *result = nullptr;  ///< blocked; may equal a likeResult extra
  llvm::Value *start = nullptr;   ///< packConvStart(); null where all is 0
};

/// Emits the work units [begin, end) (i64) at the builder's place, for each
/// kind of plan, and leaves the builder after the code.
void emitConv(llvm::IRBuilder<> &builder, const ConvPlan &plan,
              const ConvBuffers &buffers, const Epilogue &epilogue,
              llvm::Value *begin, llvm::Value *end);

} // namespace glowplug::cpu
