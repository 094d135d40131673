// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// A host that watches what plugins do with it.

#pragma once

#include <glowplug/backend.h>

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

namespace glowplug::conformance {

/// What a call returned.
struct Status {
  gp_status_code code = GP_OK;
  std::string message;
  const gp_status *origin = nullptr; ///< Only to be compared.

  bool isOk() const { return origin == nullptr; }
  /// "success", or "GP_UNSUPPORTED (op 0: too big)".
  std::string text() const;
};

/// "GP_UNSUPPORTED"; "status 99" for a number that is none.
std::string codeText(gp_status_code code);

/// The table that plugins are given, and the failures that they make with it.
/// Any thread may use it.
class ProbeHost {
public:
  ProbeHost();
  ProbeHost(const ProbeHost &) = delete;
  ProbeHost &operator=(const ProbeHost &) = delete;

  const gp_host *table() const { return &given.known; }
  /// As a plugin's call would.
  gp_status *fail(gp_status_code code, const char *message);
  /// What \p status, which a plugin returned, says; nothing if this host has
  /// not made it, or it was taken before.
  std::optional<Status> take(gp_status *status);
  /// Failures that were made and not taken.
  size_t alive() const;

private:
  struct Failure {
    gp_status_code code;
    std::string message;
  };

  static gp_status *failFor(const gp_host *host, gp_status_code code,
                            const char *message);

  /// What plugins hold; leads back to the object.
  struct Table {
    gp_host known;
    ProbeHost *owner;
  };

  Table given;
  mutable std::mutex mutex;
  std::map<const gp_status *, std::unique_ptr<Failure>> failures;
};

} // namespace glowplug::conformance
