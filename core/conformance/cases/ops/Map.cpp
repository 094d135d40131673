// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Cases of map: every scalar op in every combination of types, and regions of
// several.

#include "core/conformance/cases/ops/OpCases.h"
#include "core/semantics/Primitives.h"
#include "core/semantics/Rules.h"

#include <fmt/format.h>

#include <array>
#include <cmath>
#include <functional>

namespace glowplug::conformance {
namespace {

using image::ScalarOp;
using semantics::ScalarSignature;
using semantics::TypeWord;

/// One scalar op in its types.
struct ScalarForm {
  ScalarOp op;
  std::vector<DType> operands;
  DType result;
};

/// All types for the words of \p signature, one type per word.
class Forms {
public:
  explicit Forms(const ScalarSignature &signature) : signature(signature) {
    choose(0);
  }
  std::vector<ScalarForm> take() { return std::move(forms); }

private:
  DType chosen(TypeWord word, unsigned count) const {
    for (unsigned i = 0; i < count; ++i)
      if (signature.operands[i] == word)
        return operands[i];
    return DType::none;
  }
  void choose(unsigned next) {
    if (next == signature.operandCount) {
      chooseResult();
      return;
    }
    const TypeWord word = signature.operands[next];
    for (const DType type : dtypes()) {
      const DType before = chosen(word, next);
      if (!semantics::holds(word, type) ||
          (before != DType::none && before != type))
        continue;
      operands.push_back(type);
      choose(next + 1);
      operands.pop_back();
    }
  }
  void chooseResult() {
    const auto op = static_cast<ScalarOp>(signature.op);
    for (const DType type : dtypes()) {
      if (llvm::Error error = semantics::verify(signature.op, type, operands))
        llvm::consumeError(std::move(error));
      else
        forms.push_back({op, operands, type});
    }
  }

