// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// What the verbs share: exit status, errors, output, and common options.

#pragma once

#include "core/driver/Compiler.h"
#include "core/host/loops/OpCounts.h"
#include "core/isolation/IsolatedBackend.h"
#include "core/runtime/BackendSet.h"
#include "core/runtime/Session.h"

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include <chrono>
#include <optional>
#include <string>
#include <vector>

namespace glowplug::cli {

/// Keys stand in the order in which they were added.
using Json = nlohmann::ordered_json;

/// Exit status of the command; docs/reference/cli.md.
enum Status : int {
  done = 0,
  modelFault = 1,
  wrongUsage = 2,
  backendFailed = 3,
  comparisonFailed = 4,
  notComparable = 5, ///< The outputs say nothing about right or wrong.
  interrupted = 6,   ///< What was best until then is written.
};

/// An error that ends the command. Thrown within the command only; nothing
/// above main() sees it.
struct Exit {
  Status status;
  std::string message;
};

/// Ends the command.
[[noreturn]] void fail(Status status, const llvm::Twine &message);
/// Ends the command with the status of the fault's kind.
[[noreturn]] void fail(const Fault &fault);
/// Ends the command with what \p error says; \p kind is that of an error that
/// has none of its own.
[[noreturn]] void fail(llvm::Error error, FaultKind kind = FaultKind::model);

/// The value, or the end of the command.
template <typename T>
T orFail(llvm::Expected<T> value, FaultKind kind = FaultKind::model) {
  if (!value)
    fail(value.takeError(), kind);
  return std::move(*value);
}

/// Prints an error as the user wants it: JSON on standard output, or words on
/// standard error.
void printError(const Exit &exit, bool json);

/// Prints a warning on standard error.
void warn(const std::string &message);

/// Prints \p answer on standard output.
void printJson(const Json &answer);

/// Options about what runs a model.
struct BackendOptions {
  std::vector<std::string> names;    // --backend
  std::vector<std::string> plugins;  // --plugin
  std::vector<std::string> options;  // --backend-option
  std::string npu;                   // --npu
  std::vector<std::string> required; // --require
  IsolationPolicy isolation;
  bool goesOn = false; // --fallback

  void add(CLI::App &app);
  /// Adds what says how plugins are isolated, for verbs that use them at all.
  void addIsolation(CLI::App &app);
  /// Adds --npu, which sets the option of that name of a backend that has it.
  void addNpu(CLI::App &app);
  /// What addIsolation() reads; warnings go to standard error.
  IsolationPolicy policy() const;
  /// Adds --require.
  void addRequire(CLI::App &app);
  /// What --require says. Ends the command if it names a backend that is not
  /// used; \p isCompiled as for setOptions().
  std::vector<Requirement> requirements(bool isCompiled) const;
  /// Backends in order of preference; `reference` last.
  std::vector<std::string> order() const;
  /// What add() reads as these options.
  std::vector<std::string> arguments() const;
  /// What the set is made of; may open the plugins that were named by file.
  /// \p isCompiled: the model says itself what it runs on, so that settings
  /// may be for any backend.
  BackendSetOptions setOptions(bool isCompiled = false) const;
  BackendSet makeSet(bool isCompiled = false) const {
    return BackendSet(setOptions(isCompiled));
  }

private:
  /// --npu as settings of those backends in use that have such an option.
  std::vector<std::string> npuSettings(bool isCompiled) const;
};

/// The options of BackendOptions::addIsolation() as a group of CLI11.
inline constexpr const char *isolationGroup = "isolation";

/// The options of ModelOptions::addImport() as a group of CLI11.
inline constexpr const char *importGroup = "import";

/// Options about how a model becomes a program.
struct ModelOptions {
  std::string model;
  std::vector<std::string> dims;  // --dim
  std::vector<std::string> binds; // --bind
  std::string recipe = "auto";    // --recipe
  std::string cache;              // --cache
  bool allowExternalData = false;
  bool json = false;

  void addModel(CLI::App &app, const std::string &name);
  void addImport(CLI::App &app);
  void addCache(CLI::App &app);
};

/// Adds --recipe.
void addRecipe(CLI::App &app, std::string &recipe);

/// Says on standard error which backends the files of --plugin take the place
/// of.
void noteReplacements(BackendSet &set);

/// Adds --json.
void addJson(CLI::App &app, bool &json);

/// Splits "KEY=VALUE"; ends the command where there is no '='.
std::pair<std::string, std::string> keyValue(const std::string &text,
                                             llvm::StringRef option);

/// Milliseconds since its making.
class Stopwatch {
public:
  double ms() const {
    return std::chrono::duration<double, std::milli>(Clock::now() - begin)
        .count();
  }

private:
  using Clock = std::chrono::steady_clock;
  Clock::time_point begin = Clock::now();
};

/// A verb: its options, and what it does.
class Verb {
public:
  virtual ~Verb() = default;
  virtual Status run() = 0;
  bool json = false;
};

std::unique_ptr<Verb> addRun(CLI::App &app);
std::unique_ptr<Verb> addCompile(CLI::App &app);
std::unique_ptr<Verb> addInspect(CLI::App &app);
std::unique_ptr<Verb> addInterpret(CLI::App &app);
std::unique_ptr<Verb> addReduce(CLI::App &app);
std::unique_ptr<Verb> addCosim(CLI::App &app);
std::unique_ptr<Verb> addExport(CLI::App &app);
std::unique_ptr<Verb> addDoctor(CLI::App &app);
std::unique_ptr<Verb> addBackends(CLI::App &app);
std::unique_ptr<Verb> addBench(CLI::App &app);
std::unique_ptr<Verb> addProfile(CLI::App &app);
std::unique_ptr<Verb> addQuantize(CLI::App &app);
std::unique_ptr<Verb> addOnnxTest(CLI::App &app);
std::unique_ptr<Verb> addNewBackend(CLI::App &app);
std::unique_ptr<Verb> addConformance(CLI::App &app);

} // namespace glowplug::cli
