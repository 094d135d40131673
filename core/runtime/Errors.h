// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// The error of everything that is a plugin's fault.
#pragma once

#include "core/support/FaultError.h"

#include <glowplug/backend.h>

#include <string>

namespace glowplug {

/// A plugin that cannot be used, or a call of it that failed: a fault of kind
/// `backend`, whose place is the backend or the file of the plugin.
class BackendError : public llvm::ErrorInfo<BackendError, FaultError> {
public:
  static char ID; // NOLINT(readability-identifier-naming): LLVM's name

  /// \param subject  name of the backend, or the file of the plugin
  /// \param code     why; GP_INTERNAL when the plugin broke a rule
  BackendError(const std::string &subject, gp_status_code code,
               const std::string &message)
      : ErrorInfo({FaultKind::backend, subject + ": " + message, subject}),
        code(code) {}

  gp_status_code getCode() const { return code; }
  const std::string &getSubject() const { return fault().place; }

private:
  gp_status_code code;
};

/// Shorthand for a BackendError.
llvm::Error backendError(const llvm::Twine &subject, gp_status_code code,
                         const llvm::Twine &message);

/// A BackendError: the plugin broke a rule in \p function.
llvm::Error brokenRule(llvm::StringRef backend, llvm::StringRef function,
                       const llvm::Twine &message);

/// "unsupported" for GP_UNSUPPORTED, and so on; "status 99" for an unknown one.
std::string statusCodeName(gp_status_code code);

/// "0.1"
std::string versionText(uint32_t major, uint32_t minor);

} // namespace glowplug
