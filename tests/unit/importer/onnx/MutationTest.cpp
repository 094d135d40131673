// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Models that are nearly right: ONNX's node tests with random changes. No model
// may crash the importer, hang it, or cause an internal error.

#include "tests/unit/importer/onnx/Testing.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <random>
#include <sstream>

using namespace glowplug;
using namespace glowplug::testing;
namespace fs = std::filesystem;

namespace {

/// All node tests, in the order of their names.
std::vector<onnx::ModelProto> readSeeds() {
  std::vector<fs::path> paths;
  for (const auto &entry :
       fs::directory_iterator("/usr/share/libonnx-testdata/data/node"))
    paths.push_back(entry.path() / "model.onnx");
  std::sort(paths.begin(), paths.end());
  std::vector<onnx::ModelProto> seeds;
  for (const fs::path &path : paths) {
    std::ifstream file(path, std::ios::binary);
    onnx::ModelProto &model = seeds.emplace_back();
    EXPECT_TRUE(model.ParseFromIstream(&file)) << path;
  }
  return seeds;
}

/// Changes one thing in a model.
class Mutator {
public:
  explicit Mutator(unsigned seed) : random(seed) {}

  void change(onnx::ModelProto &model, const onnx::ModelProto &other);
  size_t pick(size_t count) { return count == 0 ? 0 : random() % count; }

private:
  int64_t number();
  int type() { return static_cast<int>(pick(26)) - 2; }
  void changeAttribute(onnx::NodeProto &node);
  void changeInput(onnx::GraphProto &graph);
  void changeNode(onnx::GraphProto &graph, const onnx::GraphProto &other);
  void addConstant(onnx::GraphProto &graph);

