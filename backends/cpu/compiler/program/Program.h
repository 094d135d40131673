// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// The compiler's own form of an image: one flat list of primitives.
#pragma once

#include "backends/cpu/compiler/program/Types.h"

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/SmallVector.h"

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

namespace glowplug::cpu {

using Shape = llvm::SmallVector<int64_t, 6>;
using Ints = llvm::SmallVector<int64_t, 6>;
using ValueId = uint32_t;

/// Number of elements; 1 for rank 0.
int64_t elementCount(llvm::ArrayRef<int64_t> shape);

struct Instruction {
  ScalarOp op;
  DType type;
  llvm::SmallVector<uint16_t, 3> operands;
  uint64_t bits = 0;
  std::vector<uint8_t> table = {}; ///< of a table: 256 elements of `type`

  bool operator==(const Instruction &) const = default;
};

/// A function over scalars; see Region in the image schema.
struct Region {
  std::vector<DType> parameters;
  std::vector<Instruction> instructions;
  std::vector<uint16_t> results;

  /// An absent epilogue has no results.
  bool empty() const { return results.empty(); }
  /// Type of the scalar numbered \p index.
  DType typeOf(unsigned index) const;

  bool operator==(const Region &) const = default;
};

// Attributes, one struct per op kind; see the image schema.

struct ConstantOp {
  bool splat = false;
  std::vector<uint8_t> data; // empty when `segment` says where it is
  int32_t segment = -1;
  uint64_t offset = 0;
};
struct MatMulOp {
  Ints lhsZeroPoints, rhsZeroPoints;
  Region epilogue;
};
/// Conv and, in a program just read, ConvTranspose.
struct ConvOp {
  bool transposed = false; ///< until expandConvTranspose()
  Ints strides, padsLow, padsHigh, dilations;
  int64_t groups = 1;
  Ints lhsZeroPoints, rhsZeroPoints;
  Region epilogue;
};
struct MapOp {
  Region region;
};
struct ReduceOp {
  ReduceKind kind;
  Ints dims;
  Region epilogue;
};
struct ArgReduceOp {
  ReduceKind kind;
  int64_t dim;
  bool selectLast;

  bool operator==(const ArgReduceOp &) const = default;
};
struct ScanOp {
  ReduceKind kind;
  int64_t dim;
  bool exclusive, reverse;

  bool operator==(const ScanOp &) const = default;
};
struct SortOp {
  int64_t dim;
  bool descending;
};
struct WindowOp {
  ReduceKind kind;
  Ints sizes, strides, padsLow, padsHigh, dilations;
  Region epilogue;
};
struct TransposeOp {
  Ints permutation;
};
struct ReshapeOp {};
struct BroadcastOp {};
struct SliceOp {
  Ints starts, strides;
};
struct PadOp {
  Ints low, high, interior;
};
struct ConcatOp {
  int64_t dim;
};
struct GatherOp {
  int64_t dim;
};
struct ScatterOp {
  ScatterKind kind;
};
/// non_max_suppression
struct SelectBoxesOp {
  int64_t most;
  bool isCenter;
};

using Attributes =
    std::variant<ConstantOp, MatMulOp, ConvOp, MapOp, ReduceOp, ArgReduceOp,
                 ScanOp, SortOp, WindowOp, TransposeOp, ReshapeOp, BroadcastOp,
                 SliceOp, PadOp, ConcatOp, GatherOp, ScatterOp, SelectBoxesOp>;

struct Op {
  Attributes attributes;
  std::vector<ValueId> operands;
  std::vector<ValueId> results;
  std::string name; // of the image; for messages
};

struct Value {
  DType type;
  Shape shape;

  int64_t elements() const { return elementCount(shape); }
  int64_t bytes() const { return elements() * byteSize(type); }
};

/// A straight-line program. Composites are replaced by their bodies; ops
/// stand in an order in which each value is defined before it is used.
struct Program {
  std::vector<Value> values;
  std::vector<ValueId> inputs;
  std::vector<ValueId> outputs;
  std::vector<Op> ops;

  const Value &valueOf(ValueId id) const { return values[id]; }
};

} // namespace glowplug::cpu
