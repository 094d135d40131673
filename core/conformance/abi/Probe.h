// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// One plugin in this process, as cases see it: its raw functions, and what
/// judges their answers.

#pragma once

#include "core/conformance/abi/AbiCase.h"
#include "core/conformance/abi/ProbeHost.h"
#include "core/conformance/abi/Samples.h"
#include "core/runtime/Backend.h"

#include "llvm/ADT/STLFunctionalExtras.h"

#include <optional>
#include <vector>

namespace glowplug::conformance {

/// Ends a case early. Cases are chains of calls of which each needs the one
/// before; an exception keeps them readable. It never meets a plugin: functions
/// that plugins call only write down what they are given.
struct Ended {
  AbiOutcome outcome;
};

/// The plugin under test.
struct ProbeTarget {
  std::string library;
  std::vector<BackendOption> options; ///< for each create() of a usual backend
};

/// Calls of a plugin and checks of what comes back. Calls may come from several
/// threads; the rest is for one.
class Probe {
public:
  explicit Probe(ProbeTarget target) : given(std::move(target)) {}
  Probe(const Probe &) = delete;
  Probe &operator=(const Probe &) = delete;

  const ProbeTarget &target() const { return given; }
  ProbeHost &host() { return watchedHost; }

  // The plugin, which is loaded by the first of these calls.

  /// What gp_plugin_entry returns to a host of that version.
  const gp_plugin *entry(uint32_t major, uint32_t minor);
  /// The functions for this version; ends the case if they cannot be used.
  const gp_plugin &plugin();
  /// A group, or null. It is complete.
  template <typename Group>
  const Group *group(const char *id, uint32_t version) {
    return static_cast<const Group *>(
        completeGroup(id, version, sizeof(Group)));
  }
  /// The manifest beside the library, if there is one.
  const std::optional<PluginManifest> &manifest();

  // Calls.

  /// Calls \p function of the plugin and says what it returned. Ends the case
  /// if it breaks a rule of every function: a status that the host did not
  /// make, one of the code GP_OK, an exception, another floating-point mode.
  Status call(const char *function, llvm::function_ref<gp_status *()> body);
  /// As call(), of a function that returns no status.
  void enter(const char *function, llvm::function_ref<void()> body);

  // Judging. Each ends the case, or returns.

  [[noreturn]] static void fail(std::string want, std::string got);
  [[noreturn]] static void notApplicable(std::string reason);
  static void expect(bool holds, const std::string &want,
                     const std::string &got);
  /// \p status is a success. \p what is "load".
  static void expectOk(const Status &status, const std::string &what);
  /// \p status is a failure with \p code, and says something.
  static void expectCode(const Status &status, gp_status_code code,
                         const std::string &what);
  /// \p status is a failure with any code of the header.
  static void expectFailure(const Status &status, const std::string &what);

  // Programs.

  /// The first sample of which the plugin takes all ops, of \p family unless
  /// that is empty. Ends the case as not applicable if there is none.
  const Sample &taken(llvm::StringRef family = "");
  /// Whether it takes all ops of \p sample.
  bool takes(const Sample &sample);

private:
  void load();
  const void *completeGroup(const char *id, uint32_t version, size_t size);

  ProbeTarget given;
  ProbeHost watchedHost;
  gp_plugin_entry_fn entryFunction = nullptr;
  std::optional<gp_plugin> table;
  std::optional<std::optional<PluginManifest>> declared;
  std::vector<std::optional<bool>> answers; ///< of takes(), by sample
};

/// Runs \p body in \p count threads at once, with the number of each. Ends the
/// case with what the first of them ended with.
void inThreads(unsigned count, llvm::function_ref<void(unsigned)> body);

} // namespace glowplug::conformance
