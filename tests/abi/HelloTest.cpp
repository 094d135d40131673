// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The hello backend, built out of tree against the installed SDK: its numbers,
// its refusals, and its life in two processes.

#include "tests/abi/Images.h"

#include "core/runtime/Executable.h"

#include <glowplug/image.h>

#include "llvm/ADT/SmallString.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/Program.h"
#include "llvm/Support/raw_ostream.h"

#include <gtest/gtest.h>

using namespace glowplug;
using namespace glowplug::testing;

namespace {

const float a[2][3] = {{1, -2, 3}, {-4, 5, -6}};
const float b[3] = {10, 20, -30};
const float c[2] = {7, -8};

/// The sample program written down again, on plain arrays.
struct Expected {
  float z[2][3], y[2][3];
  Expected() {
    for (int i = 0; i < 2; ++i)
      for (int j = 0; j < 3; ++j) {
        const float value = (a[i][j] + b[j]) * a[i][j] - c[i];
        y[i][j] = value > 0.5f ? value : 0.5f;
        z[i][j] = b[j] - y[i][j];
      }
  }
};

/// The bytes of an array, as the raw contents of a file.
template <typename T>
std::string bytesOf(const T &array) {
  return {reinterpret_cast<const char *>(&array), sizeof array};
}

AlignedBytes aligned(const std::string &bytes) {
  return AlignedBytes(llvm::ArrayRef(
      reinterpret_cast<const uint8_t *>(bytes.data()), bytes.size()));
}

class HelloTest : public ::testing::Test {
protected:
  void SetUp() override {
    auto plugin = Plugin::open(HELLO_PLUGIN);
    ASSERT_TRUE(static_cast<bool>(plugin))
        << llvm::toString(plugin.takeError());
    ASSERT_TRUE((*plugin)->manifest()) << "the build writes a manifest";
    auto created = Backend::create(*plugin);
    ASSERT_TRUE(static_cast<bool>(created))
        << llvm::toString(created.takeError());
    backend = *created;
  }

  /// The reasons of all verdicts, "" for yes.
  std::vector<std::string> reasons(const MapProgram &program) {
    const AlignedBytes image = program.build();
    auto verdicts = backend->check(image);
    EXPECT_TRUE(static_cast<bool>(verdicts));
    std::vector<std::string> result;
    for (const Verdict &verdict : *verdicts)
      result.push_back(verdict.reason);
    return result;
  }

