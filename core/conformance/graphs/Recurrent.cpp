// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RNN, GRU and LSTM over short sequences.

#include "core/conformance/graphs/Builder.h"

using namespace glowplug;
using namespace glowplug::graphs;

namespace {

/// How many gates a cell has, and how many activations a direction.
struct Cell {
  const char *op;
  int64_t gates;
  size_t activations;
  bool isLstm() const { return gates == 4; }
};

/// The sizes of one node.
struct Sizes {
  int64_t steps, batch, width, hidden, directions;
  bool batchFirst;

  Shape input() const {
    return batchFirst ? Shape{batch, steps, width} : Shape{steps, batch, width};
  }
  Shape sequence() const {
    return batchFirst ? Shape{batch, steps, directions, hidden}
                      : Shape{steps, directions, batch, hidden};
  }
  Shape state() const {
    return batchFirst ? Shape{batch, directions, hidden}
                      : Shape{directions, batch, hidden};
  }
};

} // namespace

static std::vector<std::string> activations(Builder &b, size_t count) {
  std::vector<std::string> names;
  for (size_t i = 0; i < count; ++i)
    names.push_back(b.random.pick({"Tanh", "Sigmoid", "Relu", "HardSigmoid",
                                   "Softsign", "Softplus", "Elu"}));
  return names;
}

static Value recurrent(Builder &b, const Cell &cell) {
  const bool isStrict = b.options.strict;
  const DType type =
      isStrict
          ? DType::f32
          : b.random.pick({DType::f32, DType::f32, DType::f16, DType::f64});
  Sizes s;
  s.steps = b.random.range(1, 5);
  s.batch = b.random.range(1, 3);
  s.width = b.filledDim();
  s.hidden = b.random.pick({1, 3, 4, 8, 9, 16, 17});
  // ONNX Runtime has no kernels for batches first.
  s.batchFirst = !isStrict && b.random.chance(0.25);
  const std::string direction =
      b.random.pick({"forward", "reverse", "bidirectional"});
  s.directions = direction == "bidirectional" ? 2 : 1;
  const int64_t stacked = cell.gates * s.hidden;

  const auto weights = [&](const Shape &shape) {
    return b.fresh(type, shape, Fill::between(-0.6, 0.6), 0.9);
  };
  const auto maybe = [&](double chance, const auto &make) {
    return b.random.chance(chance) ? make() : Value();
  };
  std::vector<Value> inputs = {
      b.fresh(type, s.input(), Fill::between(-2, 2), 0.05),
      weights({s.directions, stacked, s.width}),
      weights({s.directions, stacked, s.hidden}),
      maybe(0.6, [&] { return weights({s.directions, 2 * stacked}); }),
      Value(), // lengths: all
      maybe(0.4, [&] { return weights(s.state()); })};
  if (cell.isLstm()) {
    inputs.push_back(maybe(0.4, [&] { return weights(s.state()); }));
    inputs.push_back(
        maybe(0.2, [&] { return weights({s.directions, 3 * s.hidden}); }));
  }

  Attributes attributes;
  attributes.set("hidden_size", s.hidden);
  if (direction != "forward" || b.random.chance(0.3))
    attributes.set("direction", direction.c_str());
  if (s.batchFirst)
    attributes.set("layout", int64_t{1});
  if (b.random.chance(0.3))
    attributes.set("activations",
                   activations(b, cell.activations * s.directions));
  if (b.random.chance(0.2))
    attributes.set("clip", 0.75f);
  if (cell.gates == 3 && b.random.chance(0.5))
    attributes.set("linear_before_reset", int64_t{1});
  if (cell.isLstm() && !isStrict && b.random.chance(0.2))
    attributes.set("input_forget", int64_t{1});

  std::vector<std::pair<DType, Shape>> results = {{type, s.sequence()},
                                                  {type, s.state()}};
  if (cell.isLstm())
    results.push_back({type, s.state()});
  return b.nodes(cell.op, "", inputs, results, attributes, false).front();
}

static OpMaker makerOf(const Cell &cell) {
  return {cell.op, 1, [=](Builder &b) { return recurrent(b, cell); }};
}

const std::vector<OpMaker> &graphs::recurrentOps() {
  static const std::vector<OpMaker> ops = {
      makerOf({"RNN", 1, 1}), makerOf({"GRU", 3, 2}), makerOf({"LSTM", 4, 3})};
  return ops;
}
