// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Sequences, whose lengths are known: each is a list of values, which are taken
// apart and put together here.

#include "core/importer/file/Error.h"
#include "core/importer/onnx/ops/Families.h"
#include "core/importer/onnx/proto/onnx.pb.h"

using namespace glowplug;
using namespace glowplug::importer;

/// Input \p i as a place among \p count elements; negative ones count from the
/// end. 0 when it failed.
static size_t place(Node &n, unsigned i, size_t count) {
  const int64_t given = n.intInput(i, "position");
  const auto most = static_cast<int64_t>(count);
  if (!n.check(given >= -most && given < most,
               "position needs to be from " + Twine(-most) + " to " +
                   Twine(most - 1) + ", but got " + Twine(given)))
    return 0;
  return static_cast<size_t>(given < 0 ? given + most : given);
}

/// The result is a sequence of \p elements.
static LogicalResult give(Node &n, ArrayRef<Value> elements) {
  return n.anyResults(Meaning(Sequence{SmallVector<Value>(elements)}));
}

static LogicalResult importEmpty(Node &n) {
  n.ignoreAttr("dtype");
  return give(n, {});
}

static LogicalResult importConstruct(Node &n) { return give(n, n.inputs()); }

static LogicalResult importAt(Node &n) {
  const SmallVector<Value> elements = n.sequence(0);
  const size_t at = n.failed() ? 0 : place(n, 1, elements.size());
  return n.failed() ? llvm::failure() : n.result(elements[at]);
}

static LogicalResult importErase(Node &n) {
  SmallVector<Value> elements = n.sequence(0);
  if (!n.check(!elements.empty(), "the sequence is empty"))
    return llvm::failure();
  const size_t at =
      n.hasInput(1) ? place(n, 1, elements.size()) : elements.size() - 1;
  elements.erase(elements.begin() + static_cast<std::ptrdiff_t>(at));
  return give(n, elements);
}

static LogicalResult importInsert(Node &n) {
  SmallVector<Value> elements = n.sequence(0);
  if (n.failed())
    return llvm::failure();
  const auto count = static_cast<int64_t>(elements.size());
  int64_t at = n.hasInput(2) ? n.intInput(2, "position") : count;
  if (!n.check(at >= -count && at <= count,
               "position needs to be from " + Twine(-count) + " to " +
                   Twine(count) + ", but got " + Twine(at)))
    return llvm::failure();
  at = at < 0 ? at + count : at;
  elements.insert(elements.begin() + at, n.input(1));
  return give(n, elements);
}

static LogicalResult importLength(Node &n) {
  const auto count = static_cast<int64_t>(n.sequence(0).size());
  return n.result(n.indices({count}, prim::Shape{}));
}

/// The sizes of the parts of \p total elements along the axis.
static SmallVector<int64_t> partSizes(Node &n, int64_t total) {
  if (!n.hasInput(1))
    return SmallVector<int64_t>(static_cast<size_t>(total), 1);
  SmallVector<int64_t> sizes = n.intsInput(1, "split");
  if (n.failed())
    return {};
  if (n.rank(1) == 0) { // parts of one size, the last of what is left
    const int64_t size = sizes.front();
    if (!n.atLeast(size, 1, "split"))
      return {};
    sizes.clear();
    for (int64_t left = total; left > 0; left -= size)
      sizes.push_back(std::min(left, size));
    return sizes;
  }
  int64_t sum = 0;
  for (int64_t size : sizes) {
    if (!n.atLeast(size, 0, "split"))
      return {};
    sum += size;
  }
  n.check(sum == total, "split needs sizes that add up to " + Twine(total) +
                            ", but they add up to " + Twine(sum));
  return sizes;
}

static LogicalResult importSplit(Node &n) {
  const int64_t axis = n.axis(n.intAttr("axis", 0), n.rank(0));
  const bool keepDims = n.flagAttr("keepdims", true) || n.hasInput(1);
  if (n.failed() || !n.checkRank(0, 1))
    return llvm::failure();
  const auto dim = static_cast<size_t>(axis);
  const SmallVector<int64_t> sizes = partSizes(n, n.shape(0)[dim]);
  SmallVector<Value> parts;
  prim::Shape starts(n.shape(0).size()), shape(n.shape(0));
  for (int64_t size : sizes) {
    shape[dim] = size;
    Value part =
        n.b.slice(n.input(0), starts, shape, prim::Shape(shape.size(), 1));
    starts[dim] += size;
    if (!keepDims) {
      prim::Shape without(shape);
      without.erase(without.begin() + axis);
      part = n.b.reshape(part, without);
    }
    parts.push_back(part);
  }
  return give(n, parts);
}

