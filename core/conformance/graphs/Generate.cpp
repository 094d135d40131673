// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// From a seed to a case.

#include "core/conformance/graphs/Builder.h"

#include "llvm/ADT/STLExtras.h"

using namespace glowplug;
using namespace glowplug::graphs;

namespace {

/// One family of operators, and what follows its results.
struct Family {
  const std::vector<OpMaker> &ops;
  double weight;
  /// How often a chain of element-wise operators follows.
  double tail;
  /// Sums whose order is open: the largest floats may overflow or not.
  bool sums;
};

const std::vector<Family> &families() {
  static const std::vector<Family> list = {
      {productOps(), 4, 0.8, true},
      {convOps(), 4, 0.8, true},
      {poolOps(), 2, 0.6, true},
      {reductionOps(), 2.5, 0.6, true},
      {normalisationOps(), 1.5, 0.5, true},
      {movementOps(), 3, 0.3, false},
      {indexOps(), 2.5, 0.3, false},
      {quantisedOps(), 3, 0.6, true},
      {recurrentOps(), 0.7, 0.4, true},
      {samplingOps(), 1.2, 0.4, true},
      {constantOps(), 0.8, 0.3, false},
  };
  return list;
}

/// One operator of all families that the options allow; nothing for an
/// element-wise one.
struct Choice {
  const Family *family = nullptr;
  const OpMaker *maker = nullptr;
};

Choice choose(Builder &b) {
  // Element-wise operators are a family of their own.
  constexpr double elementWeight = 5;
  std::vector<std::pair<double, Choice>> choices;
  double total = 0;
  for (const Family &family : families()) {
    if (family.sums && b.style.extreme)
      continue;
    double sum = 0;
    for (const OpMaker &maker : family.ops)
      sum += maker.weight;
    for (const OpMaker &maker : family.ops)
      if (b.allows(maker.op)) {
        const double weight = family.weight * maker.weight / sum;
        choices.push_back({weight, {&family, &maker}});
        total += weight;
      }
  }
  if (llvm::any_of(elementOps(),
                   [&](const ElementOp &op) { return b.allows(op.op); })) {
    choices.push_back({elementWeight, {}});
    total += elementWeight;
  }
  double at = b.random.unit() * total;
  for (const auto &[weight, choice] : choices)
    if ((at -= weight) < 0)
      return choice;
  return choices.empty() ? Choice() : choices.back().second;
}

} // namespace

Case graphs::generate(uint64_t seed, const Options &options) {
  Random random(seed);
  DataStyle style;
  style.special = random.chance(0.15);
  style.extreme = style.special && random.chance(0.25);
  style.tame = options.strict;
  Builder b(random, options, style);
  const int wanted = static_cast<int>(random.chance(0.9) ? random.range(2, 6)
                                                         : random.range(8, 14));
  for (int attempt = 0; b.nodeCount() < wanted && attempt < 40; ++attempt) {
    const Choice choice = choose(b);
    if (!choice.maker) {
      Value x = b.some(allTypes());
      if (x)
        addTail(b, x, static_cast<int>(random.range(1, 4)));
      continue;
    }
    Value x = choice.maker->make(b);
    if (x && random.chance(choice.family->tail))
      addTail(b, x, static_cast<int>(random.range(1, 6)));
  }
  if (b.nodeCount() == 0) // nothing that --only names could be made
    b.node("Identity", {b.fresh(DType::f32, {3})}, DType::f32, {3});
  return b.finish();
}

Case graphs::generateChain(uint64_t seed) {
  Random random(seed);
  Builder b(random, {}, {});
  const Family &family = random.pick(families());
  const int length = static_cast<int>(random.range(10, 24));
  Value x;
  // Some makers find nothing to do at first.
  while (!x)
    x = random.pick(family.ops).make(b);
  addTail(b, x, length);
  return b.finish();
}

std::vector<std::string> graphs::operatorNames() {
  std::set<std::string> names;
  for (const ElementOp &op : elementOps())
    names.insert(op.op);
  for (const Family &family : families())
    for (const OpMaker &maker : family.ops)
      names.insert(maker.op);
  return {names.begin(), names.end()};
}
