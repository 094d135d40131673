// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Models are compiled from files and from memory, kept as files, and run.

#include "tests/unit/host/Testing.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <thread>

#include <unistd.h>

using glowplug::FaultKind;
using glowplug::ModelSource;
using namespace glowplug::host;

namespace {

std::vector<uint8_t> readFile(const std::string &path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::vector<Tensor> runOnce(const Model &model) {
  Result<Session> session = Session::load(model);
  EXPECT_TRUE(session) << (session ? "" : session.fault().message);
  Result<std::vector<Tensor>> inputs = session->randomInputs(3);
  EXPECT_TRUE(inputs);
  Result<std::vector<Tensor>> outputs = session->run(*inputs);
  EXPECT_TRUE(outputs) << (outputs ? "" : outputs.fault().message);
  return *outputs;
}

} // namespace

TEST(HostModelTest, IsTheSameFromAFileAndFromMemory) {
  const Model model = compileDigits();
  const std::vector<uint8_t> bytes = readFile(DIGITS_MODEL);
  std::vector<std::string> stages;
  CompileOptions options = digitsOptions();
  options.progress = [&](const std::string &stage) { stages.push_back(stage); };
  Result<Model> other =
      Model::compile(ModelSource::onnx(bytes, "digits"), options);
  ASSERT_TRUE(other) << other.fault().message;
  EXPECT_EQ(other->bytes(), model.bytes());
  EXPECT_FALSE(stages.empty());
  ASSERT_EQ(model.inputs().size(), 1u);
  EXPECT_EQ(model.inputs()[0].shape[0], 2);
  EXPECT_FALSE(model.inputs()[0].isBound);
  EXPECT_EQ(model.opCounts()[0].first, "reference");
}

TEST(HostModelTest, RunsAfterItWasWrittenAndRead) {
  const Model model = compileDigits();
  const std::filesystem::path path =
      std::filesystem::temp_directory_path() /
      ("glowplug-host-" + std::to_string(getpid()) + ".gpx");
  ASSERT_TRUE(model.write(path.string()));
  Result<Model> fromFile = Model::read(path.string());
  ASSERT_TRUE(fromFile) << fromFile.fault().message;
  Result<Model> fromMemory = Model::parse(model.bytes());
  ASSERT_TRUE(fromMemory) << fromMemory.fault().message;
  const std::vector<Tensor> wanted = runOnce(model);
  for (const Model &copy : {*fromFile, *fromMemory}) {
    const std::vector<Tensor> got = runOnce(copy);
    EXPECT_TRUE(std::ranges::equal(got[0].bytes(), wanted[0].bytes()));
  }
  std::filesystem::remove(path);
}

TEST(HostModelTest, SaysWhatAModelDeclares) {
  Result<std::vector<Port>> inputs =
      declaredInputs(ModelSource::file(DIGITS_MODEL));
  ASSERT_TRUE(inputs) << inputs.fault().message;
  ASSERT_EQ(inputs->size(), 1u);
  EXPECT_EQ((*inputs)[0].shape[0], -1);
}

TEST(HostModelTest, TypesItsFaults) {
  const std::vector<uint8_t> garbage(100, 7);
  auto kindOf = [](const ModelSource &source, const CompileOptions &options) {
    Result<Model> model = Model::compile(source, options);
    EXPECT_FALSE(model);
    return model ? FaultKind::internal : model.fault().kind;
  };
  const ModelSource digits = ModelSource::file(DIGITS_MODEL);
  EXPECT_EQ(kindOf(ModelSource::onnx(garbage, "x"), digitsOptions()),
            FaultKind::model);
  EXPECT_EQ(kindOf(digits, CompileOptions()), FaultKind::usage);
  CompileOptions options = digitsOptions();
  options.backends = {"no-such-device"};
  EXPECT_EQ(kindOf(digits, options), FaultKind::usage);
  options = digitsOptions();
  options.backends = {"mine"};
  options.plugins.files = {"/no/such/plugin.so"};
  EXPECT_EQ(kindOf(digits, options), FaultKind::backend);
  options = digitsOptions();
  options.recipe = "by hand";
  EXPECT_EQ(kindOf(digits, options), FaultKind::usage);

  Result<Model> missing = Model::read("/nonexistent.gpx");
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.fault().kind, FaultKind::model);
  EXPECT_FALSE(Model::parse(garbage));
}

