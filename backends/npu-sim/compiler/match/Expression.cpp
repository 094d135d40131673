// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What scalar ops do to words; see also Bytes.cpp.

#include "backends/npu-sim/compiler/match/Expression.h"

#include "backends/npu-sim/compiler/program/Types.h"

#include <glowplug/arithmetic.h>

#include <fmt/format.h>

#include <algorithm>

namespace glowplug::npusim {

namespace {

npu::Fault fault(std::string message) { return {std::move(message)}; }

bool fits(std::int64_t low, std::int64_t high) {
  return low >= INT32_MIN && high <= INT32_MAX;
}

void setRange(Words &words, std::int64_t low, std::int64_t high) {
  const bool isKnown = fits(low, high);
  words.low = isKnown ? low : INT32_MIN;
  words.high = isKnown ? high : INT32_MAX;
}

/// What follows here would come between a multiplication and the scale that
/// was to take it in.
constexpr const char *strayDoubling =
    "a multiplication by a power of two without a rescale after it";

constexpr const char *strayRescale = "a rescale after that of the result";

npu::Result<Words> addNumber(Words words, std::int32_t number) {
  if (number == 0)
    return words;
  StageInput &a = words.stage.a;
  const std::int64_t zeroPoint = std::int64_t(a.zeroPoint) - number;
  if (a.from != StageInput::From::Sums && !words.stage.bias &&
      zeroPoint >= leastByte(a.isUnsigned) &&
      zeroPoint <= greatestByte(a.isUnsigned)) {
    a.zeroPoint = static_cast<std::int32_t>(zeroPoint);
  } else {
    Lanes bias = words.stage.bias.value_or(Lanes{});
    if (bias.value != noValue)
      return fault("an integer is added to what has a bias for each channel");
    bias.number =
        static_cast<std::int32_t>(static_cast<std::uint32_t>(bias.number) +
                                  static_cast<std::uint32_t>(number));
    words.stage.bias = bias;
  }
  setRange(words, words.low + number, words.high + number);
  return words;
}

/// \p scale with the doublings of \p words in its shift.
npu::Result<Scale> takeDoublings(const Words &words, Scale scale, bool twice) {
  if (words.doublings == 0)
    return scale;
  if (scale.shift.value != noValue)
    return fault("a multiplication by a power of two before a rescale with a "
                 "shift for each channel");
  const std::int64_t factor = std::int64_t(1) << words.doublings;
  if (!fits(words.low * factor, words.high * factor))
    return fault(fmt::format("a multiplication by {} that may wrap", factor));
  const int shift = std::clamp(int(scale.shift.number), arithmetic::leastShift,
                               arithmetic::mostShift);
  // x * 2^k * m, rounded to 2^s, is x * m, rounded to 2^(s - k), unless the
  // first of two roundings comes in between.
  const int folded = shift - int(words.doublings);
  if (folded < arithmetic::leastShift || (twice && shift > 31))
    return fault(fmt::format("a multiplication by {} before a rescale with the "
                             "shift {}{}",
                             factor, shift, twice ? ", rounded twice" : ""));
  scale.shift.number = folded;
  return scale;
}

/// Notes the rounding of one more scale.
bool agree(Words &words, bool twice) {
  if (words.twice && *words.twice != twice)
    return false;
  words.twice = twice;
  return true;
}

constexpr const char *mixedRecipes =
    "tosa_single and tosa_double in one command";

/// The range of \p words after a scale.
void scaleRange(Words &words, const Scale &scale, bool twice) {
  if (scale.multiplier.value != noValue || scale.shift.value != noValue ||
      scale.multiplier.number < 0)
    return setRange(words, INT32_MIN, INT32_MAX);
  auto scaled = [&](std::int64_t value) {
    return arithmetic::applyScale32(static_cast<std::int32_t>(value),
                                    scale.multiplier.number, scale.shift.number,
                                    twice);
  };
  setRange(words, scaled(words.low), scaled(words.high));
}

/// Of the operands, the machine rescales bytes less a zero point.
bool canScaleA(const Words &words) {
  return words.stage.a.from != StageInput::From::Sums && !words.stage.bias &&
         !words.isJoined() && !words.stage.a.scale;
}

/// Bytes less a zero point, scaled or not; factors are not.
bool canBeB(Stage::Op op, const Words &words) {
  return words.stage.a.from != StageInput::From::Sums && !words.stage.bias &&
         !words.isJoined() && (op != Stage::Op::Mul || !words.stage.a.scale);
}

void joinRanges(Stage::Op op, const Words &b, Words &words) {
  const std::int64_t al = words.low, ah = words.high, bl = b.low, bh = b.high;
  switch (op) {
  case Stage::Op::Add:
    return setRange(words, al + bl, ah + bh);
  case Stage::Op::Sub:
    return setRange(words, al - bh, ah - bl);
  case Stage::Op::Mul: {
    const auto [low, high] = std::minmax({al * bl, al * bh, ah * bl, ah * bh});
    return setRange(words, low, high);
  }
  case Stage::Op::Max:
    return setRange(words, std::max(al, bl), std::max(ah, bh));
  case Stage::Op::Min:
    return setRange(words, std::min(al, bl), std::min(ah, bh));
  case Stage::Op::Copy:
    break;
  }
}

/// Where the bytes come from that \p a and \p b read; false if one command
/// cannot read both.
bool joinSources(Words &a, const Words &b) {
  using From = StageInput::From;
  if (b.stage.a.from != From::Previous)
    return true;
  switch (a.stage.a.from) {
  case From::Sums:
    return false; // they are gone when the bytes are there
  case From::Operand:
    a.before = b.before;
    a.previous = b.previous;
    return true;
  case From::Previous:
    return false; // they lie in one bank, which has one port for readers
  }
  return false;
}

npu::Result<Words> joinInOrder(Stage::Op op, Words a, const Words &b) {
  if (!joinSources(a, b))
    return fault("an operation on two results of which neither is an operand");
  if (b.twice && !agree(a, *b.twice))
    return fault(mixedRecipes);
  a.stage.op = op;
  a.stage.b = b.stage.a;
  joinRanges(op, b, a);
  return a;
}

} // namespace

Words wordsOfSums() { return {}; }

Words wordsOf(const Bytes &bytes) {
  Words words;
  words.before = bytes.stages;
  words.previous = bytes.scalar;
  StageInput &a = words.stage.a;
  a.from = bytes.stages.empty() ? StageInput::From::Operand
                                : StageInput::From::Previous;
  a.operand = bytes.operand;
  a.isUnsigned = bytes.isUnsigned;
  words.low = leastByte(bytes.isUnsigned);
  words.high = greatestByte(bytes.isUnsigned);
  return words;
}

npu::Result<Words> addLanes(Words words, const Lanes &addend) {
  const bool isNumber = addend.value == noValue;
  if (isNumber && addend.number == 0)
    return words;
  if (words.doublings != 0)
    return fault(strayDoubling);
  // Wrapping sums may be taken in any order.
  const bool isSum = !words.isJoined() || words.stage.op == Stage::Op::Add ||
                     words.stage.op == Stage::Op::Sub;
  if (words.stage.a.scale || words.stage.outScale || !isSum)
    return fault("an addition of a constant after a rescale or product");
  if (isNumber)
    return addNumber(std::move(words), addend.number);
  if (words.stage.bias)
    return fault("two biases");
  words.stage.bias = addend;
  setRange(words, INT32_MIN, INT32_MAX);
  return words;
}

npu::Result<Words> multiply(Words words, std::int32_t factor) {
  if (factor <= 0 || (factor & (factor - 1)) != 0)
    return fault(
        fmt::format("a multiplication by {}, not a power of two", factor));
  if (words.stage.outScale)
    return fault("a multiplication after the rescale of the result");
  for (; factor > 1; factor /= 2)
    ++words.doublings;
  if (words.doublings > 31)
    return fault("multiplications by more than 2^31");
  return words;
}

npu::Result<Words> join(Stage::Op op, const Words &lhs, const Words &rhs) {
  if (lhs.doublings != 0 || rhs.doublings != 0)
    return fault(strayDoubling);
  if (lhs.isJoined() || rhs.isJoined() || lhs.stage.outScale ||
      rhs.stage.outScale)
    return fault("an operation on the 32-bit result of another one");
  if (canBeB(op, rhs)) {
    npu::Result<Words> joined = joinInOrder(op, lhs, rhs);
    if (joined || op == Stage::Op::Sub || !canBeB(op, lhs))
      return joined;
  }
  if (op != Stage::Op::Sub && canBeB(op, lhs))
    return joinInOrder(op, rhs, lhs);
  return fault(op == Stage::Op::Mul
                   ? "a factor that is not bytes - zero point"
                   : "a second operand that is not (bytes - zero point) * "
                     "scale");
}

npu::Result<Words> rescale(Words words, Scale scale, bool twice) {
  npu::Result<Scale> folded = takeDoublings(words, scale, twice);
  if (!folded)
    return folded.fault();
  if (!agree(words, twice))
    return fault(mixedRecipes);
  words.doublings = 0;
  if (words.stage.outScale)
    return fault(strayRescale);
  if (canScaleA(words))
    words.stage.a.scale = *folded;
  else
    words.stage.outScale = *folded;
  scaleRange(words, *folded, twice);
  return words;
}

npu::Result<Bytes> toBytes(Words words, std::optional<Scale> scale, bool twice,
                           std::int32_t zeroPoint, bool isUnsigned) {
  if (scale && words.stage.outScale)
    return fault(strayRescale);
  if (scale) {
    npu::Result<Scale> folded = takeDoublings(words, *scale, twice);
    if (!folded)
      return folded.fault();
    if (!agree(words, twice))
      return fault(mixedRecipes);
    words.stage.outScale = *folded;
  } else if (words.doublings != 0) {
    return fault(strayDoubling);
  }
  Stage &stage = words.stage;
  stage.doubleRound = words.twice.value_or(false);
  stage.outZeroPoint = zeroPoint;
  stage.outMin = leastByte(isUnsigned);
  stage.outMax = greatestByte(isUnsigned);
  Bytes bytes;
  bytes.stages = std::move(words.before);
  bytes.stages.push_back(std::move(stage));
  bytes.isUnsigned = isUnsigned;
  return bytes;
}

npu::Result<std::vector<Stage>> stagesOf(Words words) {
  if (words.doublings != 0)
    return fault(strayDoubling);
  Stage &stage = words.stage;
  stage.doubleRound = words.twice.value_or(false);
  stage.toWords = true;
  // A single scale does the same at either place; engines without A have the
  // second one.
  if (!words.isJoined() && !stage.outScale)
    std::swap(stage.outScale, stage.a.scale);
  words.before.push_back(std::move(stage));
  return std::move(words.before);
}

} // namespace glowplug::npusim
