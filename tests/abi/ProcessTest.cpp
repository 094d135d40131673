// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Compile and load share nothing: one process compiles a sample program,
// another runs the blob, and only files go from one to the other.

#include "tests/abi/Sample.h"

#include "core/image/ImageBuilder.h"
#include "core/runtime/Backend.h"

#include "llvm/ADT/SmallString.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/Program.h"
#include "llvm/Support/raw_ostream.h"

#include <gtest/gtest.h>

#include <algorithm>

using namespace glowplug;
using namespace glowplug::testing;

namespace {

/// A program with inputs and the outputs that they give, by file name.
struct Sample {
  AlignedBytes image;
  std::vector<std::pair<std::string, std::string>> inputs, outputs;
};

Sample floatSample() {
  const Expected expected;
  return {sampleProgram().build(),
          {{"a", bytesOf(a)}, {"b", bytesOf(b)}, {"c", bytesOf(c)}},
          {{"z", bytesOf(expected.z)},
           {"y", bytesOf(expected.y)},
           {"y2", bytesOf(expected.y)},
           {"b2", bytesOf(b)}}};
}

/// For backends without floats: a convolution of bytes whose sums leave, the
/// maximum of each 2 x 2 bytes, twice, and the input itself.
Sample byteSample() {
  constexpr int channels = 2, size = 4;
  int8_t x[channels][size][size], weights[channels][channels];
  for (int c = 0; c < channels; ++c) {
    for (int i = 0; i < size; ++i)
      for (int j = 0; j < size; ++j)
        x[c][i][j] = static_cast<int8_t>((c * 5 + i * 47 + j * 71) % 256 - 128);
    for (int k = 0; k < channels; ++k)
      weights[c][k] = static_cast<int8_t>(100 - 61 * c - 97 * k);
  }
  int32_t sums[channels][size][size];
  int8_t greatest[channels][size / 2][size / 2];
  for (int c = 0; c < channels; ++c)
    for (int i = 0; i < size; ++i)
      for (int j = 0; j < size; ++j) {
        sums[c][i][j] = 0;
        for (int k = 0; k < channels; ++k)
          sums[c][i][j] += x[k][i][j] * weights[c][k];
        int8_t &most = greatest[c][i / 2][j / 2];
        most = i % 2 + j % 2 == 0 ? x[c][i][j] : std::max(most, x[c][i][j]);
      }
  ProgramBuilder p("bytes");
  const ValueId input = p.input("x", DType::i8, {1, channels, size, size});
  const Tensor filter = Tensor::of<int8_t>(
      {channels, channels, 1, 1},
      llvm::ArrayRef(&weights[0][0], std::size(weights) * channels));
  WindowOptions window;
  window.strides = {1, 1, 2, 2};
  const ValueId most =
      p.window(image::ReduceKind::max, input, {1, 1, 2, 2}, window);
  p.output(p.conv(input, p.constant(filter)));
  p.output(most);
  p.output(most);
  p.output(input);
  return {AlignedBytes(llvm::ArrayRef<uint8_t>(p.finish())),
          {{"x", bytesOf(x)}},
          {{"sums", bytesOf(sums)},
           {"y", bytesOf(greatest)},
           {"y2", bytesOf(greatest)},
           {"x2", bytesOf(x)}}};
}

bool takes(const std::string &library, const Sample &sample) {
  auto backend =
      llvm::cantFail(Backend::create(llvm::cantFail(Plugin::open(library))));
  auto verdicts = llvm::cantFail(backend->check(sample.image));
  return llvm::all_of(verdicts,
                      [](const Verdict &verdict) { return verdict.supported; });
}

/// A sample that the plugin takes all of.
Sample sampleFor(const std::string &library) {
  Sample sample = floatSample();
  if (takes(library, sample))
    return sample;
  sample = byteSample();
  EXPECT_TRUE(takes(library, sample)) << library;
  return sample;
}

/// Runs tests/abi/Worker.cpp in a process of its own.
class ProcessTest : public ::testing::TestWithParam<std::string> {
protected:
  void SetUp() override {
    ASSERT_FALSE(llvm::sys::fs::createUniqueDirectory("gp-process", folder));
  }
  void TearDown() override { llvm::sys::fs::remove_directories(folder); }

