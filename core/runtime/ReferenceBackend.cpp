// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The interpreter as a backend: its blob is the image itself.

#include "core/image/Types.h"
#include "core/image/Verify.h"
#include "core/reference/Interpreter.h"
#include "core/runtime/Errors.h"
#include "core/runtime/ProgramBackend.h"

#include "llvm/ADT/STLExtras.h"

#include <cstring>

using namespace glowplug;

namespace {

/// What the blobs of this backend need: the image versions it reads.
constexpr llvm::StringLiteral requirement = "image 0.2, opset 1";

llvm::Error referenceError(gp_status_code code, const llvm::Twine &message) {
  return backendError(referenceBackendName, code, message);
}

class ReferenceExecutable : public ProgramExecutable {
public:
  ReferenceExecutable(llvm::ArrayRef<uint8_t> blob,
                      std::vector<llvm::ArrayRef<uint8_t>> segments,
                      unsigned threads)
      : program(*image::GetProgram(blob.data())),
        segments(std::move(segments)) {
    options.threads = threads;
  }

  llvm::Error run(llvm::ArrayRef<llvm::ArrayRef<uint8_t>> inputs,
                  llvm::ArrayRef<llvm::MutableArrayRef<uint8_t>> outputs,
                  void *workspace) override;

private:
  const image::Program &program;
  std::vector<llvm::ArrayRef<uint8_t>> segments;
  InterpreterOptions options;
};

llvm::Error
ReferenceExecutable::run(llvm::ArrayRef<llvm::ArrayRef<uint8_t>> inputs,
                         llvm::ArrayRef<llvm::MutableArrayRef<uint8_t>> outputs,
                         void *) {
  const image::Body &body = *program.body();
  const llvm::ArrayRef<uint32_t> inputValues = arrayOf(body.inputs());
  if (inputs.size() != inputValues.size())
    return referenceError(GP_INVALID_ARGUMENT,
                          "needs " + llvm::Twine(inputValues.size()) +
                              " inputs, but got " + llvm::Twine(inputs.size()));
  llvm::SmallVector<Tensor> tensors;
  for (auto [bytes, index] : llvm::zip_equal(inputs, inputValues)) {
    const image::Value &value = *body.values()->Get(index);
    llvm::Expected<Tensor> tensor =
        Tensor::borrow(fromImage(value.dtype()), arrayOf(value.shape()), bytes);
    if (!tensor)
      return referenceError(GP_INVALID_ARGUMENT,
                            llvm::toString(tensor.takeError()));
    tensors.push_back(std::move(*tensor));
  }

  llvm::Expected<std::vector<Tensor>> results =
      interpret(program, tensors, segments, options);
  if (!results)
    return referenceError(GP_INTERNAL, llvm::toString(results.takeError()));
  if (results->size() != outputs.size())
    return referenceError(GP_INVALID_ARGUMENT,
                          "has " + llvm::Twine(results->size()) +
                              " outputs, but was given " +
                              llvm::Twine(outputs.size()));
  for (auto [result, bytes] : llvm::zip_equal(*results, outputs)) {
    if (result.byteCount() != bytes.size())
      return referenceError(
          GP_INVALID_ARGUMENT,
          "has an output of " + llvm::Twine(result.byteCount()) +
              " bytes, but was given " + llvm::Twine(bytes.size()));
    if (!bytes.empty())
      std::memcpy(bytes.data(), result.bytes().data(), bytes.size());
  }
  return llvm::Error::success();
}

class ReferenceBackend : public ProgramBackend {
public:
  ReferenceBackend() {
    description.name = referenceBackendName.str();
    description.version = "0.1.0";
    description.target = "any";
  }

  const BackendInfo &info() const override { return description; }

  llvm::Expected<std::vector<Verdict>>
  check(llvm::ArrayRef<uint8_t> image) override {
    const image::Program &program = *image::GetProgram(image.data());
    Verdict yes;
    yes.supported = true;
    return std::vector<Verdict>(
        program.body()->ops() ? program.body()->ops()->size() : 0, yes);
  }

  llvm::Expected<CompiledProgram>
  compile(llvm::ArrayRef<uint8_t> image,
          llvm::ArrayRef<llvm::ArrayRef<uint8_t>> segments) override {
    CompiledProgram result;
    result.blob = AlignedBytes(image);
    result.requirement = requirement.str();
    for (uint32_t i = 0; i < segments.size(); ++i)
      result.keptSegments.push_back(i);
    return result;
  }

  llvm::Expected<std::unique_ptr<ProgramExecutable>>
  load(const LoadRequest &request) override;

private:
  BackendInfo description;
};

llvm::Expected<std::unique_ptr<ProgramExecutable>>
ReferenceBackend::load(const LoadRequest &request) {
  if (request.requirement != requirement)
    return referenceError(GP_INCOMPATIBLE, "reads blobs of '" + requirement +
                                               "', but got '" +
                                               request.requirement + "'");
  if (llvm::Error error = verifyImage(request.blob))
    return referenceError(GP_INVALID_ARGUMENT,
                          llvm::toString(std::move(error)));
  const image::Program &program = *image::GetProgram(request.blob.data());
  const size_t count = program.segments() ? program.segments()->size() : 0;
  if (request.segments.size() != count)
    return referenceError(GP_INVALID_ARGUMENT,
                          "needs " + llvm::Twine(count) +
                              " segments, but got " +
                              llvm::Twine(request.segments.size()));
  for (size_t i = 0; i < count; ++i) {
    const uint64_t bytes =
        program.segments()->Get(static_cast<uint32_t>(i))->bytes();
    if (request.segments[i].size() != bytes)
      return referenceError(GP_INVALID_ARGUMENT,
                            "needs " + llvm::Twine(bytes) +
                                " bytes in segment " + llvm::Twine(i) +
                                ", but got " +
                                llvm::Twine(request.segments[i].size()));
  }
  return std::make_unique<ReferenceExecutable>(request.blob, request.segments,
                                               request.threads);
}

} // namespace

std::shared_ptr<ProgramBackend> glowplug::referenceBackend() {
  return std::make_shared<ReferenceBackend>();
}
