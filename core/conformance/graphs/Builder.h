// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// What op families add nodes with: values with types and shapes, and choices.

#pragma once

#include "core/conformance/graphs/Case.h"
#include "core/conformance/graphs/Data.h"

#include <functional>
#include <set>

namespace glowplug::graphs {

/// A value of the graph under construction.
struct Value {
  std::string name;
  DType type = DType::none;
  Shape shape;
  /// Right kernels have no choice: each of its bits is given. What is not
  /// exact must not be rounded to integers by an operator that gives floats.
  bool exact = true;
  int64_t rank() const { return static_cast<int64_t>(shape.size()); }
  int64_t count() const { return elementsOf(shape); }
  explicit operator bool() const { return !name.empty(); }
};

/// Attributes of a node.
class Attributes {
public:
  Attributes &set(const std::string &name, int64_t value);
  Attributes &set(const std::string &name, const Shape &values);
  Attributes &set(const std::string &name, float value);
  Attributes &set(const std::string &name, const char *text);
  Attributes &set(const std::string &name,
                  const std::vector<std::string> &texts);
  std::vector<onnx::AttributeProto> list;
};

struct Options {
  /// Names of operators; empty: all.
  std::set<std::string> only;
  /// Keep to what ONNX defines: no cast of a float out of range, no division
  /// by zero, no shift by the width; and to types that ONNX gives an operator.
  bool strict = false;
};

/// The usual types of operators.
const std::vector<DType> &allTypes();
const std::vector<DType> &floatTypes();
const std::vector<DType> &integerTypes();
const std::vector<DType> &numberTypes();
/// f32 more often than others.
const std::vector<DType> &computeTypes();

class Builder {
public:
  Builder(Random &random, Options options, DataStyle style);

  Random &random;
  const Options options;
  const DataStyle style;

  // ---- Sizes
  /// 1, small numbers, sizes around vector widths, rarely 0.
  int64_t dim();
  /// dim(), but not 0.
  int64_t filledDim();
  /// Up to \p most elements.
  Shape shape(int64_t leastRank = 0, int64_t mostRank = 6, int64_t most = 4096);
  /// A shape that broadcasts to \p to.
  Shape broadcastable(const Shape &to);

  /// One of \p types; if strict, one that ONNX Runtime has kernels for, most of
  /// the time.
  DType type(const std::vector<DType> &types);

  // ---- Values
  /// An input of the model, or by chance a constant.
  Value fresh(DType type, const Shape &shape, const Fill &fill = {},
              double constantChance = 0.4);
  Value constant(const Tensor &tensor);
  /// Weights of a convolution; only numbers if \p finite.
  Value weights(DType type, const Shape &shape, bool finite);
  Value ints(const Shape &values);
  /// One number of a type, rank 0.
  Value scalar(DType type, double value);
  /// An existing value that fits, or a fresh one.
  Value some(const std::vector<DType> &types,
             const std::function<bool(const Value &)> &fits = {},
             int64_t leastRank = 0, int64_t mostRank = 6);
  /// One of \p type and exactly \p shape: an existing one by chance.
  Value like(DType type, const Shape &shape);
  /// The other operand of an element-wise operator whose first is \p x: it
  /// broadcasts to its shape.
  Value operand(const Value &x, DType type, const Fill &fill = {});
  const std::vector<Value> &values() const { return known; }

  // ---- Nodes
  /// Its first result. It is exact if all inputs are, and \p exact.
  Value node(const std::string &op, const std::vector<Value> &inputs,
             DType type, const Shape &shape, const Attributes &attributes = {},
             bool exact = true);
  std::vector<Value> nodes(const std::string &op, const std::string &domain,
                           const std::vector<Value> &inputs,
                           const std::vector<std::pair<DType, Shape>> &results,
                           const Attributes &attributes, bool exact);
  int nodeCount() const { return made.model.graph().node_size(); }
  /// Whether \p op may be made.
  bool allows(const std::string &op) const {
    return options.only.empty() || options.only.count(op) != 0;
  }

  /// The case, whose outputs are what nobody reads and some of the rest.
  Case finish();
  /// The case with these outputs.
  Case finish(const std::vector<Value> &outputs);

private:
  std::string nextName(const char *prefix);
  Case made;
  std::vector<Value> known;
  std::set<std::string> used;
  unsigned counter = 0;
};

/// One operator: adds its nodes, and gives the result. No value if nothing
/// could be made of it.
struct OpMaker {
  std::string op;
  double weight;
  std::function<Value(Builder &)> make;
};

/// An element-wise operator on a value.
struct ElementOp {
  std::string op;
  double weight;
  std::function<bool(const Builder &, const Value &)> takes;
  std::function<Value(Builder &, const Value &)> make;
};

// The families.
const std::vector<ElementOp> &elementOps();
const std::vector<OpMaker> &productOps();
const std::vector<OpMaker> &convOps();
const std::vector<OpMaker> &poolOps();
const std::vector<OpMaker> &reductionOps();
const std::vector<OpMaker> &normalisationOps();
const std::vector<OpMaker> &movementOps();
const std::vector<OpMaker> &indexOps();
const std::vector<OpMaker> &quantisedOps();
const std::vector<OpMaker> &recurrentOps();
const std::vector<OpMaker> &samplingOps();
const std::vector<OpMaker> &constantOps();

/// A chain of \p length element-wise operators after \p x: what is fused into
/// the kernel that makes it.
Value addTail(Builder &builder, Value x, int length);
/// A Cast, after a Clip where only that makes it defined.
Value addCast(Builder &builder, const Value &x, DType to);

/// The case of \p seed.
Case generate(uint64_t seed, const Options &options);
/// One operator of \p seed, and a chain of 10 to 24 element-wise operators
/// after it: more than kernels usually take with them.
Case generateChain(uint64_t seed);
/// The operators there are.
std::vector<std::string> operatorNames();

} // namespace glowplug::graphs
