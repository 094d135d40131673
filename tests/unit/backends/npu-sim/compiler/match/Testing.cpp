// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Images, and the comparison with the interpreter.

#include "tests/unit/backends/npu-sim/compiler/match/Testing.h"

#include "backends/npu-sim/compiler/program/ReadValues.h"
#include "core/image/Verify.h"
#include "core/image/image_generated.h"
#include "core/reference/Interpreter.h"
#include "core/support/Dispatch.h"

namespace glowplug::matchtest {

std::int64_t pick(Random &random, std::int64_t low, std::int64_t high) {
  return low +
         static_cast<std::int64_t>(random() % std::uint64_t(high - low + 1));
}

Tensor randomTensor(Random &random, DType type, llvm::ArrayRef<int64_t> shape) {
  Tensor tensor = llvm::cantFail(Tensor::zeros(type, shape));
  for (std::uint8_t &byte : tensor.mutableBytes())
    byte = static_cast<std::uint8_t>(random());
  return tensor;
}

ValueId Case::input(DType type, llvm::ArrayRef<int64_t> shape) {
  return input(randomTensor(random, type, shape));
}

ValueId Case::input(Tensor value) {
  inputs.push_back(value);
  return b.input("x" + std::to_string(inputs.size()), value.dtype(),
                 value.shape());
}

ValueId Case::constant(Tensor value) {
  segments.push_back(value.bytes().vec());
  return b.constantSegment(value.dtype(), value.shape(),
                           b.addSegment(segments.back()), 0);
}

Image::Image(const ProgramBuilder &program) : bytes(program.finish()) {
  if (llvm::Error error = verifyImage(bytes))
    ADD_FAILURE() << llvm::toString(std::move(error));
}

const npu::Config &config() {
  static const npu::Config defaults;
  return defaults;
}

npusim::Matched matchLast(const Image &image, const npu::Config &target) {
  const npusim::Program values = npusim::readValues(image.root());
  const gp_image_body body = gp_image_program_body(image.root());
  const auto last =
      static_cast<std::uint32_t>(gp_image_body_ops_count(body) - 1);
  return npusim::matchOp(gp_image_body_ops_at(body, last), last, values,
                         {target, {}});
}

npusim::Refusal refusalOf(const ProgramBuilder &program,
                          const npu::Config &target) {
  const npusim::Matched matched = matchLast(Image(program), target);
  if (const auto *refusal = std::get_if<npusim::Refusal>(&matched))
    return *refusal;
  ADD_FAILURE() << "the op is taken";
  return {};
}

npusim::Layer layerOf(const ProgramBuilder &program,
                      const npu::Config &target) {
  const npusim::Matched matched = matchLast(Image(program), target);
  if (const auto *layer = std::get_if<npusim::Layer>(&matched))
    return *layer;
  if (const auto *refusal = std::get_if<npusim::Refusal>(&matched))
    ADD_FAILURE() << refusal->reason;
  return {};
}

std::vector<Tensor> interpretCase(const Case &test) {
  const Image image(test.b);
  const std::vector<llvm::ArrayRef<std::uint8_t>> views(test.segments.begin(),
                                                        test.segments.end());
  auto outputs =
      interpret(*image::GetProgram(image.bytes.data()), test.inputs, views);
  if (outputs)
    return std::move(*outputs);
  ADD_FAILURE() << llvm::toString(outputs.takeError());
  return {};
}

void expectExact(const Case &test) {
  const Image image(test.b);
  const npu::Result<npusim::Program> program =
      npusim::readProgram(image.root(), {config(), {}});
  ASSERT_TRUE(program) << program.message();
  const std::vector<Tensor> expected = interpretCase(test);
  std::vector<std::vector<std::uint8_t>> inputs;
  for (const Tensor &input : test.inputs)
    inputs.push_back(input.bytes().vec());
  const auto actual = run(*program, inputs, test.segments);
  ASSERT_EQ(actual.size(), expected.size());
  for (std::size_t i = 0; i < actual.size(); ++i)
    EXPECT_EQ(llvm::ArrayRef<std::uint8_t>(actual[i]), expected[i].bytes())
        << "output " << i;
}

} // namespace glowplug::matchtest
