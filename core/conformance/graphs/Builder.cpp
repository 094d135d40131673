// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Sizes, values and nodes of a graph under construction.

#include "core/conformance/graphs/Builder.h"

#include "core/support/Convert.h"
#include "core/support/Dispatch.h"

#include "llvm/ADT/STLExtras.h"

using namespace glowplug;
using namespace glowplug::graphs;

//===----------------------------------------------------------------------===//
// Types and attributes
//===----------------------------------------------------------------------===//

const std::vector<DType> &graphs::floatTypes() {
  static const std::vector<DType> types = {DType::f32, DType::f16, DType::bf16,
                                           DType::f64};
  return types;
}
const std::vector<DType> &graphs::integerTypes() {
  static const std::vector<DType> types = {DType::i8,  DType::u8,  DType::i16,
                                           DType::u16, DType::i32, DType::u32,
                                           DType::i64, DType::u64};
  return types;
}
const std::vector<DType> &graphs::numberTypes() {
  static const std::vector<DType> types = [] {
    std::vector<DType> all = integerTypes();
    // Floats half of the time.
    for (int i = 0; i < 2; ++i)
      llvm::append_range(all, floatTypes());
    return all;
  }();
  return types;
}
const std::vector<DType> &graphs::allTypes() {
  static const std::vector<DType> types = [] {
    std::vector<DType> all = numberTypes();
    all.push_back(DType::boolean);
    return all;
  }();
  return types;
}
const std::vector<DType> &graphs::computeTypes() {
  static const std::vector<DType> types = {DType::f32, DType::f32, DType::f32,
                                           DType::f16, DType::f16, DType::bf16,
                                           DType::f64};
  return types;
}

Attributes &Attributes::set(const std::string &name, int64_t value) {
  onnx::AttributeProto &attribute = list.emplace_back();
  attribute.set_name(name);
  attribute.set_type(onnx::AttributeProto::INT);
  attribute.set_i(value);
  return *this;
}

Attributes &Attributes::set(const std::string &name, const Shape &values) {
  onnx::AttributeProto &attribute = list.emplace_back();
  attribute.set_name(name);
  attribute.set_type(onnx::AttributeProto::INTS);
  for (int64_t value : values)
    attribute.add_ints(value);
  return *this;
}

Attributes &Attributes::set(const std::string &name, float value) {
  onnx::AttributeProto &attribute = list.emplace_back();
  attribute.set_name(name);
  attribute.set_type(onnx::AttributeProto::FLOAT);
  attribute.set_f(value);
  return *this;
}

Attributes &Attributes::set(const std::string &name, const char *text) {
  onnx::AttributeProto &attribute = list.emplace_back();
  attribute.set_name(name);
  attribute.set_type(onnx::AttributeProto::STRING);
  attribute.set_s(text);
  return *this;
}

Attributes &Attributes::set(const std::string &name,
                            const std::vector<std::string> &texts) {
  onnx::AttributeProto &attribute = list.emplace_back();
  attribute.set_name(name);
  attribute.set_type(onnx::AttributeProto::STRINGS);
  for (const std::string &text : texts)
    attribute.add_strings(text);
  return *this;
}

//===----------------------------------------------------------------------===//
// Sizes
//===----------------------------------------------------------------------===//

Builder::Builder(Random &random, Options options, DataStyle style)
    : random(random), options(std::move(options)), style(style) {
  // What ONNX Runtime reads as well.
  made.model.set_ir_version(10);
  made.model.set_producer_name("graph-fuzz");
  made.model.mutable_graph()->set_name("fuzz");
  auto &opset = *made.model.add_opset_import();
  opset.set_domain("");
  opset.set_version(21);
}

int64_t Builder::filledDim() {
  const double choice = random.unit();
  if (choice < 0.15)
    return 1;
  if (choice < 0.6)
    return random.range(2, 6);
  return random.pick({7, 8, 9, 12, 15, 16, 17, 24, 31, 32, 33, 63, 64, 65});
}

