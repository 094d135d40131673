// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A session runs a plan, and refuses inputs that do not fit.

#include "core/runtime/Session.h"
#include "core/image/ImageBuilder.h"
#include "core/runtime/Errors.h"

#include <gtest/gtest.h>

using namespace glowplug;
using artifact::Place;

namespace {

std::string message(llvm::Error error) {
  return llvm::toString(std::move(error));
}

/// An artifact of one part for the interpreter: y = x + b, where b may be
/// bound.
class AddModel {
public:
  AddModel() {
    ProgramBuilder program("add");
    const ValueId x = program.input("x", DType::f32, {2, 3});
    const ValueId b = program.input("b", DType::f32, {1, 3});
    program.output(program.map(image::ScalarOp::add, {x, b}));
    auto blob = std::make_shared<AlignedBytes>(
        llvm::ArrayRef<uint8_t>(program.finish()));
    addPort(builder.plan.inputs, "x", {2, 3});
    addPort(builder.plan.inputs, "b", {1, 3});
    addPort(builder.plan.outputs, "y", {2, 3});
    addBuffer(Place::input, 0, 24);
    addBuffer(Place::input, 1, 12);
    addBuffer(Place::output, 0, 24);
    auto part = std::make_unique<artifact::PartT>();
    part->backend = "reference";
    part->requirement = "image 0.2, opset 1";
    part->blob = builder.addSection(*blob, blob);
    builder.plan.parts.push_back(std::move(part));
    auto step = std::make_unique<artifact::StepT>();
    step->part = 0;
    step->inputs = {0, 1};
    step->outputs = {2};
    builder.body.steps.push_back(std::move(step));
  }

  void bind(llvm::ArrayRef<float> values) {
    auto bytes = std::make_shared<AlignedBytes>(llvm::ArrayRef<uint8_t>(
        reinterpret_cast<const uint8_t *>(values.data()), values.size() * 4));
    builder.plan.inputs[1]->bound_section = builder.addSection(*bytes, bytes);
  }

  llvm::Expected<std::unique_ptr<Session>> load() {
    BackendSet set;
    return Session::create(std::move(builder).finish(), set);
  }

  ArtifactBuilder builder;

private:
  static void addPort(std::vector<std::unique_ptr<artifact::PortT>> &ports,
                      const std::string &name, std::vector<int64_t> shape) {
    auto port = std::make_unique<artifact::PortT>();
    port->name = name;
    port->dtype = static_cast<uint8_t>(DType::f32);
    port->shape = std::move(shape);
    ports.push_back(std::move(port));
  }

  void addBuffer(Place place, uint32_t index, uint64_t bytes) {
    auto buffer = std::make_unique<artifact::BufferT>();
    buffer->place = place;
    buffer->index = index;
    buffer->max_bytes = bytes;
    builder.body.buffers.push_back(std::move(buffer));
  }
};

const Tensor x = Tensor::of<float>({2, 3}, {1, 2, 3, 4, 5, 6});
const Tensor b = Tensor::of<float>({1, 3}, {10, 20, 30});

} // namespace

TEST(SessionTest, RunsThePlan) {
  auto session = llvm::cantFail(AddModel().load());
  ASSERT_EQ(session->inputs().size(), 2u);
  EXPECT_EQ(session->inputs()[1].name, "b");
  for (int round = 0; round < 2; ++round) {
    const std::vector<Tensor> outputs = llvm::cantFail(session->run({x, b}));
    ASSERT_EQ(outputs.size(), 1u);
    EXPECT_EQ(toDoubles(outputs[0]),
              (std::vector<double>{11, 22, 33, 14, 25, 36}));
  }
}

TEST(SessionTest, TakesInputsThatAreNotAligned) {
  auto session = llvm::cantFail(AddModel().load());
  alignas(64) float memory[7] = {0, 1, 2, 3, 4, 5, 6};
  const Tensor odd = llvm::cantFail(Tensor::borrow(
      DType::f32, {2, 3},
      {reinterpret_cast<const uint8_t *>(memory + 1), size_t{24}}));
  EXPECT_EQ(toDoubles(llvm::cantFail(session->run({odd, b}))[0]),
            (std::vector<double>{11, 22, 33, 14, 25, 36}));
}

