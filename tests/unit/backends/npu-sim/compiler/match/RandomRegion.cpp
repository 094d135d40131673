// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Random regions that the vector unit can do.

#include "tests/unit/backends/npu-sim/compiler/match/RandomRegion.h"

namespace glowplug::matchtest {

using image::ScalarOp;

namespace {

/// Numbers of the parameters after the sums.
enum Parameter {
  unusedFloat,
  bias,
  multiplier,
  shift,
  splat,
  wholeUnsigned,
  wholeSigned,
  channelUnsigned,
  constantSigned,
  planeUnsigned,
  parameterCount
};

constexpr DType parameterTypes[parameterCount] = {
    DType::f32, DType::i32, DType::i32, DType::i32, DType::i32,
    DType::u8,  DType::i8,  DType::u8,  DType::i8,  DType::u8};

llvm::SmallVector<DType, 12> typesOf(bool hasSums) {
  llvm::SmallVector<DType, 12> types(parameterTypes,
                                     parameterTypes + parameterCount);
  if (hasSums)
    types.insert(types.begin(), DType::i32);
  return types;
}

Tensor words(Random &random, llvm::ArrayRef<int64_t> shape, std::int64_t low,
             std::int64_t high) {
  Tensor tensor = llvm::cantFail(Tensor::zeros(DType::i32, shape));
  for (std::int32_t &each : tensor.mutableElements<std::int32_t>())
    each = static_cast<std::int32_t>(pick(random, low, high));
  return tensor;
}

} // namespace

/// Writes a region stage by stage, as the machine works.
struct RandomRegion::Writer {
  Random &random;
  RegionBuilder &r;
  bool hasSums;

  bool chance(int percent) { return pick(random, 1, 100) <= percent; }
  ScalarId parameter(Parameter index) const {
    return r.parameter(unsigned(index) + (hasSums ? 1 : 0));
  }
  ScalarId word(std::int64_t value) {
    return r.constant(static_cast<std::int32_t>(value));
  }
  ScalarId either(ScalarOp op, ScalarId x, ScalarId y) {
    return chance(50) ? r.binary(op, x, y) : r.binary(op, y, x);
  }
  DType byteType() { return chance(50) ? DType::u8 : DType::i8; }
  std::int64_t pickByte(DType type) {
    return type == DType::u8 ? pick(random, 0, 255) : pick(random, -128, 127);
  }
  ScalarId byte(DType type) {
    return r.constantOf(type, static_cast<double>(pickByte(type)));
  }
  ScalarOp recipe(bool twice) const {
    return twice ? ScalarOp::rescale_tosa_double
                 : ScalarOp::rescale_tosa_single;
  }

  ScalarId anyOperand() {
    constexpr Parameter list[] = {wholeUnsigned, wholeSigned, channelUnsigned,
                                  constantSigned, planeUnsigned};
    return parameter(list[pick(random, 0, 4)]);
  }

  /// \p bytes less a zero point, one way or another.
  ScalarId lessZeroPoint(ScalarId bytes) {
    const DType type = r.dtype(bytes);
    const ScalarId x = r.cast(DType::i32, bytes);
    const std::int64_t zeroPoint = pickByte(type);
    switch (pick(random, 0, 3)) {
    case 0:
      return x;
    case 1:
      return either(ScalarOp::add, x, word(-zeroPoint));
    default:
      return r.sub(x, word(zeroPoint));
    }
  }

  /// A rescale of words of about \p bits bits, to about 8.
  ScalarId rescaled(ScalarId x, int bits, bool twice, ScalarId zeroPoint) {
    ScalarId m = word(pick(random, 1 << 30, INT32_MAX));
    ScalarId s = word(pick(random, 30 + bits - 7, 30 + bits - 5));
    if (chance(30))
      m = parameter(multiplier);
    if (chance(5))
      m = word(pick(random, INT32_MIN, INT32_MAX));
    if (chance(10))
      s = parameter(shift);
    if (chance(5))
      s = word(pick(random, -3, 70));
    return r.rescaleTosa(recipe(twice), x, m, s, zeroPoint);
  }

  /// The same to 32 bits, of bytes less a zero point; perhaps with more
  /// digits.
  ScalarId scaled(ScalarId x, bool twice) {
    int doublings = 0;
    if (chance(50)) {
      doublings = static_cast<int>(pick(random, 0, 20));
      x = either(ScalarOp::mul, x, word(std::int64_t(1) << doublings));
    }
    // About as many digits as before, where two roundings leave the shift
    // alone.
    const std::int64_t most = twice && doublings != 0 ? 31 : 62;
    const std::int64_t s =
        std::min<std::int64_t>(most, pick(random, 24, 32) + doublings);
    const int bits = static_cast<int>(31 + doublings - s);
    return r.rescaleTosa(
        recipe(twice), x,
        word(pick(random, 1 << 28, INT32_MAX) >> std::max(0, bits - 8)),
        word(chance(10) ? pick(random, doublings + 2, most) : s), word(0));
  }

