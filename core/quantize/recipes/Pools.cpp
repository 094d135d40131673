// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Average pools that sum integers in the place of floats.

#include "core/quantize/recipes/Pools.h"

#include "core/prim/Quantized.h"
#include "core/quantize/islands/Counts.h"
#include "core/quantize/islands/QuantParams.h"
#include "core/quantize/recipes/RegionEditor.h"

#include "llvm/ADT/SetVector.h"

#include <cmath>
#include <limits>
#include <set>

using namespace glowplug;
using namespace mlir;

/// The window whose result \p value is, moved around at most.
static prim::WindowOp windowBehind(Value value) {
  while (Operation *op = value.getDefiningOp()) {
    if (auto window = dyn_cast<prim::WindowOp>(op))
      return window.getEpilogue().empty() ? window : nullptr;
    if (!isa<prim::TransposeOp, prim::ReshapeOp>(op))
      break;
    value = op->getOperand(0);
  }
  return nullptr;
}

/// The scalar in the region of \p op that stands for the window's result on
/// which \p sum depends; a null window if it depends on none.
static std::pair<prim::WindowOp, BlockArgument> windowOf(Operation *op,
                                                         Value sum) {
  llvm::SetVector<Value> slice;
  slice.insert(sum);
  for (size_t i = 0; i < slice.size(); ++i) {
    if (Operation *maker = slice[i].getDefiningOp()) {
      slice.insert(maker->operand_begin(), maker->operand_end());
      continue;
    }
    auto argument = cast<BlockArgument>(slice[i]);
    prim::WindowOp window;
    if (isa<prim::MapOp>(op))
      window = windowBehind(op->getOperand(argument.getArgNumber()));
    else if (argument.getArgNumber() == 0)
      window = dyn_cast<prim::WindowOp>(op);
    if (window)
      return {window, argument};
  }
  return {};
}

/// The number by which the sums of \p window are divided; 0 for the number of
/// elements of each, nothing for anything else.
static std::optional<double> countOf(const RegionEditor &editor, Value count,
                                     prim::WindowOp window) {
  if (std::optional<double> number = editor.number(count))
    return number;
  const std::optional<islands::Numbers> numbers = editor.known(count);
  if (!numbers)
    return std::nullopt;
  // Transposes of the result may have changed the order.
  auto sorted = [](std::vector<double> values) {
    llvm::sort(values);
    return values;
  };
  if (sorted(numbers->values) != sorted(islands::windowCounts(window).values))
    return std::nullopt;
  return 0;
}

static std::optional<Pool> poolOf(Operation *op, prim::QuantizedOp average) {
  if (average.getFormula() != prim::Formula::average)
    return std::nullopt;
  const prim::AverageOperands in(average);
  const auto [window, sum] = windowOf(op, in.sum);
  if (!window)
    return std::nullopt;
  const RegionEditor editor(op);
  const auto xScale = editor.number(in.x.scale), xZp = editor.number(in.x.zp),
             yScale = editor.number(in.y.scale), yZp = editor.number(in.y.zp),
             count = countOf(editor, in.count, window);
  // The sum of one element is that element, so the formula equals that of
  // floats.
  if (!xScale || !xZp || !yScale || !yZp || !count || *count == 1)
    return std::nullopt;
  return Pool{average,
              static_cast<float>(*xScale),
              static_cast<float>(*yScale),
              static_cast<int32_t>(*xZp),
              static_cast<int32_t>(*yZp),
              *count,
              window,
              sum};
}

std::vector<Pool> glowplug::poolsOf(Operation *op) {
  std::vector<Pool> pools;
  if (Block *block = RegionEditor::blockOf(op))
    for (auto quantized : block->getOps<prim::QuantizedOp>())
      if (std::optional<Pool> pool = poolOf(op, quantized))
        pools.push_back(*pool);
  return pools;
}

std::vector<int64_t> glowplug::elementCounts(prim::WindowOp window) {
  std::set<int64_t> counts;
  for (double count : islands::windowCounts(window).values)
    counts.insert(static_cast<int64_t>(count));
  return {counts.begin(), counts.end()};
}

namespace {

/// For each sum of so many elements: the least and the largest float that
/// adding the real elements one by one, in any order, can give. Addition is
/// monotonic, so the bounds of one step come from the bounds before it.
class FloatSums {
public:
  FloatSums(float scale, int32_t low, int32_t high)
      : least{0}, most{0}, scale(scale), low(low), high(high) {}

  /// From now on sums are of \p count elements, not fewer than before.
  void setElements(int64_t count) {
    if (count > mostExact)
      return setBounds(count);
    while (elements < count)
      addElement();
  }

  int64_t first() const { return elements * low; } ///< Sum number 0.

  std::vector<float> least, most; ///< Per sum, from first() on.

private:
  static constexpr int64_t mostExact = 128;