static LogicalResult importConcat(Node &n) {
  SmallVector<Value> elements = n.sequence(0);
  const bool newAxis = n.flagAttr("new_axis");
  if (!n.check(!elements.empty(), "the sequence is empty"))
    return llvm::failure();
  const int64_t rank = prim::rankOf(elements[0]);
  const int64_t axis = n.axis(n.requiredInt("axis"), newAxis ? rank + 1 : rank);
  prim::Shape first(prim::shapeOf(elements[0]));
  int64_t total = 0;
  for (Value &element : elements) {
    prim::Shape shape(prim::shapeOf(element));
    if (!n.check(prim::elementOf(element) == prim::elementOf(elements[0]) &&
                     shape.size() == first.size(),
                 "the elements of the sequence need one type and one rank"))
      return llvm::failure();
    for (size_t i = 0; i < shape.size(); ++i)
      if (!n.check(shape[i] == first[i] ||
                       (!newAxis && static_cast<int64_t>(i) == axis),
                   "the elements of the sequence need one size in dim " +
                       Twine(i) + ", but got " + Twine(first[i]) + " and " +
                       Twine(shape[i])))
        return llvm::failure();
    if (newAxis) {
      shape.insert(shape.begin() + axis, 1);
      element = n.b.reshape(element, shape);
    }
    total += shape[static_cast<size_t>(axis)];
  }
  prim::Shape result(prim::shapeOf(elements[0]));
  result[static_cast<size_t>(axis)] = total;
  if (!n.checkShape(result))
    return llvm::failure();
  return n.result(n.b.concat(elements, axis));
}

/// The inputs of the body for element \p element of the first sequence.
static SmallVector<Meaning> inputsOfElement(Node &n, size_t element,
                                            size_t count) {
  SmallVector<Meaning> inputs;
  for (unsigned i = 0; i < n.numInputs() && !n.failed(); ++i) {
    if (!n.isSequence(i)) {
      inputs.push_back(n.input(i));
      continue;
    }
    const SmallVector<Value> other = n.sequence(i);
    if (n.check(other.size() == count,
                "input " + Twine(i) + " needs " + Twine(count) +
                    " elements, but has " + Twine(other.size())))
      inputs.push_back(other[element]);
  }
  return inputs;
}

/// The body, once per element of the first sequence; each of its outputs
/// becomes a sequence.
static LogicalResult importMap(Node &n) {
  const onnx::GraphProto *body = n.graphAttr("body");
  const size_t count = n.sequence(0).size();
  if (n.failed() ||
      !n.check(static_cast<int>(n.numOutputs()) == body->output_size(),
               "graph '" + body->name() + "' needs " + Twine(n.numOutputs()) +
                   " outputs, but has " + Twine(body->output_size())))
    return llvm::failure();
  SmallVector<Sequence> results(n.numOutputs());
  for (size_t element = 0; element < count; ++element) {
    const SmallVector<Meaning> inputs = inputsOfElement(n, element, count);
    std::optional<SmallVector<Meaning>> made = n.inlineGraph(*body, inputs);
    if (!made)
      return llvm::failure();
    for (auto [sequence, result] : llvm::zip_equal(results, *made)) {
      const auto *value = std::get_if<Value>(&result);
      if (!value)
        return n.unsupported("graph '" + body->name() +
                             "' gives sequences; tensors are supported");
      sequence.elements.push_back(*value);
    }
  }
  return n.anyResults(SmallVector<Meaning>(results.begin(), results.end()));
}

//===----------------------------------------------------------------------===//
// Optional values: those that are there
//===----------------------------------------------------------------------===//

/// A value that is there, or none of the type that is given.
static LogicalResult importOptional(Node &n) {
  n.ignoreAttr("type");
  return n.anyResults(n.meaning(0));
}

static LogicalResult importGetElement(Node &n) {
  if (!n.check(n.hasInput(0), "input 0 is an optional without a value"))
    return llvm::failure();
  return n.anyResults(n.meaning(0));
}

static LogicalResult importHasElement(Node &n) {
  const int64_t isThere = n.hasInput(0);
  return n.result(n.b.splat(isThere, n.b.builder.getI1Type()));
}

/// A row for an operator on sequences.
static constexpr OpRow row(llvm::StringLiteral name, InputCount inputs,
                           Handler handler, int since = 11, int outputs = 1) {
  return {name,    since, inputs, handler, "lengths and positions known",
          outputs, "",    true};
}

ArrayRef<OpRow> importer::sequenceRows() {
  static constexpr OpRow rows[] = {
      row("ConcatFromSequence", 1, importConcat),
      {"Optional", 15, {0, 1}, importOptional, "", 1, "", true},
      {"OptionalGetElement", 15, {0, 1}, importGetElement, "", 1, "", true},
      {"OptionalHasElement", 15, {0, 1}, importHasElement, "", 1, "", true},
      row("SequenceAt", 2, importAt),
      row("SequenceConstruct", {1, anyNumber}, importConstruct),
      row("SequenceEmpty", 0, importEmpty),
      row("SequenceErase", {1, 2}, importErase),
      row("SequenceInsert", {2, 3}, importInsert),
      row("SequenceLength", 1, importLength),
      row("SequenceMap", {1, anyNumber}, importMap, 17, anyNumber),
      row("SplitToSequence", {1, 2}, importSplit),
  };
  return rows;
}
