// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The host's side of the ABI: the table that plugins are given, and the
// failures that they make with it.

#include "core/runtime/Host.h"

#include "core/runtime/Errors.h"
#include "core/runtime/PluginCall.h"

#include "llvm/ADT/Twine.h"

#include <exception>
#include <memory>
#include <mutex>
#include <set>

struct gp_status {
  gp_status_code code;
  std::string message;
};

namespace glowplug {
namespace {

/// The failures that are on their way through plugins.
struct Failures {
  std::mutex mutex;
  std::set<gp_status *> alive;

  gp_status *add(gp_status_code code, const char *message) {
    auto *status = new gp_status{code, message ? message : ""};
    std::lock_guard lock(mutex);
    return *alive.insert(status).first;
  }

  /// Takes a failure back. NULL if it is none of ours.
  std::unique_ptr<gp_status> take(gp_status *status) {
    std::lock_guard lock(mutex);
    return std::unique_ptr<gp_status>(alive.erase(status) ? status : nullptr);
  }
};

Failures &failures() {
  static auto *all = new Failures; // outlives static destructors of plugins
  return *all;
}

gp_status *fail(const gp_host *, gp_status_code code, const char *message) {
  return failures().add(code, message);
}

} // namespace

const gp_host &pluginHost() {
  static const gp_host host = {sizeof(gp_host), GP_ABI_MAJOR, GP_ABI_MINOR,
                               fail};
  return host;
}

gp_status *hostFailure(gp_status_code code, const char *message) {
  return failures().add(code, message);
}

llvm::Error enterPlugin(llvm::StringRef backend, llvm::StringRef function,
                        llvm::function_ref<void()> call) {
  const PluginCall mark(backend, function);
  auto escaped = [&](const llvm::Twine &what) {
    return backendError(backend, GP_INTERNAL,
                        function + " let a C++ exception out" + what);
  };
  try {
    call();
  } catch (const std::exception &exception) {
    return escaped(llvm::Twine(": ") + exception.what());
  } catch (...) {
    return escaped("");
  }
  return llvm::Error::success();
}

llvm::Error callPlugin(llvm::StringRef backend, llvm::StringRef function,
                       llvm::function_ref<gp_status *()> call) {
  gp_status *returned = nullptr;
  if (llvm::Error error =
          enterPlugin(backend, function, [&] { returned = call(); }))
    return error;
  if (!returned)
    return llvm::Error::success();
  std::unique_ptr<gp_status> status = failures().take(returned);
  if (!status)
    return backendError(backend, GP_INTERNAL,
                        function + " returned a status that gp_host::fail did "
                                   "not make");
  if (status->code == GP_OK)
    return backendError(backend, GP_INTERNAL,
                        function +
                            " failed with the code GP_OK: " + status->message);
  return backendError(backend, status->code,
                      function + " failed: " + statusCodeName(status->code) +
                          ": " + status->message);
}

size_t liveFailures() {
  std::lock_guard lock(failures().mutex);
  return failures().alive.size();
}

} // namespace glowplug