  /// A limit for bytes of \p type; most leave much of them.
  ScalarId bound(DType type, bool isMax) {
    const int low = type == DType::u8 ? 0 : -128;
    if (chance(20))
      return byte(type);
    return r.constantOf(type, double(isMax ? low + pick(random, 0, 60)
                                           : low + 255 - pick(random, 0, 60)));
  }

  /// A table that keeps most of what tells bytes apart.
  Tensor table() {
    Tensor entries = randomTensor(random, byteType(), 256);
    const int factor = static_cast<int>(pick(random, 1, 3));
    if (chance(70))
      for (int i = 0; i < 256; ++i)
        entries.mutableBytes()[i] = static_cast<std::uint8_t>(i * factor + 3);
    return entries;
  }

  /// Limits, tables and casts.
  ScalarId afterwards(ScalarId x) {
    for (std::int64_t n = pick(random, 0, 3); n > 0; --n)
      switch (pick(random, 0, 4)) {
      case 0:
        x = r.table(x, table());
        break;
      case 1:
        x = r.cast(byteType(), x);
        break;
      case 2:
        x = either(ScalarOp::min, x, bound(r.dtype(x), false));
        break;
      default:
        x = either(ScalarOp::max, x, bound(r.dtype(x), true));
        break;
      }
    return x;
  }

  /// The sums or \p previous as A, with a bias.
  ScalarId writeA(std::optional<ScalarId> previous) {
    if (previous) {
      ScalarId x = lessZeroPoint(*previous);
      if (chance(15))
        x = either(ScalarOp::add, x, parameter(bias));
      if (chance(5))
        x = r.add(r.cast(DType::i32, *previous),
                  word(pick(random, -100000, 100000)));
      return x;
    }
    const ScalarId x = r.parameter(0);
    switch (pick(random, 0, 5)) {
    case 0:
      return x;
    case 1:
      return r.sub(x, word(pick(random, INT32_MIN, INT32_MAX)));
    case 2:
      return either(ScalarOp::add, either(ScalarOp::add, x, word(12345)),
                    parameter(splat));
    default:
      return either(ScalarOp::add, x, parameter(bias));
    }
  }

  ScalarId joined(ScalarId a, std::optional<ScalarId> previous, bool twice) {
    // One command does not read the previous bytes as A and as B.
    constexpr ScalarOp list[] = {ScalarOp::add, ScalarOp::mul, ScalarOp::max,
                                 ScalarOp::min, ScalarOp::sub, ScalarOp::add};
    const ScalarOp op = list[pick(random, 0, 5)];
    ScalarId b = lessZeroPoint(anyOperand());
    if (op != ScalarOp::mul && chance(60)) {
      b = scaled(b, twice);
      if (previous && chance(80))
        a = scaled(lessZeroPoint(*previous), twice);
    }
    return op == ScalarOp::sub ? r.sub(a, b) : either(op, a, b);
  }

  /// One stage of bytes.
  ScalarId stage(std::optional<ScalarId> previous) {
    const bool twice = chance(50);
    const DType type = byteType();
    if (previous && chance(10)) {
      const ScalarId other = r.dtype(*previous) == DType::u8
                                 ? parameter(wholeUnsigned)
                                 : parameter(wholeSigned);
      return afterwards(
          either(chance(50) ? ScalarOp::max : ScalarOp::min, *previous, other));
    }
    ScalarId x = writeA(previous);
    int bits = previous ? 8 : 20;
    if (chance(50)) {
      x = joined(x, previous, twice);
      bits = 10;
    } else if (previous && chance(15)) {
      x = r.rescaleTosa(recipe(twice), lessZeroPoint(*previous),
                        word(pick(random, 1, 1 << 30)),
                        word(pick(random, 20, 30)), word(0));
    }
    return afterwards(rescaled(x, bits, twice, byte(type)));
  }

