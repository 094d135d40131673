// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The command `glowplug VERB ...`.

#include "core/runtime/PluginCall.h"
#include "core/runtime/SafeText.h"
#include "tools/glowplug/Cli.h"
#include "tools/glowplug/DataFile.h"
#include "tools/glowplug/Help.h"

#include <glowplug/backend.h>

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Config/llvm-config.h"

#include <atomic>
#include <cstdlib>
#include <iostream>
#include <map>
#include <new>
#include <unistd.h>

using namespace glowplug;
using namespace glowplug::cli;

/// Every long option of \p app, for suggestions.
static std::vector<std::string> optionNames(const CLI::App &app) {
  std::vector<std::string> names;
  for (const CLI::Option *option : app.get_options())
    for (const std::string &name : option->get_lnames())
      names.push_back("--" + name);
  return names;
}

/// The innermost verb on the command line; \p app itself if there is none.
static const CLI::App *usedVerb(const CLI::App &app) {
  const CLI::App *at = &app;
  while (!at->get_subcommands().empty())
    at = at->get_subcommands().front();
  return at;
}

/// What is wrong with the command line, for people.
static std::string usageMessage(const CLI::App &app, const CLI::Error &error) {
  std::string verb;
  for (const CLI::App *outer = &app; outer != usedVerb(app);) {
    outer = outer->get_subcommands().front();
    verb += (verb.empty() ? "" : " ") + outer->get_name();
  }
  const CLI::App *at = usedVerb(app);
  const std::string hint =
      "\n  see `glowplug " + verb + (verb.empty() ? "" : " ") + "--help`";
  for (const std::string &extra : at->remaining(true)) {
    const std::string name = llvm::StringRef(extra).split('=').first.str();
    if (!llvm::StringRef(name).starts_with("-"))
      return "unexpected argument '" + extra + "'" + hint;
    const std::string near = nearestName(name, optionNames(*at));
    return "unknown option '" + name + "'" +
           (near.empty() ? "" : "; did you mean '" + near + "'?") + hint;
  }
  return std::string(error.what()) + hint;
}

/// Ends the command if its first word is no verb.
static void checkVerb(const CLI::App &app, int argc, char **argv) {
  std::vector<std::string> verbs;
  for (const CLI::App *verb : app.get_subcommands({}))
    verbs.push_back(verb->get_name());
  if (argc < 2)
    fail(wrongUsage, "needs a verb: " + llvm::join(verbs, ", ") +
                         "\n  see `glowplug --help`");
  const std::string first = argv[1];
  if (llvm::StringRef(first).starts_with("-") ||
      llvm::is_contained(verbs, first))
    return;
  const std::string near = nearestName(first, verbs);
  fail(wrongUsage, "unknown verb '" + first + "'" +
                       (near.empty() ? "; there are " + llvm::join(verbs, ", ")
                                     : "; did you mean '" + near + "'?"));
}

static std::string versionText() {
  return "glowplug " GLOWPLUG_VERSION ", backend ABI " +
         std::to_string(GP_ABI_MAJOR) + "." + std::to_string(GP_ABI_MINOR) +
         ", LLVM " LLVM_VERSION_STRING;
}

static int runCommand(int argc, char **argv, bool &json) {
  CLI::App app{"compile and run ONNX models on accelerators", "glowplug"};
  app.set_version_flag("--version", versionText());
  setMainHelp(app);
  app.require_subcommand(1);
  std::map<const CLI::App *, std::unique_ptr<Verb>> verbs;
  for (auto add :
       {addRun, addCompile, addProfile, addQuantize, addInspect, addInterpret,
        addReduce, addCosim, addExport, addBackends, addDoctor, addBench,
        addOnnxTest, addNewBackend, addConformance}) {
    std::unique_ptr<Verb> verb = add(app);
    verbs[app.get_subcommands({}).back()] = std::move(verb);
  }
  checkVerb(app, argc, argv);
  try {
    app.parse(argc, argv);
  } catch (const CLI::CallForHelp &) {
    fmt::print(dataFile(), "{}", usedVerb(app)->help());
    return done;
  } catch (const CLI::CallForVersion &) {
    fmt::print(dataFile(), "{}\n", versionText());
    return done;
  } catch (const CLI::ParseError &error) {
    fail(wrongUsage, usageMessage(app, error));
  }
  Verb &verb = *verbs.at(app.get_subcommands().front());
  json = verb.json;
  return verb.run();
}

/// Whether errors are JSON; read by the signal handler.
static std::atomic<bool> wantsJson = false;

/// Writes what is known of a plugin that ends this process, and ends it as a
/// failed backend does. Async-signal safe.
static void endForPlugin(const char *line, size_t length) {
  char text[1024];
  SafeText error(text, sizeof text);
  error << "glowplug: error: " << llvm::StringRef(line, length) << "\n";
  const size_t size = error.finish();
  [[maybe_unused]] ssize_t written = write(STDERR_FILENO, text, size);
  if (wantsJson) {
    // Nothing that the line is made of needs to be escaped.
    SafeText answer(text, sizeof text);
    answer << R"({"error":{"kind":"backend","message":")"
           << llvm::StringRef(line, length) << "\"}}\n";
    const size_t answerSize = answer.finish();
    written = write(fileno(dataFile()), text, answerSize);
  }
  _exit(backendFailed);
}

/// A plugin that calls exit() ends the host in the middle of its work.
static void lookForPluginAtExit() {
  const PluginCall *call = currentPluginCall();
  if (!call)
    return;
  const std::string line =
      (call->backend + ": " + call->function + " ended the process").str();
  endForPlugin(line.data(), line.size());
}

int main(int argc, char **argv) {
  // Until the options are parsed, whether JSON is wanted is seen from afar.
  bool json = std::any_of(argv + 1, argv + argc, [](const char *argument) {
    return std::string_view(argument) == "--json";
  });
  wantsJson = json;
  dataFile(); // from now on standard output is another
  reportFatalSignals(endForPlugin);
  std::atexit(lookForPluginAtExit);
  try {
    return runCommand(argc, argv, json);
  } catch (const Exit &exit) {
    printError(exit, json);
    return exit.status;
  } catch (const std::bad_alloc &) {
    printError({modelFault, "not enough memory"}, json);
    return modelFault;
  }
}