int64_t Builder::dim() { return random.chance(0.015) ? 0 : filledDim(); }

Shape Builder::shape(int64_t leastRank, int64_t mostRank, int64_t most) {
  // Ranks 1 to 4 are the usual ones.
  int64_t rank = random.chance(0.75) ? random.range(1, 4) : random.range(0, 6);
  rank = std::clamp(rank, leastRank, mostRank);
  Shape result(rank);
  for (int64_t &size : result)
    size = dim();
  while (elementsOf(result) > most)
    for (int64_t &size : result)
      if (elementsOf(result) > most && size > 1 && random.chance(0.5))
        size = size > 8 ? random.range(2, 9) : size - 1;
  return result;
}

Shape Builder::broadcastable(const Shape &to) {
  const double choice = random.unit();
  if (choice < 0.4 || to.empty())
    return to;
  if (choice < 0.5)
    return {};
  if (choice < 0.6)
    return Shape(to.size(), 1);
  if (choice < 0.75)
    return {to.back()};
  if (choice < 0.85 && to.size() > 2) { // per channel
    Shape result(to.size() - 1, 1);
    result[0] = to[1];
    return result;
  }
  Shape result(to.end() - random.range(0, static_cast<int64_t>(to.size())),
               to.end());
  for (int64_t &size : result)
    if (random.chance(0.4))
      size = 1;
  return result;
}

DType Builder::type(const std::vector<DType> &types) {
  std::vector<DType> usual;
  for (DType candidate : types)
    if (llvm::is_contained({DType::f32, DType::f32, DType::i32, DType::i64,
                            DType::u8, DType::i8, DType::boolean},
                           candidate))
      usual.push_back(candidate);
  return options.strict && !usual.empty() && random.chance(0.93)
             ? random.pick(usual)
             : random.pick(types);
}

//===----------------------------------------------------------------------===//
// Values
//===----------------------------------------------------------------------===//

std::string Builder::nextName(const char *prefix) {
  return prefix + std::to_string(counter++);
}

Value Builder::fresh(DType type, const Shape &shape, const Fill &fill,
                     double constantChance) {
  Tensor tensor = makeData(random, type, shape, fill, style);
  if (random.chance(constantChance))
    return constant(tensor);
  const std::string name = nextName("x");
  describe(*made.model.mutable_graph()->add_input(), name, type, shape);
  made.inputs.push_back(std::move(tensor));
  return known.emplace_back(Value{name, type, shape});
}

Value Builder::weights(DType type, const Shape &shape, bool finite) {
  const Fill fill =
      finite && style.special && isFloat(type) ? Fill::between(-2, 2) : Fill();
  return fresh(type, shape, fill, 0.8);
}

Value Builder::constant(const Tensor &tensor) {
  const std::string name = nextName("c");
  *made.model.mutable_graph()->add_initializer() = protoOf(tensor, name);
  return {name, tensor.dtype(), Shape(tensor.shape())};
}

Value Builder::ints(const Shape &values) {
  return constant(Tensor::of<int64_t>({static_cast<int64_t>(values.size())},
                                      llvm::ArrayRef<int64_t>(values)));
}

Value Builder::scalar(DType type, double value) {
  Tensor tensor = llvm::cantFail(Tensor::zeros(type, {}));
  dispatch(type, [&]<typename T>(TypeTag<T>) {
    tensor.mutableElements<T>()[0] = convert<T>(value);
  });
  return constant(tensor);
}

Value Builder::some(const std::vector<DType> &types,
                    const std::function<bool(const Value &)> &fits,
                    int64_t leastRank, int64_t mostRank) {
  std::vector<Value> candidates;
  for (const Value &value : known)
    if (llvm::is_contained(types, value.type) && value.rank() >= leastRank &&
        value.rank() <= mostRank && (!fits || fits(value)))
      candidates.push_back(value);
  // The newest most of the time, so that graphs become deep.
  if (!candidates.empty() && random.chance(0.85))
    return random.chance(0.6) ? candidates.back() : random.pick(candidates);
  for (int attempt = 0; attempt < 8; ++attempt) {
    const Shape wanted = shape(leastRank, mostRank);
    const Value probe{"?", type(types), wanted};
    if (!fits || fits(probe))
      return fresh(probe.type, wanted, {}, /*constantChance=*/0.05);
  }
  return {};
}

