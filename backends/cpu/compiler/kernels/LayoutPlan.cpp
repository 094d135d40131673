// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Layouts by a forward guess, then by local improvement until nothing changes.

#include "backends/cpu/compiler/kernels/LayoutPlan.h"

#include "llvm/ADT/STLExtras.h"

#include <algorithm>
#include <cassert>

using namespace llvm;

namespace glowplug::cpu {

/// [N, C, H, W] of a value; empty if it cannot be blocked.
static std::vector<int64_t> planeShape(const LayoutValue &value) {
  if (!value.element)
    return {};
  if (value.shape.size() == 3)
    return {value.shape[0], value.shape[1], 1, value.shape[2]};
  if (value.shape.size() == 4)
    return value.shape;
  return {};
}

bool isBroadcastExtra(const LayoutValue &extra, const LayoutValue &result) {
  if (extra.shape.size() != result.shape.size() || extra.shape.size() < 2)
    return false;
  bool hasOnePixel = true;
  for (size_t dim = 0; dim < extra.shape.size(); ++dim) {
    if (extra.shape[dim] != 1 && extra.shape[dim] != result.shape[dim])
      return false;
    if (dim >= 2)
      hasOnePixel &= extra.shape[dim] == 1;
  }
  return extra.shape[1] == 1 || hasOnePixel;
}

/// True if \p operand of a blocked op is read blocked.
static bool isReadBlocked(const std::vector<LayoutValue> &values,
                          const LayoutOp &op, size_t operand) {
  const LayoutValue &value = values[op.operands[operand]];
  const LayoutValue &result = values[op.results.front()];
  switch (op.kind) {
  case LayoutOpKind::other:
    return false;
  case LayoutOpKind::conv:
  case LayoutOpKind::pool:
    return operand == 0 || !isBroadcastExtra(value, result);
  case LayoutOpKind::convStem:
    return operand != 0 && !isBroadcastExtra(value, result);
  case LayoutOpKind::planeReduce:
    return operand == 0;
  case LayoutOpKind::elementwise:
    return !isBroadcastExtra(value, result);
  case LayoutOpKind::concatChannels:
    return true;
  }
  llvm_unreachable("unknown kind of op");
}

bool canRunBlocked(unsigned lanes, const std::vector<LayoutValue> &values,
                   const LayoutOp &op) {
  if (op.kind == LayoutOpKind::other || op.results.empty())
    return false;
  const bool writesBlocked = op.kind != LayoutOpKind::planeReduce;
  const LayoutValue &result = values[op.results.front()];
  for (unsigned number : op.results)
    if (writesBlocked && planeShape(values[number]).empty())
      return false;
  for (size_t i = 0; i < op.operands.size(); ++i) {
    const LayoutValue &value = values[op.operands[i]];
    if (!isReadBlocked(values, op, i))
      continue;
    if (planeShape(value).empty())
      return false;
    const bool isExtra = op.kind == LayoutOpKind::elementwise ||
                         (i > 0 && op.kind != LayoutOpKind::concatChannels);
    if (isExtra && value.shape != result.shape)
      return false;
    if (op.kind == LayoutOpKind::concatChannels && i + 1 < op.operands.size() &&
        value.shape[1] % lanes != 0)
      return false;
  }
  return true;
}

namespace {

class Planner {
public:
  Planner(unsigned lanes, const std::vector<LayoutValue> &values,
          const std::vector<LayoutOp> &ops);

  LayoutPlan run();

private:
  bool isFlexible(unsigned op) const;
  void guess();
  bool improve(unsigned op);
  int64_t costAround(unsigned op) const;
  int64_t costOfValue(unsigned value) const;
  Layout wanted(unsigned op, size_t operand) const;
  Layout written(unsigned op) const;
  Layout defined(unsigned value) const;
  bool isSameInBoth(unsigned value) const;
  void listConversions(LayoutPlan &plan) const;

