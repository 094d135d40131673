// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// The error of everything that is a plugin's fault.
#pragma once

#include "core/support/FaultError.h"

#include <glowplug/backend.h>

#include <string>

namespace glowplug {

/// How a call of a plugin failed.
enum class CallEnd : uint8_t {
  answered, ///< It gave an error, or broke a rule.
  died,     ///< Its worker process ended.
  killed,   ///< Somebody killed its worker, or the system did for want of
            ///< memory: SIGKILL that was not ours.
  late,     ///< It took too long, and its worker was ended.
  memory,   ///< Its worker met a limit of memory.
};

/// A plugin that cannot be used, or a call of it that failed: a fault of kind
/// `backend`, whose place is the backend or the file of the plugin.
class BackendError : public llvm::ErrorInfo<BackendError, FaultError> {
public:
  static char ID; // NOLINT(readability-identifier-naming): LLVM's name

  /// \param subject  name of the backend, or the file of the plugin
  /// \param code     why; GP_INTERNAL when the plugin broke a rule
  /// \param end      what became of the call
  BackendError(const std::string &subject, gp_status_code code,
               const std::string &message, CallEnd end = CallEnd::answered)
      : ErrorInfo({FaultKind::backend, subject + ": " + message, subject}),
        code(code), end(end) {}

  gp_status_code getCode() const { return code; }
  CallEnd getEnd() const { return end; }
  const std::string &getSubject() const { return fault().place; }

private:
  gp_status_code code;
  CallEnd end;
};

/// Shorthand for a BackendError.
llvm::Error backendError(const llvm::Twine &subject, gp_status_code code,
                         const llvm::Twine &message,
                         CallEnd end = CallEnd::answered);

/// How the call failed that \p error, which stays as it is, tells of.
CallEnd callEndOf(const llvm::Error &error);

/// A BackendError: the plugin broke a rule in \p function.
llvm::Error brokenRule(llvm::StringRef backend, llvm::StringRef function,
                       const llvm::Twine &message);

/// "unsupported" for GP_UNSUPPORTED, and so on; "status 99" for an unknown one.
std::string statusCodeName(gp_status_code code);

/// "0.1"
std::string versionText(uint32_t major, uint32_t minor);

} // namespace glowplug
