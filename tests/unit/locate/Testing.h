// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Programs, and a backend that is wrong on purpose.

#pragma once

#include "core/image/ImageBuilder.h"
#include "core/image/Verify.h"
#include "core/locate/Search.h"
#include "core/runtime/Errors.h"

#include <functional>

namespace glowplug::testing {

/// The part that \p builder describes; its segments stay with the caller.
inline PartImage partOf(const ProgramBuilder &builder,
                        std::vector<llvm::ArrayRef<uint8_t>> segments = {}) {
  PartImage part = {"wrong", builder.finish(), std::move(segments)};
  llvm::cantFail(verifyImage(part.image));
  return part;
}

/// The interpreter, whose outputs a function may spoil.
class WrongBackend : public ProgramBackend {
public:
  /// Called with each program and its outputs after a run.
  using Spoil = std::function<void(
      const image::Body &body,
      llvm::ArrayRef<llvm::MutableArrayRef<uint8_t>> outputs)>;
  Spoil spoil;
  /// Why a program is not taken, or not compiled; empty if it is.
  std::function<std::string(const image::Body &body)> refuse, fail;

  WrongBackend() { description.name = "wrong"; }

  const BackendInfo &info() const override { return description; }
  llvm::Expected<std::vector<Verdict>>
  check(llvm::ArrayRef<uint8_t> image) override {
    llvm::Expected<std::vector<Verdict>> verdicts = right->check(image);
    if (refuse && verdicts)
      if (std::string why = refuse(*image::GetProgram(image.data())->body());
          !why.empty())
        verdicts->front() = {false, false, why};
    return verdicts;
  }
  llvm::Expected<CompiledProgram>
  compile(llvm::ArrayRef<uint8_t> image,
          llvm::ArrayRef<llvm::ArrayRef<uint8_t>> segments) override {
    if (fail)
      if (std::string why = fail(*image::GetProgram(image.data())->body());
          !why.empty())
        return backendError(name(), GP_INTERNAL, why);
    return right->compile(image, segments);
  }
  llvm::Expected<std::unique_ptr<ProgramExecutable>>
  load(const LoadRequest &request) override;

private:
  std::shared_ptr<ProgramBackend> right = referenceBackend();
  BackendInfo description;
};

class WrongExecutable : public ProgramExecutable {
public:
  WrongExecutable(std::unique_ptr<ProgramExecutable> right,
                  const image::Body &body, WrongBackend::Spoil spoil)
      : right(std::move(right)), body(body), spoil(std::move(spoil)) {}
  llvm::Error run(llvm::ArrayRef<llvm::ArrayRef<uint8_t>> inputs,
                  llvm::ArrayRef<llvm::MutableArrayRef<uint8_t>> outputs,
                  void *workspace) override {
    llvm::Error error = right->run(inputs, outputs, workspace);
    if (!error && spoil)
      spoil(body, outputs);
    return error;
  }

private:
  std::unique_ptr<ProgramExecutable> right;
  const image::Body &body;
  WrongBackend::Spoil spoil;
};

inline llvm::Expected<std::unique_ptr<ProgramExecutable>>
WrongBackend::load(const LoadRequest &request) {
  llvm::Expected<std::unique_ptr<ProgramExecutable>> executable =
      right->load(request);
  if (!executable)
    return executable.takeError();
  return std::make_unique<WrongExecutable>(
      std::move(*executable), *image::GetProgram(request.blob.data())->body(),
      spoil);
}

/// How many ops named \p name a body has.
inline size_t countOf(const image::Body &body, llvm::StringRef name) {
  size_t count = 0;
  for (const image::Op *op : *body.ops())
    count += textOf(op->name()) == name;
  return count;
}

} // namespace glowplug::testing
