// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Tests of what a written case says; e2e.locate compiles and runs such cases.

#include "tests/unit/locate/Testing.h"

#include "core/driver/TensorFile.h"
#include "core/locate/WriteCase.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"

#include <gtest/gtest.h>

#include <filesystem>

using namespace glowplug;
using namespace glowplug::testing;

namespace {

class WriteCaseTest : public ::testing::Test {
protected:
  void SetUp() override {
    llvm::SmallString<64> made;
    ASSERT_FALSE(llvm::sys::fs::createUniqueDirectory("glowplug-case", made));
    folder = made.str().str();
  }
  void TearDown() override { llvm::sys::fs::remove_directories(folder); }
  std::string read(const std::string &name) const {
    auto file = llvm::MemoryBuffer::getFile(folder + "/" + name);
    return file ? (*file)->getBuffer().str() : "";
  }

  std::string folder;
};

TEST_F(WriteCaseTest, FilesHoldTheProgramAndItsTensors) {
  ProgramBuilder b("case");
  b.output(b.map(image::ScalarOp::neg, b.input("in", DType::i8, {3})));
  const PartImage part = partOf(b);
  const Tensor input = Tensor::of<int8_t>({3}, {1, -2, 3});
  WrongBackend backend;
  const Case wrong = {
      part, {input}, llvm::cantFail(judge(backend, part, input, 1))};
  WriteCaseOptions options;
  options.folder = folder + "/made";
  options.found = "two lines\nthat end no comment: */";
  options.backendOptions = {{"key", "a \"quoted\" \\ \?\?/ text\n1"}};
  llvm::cantFail(writeCase(wrong, options));
  EXPECT_EQ(read("made/case.gpim"),
            std::string(part.image.begin(), part.image.end()));
  const auto tensor =
      llvm::cantFail(readTensorFile(folder + "/made/input_0.pb"));
  EXPECT_EQ(tensor.name, "in");
  EXPECT_EQ(tensor.tensor.elements<int8_t>().vec(),
            input.elements<int8_t>().vec());
  const auto output =
      llvm::cantFail(readTensorFile(folder + "/made/output_0.pb"));
  EXPECT_EQ(output.tensor.elements<int8_t>().vec(),
            (std::vector<int8_t>{-1, 2, -3}));
  const std::string text = read("made/repro.c");
  EXPECT_NE(text.find(R"({"key", "a \"quoted\" \\ \077\077/ text\0121"},)"),
            std::string::npos);
  EXPECT_NE(text.find("int main("), std::string::npos);
  EXPECT_NE(text.find("found: two lines that end no comment: * /\n"),
            std::string::npos);
}

TEST_F(WriteCaseTest, BoundsTakeThePlaceOfTheLimit) {
  ProgramBuilder b("case");
  b.output(b.map(image::ScalarOp::neg, b.input("in", DType::f32, {1})));
  const PartImage part = partOf(b);
  const Tensor input = Tensor::of<float>({1}, {1});
  WrongBackend backend;
  const Case wrong = {
      part, {input}, llvm::cantFail(judge(backend, part, input, 1))};
  WriteCaseOptions options;
  options.folder = folder + "/plain";
  llvm::cantFail(writeCase(wrong, options));
  EXPECT_NE(read("plain/repro.c").find("shape0, NULL, NULL}"),
            std::string::npos);
  options.folder = folder + "/bounded";
  options.bounds = {{{-1.5}, {-1.25}}};
  llvm::cantFail(writeCase(wrong, options));
  const std::string text = read("bounded/repro.c");
  EXPECT_NE(text.find("low0[] = {\n  0xbff8000000000000u,"), std::string::npos);
  EXPECT_NE(text.find("high0[] = {\n  0xbff4000000000000u,"),
            std::string::npos);
  EXPECT_NE(text.find("shape0, low0, high0}"), std::string::npos);
}

/// Makes instr programs, or fails.
class Scheduling : public WrongBackend {
public:
  explicit Scheduling(bool isWrong) : isWrong(isWrong) {}

  llvm::Expected<std::optional<InstrProgram>>
  schedule(llvm::ArrayRef<uint8_t> image,
           llvm::ArrayRef<llvm::ArrayRef<uint8_t>> segments) override {
    if (isWrong)
      return llvm::createStringError("races");
    const auto bytes = [](llvm::StringRef text) {
      return AlignedBytes(llvm::arrayRefFromStringRef(text));
    };
    InstrProgram made;
    made.machine = bytes("machine");
    made.program = bytes("program");
    made.segments.push_back(bytes("constants"));
    return made;
  }

private:
  const bool isWrong;
};

TEST_F(WriteCaseTest, AScheduleIsBesideItsCase) {
  ProgramBuilder b("case");
  b.output(b.map(image::ScalarOp::neg, b.input("in", DType::i8, {1})));
  const PartImage part = partOf(b);
  Scheduling backend(false);
  llvm::cantFail(writeSchedule(backend, part, folder));
  EXPECT_EQ(read("schedule.gpmd"), "machine");
  EXPECT_EQ(read("schedule.gpin"), "program");
  EXPECT_EQ(read("schedule.segment0.bin"), "constants");
}

/// Of a schedule that is itself what is wrong, and of a backend without any,
/// there is nothing to write.
TEST_F(WriteCaseTest, NoScheduleIsNoError) {
  ProgramBuilder b("case");
  b.output(b.map(image::ScalarOp::neg, b.input("in", DType::i8, {1})));
  const PartImage part = partOf(b);
  Scheduling scheduling(true);
  WrongBackend plain;
  llvm::cantFail(writeSchedule(scheduling, part, folder));
  llvm::cantFail(writeSchedule(plain, part, folder));
  EXPECT_TRUE(std::filesystem::is_empty(folder));
}

TEST_F(WriteCaseTest, AFolderThatCannotBeMadeIsAnError) {
  {
    std::error_code error;
    llvm::raw_fd_ostream(folder + "/file", error) << 1;
  }
  ProgramBuilder b("case");
  b.output(b.map(image::ScalarOp::neg, b.input("in", DType::i8, {1})));
  const PartImage part = partOf(b);
  const Tensor input = Tensor::of<int8_t>({1}, {1});
  WrongBackend backend;
  const Case wrong = {
      part, {input}, llvm::cantFail(judge(backend, part, input, 1))};
  WriteCaseOptions options;
  options.folder = folder + "/file/inside";
  llvm::Error error = writeCase(wrong, options);
  ASSERT_TRUE(bool(error));
  EXPECT_NE(llvm::toString(std::move(error)).find("cannot make folder"),
            std::string::npos);
}

} // namespace