Value Builder::like(DType type, const Shape &shape) {
  for (const Value &value : known)
    if (value.type == type && value.shape == shape && random.chance(0.4))
      return value;
  return fresh(type, shape);
}

Value Builder::operand(const Value &x, DType type, const Fill &fill) {
  if (fill.kind == Fill::Kind::any)
    for (size_t i = known.size(); i-- > 0;)
      if (known[i].type == type && known[i].shape == x.shape &&
          random.chance(0.3))
        return known[i];
  return fresh(type, broadcastable(x.shape), fill, 0.5);
}

//===----------------------------------------------------------------------===//
// Nodes
//===----------------------------------------------------------------------===//

/// About how many multiply-adds a node has: of a product, the elements of its
/// result times those of a row of its second operand.
static double macsOf(const std::string &op, const std::vector<Value> &inputs,
                     const Value &result) {
  const llvm::StringRef name = op;
  if (!name.contains("Conv") && !name.contains("MatMul") && op != "Gemm")
    return 0;
  const size_t second = name.starts_with("QLinear") ? 3 : 1;
  if (second >= inputs.size() || inputs[second].shape.empty())
    return 0;
  const int64_t rows = std::max<int64_t>(inputs[second].shape[0], 1);
  return static_cast<double>(result.count()) *
         static_cast<double>(inputs[second].count()) /
         static_cast<double>(rows);
}

std::vector<Value>
Builder::nodes(const std::string &op, const std::string &domain,
               const std::vector<Value> &inputs,
               const std::vector<std::pair<DType, Shape>> &results,
               const Attributes &attributes, bool exact) {
  onnx::NodeProto &node = *made.model.mutable_graph()->add_node();
  node.set_op_type(op);
  if (!domain.empty()) {
    node.set_domain(domain);
    if (llvm::none_of(made.model.opset_import(), [&](const auto &set) {
          return set.domain() == domain;
        })) {
      auto &opset = *made.model.add_opset_import();
      opset.set_domain(domain);
      opset.set_version(1);
    }
  }
  for (const Value &input : inputs) {
    node.add_input(input.name);
    used.insert(input.name);
    exact &= input.exact;
  }
  for (const onnx::AttributeProto &attribute : attributes.list)
    *node.add_attribute() = attribute;
  std::vector<Value> values;
  for (const auto &[type, shape] : results) {
    values.push_back({nextName("v"), type, shape, exact});
    node.add_output(values.back().name);
    node.set_name(values.front().name);
  }
  made.macs += macsOf(op, inputs, values.front());
  llvm::append_range(known, values);
  return values;
}

Value Builder::node(const std::string &op, const std::vector<Value> &inputs,
                    DType type, const Shape &shape,
                    const Attributes &attributes, bool exact) {
  return nodes(op, "", inputs, {{type, shape}}, attributes, exact).front();
}

Case Builder::finish() {
  std::set<std::string> fromNodes;
  for (const onnx::NodeProto &node : made.model.graph().node())
    fromNodes.insert(node.output().begin(), node.output().end());
  std::vector<Value> outputs;
  for (const Value &value : known)
    if (fromNodes.count(value.name) != 0 &&
        (used.count(value.name) == 0 || random.chance(0.1)))
      outputs.push_back(value);
  return finish(outputs);
}

Case Builder::finish(const std::vector<Value> &outputs) {
  onnx::GraphProto &graph = *made.model.mutable_graph();
  for (const Value &output : outputs)
    describe(*graph.add_output(), output.name, output.type, output.shape);
  return std::move(made);
}