TEST(SessionTest, NamesTheInputThatDoesNotFit) {
  auto session = llvm::cantFail(AddModel().load());
  EXPECT_EQ(message(session->run({x}).takeError()),
            "model has 2 inputs, but got 1");
  EXPECT_EQ(message(session->run({b, b}).takeError()),
            "input 'x' needs f32[2,3], but got f32[1,3]");
  const Tensor wide = Tensor::of<double>({1, 3}, {1, 2, 3});
  EXPECT_EQ(message(session->run({x, wide}).takeError()),
            "input 'b' needs f32[1,3], but got f64[1,3]");
  llvm::Error error = session->run({x, Tensor()}).takeError();
  const Fault fault = faultOf(std::move(error));
  EXPECT_EQ(fault.kind, FaultKind::usage);
  EXPECT_EQ(fault.message, "input 'b' is missing");
}

TEST(SessionTest, KnowsTheValueOfABoundInput) {
  AddModel model;
  model.bind({10, 20, 30});
  auto session = llvm::cantFail(model.load());
  EXPECT_TRUE(static_cast<bool>(session->inputs()[1].bound));
  const std::vector<double> expected = {11, 22, 33, 14, 25, 36};
  EXPECT_EQ(toDoubles(llvm::cantFail(session->run({x, Tensor()}))[0]),
            expected);
  EXPECT_EQ(toDoubles(llvm::cantFail(session->run({x, b}))[0]), expected);
  const Tensor other = Tensor::of<float>({1, 3}, {10, 20, 31});
  const std::string refusal = message(session->run({x, other}).takeError());
  EXPECT_NE(refusal.find("input 'b' was bound"), std::string::npos) << refusal;
}

TEST(SessionTest, RefusesABlobForAnotherBackend) {
  AddModel model;
  model.builder.plan.parts[0]->requirement = "image 9.9";
  llvm::Error error = model.load().takeError();
  EXPECT_TRUE(error.isA<BackendError>());
  EXPECT_NE(message(std::move(error)).find("image 9.9"), std::string::npos);
}

TEST(SessionTest, RefusesABlobThatIsNoProgram) {
  AddModel model;
  auto garbage = std::make_shared<AlignedBytes>(size_t{256});
  model.builder.plan.parts[0]->blob =
      model.builder.addSection(*garbage, garbage);
  EXPECT_NE(message(model.load().takeError()), "");
}

TEST(SessionTest, RefusesASizeThatTheProgramDoesNotHave) {
  // The plan is consistent, but contradicts the blob.
  AddModel model;
  model.builder.plan.inputs[1]->shape = {1, 2};
  model.builder.body.buffers[1]->max_bytes = 8;
  auto session = llvm::cantFail(model.load());
  const Tensor small = Tensor::of<float>({1, 2}, {1, 2});
  llvm::Error error = session->run({x, small}).takeError();
  EXPECT_TRUE(error.isA<BackendError>());
  llvm::consumeError(std::move(error));
}

TEST(SessionTest, BlamesTheBackendForAWorkspaceThatNoMachineHas) {
#if __has_feature(address_sanitizer)
  GTEST_SKIP() << "the sanitizer ends the process instead of throwing";
#endif
  AddModel model;
  model.builder.plan.parts[0]->workspace_bytes = GP_WORKSPACE_MAX;
  llvm::Error error = model.load().takeError();
  EXPECT_TRUE(error.isA<BackendError>());
  const std::string text = message(std::move(error));
  EXPECT_NE(text.find("reference: needs a workspace of 140737488355328 bytes, "
                      "but the machine has "),
            std::string::npos)
      << text;
}

TEST(SessionTest, RefusesABackendThatIsNotThere) {
  AddModel model;
  model.builder.plan.parts[0]->backend = "no-such-device";
  llvm::Error error = model.load().takeError();
  EXPECT_EQ(faultOf(std::move(error)).kind, FaultKind::usage);
}