  void run() {
    std::optional<ScalarId> bytes;
    if (!hasSums)
      bytes = afterwards(anyOperand());
    std::int64_t stages = pick(random, hasSums ? 0 : 1, 3);
    const bool leavesSums = hasSums && chance(20);
    for (; stages > 0 || (!bytes && !leavesSums); --stages)
      bytes = stage(bytes);
    if (!leavesSums) {
      r.yield(*bytes);
      return;
    }
    const bool twice = chance(50);
    ScalarId x = writeA(bytes);
    if (chance(30))
      x = joined(x, bytes, twice);
    if (chance(50))
      x = rescaled(x, 20, twice, word(0));
    r.yield(x);
  }
};

RandomRegion::RandomRegion(Random &random, const std::vector<int64_t> &shape,
                           bool hasSums)
    : hasSums(hasSums), region(typesOf(hasSums)), shape(shape) {
  const std::vector<int64_t> channels{1, shape[1], 1, 1},
      plane{shape[0], shape[1], 1, 1}, one{1, 1, 1, 1};
  operands = {
      {llvm::cantFail(Tensor::zeros(DType::f32, channels)), true},
      {words(random, channels, -100000, 100000), true},
      {words(random, channels, INT32_MIN, INT32_MAX), true},
      {words(random, channels, 30, 50), true},
      {words(random, one, -1000, 1000), true},
      {randomTensor(random, DType::u8, shape), false},
      {randomTensor(random, DType::i8, shape), false},
      {randomTensor(random, DType::u8, channels), false},
      {randomTensor(random, DType::i8, shape), true},
      {randomTensor(random, DType::u8, plane), false},
  };
  Writer{random, region, hasSums}.run();
}

std::vector<ValueId> RandomRegion::addOperands(Case &test) const {
  std::vector<ValueId> ids;
  for (const Operand &each : operands) {
    if (!each.isConstant)
      ids.push_back(test.input(each.value));
    else if (each.value.byteCount() <= 64)
      ids.push_back(test.b.constant(each.value));
    else
      ids.push_back(test.constant(each.value));
  }
  return ids;
}

void RandomRegion::addTo(Case &test) const {
  if (!hasSums) {
    const std::vector<ValueId> ids = addOperands(test);
    test.b.output(test.b.mapTo(shape, region, ids));
    return;
  }
  const ValueId x = test.input(DType::u8, {shape[0], 1, shape[2], shape[3]});
  const ValueId w = test.constant(DType::i8, {shape[1], 1, 1, 1});
  ConvOptions options;
  options.epilogue = {region, addOperands(test)};
  test.b.output(test.b.conv(x, w, options));
}

void RandomRegion::addMapTo(Case &test, const Tensor &sums) const {
  std::vector<ValueId> ids;
  if (hasSums)
    ids.push_back(test.input(sums));
  for (ValueId each : addOperands(test))
    ids.push_back(each);
  test.b.output(test.b.mapTo(shape, region, ids));
}

Tensor randomSums(Random &random, const std::vector<int64_t> &shape) {
  Tensor tensor = llvm::cantFail(Tensor::zeros(DType::i32, shape));
  llvm::MutableArrayRef<std::int32_t> values =
      tensor.mutableElements<std::int32_t>();
  for (std::int32_t &each : values)
    each = static_cast<std::int32_t>(random()) >> pick(random, 8, 20);
  for (std::size_t i = 0; i < values.size(); i += 17)
    values[i] = static_cast<std::int32_t>(random());
  values[0] = INT32_MIN;
  values[1] = INT32_MAX;
  values[2] = -1;
  values[3] = 0;
  return tensor;
}

image::RegionT &lastRegion(ProgramBuilder &program) {
  image::AttributesUnion &attributes = program.lastOp().attributes;
  if (image::ConvT *conv = attributes.AsConv())
    return *conv->epilogue;
  return *attributes.AsMap()->region;
}

void mutate(image::RegionT &region, Random random) {
  const std::size_t parameters = region.parameters.size();
  auto typeOf = [&](std::size_t number) {
    return number < parameters
               ? region.parameters[number]
               : region.instructions[number - parameters]->dtype;
  };
  const std::size_t at = random() % region.instructions.size();
  image::InstructionT &each = *region.instructions[at];
  if (each.op == ScalarOp::constant) {
    const unsigned width = each.dtype == image::DType::i32 ? 32 : 8;
    const std::uint64_t mask = (std::uint64_t(1) << width) - 1;
    each.bits = (random() % 2 ? each.bits + (random() % 2 ? 1 : -1)
                              : each.bits ^ (1ull << random() % width)) &
                mask;
    return;
  }
  constexpr ScalarOp binaries[] = {ScalarOp::add, ScalarOp::sub,
                                   ScalarOp::mul, ScalarOp::min,
                                   ScalarOp::max, ScalarOp::bit_and};
  const bool isBinary = each.operands.size() == 2;
  switch (random() % 4) {
  case 0:
    if (isBinary)
      each.op = binaries[random() % std::size(binaries)];
    else if (each.op == ScalarOp::rescale_tosa_single)
      each.op = ScalarOp::rescale_tosa_double;
    else if (each.op == ScalarOp::rescale_tosa_double)
      each.op = ScalarOp::rescale_tosa_single;
    return;
  case 1:
    if (isBinary)
      std::swap(each.operands[0], each.operands[1]);
    else if (each.operands.size() == 4)
      std::swap(each.operands[1], each.operands[2]);
    return;
  default: {
    // Another scalar of the same type.
    std::uint16_t &operand = each.operands[random() % each.operands.size()];
    std::vector<std::uint16_t> alike;
    for (std::size_t n = 0; n < parameters + at; ++n)
      if (typeOf(n) == typeOf(operand))
        alike.push_back(static_cast<std::uint16_t>(n));
    operand = alike[random() % alike.size()];
    return;
  }
  }
}

} // namespace glowplug::matchtest
