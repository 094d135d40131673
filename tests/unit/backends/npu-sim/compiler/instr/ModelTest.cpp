// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The schedules of whole models: the instr interpreter gives the bits of the
// primitive interpreter, in any legal order, and so does the device.

#include "core/driver/LocalCompiler.h"
#include "core/driver/RandomTensor.h"
#include "core/image/Types.h"
#include "core/image/image_generated.h"
#include "core/image/instr/Reader.h"
#include "core/image/instr/Verify.h"
#include "core/image/instr/Writer.h"
#include "core/image/instr/instr_generated.h"
#include "core/prim/Prim.h"
#include "core/reference/Interpreter.h"
#include "core/reference/instr/Interpreter.h"
#include "core/runtime/Executable.h"

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/MLIRContext.h"
#include "mlir/Parser/Parser.h"

#include <gtest/gtest.h>

using namespace glowplug;

namespace {

using Bytes = std::vector<uint8_t>;

/// A partition, its instr program, and what that was encoded to.
struct Recorded {
  Bytes image;
  std::vector<Bytes> segments;
  InstrProgram instr;
  CompiledProgram compiled;
};

/// Notes what goes through a backend.
class Recorder : public ProgramBackend {
public:
  explicit Recorder(std::shared_ptr<ProgramBackend> to) : to(std::move(to)) {}
  std::vector<Recorded> parts;

  const BackendInfo &info() const override { return to->info(); }
  llvm::Expected<std::vector<Verdict>>
  check(llvm::ArrayRef<uint8_t> image) override {
    return to->check(image);
  }
  llvm::Expected<CompiledProgram>
  compile(llvm::ArrayRef<uint8_t>,
          llvm::ArrayRef<llvm::ArrayRef<uint8_t>>) override {
    return llvm::createStringError("compiled without a schedule");
  }
  llvm::Expected<std::optional<InstrProgram>>
  schedule(llvm::ArrayRef<uint8_t> image,
           llvm::ArrayRef<llvm::ArrayRef<uint8_t>> segments) override {
    Recorded &part = parts.emplace_back();
    part.image.assign(image.begin(), image.end());
    for (llvm::ArrayRef<uint8_t> segment : segments)
      part.segments.emplace_back(segment.begin(), segment.end());
    auto made = to->schedule(image, segments);
    if (!made)
      return made.takeError();
    part.instr = copyOf(**made);
    return made;
  }
  llvm::Expected<CompiledProgram> encode(const InstrProgram &program) override {
    auto made = to->encode(program);
    if (!made)
      return made.takeError();
    CompiledProgram &kept = parts.back().compiled;
    kept.blob = AlignedBytes(llvm::ArrayRef<uint8_t>(made->blob));
    for (const AlignedBytes &segment : made->segments)
      kept.segments.emplace_back(llvm::ArrayRef<uint8_t>(segment));
    kept.requirement = made->requirement;
    kept.workspaceBytes = made->workspaceBytes;
    return made;
  }
  llvm::Expected<std::unique_ptr<ProgramExecutable>>
  load(const LoadRequest &request) override {
    return to->load(request);
  }

private:
  static InstrProgram copyOf(const InstrProgram &from) {
    InstrProgram copy;
    copy.machine = AlignedBytes(llvm::ArrayRef<uint8_t>(from.machine));
    copy.program = AlignedBytes(llvm::ArrayRef<uint8_t>(from.program));
    for (const AlignedBytes &segment : from.segments)
      copy.segments.emplace_back(llvm::ArrayRef<uint8_t>(segment));
    return copy;
  }

