// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Scales and zero points: how nodes give them, and what is wrong with them.

#pragma once

#include "core/importer/build/Emit.h"
#include "core/importer/onnx/node/Handler.h"

namespace glowplug::importer {

/// A scale or a zero point among the inputs of a node.
struct ParamInput {
  /// Rank 0 for one entry for all, rank 1 for one per element of an axis; of
  /// blocks, the rank of the data. Null when the node failed.
  Value value;
  /// The contents, where they are known at compile time.
  std::optional<Tensor> known;
  bool isOfBlocks = false;

  explicit operator bool() const { return static_cast<bool>(value); }
  bool isOne() const { return prim::rankOf(value) == 0; }
  /// As it broadcasts to \p rank dims along \p dim; one of blocks as it is.
  Value along(Node &n, int64_t rank, int64_t dim) const;
  /// The known contents as integers.
  SmallVector<int32_t> integers() const;
};

/// How many entries a parameter may have besides one.
struct Entries {
  int64_t count = 1;
  /// What they belong to, for messages: "axis 1".
  std::string what;
  /// The shape of a parameter that has an entry per block; else empty.
  Shape blocks = {};
};

/// Input \p i as a scale: floats, or f32 if \p onlyF32, that are finite and
/// above 0 where they are known.
ParamInput readScale(Node &n, unsigned i, const Twine &name,
                     const Entries &entries = {}, bool onlyF32 = true);

/// Input \p i as a zero point of \p type; 0 if it is absent.
ParamInput readZeroPoint(Node &n, unsigned i, const Twine &name, DType type,
                         const Entries &entries = {});

/// Input \p i is i8 or u8.
bool isEightBits(Node &n, unsigned i, const Twine &name);

/// A tensor of 8 bits with one scale and one zero point: three inputs that
/// follow each other, NAME, NAME_scale and NAME_zero_point.
struct Quantised {
  Value data;
  ParamInput scale, zp;

  explicit operator bool() const { return static_cast<bool>(zp); }
};
Quantised readQuantised(Node &n, unsigned first, StringRef name);

/// Scale and zero point of a result of \p type: inputs \p first and the next.
struct QuantParams {
  ParamInput scale, zp;
  explicit operator bool() const { return static_cast<bool>(zp); }
};
QuantParams readQuantParams(Node &n, unsigned first, StringRef name,
                            DType type);

/// The f32 that \p q stands for, and back.
Value dequantized(Node &n, const Quantised &q);
Value quantized(Node &n, Value x, const QuantParams &result);

/// What DynamicQuantizeLinear makes of the f32 \p x, which is not empty: u8
/// over the range of x, extended to hold 0; scale and zero point have rank 0.
struct DynamicallyQuantised {
  Value data, scale, zp;
};
DynamicallyQuantised quantiseDynamically(Node &n, Value x);

} // namespace glowplug::importer
