// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Kernels that test the bounds of their accesses: what each family reports when
// it stores too much.

#include "tests/unit/backends/cpu/plugin/Testing.h"

#include "core/runtime/Executable.h"

#include <gmock/gmock.h>

using namespace glowplug;
using namespace glowplug::cputest;
using image::ReduceKind;
using image::ScalarOp;

namespace {

/// What a run of \p program says whose kernels store one vector too many.
std::string faultOf(const ProgramBuilder &program,
                    llvm::ArrayRef<Tensor> inputs, unsigned threads = 1) {
  const AlignedBytes image = imageOf(program);
  auto backend = cpuBackend({{"checks", "on"}, {"fault", "store-too-much"}});
  auto compiled = llvm::cantFail(backend->compile(image, {}));
  LoadRequest request{compiled.blob, compiled.requirement, {}, threads};
  for (const AlignedBytes &made : compiled.segments)
    request.segments.push_back(made);
  auto executable = llvm::cantFail(backend->load(request));
  const auto expected = runReference(image, inputs);
  std::vector<AlignedBytes> inputBytes, outputBytes;
  std::vector<gp_bytes> inputRecords;
  std::vector<void *> outputRecords;
  for (const Tensor &input : inputs) {
    inputBytes.emplace_back(input.bytes());
    inputRecords.push_back(
        {inputBytes.back().data(), inputBytes.back().size()});
  }
  for (const Tensor &output : expected) {
    outputBytes.emplace_back(output.byteCount());
    outputRecords.push_back(outputBytes.back().data());
  }
  AlignedBytes workspace(compiled.workspaceBytes);
  // A failed run leaves nothing behind that disturbs the next one.
  EXPECT_TRUE(llvm::errorToBool(
      executable->run(inputRecords, outputRecords, workspace.data())));
  return llvm::toString(
      executable->run(inputRecords, outputRecords, workspace.data()));
}

constexpr char stores[] = ": kernel [0-9]+ stores bytes [0-9]+ to [0-9]+ of "
                          "buffer [0-9]+, which holds [0-9]+ bytes";

Tensor ones(llvm::ArrayRef<int64_t> shape) {
  int64_t count = 1;
  for (int64_t size : shape)
    count *= size;
  return Tensor::of<float>(shape, std::vector<float>(count, 1.0f));
}

} // namespace

TEST(CpuChecks, NameOpKernelAndOffset) {
  ProgramBuilder b("matmul");
  b.setLocation("fc1");
  b.output(b.matmul(b.input("x", DType::f32, {4, 8}),
                    b.input("y", DType::f32, {8, 32})));
  const std::string fault = faultOf(b, {ones({4, 8}), ones({8, 32})});
  EXPECT_THAT(fault, testing::HasSubstr("op 0 'fc1' (tiled matmul)"));
  EXPECT_THAT(fault, testing::ContainsRegex(stores));
  EXPECT_THAT(fault, testing::HasSubstr("of buffer 2, which holds 512 bytes"));
}

TEST(CpuChecks, FindEachFamily) {
  const auto expectFault = [](const ProgramBuilder &b,
                              llvm::ArrayRef<Tensor> inputs,
                              const char *family) {
    for (unsigned threads : {1, 2})
      EXPECT_THAT(
          faultOf(b, inputs, threads),
          testing::ContainsRegex(std::string("\\(") + family + "\\)" + stores));
  };
  {
    ProgramBuilder b("conv");
    b.output(b.conv(b.input("x", DType::f32, {1, 16, 6, 6}),
                    b.splat<float>({16, 16, 3, 3}, 1)));
    expectFault(b, {ones({1, 16, 6, 6})}, "reorder");
  }
  {
    ProgramBuilder b("map");
    b.output(b.map(ScalarOp::exp, {b.input("x", DType::f32, {100})}));
    expectFault(b, {ones({100})}, "map");
  }
  {
    ProgramBuilder b("reduce");
    b.output(b.reduce(ReduceKind::sum, b.input("x", DType::f32, {9, 50}), {1}));
    expectFault(b, {ones({9, 50})}, "reduce");
  }
  {
    ProgramBuilder b("scan");
    b.output(b.scan(ReduceKind::sum, b.input("x", DType::f32, {9, 50}), 1));
    expectFault(b, {ones({9, 50})}, "scan");
  }
}

TEST(CpuChecks, OptionIsOnOrOff) {
  auto plugin = llvm::cantFail(Plugin::open(CPU_PLUGIN));
  auto backend = Backend::create(plugin, {{"checks", "yes"}});
  EXPECT_THAT(llvm::toString(backend.takeError()),
              testing::HasSubstr("unknown checks 'yes'; expected on or off"));
}