  std::shared_ptr<Backend> backend;
};

TEST_F(HelloTest, SaysWhatItIs) {
  EXPECT_EQ(backend->name(), "hello");
  EXPECT_EQ(backend->info().opsetVersionMax, 1u);
  ASSERT_EQ(backend->info().ops.size(), 1u);
  EXPECT_EQ(backend->info().ops[0].op, uint32_t{gp_image_attributes_map});
  EXPECT_EQ(backend->info().ops[0].dtypeMask, 1u << gp_image_dtype_f32);
}

TEST_F(HelloTest, RefusesAnOption) {
  auto plugin = Plugin::open(HELLO_PLUGIN);
  ASSERT_TRUE(static_cast<bool>(plugin));
  auto created = Backend::create(*plugin, {{"speed", "11"}});
  ASSERT_FALSE(static_cast<bool>(created));
  EXPECT_EQ(llvm::toString(created.takeError()),
            "hello: create failed: invalid argument: has no options");
}

TEST_F(HelloTest, ComputesTheSampleProgram) {
  const AlignedBytes image = sampleProgram().build();
  EXPECT_EQ(reasons(sampleProgram()), std::vector<std::string>(2));
  auto program = backend->compile(image, {});
  ASSERT_TRUE(static_cast<bool>(program))
      << llvm::toString(program.takeError());
  LoadRequest request;
  request.blob = program->blob;
  request.requirement = program->requirement;
  auto executable = backend->load(request);
  ASSERT_TRUE(static_cast<bool>(executable));

  const AlignedBytes inputs[] = {aligned(bytesOf(a)), aligned(bytesOf(b)),
                                 aligned(bytesOf(c))};
  AlignedBytes outputs[] = {AlignedBytes(24), AlignedBytes(24),
                            AlignedBytes(24), AlignedBytes(12)};
  AlignedBytes workspace(program->workspaceBytes);
  const gp_bytes given[] = {
      {inputs[0].data(), 24}, {inputs[1].data(), 12}, {inputs[2].data(), 8}};
  void *const places[] = {outputs[0].data(), outputs[1].data(),
                          outputs[2].data(), outputs[3].data()};
  const Expected expected;
  for (int round = 0; round < 2; ++round) {
    ASSERT_FALSE((*executable)->run(given, places, workspace.data()));
    EXPECT_EQ(memcmp(outputs[0].data(), expected.z, 24), 0);
    EXPECT_EQ(memcmp(outputs[1].data(), expected.y, 24), 0);
    EXPECT_EQ(memcmp(outputs[2].data(), expected.y, 24), 0);
    EXPECT_EQ(memcmp(outputs[3].data(), b, 12), 0);
    // The contents of the workspace mean nothing from one run to the next.
    memset(workspace.data(), 0xff, workspace.size());
    for (AlignedBytes &output : outputs)
      memset(output.data(), 0xff, output.size());
  }
}

TEST_F(HelloTest, RefusesWhatItCannotDoAndCompilesNothingOfIt) {
  const std::string scalars =
      "only constant, add, sub, mul and max are supported";
  MapProgram program = sampleProgram();
  program.ops[1].steps[0].op = image::ScalarOp::div;
  EXPECT_EQ(reasons(program), (std::vector<std::string>{"", scalars}));
  const AlignedBytes withDiv = program.build();
  auto compiled = backend->compile(withDiv, {});
  ASSERT_FALSE(static_cast<bool>(compiled));
  EXPECT_EQ(llvm::toString(compiled.takeError()),
            "hello: compile failed: unsupported: op 1: " + scalars);

  const std::string kind =
      "only map of version 1 with at most 64 f32 scalars is supported";
  program = sampleProgram();
  program.ops[0].steps[0].dtype = image::DType::f16;
  EXPECT_EQ(reasons(program), (std::vector<std::string>{kind, ""}));

  // 63 steps after 2 parameters are one too many.
  program = sampleProgram();
  program.ops[1].steps.assign(63, {image::ScalarOp::add, {0, 1}});
  EXPECT_EQ(reasons(program), (std::vector<std::string>{"", kind}));
  program.ops[1].steps.resize(62);
  EXPECT_EQ(reasons(program), (std::vector<std::string>{"", ""}));

  program = sampleProgram();
  program.requiredFeatures = {"telepathy"};
  const std::string feature = "the image requires a feature that is not known";
  EXPECT_EQ(reasons(program), (std::vector<std::string>{feature, feature}));
}

/// Runs tests/abi/Worker.cpp in a process of its own.
class ProcessTest : public ::testing::Test {
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

TEST_F(ProcessTest, ABlobCompiledInOneProcessRunsInAnother) {
  const AlignedBytes image = sampleProgram().build();
  write("image", llvm::toStringRef(llvm::ArrayRef<uint8_t>(image)));
  write("a", bytesOf(a));
  write("b", bytesOf(b));
  write("c", bytesOf(c));
  ASSERT_EQ(work({"compile", HELLO_PLUGIN, path("image"), path("blob"),
                  path("facts")}),
            0)
      << read("errors");
  // Nothing but the blob and its facts is left for the second process.
  ASSERT_FALSE(llvm::sys::fs::remove(path("image")));
  ASSERT_EQ(work({"run", HELLO_PLUGIN, path("blob"), path("facts"), "3",
                  path("a"), path("b"), path("c"), path("z"), "24", path("y"),
                  "24", path("y2"), "24", path("b2"), "12"}),
            0)
      << read("errors");
  const Expected expected;
  EXPECT_EQ(read("z"), bytesOf(expected.z));
  EXPECT_EQ(read("y"), bytesOf(expected.y));
  EXPECT_EQ(read("y2"), bytesOf(expected.y));
  EXPECT_EQ(read("b2"), bytesOf(b));
}

TEST_F(ProcessTest, CompilesToEqualBytesInEveryProcess) {
  const AlignedBytes image = sampleProgram().build();
  write("image", llvm::toStringRef(llvm::ArrayRef<uint8_t>(image)));
  for (const char *name : {"one", "two"})
    ASSERT_EQ(work({"compile", HELLO_PLUGIN, path("image"), path(name),
                    path("facts")}),
              0)
        << read("errors");
  EXPECT_EQ(read("one"), read("two"));
  EXPECT_NE(read("one"), "");
}

TEST_F(ProcessTest, TheWorkerReportsFailures) {
  EXPECT_EQ(work({"compile", HELLO_PLUGIN, path("absent"), path("blob"),
                  path("facts")}),
            1);
  EXPECT_NE(read("errors").find("absent"), std::string::npos);
  EXPECT_EQ(work({"dance"}), 2);
}

} // namespace
