// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The host's side of the ABI: the table that plugins are given, and the
// failures that they make with it.

#include "core/runtime/Host.h"

#include "core/runtime/Errors.h"
#include "core/runtime/PluginCall.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/Twine.h"

#include <cfenv>
#include <exception>
#include <memory>
#include <mutex>
#include <optional>
#include <set>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

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

/// How this thread computes with floats. Plugins leave it as it was: the host
/// would compute otherwise after a call than before.
class FloatMode {
public:
  FloatMode() : before(get()) {}

  /// Puts it back. Says what a plugin has left, if that is something else.
  std::optional<std::string> restore() const {
    const uint32_t now = get();
    if (now == before)
      return std::nullopt;
    set(before);
    return "left the floating-point mode of the thread changed: it was 0x" +
           llvm::utohexstr(before) + ", and is 0x" + llvm::utohexstr(now);
  }

private:
#if defined(__x86_64__)
  static constexpr uint32_t exceptionFlags = 0x3f; // of the past, not a mode
  static uint32_t get() { return _mm_getcsr() & ~exceptionFlags; }
  static void set(uint32_t mode) {
    _mm_setcsr((_mm_getcsr() & exceptionFlags) | mode);
  }
#else
  static uint32_t get() { return static_cast<uint32_t>(std::fegetround()); }
  static void set(uint32_t mode) { std::fesetround(static_cast<int>(mode)); }
#endif

  uint32_t before;
};

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
  const FloatMode mode;
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
  if (std::optional<std::string> changed = mode.restore())
    return brokenRule(backend, function, *changed);
  return llvm::Error::success();
}

llvm::Error callPlugin(llvm::StringRef backend, llvm::StringRef function,
                       llvm::function_ref<gp_status *()> call) {
  gp_status *returned = nullptr;
  if (llvm::Error error =
          enterPlugin(backend, function, [&] { returned = call(); })) {
    failures().take(returned); // the rule that it broke says more
    return error;
  }
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
