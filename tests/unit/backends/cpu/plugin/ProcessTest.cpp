// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What one process compiled runs in another.

#include "tests/unit/backends/cpu/plugin/Testing.h"

#include "core/runtime/Executable.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/Program.h"
#include "llvm/Support/raw_ostream.h"

using namespace glowplug;
using namespace glowplug::cputest;

namespace {

constexpr llvm::StringLiteral folderVariable = "CPU_TEST_FOLDER";

Tensor weightsOf(Random &random) {
  return randomTensor(random, DType::f32, {32, 16, 3, 3});
}

/// Uses made and kept segments, rodata, library functions, a workspace.
void fillProgram(ProgramBuilder &b, const AlignedBytes &weights) {
  uint32_t index = b.addSegment(weights);
  ValueId x = b.input("x", DType::f32, {1, 16, 20, 20});
  ValueId w = b.constantSegment(DType::f32, {32, 16, 3, 3}, index, 0);
  ValueId y = b.map(image::ScalarOp::sin, b.conv(x, w));
  b.output(y);
  b.output(b.map(image::ScalarOp::neg, w));
}

std::string pathIn(llvm::StringRef folder, const llvm::Twine &name) {
  llvm::SmallString<128> path(folder);
  llvm::sys::path::append(path, name);
  return path.str().str();
}

void writeFile(const std::string &path, llvm::ArrayRef<uint8_t> bytes) {
  std::error_code code;
  llvm::raw_fd_ostream out(path, code);
  ASSERT_FALSE(code) << code.message();
  out.write(reinterpret_cast<const char *>(bytes.data()), bytes.size());
}

AlignedBytes readFile(const std::string &path) {
  auto buffer = llvm::MemoryBuffer::getFile(path);
  if (!buffer) {
    ADD_FAILURE() << path << ": " << buffer.getError().message();
    return AlignedBytes();
  }
  return AlignedBytes(llvm::arrayRefFromStringRef((*buffer)->getBuffer()));
}

} // namespace

/// The other process: this test alone, with a folder to write to.
TEST(CpuProcess, CompilesForAnother) {
  const char *folder = std::getenv(folderVariable.data());
  if (!folder)
    return; // RunsWhatAnotherCompiled calls it
  Random random(1);
  AlignedBytes weights(weightsOf(random).bytes());
  llvm::ArrayRef<uint8_t> segments[] = {weights};
  ProgramBuilder b("process");
  fillProgram(b, weights);
  auto compiled = cpuBackend()->compile(imageOf(b), segments);
  ASSERT_TRUE(bool(compiled)) << llvm::toString(compiled.takeError());
  ASSERT_EQ(compiled->keptSegments.size(), 1u);
  ASSERT_EQ(compiled->segments.size(), 1u);
  writeFile(pathIn(folder, "blob"), compiled->blob);
  writeFile(pathIn(folder, "made"), compiled->segments[0]);
  writeFile(pathIn(folder, "requirement"),
            llvm::arrayRefFromStringRef(compiled->requirement));
  writeFile(
      pathIn(folder, "workspace"),
      llvm::arrayRefFromStringRef(std::to_string(compiled->workspaceBytes)));
}

TEST(CpuProcess, RunsWhatAnotherCompiled) {
  llvm::SmallString<128> folder;
  ASSERT_FALSE(llvm::sys::fs::createUniqueDirectory("cpu-test", folder));
  std::string self = llvm::sys::fs::getMainExecutable(nullptr, nullptr);
  std::string variable = (folderVariable + "=" + folder).str();
  llvm::SmallVector<llvm::StringRef> environment{variable};
  ASSERT_EQ(llvm::sys::ExecuteAndWait(
                self, {self, "--gtest_filter=CpuProcess.CompilesForAnother"},
                llvm::ArrayRef<llvm::StringRef>(environment)),
            0);

  Random random(1);
  AlignedBytes weights(weightsOf(random).bytes());
  Tensor x = randomTensor(random, DType::f32, {1, 16, 20, 20});
  AlignedBytes blob = readFile(pathIn(folder, "blob"));
  AlignedBytes made = readFile(pathIn(folder, "made"));
  AlignedBytes requirement = readFile(pathIn(folder, "requirement"));
  AlignedBytes size = readFile(pathIn(folder, "workspace"));
  llvm::sys::fs::remove_directories(folder);
  auto text = [](const AlignedBytes &bytes) {
    return llvm::toStringRef(llvm::ArrayRef<uint8_t>(bytes)).str();
  };

  auto executable =
      cpuBackend()->load({blob, text(requirement), {made, weights}, 2});
  ASSERT_TRUE(bool(executable)) << llvm::toString(executable.takeError());
  std::vector<Tensor> outputs;
  std::vector<void *> places;
  for (const std::vector<int64_t> &shape :
       {std::vector<int64_t>{1, 32, 18, 18}, {32, 16, 3, 3}}) {
    outputs.push_back(llvm::cantFail(Tensor::zeros(DType::f32, shape)));
    places.push_back(outputs.back().mutableBytes().data());
  }
  AlignedBytes workspace(std::stoull(text(size)));
  AlignedBytes input(x.bytes());
  gp_bytes record{input.data(), input.size()};
  llvm::Error error = (*executable)->run(record, places, workspace.data());
  ASSERT_FALSE(bool(error)) << llvm::toString(std::move(error));

  llvm::ArrayRef<uint8_t> segments[] = {weights};
  ProgramBuilder b("process");
  fillProgram(b, weights);
  AlignedBytes image = imageOf(b);
  auto here = runOnCpu(image, x, {1}, {}, segments);
  ASSERT_EQ(here.size(), 1u);
  for (int i = 0; i < 2; ++i)
    EXPECT_TRUE(outputs[i].bytes() == here[0][i].bytes()) << "output " << i;
}