TEST(HostModelTest, NamesTheModelThatIsAtFault) {
  const std::vector<uint8_t> garbage(100, 7);
  Result<Model> model =
      Model::compile(ModelSource::onnx(garbage, "my model"), {});
  ASSERT_FALSE(model);
  EXPECT_EQ(model.fault().place, "my model");
  EXPECT_EQ(model.fault().message.rfind("my model: ", 0), 0u)
      << model.fault().message;
}

TEST(HostSessionTest, RefusesInputsThatDoNotFit) {
  Result<Session> session = Session::load(compileDigits());
  ASSERT_TRUE(session);
  EXPECT_EQ(session->run({}).fault().kind, FaultKind::usage);
  const int64_t shape[] = {1};
  const std::vector<Tensor> wrong = {*Tensor::zeros(ElementType::f32, shape)};
  EXPECT_EQ(session->run(wrong).fault().kind, FaultKind::usage);
  EXPECT_EQ(Session::load(compileDigits(), {{}, 0}).fault().kind,
            FaultKind::usage);
}

TEST(HostSessionTest, RunsInSeveralThreads) {
  Result<Session> session = Session::load(compileDigits());
  ASSERT_TRUE(session);
  const std::vector<Tensor> inputs = *session->randomInputs(1);
  const std::vector<Tensor> wanted = *session->run(inputs);
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i)
    threads.emplace_back([&] {
      const std::vector<Tensor> got = *session->run(inputs);
      EXPECT_TRUE(std::ranges::equal(got[0].bytes(), wanted[0].bytes()));
    });
  for (std::thread &thread : threads)
    thread.join();
}

TEST(HostTensorTest, KeepsItsRules) {
  const int64_t shape[] = {2, 3};
  Result<Tensor> zeros = Tensor::zeros(ElementType::i16, shape);
  ASSERT_TRUE(zeros);
  EXPECT_EQ(zeros->bytes().size(), 12u);
  EXPECT_EQ(zeros->shape().size(), 2u);
  const uint8_t bytes[] = {1, 2, 3, 4, 5, 6};
  Result<Tensor> copy = Tensor::copyOf(ElementType::u8, shape, bytes);
  ASSERT_TRUE(copy);
  EXPECT_EQ(copy->bytes()[5], 6);
  EXPECT_EQ(Tensor::copyOf(ElementType::f32, shape, bytes).fault().kind,
            FaultKind::usage);
  const int64_t negative[] = {-1};
  EXPECT_EQ(Tensor::zeros(ElementType::f32, negative).fault().kind,
            FaultKind::usage);
  EXPECT_EQ(Tensor::zeros(ElementType{77}, shape).fault().kind,
            FaultKind::usage);
  EXPECT_EQ(Tensor::read("/nonexistent.pb").fault().kind, FaultKind::usage);
  EXPECT_FALSE(Tensor());
}

/// The next backend takes over from one that fails, if the caller wants that.
TEST(HostModelTest, GoesOnWithoutABackendThatFails) {
  setenv("GLOWPLUG_TEST_MISTAKE", "compile:abort", 1);
  CompileOptions options;
  options.backends = {"deadly"};
  options.plugins.files = {DEADLY};
  options.dims["N"] = 2;
  const ModelSource source = ModelSource::file(DIGITS_MODEL);
  Result<Model> failed = Model::compile(source, options);
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.fault().kind, FaultKind::backend);
  EXPECT_EQ(failed.fault().place, "deadly");

  std::vector<std::string> left;
  options.leftOut = [&](const glowplug::Fault &fault) {
    left.push_back(fault.place);
  };
  Result<Model> model = Model::compile(source, options);
  ASSERT_TRUE(model) << model.fault().message;
  EXPECT_EQ(left, std::vector<std::string>{"deadly"});
  EXPECT_EQ(model->opCounts().front().first, "deadly");
  EXPECT_EQ(model->opCounts().front().second, 0u);
  unsetenv("GLOWPLUG_TEST_MISTAKE");
}