  std::mt19937_64 random;
};

int64_t Mutator::number() {
  constexpr int64_t interesting[] = {0,
                                     1,
                                     -1,
                                     2,
                                     3,
                                     -2,
                                     -3,
                                     4,
                                     5,
                                     7,
                                     8,
                                     16,
                                     255,
                                     65536,
                                     1 << 20,
                                     1 << 30,
                                     1LL << 31,
                                     (1LL << 31) - 1,
                                     1LL << 32,
                                     1LL << 62,
                                     -(1LL << 31),
                                     std::numeric_limits<int64_t>::max(),
                                     std::numeric_limits<int64_t>::min()};
  return interesting[pick(std::size(interesting))];
}

void Mutator::changeAttribute(onnx::NodeProto &node) {
  if (node.attribute_size() == 0)
    return;
  auto &attribute = *node.mutable_attribute(
      static_cast<int>(pick(static_cast<size_t>(node.attribute_size()))));
  switch (pick(6)) {
  case 0:
    attribute.set_i(number());
    break;
  case 1:
    if (attribute.ints_size() != 0)
      attribute.set_ints(
          static_cast<int>(pick(static_cast<size_t>(attribute.ints_size()))),
          number());
    break;
  case 2:
    attribute.add_ints(number());
    break;
  case 3:
    attribute.set_f(static_cast<float>(number()) / 3);
    break;
  case 4:
    attribute.set_type(
        static_cast<onnx::AttributeProto::AttributeType>(pick(15)));
    break;
  default:
    attribute.set_s(pick(2) ? "SAME_LOWER" : "nonsense");
    break;
  }
}

void Mutator::changeInput(onnx::GraphProto &graph) {
  if (graph.input_size() == 0)
    return;
  auto &tensor = *graph
                      .mutable_input(static_cast<int>(
                          pick(static_cast<size_t>(graph.input_size()))))
                      ->mutable_type()
                      ->mutable_tensor_type();
  auto &shape = *tensor.mutable_shape();
  switch (pick(4)) {
  case 0:
    tensor.set_elem_type(type());
    break;
  case 1:
    if (shape.dim_size() != 0)
      shape
          .mutable_dim(
              static_cast<int>(pick(static_cast<size_t>(shape.dim_size()))))
          ->set_dim_value(number());
    break;
  case 2:
    shape.add_dim()->set_dim_value(static_cast<int64_t>(pick(4)));
    break;
  default:
    if (shape.dim_size() != 0)
      shape.mutable_dim()->RemoveLast();
    break;
  }
}

void Mutator::changeNode(onnx::GraphProto &graph,
                         const onnx::GraphProto &other) {
  if (graph.node_size() == 0 || other.node_size() == 0)
    return;
  auto &node = *graph.mutable_node(
      static_cast<int>(pick(static_cast<size_t>(graph.node_size()))));
  const auto &model = other.node(
      static_cast<int>(pick(static_cast<size_t>(other.node_size()))));
  switch (pick(6)) {
  case 0:
    node.set_op_type(model.op_type());
    break;
  case 1: // the other operator with its attributes, on these inputs
    node.set_op_type(model.op_type());
    *node.mutable_attribute() = model.attribute();
    break;
  case 2:
    if (node.input_size() != 0)
      node.mutable_input()->RemoveLast();
    break;
  case 3:
    if (node.input_size() != 0)
      node.set_input(
          static_cast<int>(pick(static_cast<size_t>(node.input_size()))), "");
    break;
  case 4:
    if (node.input_size() > 1)
      node.mutable_input()->SwapElements(0, node.input_size() - 1);
    break;
  default:
    node.add_output("more");
    break;
  }
}

/// Makes an input a constant of a few numbers: what decides shapes is then
/// known, and wrong.
void Mutator::addConstant(onnx::GraphProto &graph) {
  if (graph.input_size() == 0)
    return;
  const int at =
      static_cast<int>(pick(static_cast<size_t>(graph.input_size())));
  const auto &info = graph.input(at);
  auto &tensor = *graph.add_initializer();
  tensor.set_name(info.name());
  const int type = info.type().tensor_type().elem_type();
  tensor.set_data_type(type);
  uint64_t product = 1; // sizes may be anything: it wraps
  for (const auto &dim : info.type().tensor_type().shape().dim()) {
    tensor.add_dims(dim.dim_value());
    product *= static_cast<uint64_t>(dim.dim_value());
  }
  const auto count = std::min<int64_t>(static_cast<int64_t>(product), 1000);
  for (int64_t i = 0; i < count; ++i)
    if (type == onnx::TensorProto::INT64)
      tensor.add_int64_data(pick(3) ? static_cast<int64_t>(pick(4)) - 1
                                    : number());
    else if (type == onnx::TensorProto::FLOAT)
      tensor.add_float_data(pick(3) ? static_cast<float>(pick(5)) / 2
                                    : static_cast<float>(number()));
    else if (type == onnx::TensorProto::DOUBLE)
      tensor.add_double_data(static_cast<double>(number()));
    else
      tensor.add_int32_data(static_cast<int32_t>(pick(3)));
}

void Mutator::change(onnx::ModelProto &model, const onnx::ModelProto &other) {
  onnx::GraphProto &graph = *model.mutable_graph();
  switch (pick(8)) {
  case 0:
  case 1:
    if (graph.node_size() != 0)
      changeAttribute(*graph.mutable_node(
          static_cast<int>(pick(static_cast<size_t>(graph.node_size())))));
    break;
  case 2:
    changeInput(graph);
    break;
  case 3:
    changeNode(graph, other.graph());
    break;
  case 4:
    if (model.opset_import_size() != 0)
      model.mutable_opset_import(0)->set_version(
          static_cast<int64_t>(pick(26)));
    break;
  default:
    addConstant(graph);
    break;
  }
}

TEST(Mutation, NothingCrashesOrHangs) {
  const std::vector<onnx::ModelProto> seeds = readSeeds();
  ASSERT_FALSE(seeds.empty());
  // More rounds for a longer search: GLOWPLUG_MUTATIONS=200000.
  const char *wish = std::getenv("GLOWPLUG_MUTATIONS");
  const int rounds = wish ? std::atoi(wish) : 8000;
  const char *first = std::getenv("GLOWPLUG_MUTATION_SEED");
  const unsigned base = first ? static_cast<unsigned>(std::atoi(first)) : 1;
  int imported = 0;
  for (int round = 0; round < rounds; ++round) {
    const unsigned seed = base + static_cast<unsigned>(round);
    Mutator mutator(seed);
    onnx::ModelProto model = seeds[mutator.pick(seeds.size())];
    for (size_t i = 0, changes = 1 + mutator.pick(4); i < changes; ++i)
      mutator.change(model, seeds[mutator.pick(seeds.size())]);
    if (wish) { // leaves what crashed behind
      std::ofstream file("mutant.onnx", std::ios::binary);
      model.SerializeToOstream(&file);
    }
    // Of this process alone: the machine may be busy.
    const std::clock_t start = std::clock();
    const Outcome outcome = import(model.SerializeAsString());
    EXPECT_LT(static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC, 5)
        << "seed " << seed;
    EXPECT_FALSE(outcome.text.empty()) << "seed " << seed;
    EXPECT_EQ(outcome.text.find("does not verify"), std::string::npos)
        << "seed " << seed << ": " << outcome.text;
    imported += outcome.imported;
  }
  // The changes are small enough that part of the models stays right.
  EXPECT_GT(imported, rounds / 10);
  EXPECT_LT(imported, rounds * 9 / 10);
}

} // namespace
