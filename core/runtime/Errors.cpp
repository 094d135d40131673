// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The error of everything that is a plugin's fault.

#include "core/runtime/Errors.h"

#include "llvm/ADT/Twine.h"

namespace glowplug {

char BackendError::ID = 0;

llvm::Error backendError(const llvm::Twine &subject, gp_status_code code,
                         const llvm::Twine &message, CallEnd end) {
  return llvm::make_error<BackendError>(subject.str(), code, message.str(),
                                        end);
}

CallEnd callEndOf(const llvm::Error &error) {
  CallEnd end = CallEnd::answered;
  llvm::visitErrors(error, [&](const llvm::ErrorInfoBase &info) {
    if (info.isA<BackendError>())
      end = static_cast<const BackendError &>(info).getEnd();
  });
  return end;
}

llvm::Error brokenRule(llvm::StringRef backend, llvm::StringRef function,
                       const llvm::Twine &message) {
  return backendError(backend, GP_INTERNAL,
                      function + " broke a rule: " + message);
}

std::string statusCodeName(gp_status_code code) {
  switch (static_cast<int>(code)) {
  case GP_OK:
    return "ok";
  case GP_INVALID_ARGUMENT:
    return "invalid argument";
  case GP_UNSUPPORTED:
    return "unsupported";
  case GP_OUT_OF_MEMORY:
    return "out of memory";
  case GP_DEVICE_LOST:
    return "device lost";
  case GP_INTERNAL:
    return "internal error";
  case GP_UNKNOWN_FIELD:
    return "unknown field";
  case GP_INCOMPATIBLE:
    return "incompatible";
  default:
    return "status " + std::to_string(static_cast<int>(code));
  }
}

std::string versionText(uint32_t major, uint32_t minor) {
  return std::to_string(major) + "." + std::to_string(minor);
}

} // namespace glowplug
