// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The plugin as the host sees it through the ABI, and a small program for it.

#include "tests/unit/backends/npu-sim/plugin/Testing.h"

#include "llvm/ADT/STLExtras.h"

#include <random>

namespace glowplug::npuplugintest {

std::shared_ptr<Backend> npuBackend(const Options &options) {
  return llvm::cantFail(
      Backend::create(llvm::cantFail(Plugin::open(NPU_PLUGIN)), options));
}

std::string createError(const Options &options) {
  auto backend =
      Backend::create(llvm::cantFail(Plugin::open(NPU_PLUGIN)), options);
  return backend ? "" : llvm::toString(backend.takeError());
}

AlignedBytes smallImage() {
  ProgramBuilder p("small");
  const ValueId input = p.input("x", DType::i8, {1, 8, 12, 12});
  p.setLocation("first");
  p.output(p.conv(input, p.splat<int8_t>({8, 8, 3, 3}, 3)));
  p.setLocation("second");
  WindowOptions window;
  window.strides = {1, 1, 2, 2};
  p.output(p.window(image::ReduceKind::max, input, {1, 1, 2, 2}, window));
  return AlignedBytes(llvm::ArrayRef<uint8_t>(p.finish()));
}

LoadRequest Loadable::request() const {
  LoadRequest request;
  request.blob = blob;
  request.requirement = program.requirement;
  for (const AlignedBytes &segment : segments)
    request.segments.push_back(segment);
  return request;
}

Loadable compileSmall(Backend &backend) {
  Loadable result;
  result.program = llvm::cantFail(backend.compile(smallImage(), {}));
  result.blob = AlignedBytes(llvm::ArrayRef<uint8_t>(result.program.blob));
  for (const auto &segment : result.program.segments)
    result.segments.emplace_back(llvm::ArrayRef<uint8_t>(segment));
  return result;
}

llvm::Expected<std::vector<uint8_t>> runSmall(Executable &executable,
                                              const Loadable &loadable,
                                              const AlignedBytes &input) {
  AlignedBytes sums(outputBytes[0]), greatest(outputBytes[1]);
  AlignedBytes workspace(loadable.program.workspaceBytes);
  const gp_bytes inputs[] = {{input.data(), input.size()}};
  void *const outputs[] = {sums.data(), greatest.data()};
  if (llvm::Error error = executable.run(inputs, outputs, workspace.data()))
    return std::move(error);
  std::vector<uint8_t> bytes = llvm::ArrayRef<uint8_t>(sums).vec();
  llvm::append_range(bytes, llvm::ArrayRef<uint8_t>(greatest));
  return bytes;
}

AlignedBytes someInput(unsigned seed) {
  std::mt19937 random(seed);
  AlignedBytes bytes(inputBytes);
  for (size_t i = 0; i < inputBytes; ++i)
    bytes.data()[i] = static_cast<uint8_t>(random());
  return bytes;
}

} // namespace glowplug::npuplugintest