  const unsigned lanes;
  const std::vector<LayoutValue> &values;
  const std::vector<LayoutOp> &ops;
  std::vector<Layout> modes;   ///< per op
  std::vector<bool> canBlock;  ///< per op
  std::vector<int> definingOp; ///< per value; -1: none
  std::vector<std::vector<std::pair<unsigned, size_t>>> uses; ///< op, operand
};

} // namespace

Planner::Planner(unsigned lanes, const std::vector<LayoutValue> &values,
                 const std::vector<LayoutOp> &ops)
    : lanes(lanes), values(values), ops(ops),
      modes(ops.size(), Layout::rowMajor), definingOp(values.size(), -1),
      uses(values.size()) {
  for (const auto &[number, op] : enumerate(ops)) {
    canBlock.push_back(canRunBlocked(lanes, values, op));
    for (const auto &[operand, value] : enumerate(op.operands))
      uses[value].emplace_back(number, operand);
    for (unsigned value : op.results)
      definingOp[value] = number;
  }
}

bool Planner::isFlexible(unsigned op) const {
  return canBlock[op] && ops[op].kind != LayoutOpKind::conv &&
         ops[op].kind != LayoutOpKind::convStem;
}

/// Layout in which operand \p operand of \p op is read.
Layout Planner::wanted(unsigned op, size_t operand) const {
  return modes[op] == Layout::blocked && isReadBlocked(values, ops[op], operand)
             ? Layout::blocked
             : Layout::rowMajor;
}

Layout Planner::written(unsigned op) const {
  return ops[op].kind == LayoutOpKind::planeReduce ? Layout::rowMajor
                                                   : modes[op];
}

Layout Planner::defined(unsigned value) const {
  return definingOp[value] < 0 ? Layout::rowMajor : written(definingOp[value]);
}

/// One pixel and whole blocks, not biased: the two layouts are one.
bool Planner::isSameInBoth(unsigned value) const {
  const std::vector<int64_t> shape = planeShape(values[value]);
  return !shape.empty() && shape[2] * shape[3] == 1 && shape[1] % lanes == 0 &&
         !isBiased(*values[value].element);
}

/// Bytes moved to convert the value for the ops that want the other layout.
int64_t Planner::costOfValue(unsigned value) const {
  if (isSameInBoth(value))
    return 0;
  const Layout is = defined(value);
  bool isConverted = values[value].isOutput && is == Layout::blocked;
  for (const auto &[op, operand] : uses[value])
    isConverted |= wanted(op, operand) != is;
  if (!isConverted)
    return 0;
  const std::vector<int64_t> shape = planeShape(values[value]);
  return bufferElements(Layout::blocked, lanes, shape[0], shape[1], shape[2],
                        shape[3]) *
         elementBytes(*values[value].element);
}

int64_t Planner::costAround(unsigned op) const {
  int64_t cost = 0;
  std::vector<unsigned> around(ops[op].operands);
  around.insert(around.end(), ops[op].results.begin(), ops[op].results.end());
  sort(around);
  around.erase(llvm::unique(around), around.end());
  for (unsigned value : around)
    cost += costOfValue(value);
  // A row-major pool cannot use whole vectors, which costs more than a
  // conversion.
  if (ops[op].kind == LayoutOpKind::pool && modes[op] == Layout::rowMajor) {
    const LayoutValue &input = values[ops[op].operands[0]];
    int64_t bytes = 4 * elementBytes(*input.element);
    for (int64_t dim : input.shape)
      bytes *= dim;
    cost += bytes;
  }
  return cost;
}

/// Blocked wherever something blocked comes in.
void Planner::guess() {
  for (unsigned op = 0; op < ops.size(); ++op) {
    if (!canBlock[op])
      continue;
    bool isBlocked = !isFlexible(op);
    for (const auto &[operand, value] : enumerate(ops[op].operands))
      isBlocked |= defined(value) == Layout::blocked &&
                   isReadBlocked(values, ops[op], operand);
    modes[op] = isBlocked ? Layout::blocked : Layout::rowMajor;
  }
}

/// Gives the op the other layout if that is cheaper.
bool Planner::improve(unsigned op) {
  const int64_t before = costAround(op);
  const Layout old = modes[op];
  modes[op] = old == Layout::blocked ? Layout::rowMajor : Layout::blocked;
  if (costAround(op) < before)
    return true;
  modes[op] = old;
  return false;
}

void Planner::listConversions(LayoutPlan &plan) const {
  std::vector<bool> isConverted(values.size(), false);
  const auto add = [&](unsigned op, unsigned value) {
    if (isConverted[value] || isSameInBoth(value))
      return;
    isConverted[value] = true;
    plan.conversions.push_back({op, value,
                                defined(value) == Layout::blocked
                                    ? Layout::rowMajor
                                    : Layout::blocked});
  };
  for (unsigned op = 0; op < ops.size(); ++op)
    for (const auto &[operand, value] : enumerate(ops[op].operands))
      if (wanted(op, operand) != defined(value))
        add(op, value);
  for (unsigned value = 0; value < values.size(); ++value)
    if (values[value].isOutput && defined(value) == Layout::blocked)
      add(ops.size(), value);
}

LayoutPlan Planner::run() {
  guess();
  // Each change lowers the sum of costs, so this ends; the bound keeps it
  // quick.
  for (int sweep = 0; sweep < 8; ++sweep) {
    bool hasChanged = false;
    for (unsigned op = 0; op < ops.size(); ++op)
      hasChanged |= isFlexible(op) && improve(op);
    if (!hasChanged)
      break;
  }
  LayoutPlan plan;
  plan.ops = modes;
  for (unsigned value = 0; value < values.size(); ++value)
    plan.values.push_back(defined(value));
  listConversions(plan);
  return plan;
}

LayoutPlan planLayouts(unsigned lanes, const std::vector<LayoutValue> &values,
                       const std::vector<LayoutOp> &ops) {
  return Planner(lanes, values, ops).run();
}

} // namespace glowplug::cpu
