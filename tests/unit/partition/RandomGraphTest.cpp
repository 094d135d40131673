// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Random programs among random backends: every op finds a backend, partitions
// follow each other, and the plan computes what the program means.

#include "tests/unit/partition/Testing.h"

#include "core/driver/HostPlan.h"
#include "core/driver/RandomTensor.h"
#include "core/image/Types.h"
#include "core/reference/Interpreter.h"
#include "core/runtime/Session.h"

#include "llvm/ADT/STLExtras.h"

#include <gtest/gtest.h>

#include <random>

using namespace glowplug;
using namespace glowplug::testing;

namespace {

/// Text of a random program over 4x4 matrices of integers, whose arithmetic is
/// exact, so that every order gives the same bits.
class RandomProgram {
public:
  explicit RandomProgram(uint32_t seed) : random(seed) {
    inputs = 1 + pick(3);
    for (unsigned i = 0; i < inputs; ++i)
      values.push_back("%x" + std::to_string(i));
    const unsigned ops = 1 + pick(24);
    for (unsigned i = 0; i < ops; ++i)
      addOp();
  }

  std::string text() {
    const std::string type = "tensor<4x4xi32>";
    std::string arguments, results, types;
    for (unsigned i = 0; i < inputs; ++i)
      arguments += (i ? ", " : "") + values[i] + ": " + type;
    const unsigned outputs = 1 + pick(4);
    for (unsigned i = 0; i < outputs; ++i) {
      // Mostly late values, sometimes an input, sometimes one twice.
      const size_t from =
          pick(4) == 0
              ? pick(values.size())
              : values.size() - 1 - pick(std::min<size_t>(values.size(), 4));
      results += (i ? ", " : "") + values[from];
      types += (i ? ", " : "") + type;
    }
    return "func.func @main(" + arguments + ") -> (" + types + ") {\n" + body +
           "  return " + results + " : " + types + "\n}\n";
  }

private:
  size_t pick(size_t count) { return random() % count; }
  std::string any() {
    return values[values.size() - 1 - pick(std::min<size_t>(values.size(), 6))];
  }

  void addOp() {
    const std::string result = "%v" + std::to_string(values.size());
    const std::string m = "tensor<4x4xi32>";
    switch (pick(7)) {
    case 0:
      body += "  " + result + " = prim.transpose " + any() + " [1, 0] : " + m +
              " -> " + m + "\n";
      break;
    case 1:
      body += "  " + result + " = prim.matmul " + any() + ", " + any() + " : " +
              m + ", " + m + " -> " + m + "\n";
      break;
    case 2:
      body += "  " + result + " = prim.constant dense<" +
              std::to_string(pick(9)) + "> : " + m + "\n";
      break;
    case 3: // there and back: a chain of free ops
      body += "  " + result + "r = prim.reshape " + any() + " : " + m +
              " -> tensor<16xi32>\n  " + result + " = prim.reshape " + result +
              "r : tensor<16xi32> -> " + m + "\n";
      break;
    case 4:
      body += "  " + result + ", " + result + "p = prim.sort " + any() +
              " dim 1 : " + m + " -> " + m + ", tensor<4x4xi64>\n";
      break;
    case 5:
      body += "  " + result + " = prim.matmul " + any() + ", " + any() + " : " +
              m + ", " + m + " -> " + m + " epilogue(" + any() + " : " + m +
              ") {\n  ^bb0(%a: i32, %b: i32):\n    %c = prim.scalar sub(%a, "
              "%b) : (i32, i32) -> i32\n    prim.yield %c : i32\n  }\n";
      break;
    default:
      body += "  " + result + " = prim.map(" + any() + ", " + any() + ") : (" +
              m + ", " + m + ") -> " + m +
              " {\n  ^bb0(%a: i32, %b: i32):\n    %c = prim.scalar add(%a, "
              "%b) : (i32, i32) -> i32\n    prim.yield %c : i32\n  }\n";
    }
    values.push_back(result);
  }

