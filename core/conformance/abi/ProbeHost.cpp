// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A host that watches what plugins do with it.

#include "core/conformance/abi/ProbeHost.h"

namespace glowplug::conformance {

std::string codeText(gp_status_code code) {
  static constexpr const char *names[] = {"GP_OK",
                                          "GP_INVALID_ARGUMENT",
                                          "GP_UNSUPPORTED",
                                          "GP_OUT_OF_MEMORY",
                                          "GP_DEVICE_LOST",
                                          "GP_INTERNAL",
                                          "GP_UNKNOWN_FIELD",
                                          "GP_INCOMPATIBLE"};
  const auto number = static_cast<size_t>(code);
  return number < std::size(names) ? names[number]
                                   : "status " + std::to_string(number);
}

std::string Status::text() const {
  return isOk() ? "success" : codeText(code) + " (" + message + ")";
}

ProbeHost::ProbeHost()
    : given{{sizeof(gp_host), GP_ABI_MAJOR, GP_ABI_MINOR, failFor}, this} {}

gp_status *ProbeHost::failFor(const gp_host *host, gp_status_code code,
                              const char *message) {
  return reinterpret_cast<const Table *>(host)->owner->fail(code, message);
}

gp_status *ProbeHost::fail(gp_status_code code, const char *message) {
  auto failure = std::make_unique<Failure>(
      Failure{code, message ? message : "(the message is NULL)"});
  // Plugins and this suite only hand it on.
  auto *status = reinterpret_cast<gp_status *>(failure.get());
  const std::lock_guard lock(mutex);
  failures.emplace(status, std::move(failure));
  return status;
}

std::optional<Status> ProbeHost::take(gp_status *status) {
  const std::lock_guard lock(mutex);
  const auto found = failures.find(status);
  if (found == failures.end())
    return std::nullopt;
  Status taken{found->second->code, std::move(found->second->message), status};
  failures.erase(found);
  return taken;
}

size_t ProbeHost::alive() const {
  const std::lock_guard lock(mutex);
  return failures.size();
}

} // namespace glowplug::conformance
