// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A session of a model with several variants takes the one for its inputs, and
// loads it then.

#include "core/artifact/MergeVariants.h"
#include "core/image/ImageBuilder.h"
#include "core/runtime/Session.h"
#include "core/support/FaultError.h"

#include <gtest/gtest.h>

using namespace glowplug;
using artifact::Place;

namespace {

std::string message(llvm::Error error) {
  return llvm::toString(std::move(error));
}

/// y = x + z for tensors f32[n,m], by the interpreter, or by one that refuses
/// its blob.
Artifact addModel(int64_t n, int64_t m, bool isBroken = false) {
  ArtifactBuilder builder;
  ProgramBuilder program("add");
  const ValueId x = program.input("x", DType::f32, {n, m});
  const ValueId z = program.input("z", DType::f32, {n, m});
  program.output(program.map(image::ScalarOp::add, {x, z}));
  auto blob =
      std::make_shared<AlignedBytes>(llvm::ArrayRef<uint8_t>(program.finish()));
  const auto bytes = static_cast<uint64_t>(n * m) * 4;
  for (const char *name : {"x", "z", "y"}) {
    auto port = std::make_unique<artifact::PortT>();
    port->name = name;
    port->dtype = static_cast<uint8_t>(DType::f32);
    port->shape = {n, m};
    const bool isOutput = port->name == "y";
    auto buffer = std::make_unique<artifact::BufferT>();
    buffer->place = isOutput ? Place::output : Place::input;
    buffer->index = port->name == "z" ? 1 : 0;
    buffer->max_bytes = bytes;
    builder.body.buffers.push_back(std::move(buffer));
    (isOutput ? builder.plan.outputs : builder.plan.inputs)
        .push_back(std::move(port));
  }
  auto part = std::make_unique<artifact::PartT>();
  part->backend = "reference";
  part->requirement = isBroken ? "nothing" : "image 0.2, opset 1";
  part->blob = builder.addSection(*blob, blob);
  builder.plan.parts.push_back(std::move(part));
  auto step = std::make_unique<artifact::StepT>();
  step->inputs = {0, 1};
  step->outputs = {2};
  builder.body.steps.push_back(std::move(step));
  return std::move(builder).finish();
}

/// Variants for N = 1 and 3, of which the second may be broken, and M = 2.
Artifact variants(bool isBroken = false) {
  VariantMerger merger({{"N", "M"}, {{"N", "M"}, {"N", "M"}}, {{"N", "M"}}});
  llvm::cantFail(merger.add({1, 2}, addModel(1, 2)));
  llvm::cantFail(merger.add({3, 2}, addModel(3, 2, isBroken)));
  return llvm::cantFail(std::move(merger).finish());
}

Tensor ones(int64_t n, int64_t m) {
  return Tensor::of<float>({n, m},
                           std::vector<float>(static_cast<size_t>(n * m), 1));
}

class VariantsTest : public testing::Test {
protected:
  std::unique_ptr<Session> load(bool isBroken = false) {
    return llvm::cantFail(Session::create(variants(isBroken), set));
  }
  BackendSet set;
};

} // namespace

TEST_F(VariantsTest, TheInputsChoose) {
  auto session = load();
  EXPECT_EQ(typeText(session->inputs()[0]), "f32[N,M]");
  EXPECT_EQ(typeText(session->outputs()[0]), "f32[N,M]");
  EXPECT_EQ(session->interface().variantCount(), 2u);
  for (int64_t n : {3, 1, 3}) {
    const auto outputs = llvm::cantFail(session->run({ones(n, 2), ones(n, 2)}));
    EXPECT_EQ(outputs[0].shape(), llvm::ArrayRef<int64_t>({n, 2}));
    EXPECT_EQ(toDoubles(outputs[0]),
              std::vector<double>(static_cast<size_t>(n * 2), 2));
  }
}

TEST_F(VariantsTest, OthersAreRefusedWithTheirKeys) {
  auto session = load();
  llvm::Error error = session->run({ones(2, 2), ones(2, 2)}).takeError();
  ASSERT_TRUE(error.isA<FaultError>());
  const Fault fault = faultOf(std::move(error));
  EXPECT_EQ(fault.kind, FaultKind::usage);
  EXPECT_EQ(fault.message, "the model was not compiled for N=2, M=2, but for "
                           "N=1, M=2; N=3, M=2");
}

TEST_F(VariantsTest, DimsOfOneNameHaveOneSize) {
  auto session = load();
  EXPECT_EQ(message(session->run({ones(1, 2), ones(3, 2)}).takeError()),
            "input 'z' needs a size of 1 for dimension 'N', as an earlier "
            "input has it, but got 3");
  EXPECT_EQ(message(session->run({ones(1, 2), Tensor::of<float>({2}, {1, 1})})
                        .takeError()),
            "input 'z' needs f32[N,M], but got f32[2]");
  EXPECT_EQ(message(session->run({ones(1, 2)}).takeError()),
            "model has 2 inputs, but got 1");
}

TEST_F(VariantsTest, OutputsHaveTheShapesOfTheVariant) {
  auto session = load();
  auto wrong = llvm::cantFail(session->makeOutputs(0));
  EXPECT_NE(message(session->run({ones(3, 2), ones(3, 2)}, wrong)), "");
  auto right = llvm::cantFail(session->makeOutputs(1));
  EXPECT_EQ(message(session->run({ones(3, 2), ones(3, 2)}, right)), "");
}

TEST_F(VariantsTest, AVariantIsLoadedWhenItRuns) {
  auto session = load(/*isBroken=*/true);
  EXPECT_EQ(llvm::cantFail(session->run({ones(1, 2), ones(1, 2)})).size(), 1u);
  for (int round = 0; round < 2; ++round)
    EXPECT_NE(message(session->run({ones(3, 2), ones(3, 2)}).takeError()), "");
  EXPECT_EQ(llvm::cantFail(session->run({ones(1, 2), ones(1, 2)})).size(), 1u)
      << "the other one still runs";
}

TEST_F(VariantsTest, SizesNameAVariant) {
  auto session = load();
  const ModelInterface &ports = session->interface();
  EXPECT_EQ(llvm::cantFail(ports.variantWith({})), 0u);
  EXPECT_EQ(llvm::cantFail(ports.variantWith({{"N", 3}})), 1u);
  EXPECT_NE(message(ports.variantWith({{"N", 2}}).takeError()), "");
  EXPECT_NE(message(ports.variantWith({{"K", 2}}).takeError())
                .find("no dimension 'K'"),
            std::string::npos);
}
