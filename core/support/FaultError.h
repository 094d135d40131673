// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// A fault as an llvm::Error.

#pragma once

#include "core/support/Fault.h"

#include "llvm/ADT/Twine.h"
#include "llvm/Support/Error.h"

namespace glowplug {

/// The only error class; its kind decides what callers do.
class FaultError : public llvm::ErrorInfo<FaultError> {
public:
  static char ID; // NOLINT(readability-identifier-naming): LLVM's name
  explicit FaultError(Fault fault) : value(std::move(fault)) {}

  const Fault &fault() const { return value; }
  FaultKind kind() const { return value.kind; }
  void log(llvm::raw_ostream &os) const override;
  std::error_code convertToErrorCode() const override {
    return llvm::inconvertibleErrorCode();
  }

private:
  Fault value;
};

/// Shorthand for a FaultError.
llvm::Error makeFault(FaultKind kind, const llvm::Twine &message,
                      const llvm::Twine &place = "");

/// \p error as a fault; one without a kind gets \p kind. Success stays success.
llvm::Error blame(FaultKind kind, llvm::Error error);

/// The fault that \p error, which is a failure, carries. One without a kind
/// gets \p otherwise.
Fault faultOf(llvm::Error error, FaultKind otherwise = FaultKind::internal);

} // namespace glowplug
