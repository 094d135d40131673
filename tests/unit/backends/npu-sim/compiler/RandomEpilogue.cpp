// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Random chains of vector commands.

#include "tests/unit/backends/npu-sim/compiler/RandomProgram.h"

#include <fmt/format.h>

namespace glowplug::compilertest {

using image::ScalarOp;

/// Writes a region whose operands are found on the way: first what it does,
/// then, with their types known, the instructions.
class EpilogueWriter {
public:
  EpilogueWriter(RandomProgram &program, const Dims &shape, int channel)
      : p(program), shape(shape), channel(channel) {}

  /// Chooses operands, all of them before the region is begun.
  void chooseOperands(DType accumulator) {
    types = {accumulator};
    if (p.chance(80))
      bias = words(-100000, 100000);
    if (p.chance(50)) {
      multiplier = words(1 << 29, INT32_MAX);
      shift = words(-1, 1);
    }
    while (addends.size() < 5 && p.chance(40))
      addends.push_back(addend());
  }

  Epilogue write(int bits, bool toWords) {
    RegionBuilder r(types);
    twice = p.chance(50);
    ScalarId x = r.parameter(0);
    bool isSums = types[0] == DType::i32;
    p.text += fmt::format("    epilogue {}", isSums ? "sums" : "bytes");
    if (!isSums && p.chance(40))
      x = table(r, x);
    const bool hasStages = isSums ? !toWords : p.chance(85);
    if (toWords) {
      if (bias && p.chance(50))
        x = r.add(x, parameter(r, *bias));
      if (p.chance(50))
        x = rescaled(r, x, bits, r.constant<std::int32_t>(0));
      p.text += " words";
      return finish(r, x);
    }
    std::size_t next = 0;
    for (std::int64_t stages = hasStages ? pickStages() : 0; stages > 0;
         --stages) {
      ScalarId a = isSums ? x : lessZeroPoint(r, x);
      if (isSums && bias)
        a = r.add(a, parameter(r, *bias));
      int have = isSums ? bits : 8;
      if (next < addends.size()) {
        a = joined(r, a, have, parameter(r, addends[next++]));
        have = 12;
      }
      const DType type = p.byteType();
      x = rescaled(r, a, have, r.constantOf(type, p.pickByte(type)));
      p.text += " rescale";
      isSums = false;
      x = afterwards(r, x);
    }
    if (!hasStages)
      x = afterwards(r, x);
    return finish(r, x);
  }

private:
  struct Operand {
    unsigned number;
  };

  Operand add(ValueId value) {
    extras.push_back(value);
    types.push_back(p.b.dtype(value));
    return {static_cast<unsigned>(types.size() - 1)};
  }
  Operand words(std::int64_t low, std::int64_t high) {
    Dims dims(shape.size(), 1);
    if (channel >= 0)
      dims[static_cast<std::size_t>(channel)] =
          shape[static_cast<std::size_t>(channel)];
    Tensor tensor = llvm::cantFail(Tensor::zeros(DType::i32, dims));
    for (std::int32_t &each : tensor.mutableElements<std::int32_t>())
      each = static_cast<std::int32_t>(pick(p.random, low, high));
    if (high == 1) // shifts: filled in when the bits are known
      shifts = tensor;
    return add(p.constant(tensor));
  }
  Operand addend() {
    Dims dims = shape;
    if (p.chance(25)) {
      // Repeated over all but channels, or over the first dim.
      for (std::size_t d = 1; d < dims.size(); ++d)
        if (static_cast<int>(d) != channel)
          dims[d] = 1;
      if (channel > 0 && p.chance(50))
        dims[0] = 1;
    }
    return add(p.operandLike(dims, true));
  }
  static ScalarId parameter(RegionBuilder &r, Operand operand) {
    return r.parameter(operand.number);
  }

  std::int64_t pickStages() { return p.chance(60) ? 1 : pick(p.random, 2, 5); }

  ScalarId lessZeroPoint(RegionBuilder &r, ScalarId x) {
    const DType type = r.dtype(x);
    const ScalarId word = r.cast(DType::i32, x);
    return p.chance(70) ? r.sub(word, r.constant(p.pickByte(type))) : word;
  }

  ScalarOp recipe() const {
    return twice ? ScalarOp::rescale_tosa_double
                 : ScalarOp::rescale_tosa_single;
  }

  ScalarId rescaled(RegionBuilder &r, ScalarId x, int bits,
                    ScalarId zeroPoint) {
    const auto high = static_cast<std::int32_t>(30 + bits - 6);
    ScalarId m = r.constant(
        static_cast<std::int32_t>(pick(p.random, 1 << 30, INT32_MAX)));
    ScalarId s = r.constant(high);
    if (multiplier && p.chance(70))
      m = parameter(r, *multiplier);
    return r.rescaleTosa(recipe(), x, m, s, zeroPoint);
  }

  /// Bytes less a zero point, with more digits.
  ScalarId scaled(RegionBuilder &r, ScalarId x, int bits) {
    return r.rescaleTosa(recipe(), x,
                         r.constant(static_cast<std::int32_t>(
                             pick(p.random, 1 << 28, INT32_MAX))),
                         r.constant(static_cast<std::int32_t>(28 + bits - 4)),
                         r.constant<std::int32_t>(0));
  }

  ScalarId joined(RegionBuilder &r, ScalarId a, int bits, ScalarId operand) {
    ScalarId other = lessZeroPoint(r, operand);
    constexpr ScalarOp list[] = {ScalarOp::add, ScalarOp::sub, ScalarOp::mul,
                                 ScalarOp::max, ScalarOp::min};
    const ScalarOp op = list[pick(p.random, 0, 4)];
    // Only bytes have a scale of their own, and no factor has.
    if (op != ScalarOp::mul && p.chance(50)) {
      other = scaled(r, other, 4);
      if (bits == 8)
        a = scaled(r, a, 4);
    }
    p.text += fmt::format(" {}", image::EnumNameScalarOp(op));
    return r.binary(op, a, other);
  }

  ScalarId table(RegionBuilder &r, ScalarId x) {
    p.text += " table";
    return r.table(x, randomTensor(p.random, p.byteType(), {256}));
  }

  ScalarId afterwards(RegionBuilder &r, ScalarId x) {
    if (p.chance(30)) {
      const DType type = r.dtype(x);
      x = r.max(x, r.constantOf(type, p.pickByte(type)));
      p.text += " max";
    }
    if (p.chance(25))
      x = table(r, x);
    return x;
  }

  Epilogue finish(RegionBuilder &r, ScalarId x) {
    p.text += "\n";
    r.yield(x);
    return {r, extras};
  }

  RandomProgram &p;
  Dims shape;
  int channel;
  bool twice = false;
  Tensor shifts;
  std::vector<DType> types;
  std::vector<ValueId> extras;
  std::optional<Operand> bias, multiplier, shift;
  std::vector<Operand> addends;
};

Epilogue RandomProgram::epilogue(const Dims &shape, int channel, int bits,
                                 DType accumulator) {
  if (leavesWords && accumulator == DType::i32 && chance(30))
    return {};
  EpilogueWriter writer(*this, shape, channel);
  writer.chooseOperands(accumulator);
  return writer.write(bits, leavesWords && accumulator == DType::i32);
}

} // namespace glowplug::compilertest
