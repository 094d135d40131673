// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// A backend that takes what a test wants, and IR from text.

#pragma once

#include "core/partition/Partition.h"
#include "core/support/Tensor.h"

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/MLIRContext.h"
#include "mlir/IR/OwningOpRef.h"

#include <functional>
#include <string>
#include <vector>

namespace glowplug::testing {

/// What a fake backend is asked: about an op of an image.
struct Question {
  std::string kind; ///< "MatMul", "Composite softmax", ...
  std::string name;
  bool hasEpilogue = false;
  /// Of its region: "rescale_fp32_rne", "add", ...
  std::vector<std::string> scalars;
  std::vector<std::string> imageKinds; ///< Of all ops of the image.
};

/// Takes ops by a function, and runs them by the interpreter.
class FakeBackend : public ProgramBackend {
public:
  using Judge = std::function<Verdict(const Question &)>;

  FakeBackend(std::string name, Judge judge)
      : judge(std::move(judge)), inner(referenceBackend()),
        description(inner->info()) {
    description.name = std::move(name);
  }

  const BackendInfo &info() const override { return description; }
  llvm::Expected<std::vector<Verdict>>
  check(llvm::ArrayRef<uint8_t> image) override;
  llvm::Expected<CompiledProgram>
  compile(llvm::ArrayRef<uint8_t> image,
          llvm::ArrayRef<llvm::ArrayRef<uint8_t>> segments) override;
  llvm::Expected<std::unique_ptr<ProgramExecutable>>
  load(const LoadRequest &request) override {
    return inner->load(request);
  }

private:
  Judge judge;
  std::shared_ptr<ProgramBackend> inner;
  BackendInfo description;
};

Verdict yes();
Verdict no(std::string reason = "not wanted", bool splitEpilogue = false);

/// A judge that takes the kinds of \p kinds.
FakeBackend::Judge takes(std::vector<std::string> kinds);

/// A module with a function @main.
class Program {
public:
  explicit Program(const std::string &text);

  mlir::func::FuncOp main();
  /// Partitions @main among \p backends; `reference` is added as the last.
  llvm::Expected<PartitionResult>
  partition(std::vector<std::shared_ptr<ProgramBackend>> backends);

  mlir::MLIRContext context{mlir::MLIRContext::Threading::DISABLED};
  mlir::OwningOpRef<mlir::ModuleOp> module;
};

std::string message(llvm::Error error);

} // namespace glowplug::testing
