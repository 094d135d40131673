// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Reads a region scalar by scalar.

#include "backends/npu-sim/compiler/match/Region.h"

#include "backends/npu-sim/compiler/match/Broadcast.h"

#include <glowplug/arithmetic.h>

#include <fmt/format.h>

#include <algorithm>
#include <map>

namespace glowplug::npusim {

namespace {

/// Bounds the work that a region of the greatest size would make.
constexpr std::size_t mostScalars = 1024, mostStages = 32;

/// The scalars of a region by their numbers: parameters, then instructions.
struct Scalars {
  gp_image_region region;
  std::size_t parameters, count;

  explicit Scalars(gp_image_region region)
      : region(region), parameters(gp_image_region_parameters_count(region)),
        count(parameters + gp_image_region_instructions_count(region)) {}

  gp_image_instruction at(std::size_t number) const {
    return gp_image_region_instructions_at(region, number - parameters);
  }
  gp_image_dtype type(std::size_t number) const {
    return number < parameters ? gp_image_region_parameters_at(region, number)
                               : gp_image_instruction_dtype(at(number));
  }

  /// Which of them the one result depends on.
  std::vector<bool> used() const {
    std::vector<bool> used(count);
    if (gp_image_region_results_count(region) == 0)
      return used;
    used[gp_image_region_results_at(region, 0)] = true;
    for (std::size_t n = count; n-- > parameters;) {
      if (!used[n])
        continue;
      const gp_image_instruction each = at(n);
      for (std::size_t i = 0; i < gp_image_instruction_operands_count(each);
           ++i)
        used[gp_image_instruction_operands_at(each, i)] = true;
    }
    return used;
  }
};

using Evaluated = npu::Result<Expression>;

npu::Fault fault(std::string message) { return {std::move(message)}; }

template <typename T>
Evaluated lift(npu::Result<T> result) {
  if (!result)
    return result.fault();
  return Expression(std::move(*result));
}

/// The integer that \p expression is for all channels.
std::optional<std::int32_t> numberOf(const Expression &expression) {
  const auto *lanes = std::get_if<Lanes>(&expression);
  if (!lanes || lanes->value != noValue)
    return std::nullopt;
  return lanes->number;
}

/// Whether \p value is a known byte that could be an operand as well.
bool isReadableSplat(const Value &value, const RegionUse &use,
                     const Program &values) {
  return isByte(value.type) && singleValue(value) &&
         isSpread(value.shape, values.values[use.result].shape, use.channel);
}

class Reader {
public:
  Reader(const RegionUse &use, const Program &values)
      : use(use), values(values), scalars(use.region) {}

  npu::Result<MatchedRegion> run();

private:
  Evaluated accumulator() const;
  Evaluated parameter(std::size_t number) const;
  Evaluated instruction(std::size_t number) const;
  Evaluated cast(const Expression &x, gp_image_dtype from,
                 gp_image_dtype to) const;
  Evaluated binary(gp_image_scalar_op op, gp_image_dtype type,
                   const Expression &x, const Expression &y) const;
  Evaluated bound(bool isMax, gp_image_dtype type, const Expression &x,
                  const Expression &y) const;
  Evaluated rescaled(gp_image_instruction from) const;
  Evaluated lookedUp(gp_image_instruction from) const;

  const Expression &operand(gp_image_instruction from, std::size_t i) const {
    return *known[gp_image_instruction_operands_at(from, i)];
  }
  bool isLeaf(std::size_t number) const {
    return number < scalars.parameters ||
           gp_image_instruction_op(scalars.at(number)) ==
               gp_image_scalar_op_constant;
  }
  /// What is wrong with a leaf that scalar \p number reads.
  std::optional<npu::Fault> findMissing(std::size_t number) const;
  npu::Result<MatchedRegion> finish(const Expression &result) const;