  const ScalarSignature &signature;
  std::vector<DType> operands;
  std::vector<ScalarForm> forms;
};

bool isRescale(ScalarOp op) {
  return op >= ScalarOp::rescale_fp32_rne &&
         op <= ScalarOp::rescale_tosa_double;
}

/// Of one number of a float type.
bool isFunction(const ScalarForm &form) {
  return form.operands.size() == 1 && isFloat(form.operands[0]);
}

/// The shape of all results.
constexpr std::array<int64_t, 3> whole = {2, 17, 33};

/// The operand \p index of a rescale, such that results fill the type. With
/// ties everything lies next to the middle between two results: sums that a
/// float does not hold exactly, and shifts on both sides of 31, above which
/// tosa_double rounds twice, and of the ends of their range.
double rescaleOperand(const ScalarForm &form, unsigned index, DataSet set,
                      Random &random) {
  const int64_t bits = 8 * dtypeBytes(form.result);
  const bool hasTies = set == DataSet::ties;
  if (form.op == ScalarOp::rescale_fp32_rne) {
    // The sums have more bits than a float, and so has each product.
    const double drop = std::exp2(static_cast<double>(bits - 32));
    const double tieScale = drop * static_cast<double>(1.3F);
    if (index == 1)
      return hasTies ? tieScale : drop * std::exp2(-2 * random.unit());
    const int64_t most = int64_t(1) << (bits - 1);
    const double middle =
        static_cast<double>(random.range(-most, most - 1)) + 0.5;
    return std::rint(middle / tieScale) +
           static_cast<double>(random.range(-64, 64));
  }
  if (index == 1)
    return static_cast<double>(hasTies && random.chance(0.5)
                                   ? 1 << 30
                                   : random.range(1 << 30, INT32_MAX));
  if (hasTies)
    return random.pick({1, 2, 3, 30, 31, 32, 33, 34, 61, 62, 63});
  return static_cast<double>(
      random.range(std::max<int64_t>(56 - bits, 31), 64 - bits));
}

/// Next to the middle between two numbers of \p to, a float of 16 bits: closer
/// than f32 tells, so that to round twice is to round wrong.
double nearTie(DType to, Random &random) {
  const int fractionBits = to == DType::f16 ? 10 : 7;
  const auto odd = static_cast<double>(
      2 * random.range(0, (int64_t(1) << fractionBits) - 1) + 1);
  const double middle = 1 + odd * std::exp2(-fractionBits - 1);
  const double off = static_cast<double>(random.range(-1, 1)) * std::exp2(-40);
  return (random.chance(0.5) ? -1 : 1) * (middle + off) *
         std::exp2(static_cast<double>(random.range(-8, 8)));
}

/// How an element is drawn of an operand that needs something of its own.
using Draw = std::function<double(Random &random)>;

/// What \p form needs of its operand \p index: scales above 0, sensible shifts,
/// numbers where functions differ from what is nearly the same. Empty: any
/// numbers of the set.
Draw drawOf(const ScalarForm &form, unsigned index, DataSet set) {
  const DType type = form.operands[index];
  const bool hasTies = set == DataSet::ties;
  switch (form.op) {
  case ScalarOp::quantize:
  case ScalarOp::dequantize:
    if (index == 1)
      return [=](Random &random) {
        return hasTies ? 0.5 : 0.01 + random.unit() / 50;
      };
    break;
  case ScalarOp::shift_left:
  case ScalarOp::shift_right:
    if (index == 1)
      return [=](Random &random) { // the width and more
        return static_cast<double>(random.range(0, 8 * dtypeBytes(type) + 1));
      };
    break;
  case ScalarOp::rescale_fp32_rne:
  case ScalarOp::rescale_tosa_single:
  case ScalarOp::rescale_tosa_double: {
    // The zero point comes last.
    const bool isSum = index == 0;
    if (index + 1 < form.operands.size() &&
        (!isSum || (hasTies && form.op == ScalarOp::rescale_fp32_rne)))
      return [=](Random &random) {
        return rescaleOperand(form, index, set, random);
      };
    break;
  }
  case ScalarOp::cast:
    if (type == DType::f64 && isHalf(form.result) && set != DataSet::specials)
      return [=](Random &random) { return nearTie(form.result, random); };
    break;
  default:
    // Also far below where 1 + x, in whatever type, tells x from 0.
    if (isFunction(form) && set == DataSet::logTail)
      return [=](Random &random) {
        return (random.unit() - 0.5) *
               std::exp2(-random.unit() * (type == DType::f16 ? 20 : 60));
      };
  }
  return {};
}

llvm::Expected<Tensor> operandOf(const ScalarForm &form, unsigned index,
                                 llvm::ArrayRef<int64_t> shape, DataSet set,
                                 Random &random) {
  const DType type = form.operands[index];
  const Draw draw = drawOf(form, index, set);
  if (!draw)
    return makeTensor(type, shape,
                      {suits(set, type) ? set : DataSet::fullRange}, random);
  std::vector<double> values(static_cast<size_t>(*elementCount(shape)));
  for (double &value : values)
    value = draw(random);
  return tensorOf(type, shape, values);
}

llvm::Expected<ProgramSample> makeMap(const ScalarForm &form, Repeat repeat,
                                      DataSet set, Random &random) {
  ProgramSampleBuilder sample("map");
  llvm::SmallVector<ValueId, 4> operands;
  llvm::SmallVector<DType, 4> types;
  for (unsigned i = 0; i < form.operands.size(); ++i) {
    llvm::Expected<Tensor> operand =
        operandOf(form, i, operandShape(whole, repeat, i), set, random);
    if (!operand)
      return operand.takeError();
    types.push_back(form.operands[i]);
    operands.push_back(sample.input(std::move(*operand)));
  }
  RegionBuilder region(types);
  llvm::SmallVector<ScalarId, 4> parameters;
  for (unsigned i = 0; i < types.size(); ++i)
    parameters.push_back(region.parameter(i));
  if (form.op == ScalarOp::table) {
    llvm::Expected<Tensor> entries =
        makeTensor(form.result, 256, {DataSet::fullRange}, random);
    if (!entries)
      return entries.takeError();
    region.yield(region.table(parameters[0], *entries));
  } else {
    region.yield(region.instruction(form.op, form.result, parameters));
  }
  return sample.finish(sample.body.mapTo(whole, region, operands));
}

std::string typesText(const ScalarForm &form) {
  std::string text;
  for (const DType type : form.operands)
    text += dtypeName(type).str() + ".";
  return text + dtypeName(form.result).str();
}

void addForm(OpCaseList &list, const ScalarForm &form) {
  const std::string name = image::EnumNameScalarOp(form.op);
  const DType type =
      form.operands.empty() ? form.result : form.operands.front();
  std::vector<DataSet> sets = {DataSet::fullRange};
  if (isFloat(type)) {
    sets.push_back(DataSet::specials);
    sets.push_back(DataSet::logTail);
  } else if (isInteger(type)) {
    sets.push_back(DataSet::rails);
    sets.push_back(DataSet::ties);
  }
  const std::string types = typesText(form);
  for (size_t i = 0; i < sets.size(); ++i) {
    const DataSet set = sets[i];
    const size_t number = i + static_cast<size_t>(form.op);
    const auto repeat =
        static_cast<Repeat>(form.operands.size() < 2 ? 0 : number % 4);
    Features features = {
        {"scalar_op", name},
        {"types", types},
        {"data", dataSetName(set)},
        {"broadcast", std::to_string(static_cast<int64_t>(repeat))}};
    if (isRescale(form.op))
      features["recipe"] = name.substr(name.find('_') + 1);
    Depth depth = Depth::full;
    // A function of small numbers is another one than of large numbers.
    if (i < 2 || isRescale(form.op) || isFunction(form))
      depth = i == 0 && form.op < ScalarOp::cast ? Depth::smoke : Depth::quick;
    list.add("Map", type,
             fmt::format("{}.{}.b{}.{}", name, types,
                         static_cast<int64_t>(repeat), dataSetName(set)),
             depth, std::move(features), [=](Random &random) {
               return makeMap(form, repeat, set, random);
             });
  }
}

} // namespace

llvm::SmallVector<int64_t, 3> operandShape(llvm::ArrayRef<int64_t> result,
                                           Repeat repeat, unsigned operand) {
  llvm::SmallVector<int64_t, 3> shape(result);
  if (repeat == Repeat::secondInRows && operand == 1)
    shape[shape.size() - 2] = 1;
  else if (repeat == Repeat::firstInColumns && operand == 0)
    shape.back() = 1;
  else if (repeat == Repeat::others && operand != 0)
    shape.assign(shape.size(), 1);
  return shape;
}

void addMaps(OpCaseList &list) {
  for (const ScalarSignature &signature : semantics::scalarSignatures)
    if (signature.operandCount != 0)
      for (const ScalarForm &form : Forms(signature).take())
        addForm(list, form);
  addRegions(list);
}

} // namespace glowplug::conformance