  std::shared_ptr<ProgramBackend> to;
};

std::vector<Tensor> inputsOf(const image::Body &body) {
  std::vector<Tensor> inputs;
  for (uint32_t id : *body.inputs()) {
    const image::Value &value = *body.values()->Get(id);
    inputs.push_back(llvm::cantFail(randomTensor(
        fromImage(value.dtype()), arrayOf(value.shape()), 1, inputs.size())));
  }
  return inputs;
}

std::vector<Bytes> bytesOf(const std::vector<Tensor> &tensors) {
  std::vector<Bytes> result;
  for (const Tensor &tensor : tensors)
    result.emplace_back(tensor.bytes().begin(), tensor.bytes().end());
  return result;
}

std::vector<Bytes> runOnDevice(ProgramBackend &backend, const Recorded &part,
                               const std::vector<Tensor> &inputs,
                               const std::vector<Bytes> &like) {
  LoadRequest request;
  request.blob = part.compiled.blob;
  request.requirement = part.compiled.requirement;
  for (const AlignedBytes &segment : part.compiled.segments)
    request.segments.push_back(segment);
  const auto executable = llvm::cantFail(backend.load(request));
  std::vector<AlignedBytes> given, made;
  std::vector<llvm::ArrayRef<uint8_t>> from;
  for (const Tensor &input : inputs)
    from.push_back(given.emplace_back(input.bytes()));
  std::vector<llvm::MutableArrayRef<uint8_t>> to;
  for (const Bytes &output : like) {
    AlignedBytes &bytes = made.emplace_back(output.size());
    to.emplace_back(bytes.data(), bytes.size());
  }
  AlignedBytes workspace(part.compiled.workspaceBytes);
  llvm::cantFail(executable->run(from, to, workspace.data()));
  std::vector<Bytes> result;
  for (llvm::ArrayRef<uint8_t> output : to)
    result.emplace_back(output.begin(), output.end());
  return result;
}

/// The program as text, parsed and written again.
Bytes throughText(const std::string &text, llvm::ArrayRef<uint8_t> machine) {
  mlir::MLIRContext context;
  context.loadDialect<instr::InstrDialect, prim::PrimDialect>();
  auto module = mlir::parseSourceString<mlir::ModuleOp>(text, &context);
  if (!module)
    return {};
  return llvm::cantFail(
      writeInstr(*module->getOps<instr::ProgramOp>().begin(), machine));
}

struct Model {
  const char *name;
  bool hasBatch; ///< a symbolic dim N
};
class ScheduleOfModel : public testing::TestWithParam<Model> {};

} // namespace

TEST_P(ScheduleOfModel, HasTheBitsOfTheImage) {
  const auto npu = pluginBackend(llvm::cantFail(
      Backend::create(llvm::cantFail(Plugin::open(NPU_PLUGIN)))));
  const auto recorder = std::make_shared<Recorder>(npu);
  CompileRequest request;
  request.model = ModelSource::file(std::string(QUANTIZED_MODELS "/") +
                                    GetParam().name + ".onnx");
  request.backends = {recorder, referenceBackend()};
  if (GetParam().hasBatch)
    request.dims["N"] = 1;
  CompiledModel model;
  Fault fault;
  ASSERT_TRUE(localCompiler().compile(request, model, fault)) << fault.message;
  ASSERT_FALSE(recorder->parts.empty());
  for (const Recorded &part : recorder->parts) {
    const image::Program &image = *image::GetProgram(part.image.data());
    const std::vector<Tensor> inputs = inputsOf(*image.body());
    const std::vector<llvm::ArrayRef<uint8_t>> segments(part.segments.begin(),
                                                        part.segments.end());
    const std::vector<Bytes> expected =
        bytesOf(llvm::cantFail(interpret(image, inputs, segments)));

    const instr::Program &program =
        *instr::GetProgram(part.instr.program.data());
    EXPECT_GT(program.instructions()->size(), 10u);
    const std::vector<llvm::ArrayRef<uint8_t>> own(part.instr.segments.begin(),
                                                   part.instr.segments.end());
    InstrInterpreterOptions options;
    for (std::optional<uint32_t> seed :
         {std::optional<uint32_t>(), std::optional<uint32_t>(7)}) {
      options.seed = seed;
      EXPECT_EQ(bytesOf(llvm::cantFail(
                    interpretInstr(program, inputs, own, options))),
                expected);
    }
    EXPECT_EQ(runOnDevice(*npu, part, inputs, expected), expected);

    // Its text is the same program, with the same names and layers.
    const std::string text = instrText(part.instr.program, part.instr.machine);
    const Bytes again = throughText(text, part.instr.machine);
    const AlignedBytes aligned{llvm::ArrayRef<uint8_t>(again)};
    ASSERT_EQ(llvm::toString(verifyInstr(aligned, part.instr.machine)), "");
    EXPECT_EQ(bytesOf(llvm::cantFail(interpretInstr(
                  *instr::GetProgram(aligned.data()), inputs, own))),
              expected);
    EXPECT_EQ(instrText(aligned, part.instr.machine), text);
    EXPECT_NE(text.find("node = "), std::string::npos);
    EXPECT_NE(text.find("layers = "), std::string::npos);
  }
}

INSTANTIATE_TEST_SUITE_P(Quantized, ScheduleOfModel,
                         testing::Values(Model{"digits_qdq_i8", true},
                                         Model{"dscnn_qdq_i8", true},
                                         Model{"resnet8_qdq_u8", false}),
                         [](const auto &info) {
                           return std::string(info.param.name);
                         });