  const RegionUse &use;
  const Program &values;
  Scalars scalars;
  std::vector<std::optional<Expression>> known; ///< by number
  /// Parameters and constants that cannot be read; their users report it.
  std::map<std::size_t, std::string> leafFaults;
};

Evaluated Reader::accumulator() const {
  if (use.accumulator == gp_image_dtype_i32)
    return Expression(wordsOfSums());
  // Maxima come as sums do, and -2^31 where a window has no element.
  return lift(toBytes(wordsOfSums(), std::nullopt, false, 0,
                      isUnsignedByte(use.accumulator)));
}

Evaluated Reader::parameter(std::size_t number) const {
  const bool hasAccumulator = use.accumulator != gp_image_dtype_none;
  if (hasAccumulator && number == 0)
    return accumulator();
  const std::size_t index = number - (hasAccumulator ? 1 : 0);
  const ValueId id = use.operands[index];
  const Value &value = values.values[id];
  const Shape &result = values.values[use.result].shape;
  const bool isWord = value.type == gp_image_dtype_i32;
  if (!isWord && !isByte(value.type))
    return fault(fmt::format("operand {} of type {}", index,
                             gp_image_dtype_name(value.type)));
  if (const auto single = singleValue(value);
      single && !(use.readsSplats && isReadableSplat(value, use, values)))
    return Expression(Lanes{static_cast<std::int32_t>(*single)});
  if (isWord) {
    if (!value.isConstant)
      return fault(
          fmt::format("operand {} of type i32 that is not a constant", index));
    if (!isPerChannel(value.shape, result, use.channel))
      return fault(fmt::format(
          "operand {} of type i32 with other than one number for each channel",
          index));
    return Expression(Lanes{0, id});
  }
  if (!isSpread(value.shape, result, use.channel))
    return fault(fmt::format("operand {} broadcast along dim {}, the channels",
                             index, use.channel));
  Bytes bytes;
  bytes.operand = static_cast<std::uint32_t>(index);
  bytes.isUnsigned = isUnsignedByte(value.type);
  return Expression(bytes);
}

Evaluated Reader::cast(const Expression &x, gp_image_dtype from,
                       gp_image_dtype to) const {
  if (to == gp_image_dtype_i32 && isByte(from)) {
    if (const auto *bytes = std::get_if<Bytes>(&x))
      return Expression(wordsOf(*bytes));
    return x;
  }
  if (isByte(to) && isByte(from)) {
    if (const auto *bytes = std::get_if<Bytes>(&x))
      return Expression(reinterpret(*bytes, isUnsignedByte(to)));
    const auto bits = static_cast<std::uint8_t>(*numberOf(x));
    return Expression(Lanes{static_cast<std::int32_t>(integerOf(to, bits))});
  }
  if (to == from)
    return x;
  return fault(fmt::format("cast from {} to {}", gp_image_dtype_name(from),
                           gp_image_dtype_name(to)));
}

/// add, sub and mul of known numbers.
std::int32_t compute(gp_image_scalar_op op, std::int32_t x, std::int32_t y) {
  const auto a = static_cast<std::uint32_t>(x),
             b = static_cast<std::uint32_t>(y);
  return static_cast<std::int32_t>(op == gp_image_scalar_op_add   ? a + b
                                   : op == gp_image_scalar_op_sub ? a - b
                                                                  : a * b);
}

Evaluated Reader::binary(gp_image_scalar_op op, gp_image_dtype type,
                         const Expression &x, const Expression &y) const {
  if (type != gp_image_dtype_i32)
    return fault(fmt::format("{} of type {}", gp_image_scalar_op_name(op),
                             gp_image_dtype_name(type)));
  const auto *left = std::get_if<Words>(&x), *right = std::get_if<Words>(&y);
  const auto xs = numberOf(x), ys = numberOf(y);
  if (xs && ys)
    return Expression(Lanes{compute(op, *xs, *ys)});
  if (left && right)
    return lift(join(op == gp_image_scalar_op_add   ? Stage::Op::Add
                     : op == gp_image_scalar_op_sub ? Stage::Op::Sub
                                                    : Stage::Op::Mul,
                     *left, *right));
  if (!left && !right)
    return fault(fmt::format("{} of constants for each channel",
                             gp_image_scalar_op_name(op)));
  const Words &words = left ? *left : *right;
  const Lanes &lanes = std::get<Lanes>(left ? y : x);
  const bool isNumber = lanes.value == noValue;
  switch (op) {
  case gp_image_scalar_op_add:
    return lift(addLanes(words, lanes));
  case gp_image_scalar_op_sub:
    if (!left)
      return fault("sub from a constant");
    if (!isNumber)
      return fault("sub of a constant for each channel");
    return lift(addLanes(words, {compute(op, 0, lanes.number)}));
  default:
    if (!isNumber)
      return fault("mul by a constant for each channel");
    return lift(multiply(words, lanes.number));
  }
}

Evaluated Reader::bound(bool isMax, gp_image_dtype type, const Expression &x,
                        const Expression &y) const {
  const char *name = isMax ? "max" : "min";
  const auto op = isMax ? Stage::Op::Max : Stage::Op::Min;
  if (type != gp_image_dtype_i32 && !isByte(type))
    return fault(fmt::format("{} of type {}", name, gp_image_dtype_name(type)));
  const auto xs = numberOf(x), ys = numberOf(y);
  if (xs && ys)
    return Expression(Lanes{isMax ? std::max(*xs, *ys) : std::min(*xs, *ys)});
  if (const auto *left = std::get_if<Words>(&x))
    if (const auto *right = std::get_if<Words>(&y))
      return lift(join(op, *left, *right));
  if (!isByte(type))
    return fault(fmt::format("{} of i32 and a constant", name));
  const bool isUnsigned = isUnsignedByte(type);
  const auto *left = std::get_if<Bytes>(&x), *right = std::get_if<Bytes>(&y);
  if (left && right) {
    npu::Result<Words> joined = join(op, wordsOf(*left), wordsOf(*right));
    if (!joined)
      return joined.fault();
    return lift(
        toBytes(std::move(*joined), std::nullopt, false, 0, isUnsigned));
  }
  const Bytes &bytes = left ? *left : *right;
  const std::int32_t number = left ? *ys : *xs;
  return Expression(isMax ? limit(bytes, number, greatestByte(isUnsigned))
                          : limit(bytes, leastByte(isUnsigned), number));
}

Evaluated Reader::rescaled(gp_image_instruction from) const {
  const gp_image_scalar_op op = gp_image_instruction_op(from);
  const gp_image_dtype type = gp_image_instruction_dtype(from);
  const bool twice = op == gp_image_scalar_op_rescale_tosa_double;
  const auto *multiplier = std::get_if<Lanes>(&operand(from, 1));
  const auto *shift = std::get_if<Lanes>(&operand(from, 2));
  const auto zeroPoint = numberOf(operand(from, 3));
  if (!multiplier || !shift)
    return fault("a rescale with a computed multiplier or shift");
  if (!zeroPoint)
    return fault("a rescale with a zero point that is not one constant");
  if (type != gp_image_dtype_i32 && !isByte(type))
    return fault(fmt::format("a rescale to {}", gp_image_dtype_name(type)));
  const Scale scale{*multiplier, *shift};
  if (const auto *words = std::get_if<Words>(&operand(from, 0))) {
    if (type != gp_image_dtype_i32)
      return lift(
          toBytes(*words, scale, twice, *zeroPoint, isUnsignedByte(type)));
    if (*zeroPoint != 0)
      return fault("a rescale to i32 with a zero point");
    return lift(rescale(*words, scale, twice));
  }
  const auto number = numberOf(operand(from, 0));
  if (!number || multiplier->value != noValue || shift->value != noValue)
    return fault("a rescale of constants for each channel");
  const auto range = arithmetic::rangeOf(type == gp_image_dtype_i32 ? 32 : 8,
                                         type != gp_image_dtype_u8);
  return Expression(Lanes{arithmetic::offsetAndClamp(
      arithmetic::applyScale32(*number, multiplier->number, shift->number,
                               twice),
      *zeroPoint, range)});
}

Evaluated Reader::lookedUp(gp_image_instruction from) const {
  const gp_image_dtype type = gp_image_instruction_dtype(from);
  if (!isByte(type))
    return fault(
        fmt::format("a table with entries of {}", gp_image_dtype_name(type)));
  LookupTable table{};
  std::copy_n(gp_image_instruction_table_data(from), table.size(),
              table.begin());
  if (const auto *bytes = std::get_if<Bytes>(&operand(from, 0)))
    return Expression(lookUp(*bytes, table, isUnsignedByte(type)));
  const auto index = static_cast<std::uint8_t>(*numberOf(operand(from, 0)));
  return Expression(
      Lanes{static_cast<std::int32_t>(integerOf(type, table[index]))});
}

Evaluated Reader::instruction(std::size_t number) const {
  const gp_image_instruction from = scalars.at(number);
  const gp_image_scalar_op op = gp_image_instruction_op(from);
  const gp_image_dtype type = gp_image_instruction_dtype(from);
  switch (op) {
  case gp_image_scalar_op_constant:
    if (type != gp_image_dtype_i32 && !isByte(type))
      return fault(""); // its user says more
    return Expression(Lanes{static_cast<std::int32_t>(
        integerOf(type, gp_image_instruction_bits(from)))});
  case gp_image_scalar_op_cast:
    return cast(operand(from, 0),
                scalars.type(gp_image_instruction_operands_at(from, 0)), type);
  case gp_image_scalar_op_add:
  case gp_image_scalar_op_sub:
  case gp_image_scalar_op_mul:
    return binary(op, type, operand(from, 0), operand(from, 1));
  case gp_image_scalar_op_max:
  case gp_image_scalar_op_min:
    if (gp_image_instruction_operands_at(from, 0) ==
        gp_image_instruction_operands_at(from, 1))
      return operand(from, 0);
    return bound(op == gp_image_scalar_op_max, type, operand(from, 0),
                 operand(from, 1));
  case gp_image_scalar_op_rescale_tosa_single:
  case gp_image_scalar_op_rescale_tosa_double:
    return rescaled(from);
  case gp_image_scalar_op_table:
    return lookedUp(from);
  default:
    return fault(fmt::format("{} of type {}", gp_image_scalar_op_name(op),
                             gp_image_dtype_name(type)));
  }
}

npu::Result<MatchedRegion> Reader::finish(const Expression &result) const {
  MatchedRegion matched;
  if (const auto *bytes = std::get_if<Bytes>(&result)) {
    matched.stages = stagesOf(*bytes);
  } else if (const auto *words = std::get_if<Words>(&result)) {
    npu::Result<std::vector<Stage>> stages = stagesOf(*words);
    if (!stages)
      return stages.fault();
    matched.stages = std::move(*stages);
  } else {
    return fault("a constant result");
  }
  if (use.accumulator != gp_image_dtype_none &&
      matched.stages.front().a.from != StageInput::From::Sums)
    return fault("a result that does not depend on the sums");

  auto collect = [&](auto &&visit) {
    for (Stage &stage : matched.stages) {
      if (stage.a.from == StageInput::From::Operand)
        visit(stage.a.operand);
      if (stage.op != Stage::Op::Copy &&
          stage.b.from == StageInput::From::Operand)
        visit(stage.b.operand);
    }
  };
  std::vector<std::uint32_t> &operands = matched.operands;
  collect([&](std::uint32_t each) { operands.push_back(each); });
  std::sort(operands.begin(), operands.end());
  operands.erase(std::unique(operands.begin(), operands.end()), operands.end());
  collect([&](std::uint32_t &each) {
    each = static_cast<std::uint32_t>(
        std::lower_bound(operands.begin(), operands.end(), each) -
        operands.begin());
  });
  return matched;
}

npu::Result<MatchedRegion> Reader::run() {
  if (!use.region.p) {
    Evaluated whole = accumulator();
    if (!whole)
      return whole.fault();
    return finish(*whole);
  }
  const std::vector<bool> used = scalars.used();
  const auto needed =
      static_cast<std::size_t>(std::count(used.begin(), used.end(), true));
  if (needed > mostScalars)
    return fault(
        fmt::format("{} scalars in a region, over {}", needed, mostScalars));
  known.resize(scalars.count);
  for (std::size_t n = 0; n < scalars.count; ++n) {
    if (!used[n])
      continue;
    if (auto missing = findMissing(n))
      return *missing;
    Evaluated each = n < scalars.parameters ? parameter(n) : instruction(n);
    if (!each) {
      if (!isLeaf(n))
        return each.fault();
      leafFaults.emplace(n, each.message());
      continue;
    }
    if (auto *bytes = std::get_if<Bytes>(&*each)) {
      bytes->scalar = static_cast<std::uint32_t>(n);
      if (bytes->stages.size() > mostStages)
        return fault(fmt::format("over {} steps in a row", mostStages));
    }
    known[n] = std::move(*each);
  }
  const std::size_t result = gp_image_region_results_at(use.region, 0);
  if (!known[result])
    return fault("a result that nothing computes");
  return finish(*known[result]);
}

std::optional<npu::Fault> Reader::findMissing(std::size_t number) const {
  if (isLeaf(number))
    return std::nullopt;
  const gp_image_instruction from = scalars.at(number);
  for (std::size_t i = 0; i < gp_image_instruction_operands_count(from); ++i) {
    const auto found =
        leafFaults.find(gp_image_instruction_operands_at(from, i));
    if (found == leafFaults.end())
      continue;
    const std::string what = fmt::format(
        "{} of type {}", gp_image_scalar_op_name(gp_image_instruction_op(from)),
        gp_image_dtype_name(gp_image_instruction_dtype(from)));
    return fault(found->second.empty() ? what : what + " of " + found->second);
  }
  return std::nullopt;
}

} // namespace

bool needsFloatRecipe(gp_image_region region) {
  const Scalars scalars(region);
  const std::vector<bool> used = scalars.used();
  for (std::size_t n = scalars.parameters; n < scalars.count; ++n)
    if (used[n] && gp_image_instruction_op(scalars.at(n)) ==
                       gp_image_scalar_op_rescale_fp32_rne)
      return true;
  return false;
}

npu::Result<MatchedRegion> matchRegion(const RegionUse &use,
                                       const Program &values) {
  npu::Result<MatchedRegion> matched = Reader(use, values).run();
  if (matched || use.readsSplats ||
      std::none_of(use.operands.begin(), use.operands.end(), [&](ValueId id) {
        return isReadableSplat(values.values[id], use, values);
      }))
    return matched;
  // A number may be refused where bytes are not: after a scale, for example.
  RegionUse again = use;
  again.readsSplats = true;
  npu::Result<MatchedRegion> second = Reader(again, values).run();
  return second ? second : matched;
}

} // namespace glowplug::npusim