  std::mt19937 random;
  unsigned inputs = 0;
  std::vector<std::string> values;
  std::string body;
};

/// Takes random kinds; of these, changes its mind about some small images.
std::shared_ptr<ProgramBackend> randomBackend(const std::string &name,
                                              std::mt19937 &random) {
  const uint32_t taste = random();
  return std::make_shared<FakeBackend>(name, [taste](const Question &question) {
    const size_t hash = std::hash<std::string>()(question.kind);
    if (question.hasEpilogue && taste % 3 == 0)
      return no("no epilogue", true);
    if (taste % 5 == 0 && question.imageKinds.size() % 4 == hash % 4)
      return no("not in this company");
    if ((taste >> (4 + hash % 20) & 1) != 0)
      return yes();
    return no("not to my taste");
  });
}

std::vector<Tensor> randomInputs(mlir::func::FuncOp function) {
  std::vector<Tensor> inputs;
  for (unsigned i = 0; i < function.getNumArguments(); ++i)
    inputs.push_back(
        llvm::cantFail(randomTensor(DType::i32, {4, 4}, /*seed=*/5, i)));
  return inputs;
}

/// What the program means, before anything is done to it.
std::vector<Tensor> interpreted(mlir::func::FuncOp function,
                                llvm::ArrayRef<Tensor> inputs) {
  const Image image = llvm::cantFail(writeImage(function));
  return llvm::cantFail(interpret(*image::GetProgram(image.bytes.data()),
                                  inputs, image.segments));
}

/// Each partition reads only what is there when its turn comes, and every op
/// is in one partition.
void checkOrder(const PartitionResult &result) {
  llvm::DenseSet<mlir::Value> there;
  size_t ops = 0;
  for (const Partition &partition : result.partitions) {
    for (mlir::Value input : partition.inputs) {
      mlir::Value source = byteSource(input);
      EXPECT_TRUE(mlir::isa<mlir::BlockArgument>(source) ||
                  isFree(source.getDefiningOp()) || there.contains(source));
    }
    there.insert(partition.outputs.begin(), partition.outputs.end());
    ops += partition.opCount;
  }
  EXPECT_EQ(ops, result.report.size());
  // Two neighbours of one backend would be one partition, unless a reshape that
  // the backend does not take is between them.
  for (size_t i = 1; i < result.partitions.size(); ++i) {
    if (result.partitions[i - 1].backend == result.partitions[i].backend) {
      EXPECT_TRUE(
          llvm::any_of(result.partitions[i].inputs, [](mlir::Value input) {
            return input != byteSource(input);
          }));
    }
  }
}

std::unique_ptr<artifact::PortT> port(size_t index) {
  auto result = std::make_unique<artifact::PortT>();
  result->name = std::to_string(index);
  result->dtype = static_cast<uint8_t>(DType::i32);
  result->shape = {4, 4};
  return result;
}

/// Compiles the partitions and runs the plan.
std::vector<Tensor>
executed(mlir::func::FuncOp function, PartitionResult &result,
         llvm::ArrayRef<std::shared_ptr<ProgramBackend>> backends,
         llvm::ArrayRef<Tensor> inputs) {
  ArtifactBuilder builder;
  std::vector<size_t> positions;
  for (size_t i = 0; i < function.getNumArguments(); ++i) {
    builder.plan.inputs.push_back(port(i));
    positions.push_back(i);
  }
  for (size_t i = 0; i < function.getNumResults(); ++i)
    builder.plan.outputs.push_back(port(i));
  BackendSet set;
  for (const auto &backend : backends)
    set.add(backend);
  for (Partition &partition : result.partitions) {
    ProgramBackend &backend = *backends[partition.backend];
    auto program = std::make_shared<CompiledProgram>(llvm::cantFail(
        backend.compile(partition.image.bytes, partition.image.segments)));
    auto part = std::make_unique<artifact::PartT>();
    part->backend = backend.name();
    part->requirement = program->requirement;
    part->blob = builder.addSection(program->blob, program);
    builder.plan.parts.push_back(std::move(part));
  }
  auto noBody = [](mlir::FlatSymbolRefAttr) -> uint32_t {
    ADD_FAILURE() << "the program has no bodies";
    return 0;
  };
  llvm::cantFail(
      planHost({function, result.partitions, /*firstPart=*/0, positions},
               noBody, builder.body, builder));
  auto session = Session::create(std::move(builder).finish(), set);
  EXPECT_TRUE(static_cast<bool>(session)) << message(session.takeError());
  auto outputs = (*session)->run(inputs);
  EXPECT_TRUE(static_cast<bool>(outputs)) << message(outputs.takeError());
  return *outputs;
}

class RandomGraphTest : public ::testing::TestWithParam<uint32_t> {};

} // namespace

TEST_P(RandomGraphTest, ComputesWhatTheProgramMeans) {
  for (uint32_t round = 0; round < 40; ++round) {
    const uint32_t seed = GetParam() * 1000 + round;
    SCOPED_TRACE("seed " + std::to_string(seed));
    const std::string text = RandomProgram(seed).text();
    Program program(text);
    ASSERT_TRUE(program.module) << text;
    const std::vector<Tensor> inputs = randomInputs(program.main());
    const std::vector<Tensor> expected = interpreted(program.main(), inputs);

    std::mt19937 random(seed);
    std::vector<std::shared_ptr<ProgramBackend>> backends;
    for (unsigned i = random() % 4; i != 0; --i)
      backends.push_back(
          randomBackend("fake" + std::to_string(backends.size()), random));
    llvm::Expected<PartitionResult> result = program.partition(backends);
    ASSERT_TRUE(static_cast<bool>(result)) << message(result.takeError());
    checkOrder(*result);

    backends.push_back(referenceBackend());
    const std::vector<Tensor> actual =
        executed(program.main(), *result, backends, inputs);
    ASSERT_EQ(actual.size(), expected.size());
    for (size_t i = 0; i < actual.size(); ++i)
      EXPECT_EQ(actual[i].bytes(), expected[i].bytes())
          << "output " << i << " of\n"
          << text;

    // The same program again gives the same partitions.
    Program twin(text);
    backends.pop_back();
    llvm::Expected<PartitionResult> again = twin.partition(backends);
    ASSERT_TRUE(static_cast<bool>(again)) << message(again.takeError());
    ASSERT_EQ(again->partitions.size(), result->partitions.size());
    for (size_t i = 0; i < again->partitions.size(); ++i)
      EXPECT_EQ(again->partitions[i].image.bytes,
                result->partitions[i].image.bytes);
  }
}

INSTANTIATE_TEST_SUITE_P(Seeds, RandomGraphTest, ::testing::Range(0u, 10u));
