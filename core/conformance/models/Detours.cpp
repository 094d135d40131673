// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Values that go a longer way and come back as they were.

#include "core/conformance/models/Variants.h"

#include "core/conformance/graphs/Builder.h"

#include "llvm/ADT/STLExtras.h"

#include <fmt/format.h>

namespace glowplug::models {
namespace {

using graphs::Attributes;
using graphs::Shape;

/// A value of a model, with what is known of it.
struct Place {
  std::string name;
  Shape shape;
};

class DetourMaker {
public:
  DetourMaker(onnx::GraphProto &graph, Random &random)
      : graph(graph), random(random) {}

  void add(int count);

private:
  std::vector<Place> places() const;
  /// Sends \p place on the detour number \p kind; the name at its end.
  std::string detour(const Place &place, unsigned kind);
  std::string slicesJoined(const Place &place);
  std::string turnedTwice(const Place &place);
  std::string paddedAndCut(const Place &place);
  std::string reshapedTwice(const Place &place);
  std::string node(const char *op, const std::vector<std::string> &inputs,
                   const Attributes &attributes = {});
  std::string ints(const Shape &values);

  onnx::GraphProto &graph;
  Random &random;
  unsigned counter = 0;
};

} // namespace

/// The shapes of values by name: those of float models, and what quantisation
/// has made of them.
static std::map<std::string, Shape> shapesOf(const onnx::GraphProto &graph) {
  std::map<std::string, Shape> shapes;
  const auto note = [&](const onnx::ValueInfoProto &info) {
    Shape &shape = shapes[info.name()];
    for (const auto &dim : info.type().tensor_type().shape().dim())
      shape.push_back(dim.dim_value());
  };
  llvm::for_each(graph.input(), note);
  llvm::for_each(graph.value_info(), note);
  for (const onnx::NodeProto &node : graph.node())
    if (node.op_type() == "QuantizeLinear" ||
        node.op_type() == "DequantizeLinear")
      if (const auto found = shapes.find(node.input(0)); found != shapes.end())
        shapes.emplace(node.output(0), found->second);
  return shapes;
}

/// What may be sent on a detour: in a model with quantisation what it gives,
/// since islands of integers end where floats are moved.
std::vector<Place> DetourMaker::places() const {
  const std::map<std::string, Shape> shapes = shapesOf(graph);
  const bool isQuantised =
      llvm::any_of(graph.node(), [](const onnx::NodeProto &node) {
        return node.op_type() == "QuantizeLinear";
      });
  std::vector<Place> found;
  for (const onnx::NodeProto &node : graph.node()) {
    const auto shape = shapes.find(node.output(0));
    const bool isOutput = llvm::any_of(graph.output(), [&](const auto &port) {
      return port.name() == node.output(0);
    });
    if (shape != shapes.end() && shape->second.size() > 1 && !isOutput &&
        (!isQuantised || node.op_type() == "QuantizeLinear"))
      found.push_back({node.output(0), shape->second});
  }
  return found;
}

std::string DetourMaker::node(const char *op,
                              const std::vector<std::string> &inputs,
                              const Attributes &attributes) {
  onnx::NodeProto &made = *graph.add_node();
  made.set_op_type(op);
  for (const std::string &input : inputs)
    made.add_input(input);
  for (const onnx::AttributeProto &attribute : attributes.list)
    *made.add_attribute() = attribute;
  made.add_output(fmt::format("detour{}", counter++));
  made.set_name(made.output(0));
  return made.output(0);
}

std::string DetourMaker::ints(const Shape &values) {
  const std::string name = fmt::format("detour_numbers{}", counter++);
  *graph.add_initializer() =
      graphs::protoOf(Tensor::of<int64_t>({static_cast<int64_t>(values.size())},
                                          llvm::ArrayRef<int64_t>(values)),
                      name);
  return name;
}

static size_t largestAxis(const Shape &shape) {
  return llvm::max_element(shape) - shape.begin();
}

std::string DetourMaker::slicesJoined(const Place &place) {
  const size_t axis = largestAxis(place.shape);
  const int64_t size = place.shape[axis];
  const Shape cuts = {0, size / 3, size - size / 4, size};
  std::vector<std::string> parts;
  for (size_t i = 0; i + 1 < cuts.size(); ++i)
    if (cuts[i] < cuts[i + 1])
      parts.push_back(
          node("Slice", {place.name, ints({cuts[i]}), ints({cuts[i + 1]}),
                         ints({static_cast<int64_t>(axis)})}));
  return node("Concat", parts,
              Attributes().set("axis", static_cast<int64_t>(axis)));
}

std::string DetourMaker::turnedTwice(const Place &place) {
  // Not its own inverse from three dims on.
  Shape turn, back(place.shape.size());
  for (size_t i = 0; i < place.shape.size(); ++i) {
    turn.push_back(static_cast<int64_t>((i + 1) % place.shape.size()));
    back[turn.back()] = static_cast<int64_t>(i);
  }
  Place turned;
  turned.name = node("Transpose", {place.name}, Attributes().set("perm", turn));
  for (const int64_t axis : turn)
    turned.shape.push_back(place.shape[axis]);
  // What lies in between keeps the two from cancelling.
  return node("Transpose", {slicesJoined(turned)},
              Attributes().set("perm", back));
}

std::string DetourMaker::paddedAndCut(const Place &place) {
  const size_t rank = place.shape.size(), axis = largestAxis(place.shape);
  Shape pads(2 * rank, 0);
  pads[axis] = 2;
  pads[rank + axis] = 1;
  return node("Slice", {node("Pad", {place.name, ints(pads)}), ints({2}),
                        ints({place.shape[axis] + 2}),
                        ints({static_cast<int64_t>(axis)})});
}

std::string DetourMaker::reshapedTwice(const Place &place) {
  const std::string flat = node("Reshape", {place.name, ints({-1})});
  const int64_t count = graphs::elementsOf(place.shape);
  // The halves change their places twice.
  const Shape halves = {count / 2};
  const auto part = [&](const std::string &of, int64_t begin, int64_t end) {
    return node("Slice", {of, ints({begin}), ints({end}), ints({0})});
  };
  const Attributes along = Attributes().set("axis", int64_t{0});
  const std::string swapped =
      node("Concat", {part(flat, count / 2, count), part(flat, 0, count / 2)},
           along);
  const int64_t first = count - count / 2;
  const std::string again = node(
      "Concat", {part(swapped, first, count), part(swapped, 0, first)}, along);
  return node("Reshape", {again, ints(place.shape)});
}

std::string DetourMaker::detour(const Place &place, unsigned kind) {
  switch (kind) {
  case 0:
    return slicesJoined(place);
  case 1:
    return turnedTwice(place);
  case 2:
    return paddedAndCut(place);
  default:
    return reshapedTwice(place);
  }
}

void DetourMaker::add(int count) {
  constexpr unsigned kinds = 4;
  std::vector<Place> all = places();
  auto kind = static_cast<unsigned>(random.below(kinds));
  for (int i = 0; i < count && !all.empty(); ++i, ++kind) {
    const size_t chosen = random.below(all.size());
    const Place place = all[chosen];
    all.erase(all.begin() + static_cast<ptrdiff_t>(chosen));
    const int before = graph.node_size();
    const std::string end = detour(place, kind % kinds);
    for (int n = 0; n < before; ++n)
      for (std::string &input : *graph.mutable_node(n)->mutable_input())
        if (input == place.name)
          input = end;
  }
}

Related withDetours(const graphs::Case &model, uint64_t seed) {
  constexpr int detours = 3;
  Random random(seed);
  Related related;
  related.whole = model;
  related.other = model.model;
  DetourMaker(*related.other.mutable_graph(), random).add(detours);
  related.runs = {model.inputs};
  related.join = [](const std::vector<std::vector<Tensor>> &runs) {
    return runs.front();
  };
  return related;
}

} // namespace glowplug::models
