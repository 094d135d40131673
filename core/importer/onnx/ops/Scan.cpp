// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Scan: its body runs once per element of the inputs along an axis.

#include "core/importer/onnx/ops/Families.h"
#include "core/importer/onnx/ops/RepeatedGraph.h"
#include "core/importer/onnx/proto/onnx.pb.h"

using namespace glowplug;
using namespace glowplug::importer;

namespace {

/// An input or output of a Scan that has an element per iteration.
struct Scanned {
  int64_t axis = 0;
  bool isReversed = false;
};

} // namespace

/// The two attributes as one list, of \p count entries.
static SmallVector<Scanned> scannedOf(Node &node, StringRef axes,
                                      StringRef directions, size_t count) {
  SmallVector<Scanned> result(count);
  const auto given = node.intsAttr(axes), reversed = node.intsAttr(directions);
  for (auto [name, list] : {std::pair(axes, &given), {directions, &reversed}})
    if (!node.check(!*list || (*list)->size() == count,
                    "attribute '" + name + "' needs " + Twine(count) +
                        " entries, but has " +
                        Twine(*list ? (*list)->size() : 0)))
      return result;
  for (size_t i = 0; i < count; ++i) {
    result[i].axis = given ? (*given)[i] : 0;
    const int64_t direction = reversed ? (*reversed)[i] : 0;
    node.check(direction == 0 || direction == 1,
               "attribute '" + directions +
                   "' needs entries of 0 or 1, but "
                   "got " +
                   Twine(direction));
    result[i].isReversed = direction == 1;
  }
  return result;
}

/// Element \p iteration of \p count along \p at of input \p input.
static Value elementAt(Node &node, unsigned input, const Scanned &at,
                       const Meaning &iteration, int64_t count) {
  PrimBuilder &b = node.b;
  Value index;
  if (std::holds_alternative<Tensor>(iteration)) {
    const int64_t number =
        std::get<Tensor>(iteration).elements<int64_t>().front();
    index =
        b.indices({at.isReversed ? count - 1 - number : number}, prim::Shape{});
  } else {
    index = std::get<Value>(iteration);
    if (at.isReversed)
      index = b.sub(b.indices({count - 1}, prim::Shape{}), index);
  }
  return b.gather(node.input(input), index, at.axis);
}

static LogicalResult importScan(Node &node) {
  const onnx::GraphProto *body = node.graphAttr("body");
  const int64_t scanned = node.requiredInt("num_scan_inputs");
  const int64_t states = static_cast<int64_t>(node.numInputs()) - scanned;
  if (node.failed() ||
      !node.check(scanned >= 1 && states >= 0,
                  "attribute 'num_scan_inputs' needs to be from 1 to " +
                      Twine(node.numInputs()) + ", but got " +
                      Twine(scanned)) ||
      !node.check(body->output_size() >= states,
                  "graph '" + body->name() + "' needs " + Twine(states) +
                      " outputs or more, but has " +
                      Twine(body->output_size())))
    return llvm::failure();
  const auto first = static_cast<unsigned>(states);
  SmallVector<Scanned> inputs =
      scannedOf(node, "scan_input_axes", "scan_input_directions",
                static_cast<size_t>(scanned));
  const SmallVector<Scanned> outputs =
      scannedOf(node, "scan_output_axes", "scan_output_directions",
                static_cast<size_t>(body->output_size() - states));
  int64_t count = -1;
  for (auto [i, at] : llvm::enumerate(inputs)) {
    const unsigned input = first + static_cast<unsigned>(i);
    at.axis = node.axis(at.axis, node.rank(input), "scan_input_axes");
    if (node.failed() || !node.checkRank(input, 1))
      return llvm::failure();
    const int64_t size = node.shape(input)[static_cast<size_t>(at.axis)];
    if (!node.check(count < 0 || size == count,
                    "input " + Twine(input) + " needs " + Twine(count) +
                        " elements to scan, but has " + Twine(size)))
      return llvm::failure();
    count = size;
  }

  auto inputsOf = [&](const Meaning &iteration, ArrayRef<Meaning> carried) {
    SmallVector<Meaning> values(carried);
    for (auto [i, at] : llvm::enumerate(inputs))
      values.push_back(elementAt(node, first + static_cast<unsigned>(i), at,
                                 iteration, count));
    return values;
  };
  RepeatedGraph loop(node, *body, inputsOf, /*givesCondition=*/false);
  loop.trips = count;
  for (unsigned i = 0; i < first; ++i)
    loop.carried.push_back(node.input(i));
  std::optional<SmallVector<Meaning>> results = loop.run();
  if (!results)
    return llvm::failure();
  for (auto [i, at] : llvm::enumerate(outputs)) {
    auto &rows = std::get<Value>((*results)[first + i]);
    const int64_t rank = prim::rankOf(rows);
    if (at.isReversed && count > 0) {
      prim::Shape starts(static_cast<size_t>(rank)),
          strides(static_cast<size_t>(rank), 1);
      starts[0] = count - 1;
      strides[0] = -1;
      rows =
          node.b.slice(rows, starts, prim::Shape(prim::shapeOf(rows)), strides);
    }
    const int64_t axis = node.axis(at.axis, rank, "scan_output_axes");
    prim::Shape order;
    for (int64_t dim = 1; dim < rank; ++dim)
      order.push_back(dim);
    order.insert(order.begin() + axis, 0);
    rows = node.b.transpose(rows, order);
  }
  return node.anyResults(*results);
}

ArrayRef<OpRow> importer::scanRows() {
  static constexpr OpRow rows[] = {
      notSupported("Scan", 8,
                   "batches of sequences are not supported; from version 9 on, "
                   "there are none"),
      {"Scan", 9, {1, anyNumber}, importScan, "", anyNumber},
  };
  return rows;
}