  std::string path(llvm::StringRef name) {
    llvm::SmallString<128> file = folder;
    llvm::sys::path::append(file, name);
    return file.str().str();
  }
  void write(llvm::StringRef name, llvm::StringRef bytes) {
    std::error_code error;
    llvm::raw_fd_ostream(path(name), error) << bytes;
    ASSERT_FALSE(error);
  }
  std::string read(llvm::StringRef name) {
    auto buffer = llvm::MemoryBuffer::getFile(path(name));
    return buffer ? (*buffer)->getBuffer().str() : "no file";
  }
  /// Exit status; the words on standard error go to "errors".
  int work(std::vector<llvm::StringRef> arguments) {
    arguments.insert(arguments.begin(), WORKER);
    const std::string errors = path("errors");
    return llvm::sys::ExecuteAndWait(
        WORKER, arguments, std::nullopt,
        {std::nullopt, std::nullopt, llvm::StringRef(errors)}, 60);
  }

  llvm::SmallString<128> folder;
};

TEST_P(ProcessTest, ABlobCompiledInOneProcessRunsInAnother) {
  const Sample sample = sampleFor(GetParam());
  write("image", llvm::toStringRef(llvm::ArrayRef<uint8_t>(sample.image)));
  ASSERT_EQ(
      work({"compile", GetParam(), path("image"), path("blob"), path("facts")}),
      0)
      << read("errors");
  // Nothing but the program and its facts is left for the second process.
  ASSERT_FALSE(llvm::sys::fs::remove(path("image")));
  std::vector<std::string> arguments = {"run", GetParam(), path("blob"),
                                        path("facts"),
                                        std::to_string(sample.inputs.size())};
  for (const auto &[name, bytes] : sample.inputs) {
    write(name, bytes);
    arguments.push_back(path(name));
  }
  for (const auto &[name, bytes] : sample.outputs) {
    arguments.push_back(path("of " + name));
    arguments.push_back(std::to_string(bytes.size()));
  }
  ASSERT_EQ(work({arguments.begin(), arguments.end()}), 0) << read("errors");
  for (const auto &[name, bytes] : sample.outputs)
    EXPECT_EQ(read("of " + name), bytes) << name;
}

TEST_P(ProcessTest, CompilesToEqualBytesInEveryProcess) {
  const Sample sample = sampleFor(GetParam());
  write("image", llvm::toStringRef(llvm::ArrayRef<uint8_t>(sample.image)));
  for (const char *name : {"one", "two"})
    ASSERT_EQ(
        work({"compile", GetParam(), path("image"), path(name), path("facts")}),
        0)
        << read("errors");
  EXPECT_EQ(read("one"), read("two"));
  EXPECT_NE(read("one"), "");
}

TEST_P(ProcessTest, TheWorkerReportsFailures) {
  EXPECT_EQ(work({"compile", GetParam(), path("absent"), path("blob"),
                  path("facts")}),
            1);
  EXPECT_NE(read("errors").find("absent"), std::string::npos);
  EXPECT_EQ(work({"dance"}), 2);
}

/// The hello backend, and each plugin that the build makes.
std::vector<std::string> plugins() {
  std::vector<std::string> paths;
  for (llvm::StringRef path : llvm::split(TESTED_PLUGINS, ':'))
    paths.push_back(path.str());
  return paths;
}

std::string nameOf(const ::testing::TestParamInfo<std::string> &info) {
  std::string name = llvm::sys::path::stem(info.param).str();
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
}

INSTANTIATE_TEST_SUITE_P(Plugins, ProcessTest, ::testing::ValuesIn(plugins()),
                         nameOf);

} // namespace