  void addElement() {
    ++elements;
    const size_t size = least.size() + static_cast<size_t>(high - low);
    std::vector<float> newLeast(size, std::numeric_limits<float>::infinity()),
        newMost(size, -std::numeric_limits<float>::infinity());
    for (int32_t x = low; x <= high; ++x) {
      const float real = static_cast<float>(x) * scale;
      float *toLeast = newLeast.data() + (x - low);
      float *toMost = newMost.data() + (x - low);
      for (size_t i = 0; i < least.size(); ++i) {
        toLeast[i] = std::min(toLeast[i], least[i] + real);
        toMost[i] = std::max(toMost[i], most[i] + real);
      }
    }
    least = std::move(newLeast);
    most = std::move(newMost);
  }

  /// Each of count + 1 roundings adds at most 2^-24 of the largest sum.
  void setBounds(int64_t count) {
    elements = count;
    const double largest = static_cast<double>(scale) *
                           static_cast<double>(count) *
                           static_cast<double>(std::max(-low, high));
    const double error =
        std::ldexp(largest * static_cast<double>(count + 4), -24);
    least.clear();
    most.clear();
    for (int64_t sum = first(); sum <= count * high; ++sum) {
      const double real = static_cast<double>(sum) * static_cast<double>(scale);
      least.push_back(static_cast<float>(real - error));
      most.push_back(static_cast<float>(real + error));
    }
  }

  float scale;
  int32_t low, high; ///< Of an element.
  int64_t elements = 0;
};

} // namespace

void glowplug::visitPool(Pool &pool,
                         llvm::function_ref<void(const PoolSum &)> visit) {
  const std::vector<int64_t> counts = elementCounts(pool.window);
  const Type in = prim::elementOf(pool.window.getInput()),
             out = pool.average.getResult().getType();
  const auto [inLow, inHigh] = islands::rangeOf(in);
  const auto [low, high] = islands::rangeOf(out);
  FloatSums sums(pool.xScale, inLow - pool.xZp, inHigh - pool.xZp);
  for (int64_t count : counts) {
    // A pad is one more element that is zero.
    if (pool.count != 0 && count != counts.back())
      continue;
    sums.setElements(count);
    const auto divisor = static_cast<float>(
        pool.count != 0 ? pool.count : static_cast<double>(count));
    auto narrow = [&, lowest = static_cast<float>(low),
                   highest = static_cast<float>(high)](float sum) {
      const float moved =
          sum / divisor / pool.yScale + static_cast<float>(pool.yZp);
      return static_cast<int32_t>(
          std::clamp(std::nearbyint(moved), lowest, highest));
    };
    const float scale = pool.xScale / (pool.yScale * divisor);
    for (size_t i = 0; i < sums.least.size(); ++i)
      visit({static_cast<int32_t>(sums.first() + static_cast<int64_t>(i)),
             scale, narrow(sums.least[i]), narrow(sums.most[i])});
  }
}

bool glowplug::isExactInIntegers(Pool &pool) {
  const auto [low, high] = islands::rangeOf(pool.average.getResult().getType());
  bool isExact = true;
  visitPool(pool, [&, lowest = static_cast<float>(low),
                   highest = static_cast<float>(high)](const PoolSum &sum) {
    const float moved =
        static_cast<float>(sum.sum) * sum.scale + static_cast<float>(pool.yZp);
    const auto result = static_cast<int32_t>(
        std::clamp(std::nearbyint(moved), lowest, highest));
    isExact &= sum.least == result && sum.most == result;
  });
  return isExact;
}

/// Counts the sums of \p pool for which some elements give another result than
/// integers do.
static void countPool(Pool &pool, Recipe recipe, RecipeChange &change) {
  const Type type = pool.average.getResult().getType();
  change.domain = "sums of up to " +
                  std::to_string(elementCounts(pool.window).back()) +
                  " elements";
  visitPool(pool, [&](const PoolSum &sum) {
    const int32_t result = rescaleNumber(
        recipe, sum.sum, static_cast<double>(sum.scale), pool.yZp, type);
    const int64_t gap = std::max(std::abs(int64_t(result) - sum.least),
                                 std::abs(int64_t(result) - sum.most));
    ++change.total;
    change.differing += gap != 0;
    change.mostSteps = std::max(change.mostSteps, static_cast<uint64_t>(gap));
  });
}

Value glowplug::rewriteAverage(RegionEditor &editor, prim::QuantizedOp op,
                               Recipe recipe, RecipeChange &change) {
  OpBuilder builder(op);
  prim::ScalarBuilder scalars(builder, op.getLoc());
  std::vector<Pool> pools = poolsOf(editor.op);
  auto pool =
      llvm::find_if(pools, [&](const Pool &p) { return p.average == op; });
  if (pool == pools.end())
    return rewriteScalar(editor,
                         prim::expandFormula(scalars, op).getDefiningOp(),
                         recipe, change);
  countPool(*pool, recipe, change);
  const prim::AverageOperands in(op);
  const islands::Numbers scale =
      editor.known(in.count)->mapped([&](double count) {
        return static_cast<double>(pool->xScale /
                                   (pool->yScale * static_cast<float>(count)));
      });
  return buildRescale(scalars, editor, recipe, in.sum, scale, in.y.zp);
}
