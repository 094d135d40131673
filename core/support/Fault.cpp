// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Faults, as values and as errors.

#include "core/support/FaultError.h"

#include "llvm/Support/ErrorHandling.h"
#include "llvm/Support/raw_ostream.h"

using namespace glowplug;

const char *glowplug::faultKindName(FaultKind kind) {
  switch (kind) {
  case FaultKind::usage:
    return "usage";
  case FaultKind::model:
    return "model";
  case FaultKind::unsupported:
    return "unsupported";
  case FaultKind::backend:
    return "backend";
  case FaultKind::resources:
    return "resources";
  case FaultKind::mismatch:
    return "mismatch";
  case FaultKind::interrupted:
    return "interrupted";
  case FaultKind::internal:
    return "internal";
  }
  llvm_unreachable("unknown kind of fault");
}

Fault glowplug::inFile(const std::string &name, Fault fault) {
  if (fault.place != name)
    fault.message = name + ": " + fault.message;
  if (fault.place.empty())
    fault.place = name;
  return fault;
}

char FaultError::ID = 0;

void FaultError::log(llvm::raw_ostream &os) const { os << value.message; }

llvm::Error glowplug::makeFault(FaultKind kind, const llvm::Twine &message,
                                const llvm::Twine &place) {
  return llvm::make_error<FaultError>(Fault{kind, message.str(), place.str()});
}

llvm::Error glowplug::blame(FaultKind kind, llvm::Error error) {
  if (!error || error.isA<FaultError>())
    return error;
  return makeFault(kind, llvm::toString(std::move(error)));
}

Fault glowplug::faultOf(llvm::Error error, FaultKind otherwise) {
  Fault result;
  llvm::handleAllErrors(
      std::move(error),
      [&](const FaultError &typed) { result = typed.fault(); },
      [&](const llvm::ErrorInfoBase &other) {
        result = {otherwise, other.message()};
      });
  return result;
}
