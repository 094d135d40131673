// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Random images of what the NPU can do: layers, epilogues and moves.

#pragma once

#include "core/image/ImageBuilder.h"
#include "core/support/Tensor.h"

#include <random>
#include <string>
#include <vector>

namespace glowplug::compilertest {

using Random = std::mt19937;
using Dims = std::vector<std::int64_t>;

std::int64_t pick(Random &random, std::int64_t low, std::int64_t high);
Tensor randomTensor(Random &random, DType type, const Dims &shape);
std::string textOf(const Dims &dims);

/// Kinds of ops that a program is made of.
enum class Kind {
  Conv,
  Grouped,
  Depthwise,
  MatMul,
  Dynamic, ///< a matrix product of two values
  Pool,
  Reduce,
  Map,
  Reshape,
  Transpose,
  Slice,
  Concat,
  Pad,
  Broadcast,
};

/// A program on its way, with its inputs and the bytes of its segments.
struct TestProgram {
  ProgramBuilder b{"random"};
  std::vector<Tensor> inputs;
  std::vector<std::vector<std::uint8_t>> segments;
  std::string text; ///< one line for each op
};

class RandomProgram : public TestProgram {
public:
  /// A program of \p length ops (or fewer) out of \p kinds. \p lanes is R, near
  /// which channels are interesting. \p isLarge: of as many channels as real
  /// layers.
  RandomProgram(Random &random, const std::vector<Kind> &kinds, int length,
                std::int64_t lanes, bool isLarge = false);

private:
  bool chance(int percent) { return pick(random, 1, 100) <= percent; }
  DType byteType() { return chance(50) ? DType::u8 : DType::i8; }
  std::int32_t pickByte(DType type);
  std::int64_t pickChannels();
  ValueId input(DType type, const Dims &shape);
  ValueId constant(const Tensor &value);
  ValueId weightsOf(DType type, const Dims &shape);
  Dims shapeOf(ValueId value) const;
  /// A value that some op made, or an input; of rank \p low to \p high.
  ValueId operand(int low, int high);
  /// Likewise, of \p shape; none made: perhaps a constant.
  ValueId operandLike(const Dims &shape, bool mayBeConstant);
  /// Another view of some value, or none, of \p shape.
  std::optional<ValueId> viewLike(const Dims &shape);
  void note(const std::string &op, ValueId result);
  /// \p value is the result of an op.
  void made(ValueId value);

  bool add(Kind kind);
  bool addConv(Kind kind);
  bool addMatMul(bool isDynamic);
  bool addPool();
  bool addReduce();
  bool addMap();
  bool addReshape();
  bool addTranspose();
  bool addSlice();
  bool addConcat();
  bool addPad();
  bool addBroadcast();
  void addOutputs();

  /// An epilogue for a result of \p shape with per-channel constants along dim
  /// \p channel, of sums of about \p bits bits. Of type \p accumulator.
  Epilogue epilogue(const Dims &shape, int channel, int bits,
                    DType accumulator);
  friend class EpilogueWriter;

  Random &random;
  std::int64_t lanes;
  bool isLarge;
  bool leavesWords = false;    ///< the next epilogue may yield i32
  std::vector<ValueId> values; ///< bytes
  std::vector<ValueId> words;  ///< results that are i32
};

} // namespace glowplug::compilertest
