// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// The error of everything that is a plugin's fault.
#pragma once

#include <glowplug/backend.h>

#include "llvm/Support/Error.h"

#include <string>

namespace glowplug {

/// A plugin that cannot be used, or a call of it that failed. Kept apart from
/// other errors because it leads to another exit status.
class BackendError : public llvm::ErrorInfo<BackendError> {
public:
  static char ID; // NOLINT(readability-identifier-naming): LLVM's name

  /// \param subject  name of the backend, or the file of the plugin
  /// \param code     why; GP_INTERNAL when the plugin broke a rule
  BackendError(std::string subject, gp_status_code code, std::string message)
      : subject(std::move(subject)), code(code), text(std::move(message)) {}

  gp_status_code getCode() const { return code; }
  const std::string &getSubject() const { return subject; }

  void log(llvm::raw_ostream &os) const override;
  std::error_code convertToErrorCode() const override {
    return llvm::inconvertibleErrorCode();
  }

private:
  std::string subject;
  gp_status_code code;
  std::string text;
};

/// Shorthand for a BackendError.
llvm::Error backendError(const llvm::Twine &subject, gp_status_code code,
                         const llvm::Twine &message);

/// "unsupported" for GP_UNSUPPORTED, and so on; "status 99" for an unknown one.
std::string statusCodeName(gp_status_code code);

/// "0.1"
std::string versionText(uint32_t major, uint32_t minor);

} // namespace glowplug
