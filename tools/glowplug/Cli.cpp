// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What the verbs share: errors, output, and common options.

#include "tools/glowplug/Cli.h"
#include "tools/glowplug/DataFile.h"

#include "core/support/FaultError.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallString.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Path.h"

#include <iostream>

using namespace glowplug;
using namespace glowplug::cli;

//===----------------------------------------------------------------------===//
// Errors and output
//===----------------------------------------------------------------------===//

void cli::fail(Status status, const llvm::Twine &message) {
  throw Exit{status, message.str()};
}

static Status statusOf(FaultKind kind) {
  switch (kind) {
  case FaultKind::usage:
    return wrongUsage;
  case FaultKind::backend:
    return backendFailed;
  case FaultKind::mismatch:
    return comparisonFailed;
  case FaultKind::interrupted:
    return interrupted;
  case FaultKind::model:
  case FaultKind::unsupported:
  case FaultKind::resources:
  case FaultKind::internal:
    return modelFault;
  }
  llvm_unreachable("unknown kind of fault");
}

/// How the options of the command say what has to be given: " (--dim N=SIZE)";
/// empty if \p setting is none.
static std::string hintFor(const Setting &setting) {
  auto options = [&](llvm::StringRef option, llvm::StringRef value) {
    std::string text;
    for (const std::string &name : setting.names)
      text +=
          (llvm::Twine(text.empty() ? " (" : " ") + option + " " + name + value)
              .str();
    return text.empty() ? text : text + ")";
  };
  switch (setting.kind) {
  case SettingKind::none:
    return "";
  case SettingKind::dim:
    return options("--dim", "=SIZE");
  case SettingKind::binding:
    return options("--bind", "=FILE");
  case SettingKind::keptFloat:
    return options("--keep-float", "");
  }
  llvm_unreachable("unknown kind of setting");
}

void cli::fail(const Fault &fault) {
  fail(statusOf(fault.kind), fault.message + hintFor(fault.setting));
}

void cli::fail(llvm::Error error, FaultKind kind) {
  fail(faultOf(std::move(error), kind));
}

static const char *kindOf(Status status) {
  switch (status) {
  case done:
    return "none";
  case modelFault:
    return "model";
  case wrongUsage:
    return "usage";
  case backendFailed:
    return "backend";
  case comparisonFailed:
    return "comparison";
  case notComparable:
    return "not comparable";
  case interrupted:
    return "interrupted";
  }
  return "unknown";
}

void cli::printJson(const Json &answer) {
  // Texts come from models and plugins, and need not be UTF-8.
  fmt::print(dataFile(), "{}\n",
             answer.dump(2, ' ', false, Json::error_handler_t::replace));
  std::fflush(dataFile());
}

void cli::printError(const Exit &exit, bool json) {
  if (json)
    printJson({{"error",
                {{"kind", kindOf(exit.status)}, {"message", exit.message}}}});
  std::cerr << "glowplug: error: " << exit.message << std::endl;
}

void cli::warn(const std::string &message) {
  std::cerr << "glowplug: warning: " << message << std::endl;
}

std::pair<std::string, std::string> cli::keyValue(const std::string &text,
                                                  llvm::StringRef option) {
  auto [key, value] = llvm::StringRef(text).split('=');
  if (key.empty() || !llvm::StringRef(text).contains('='))
    fail(wrongUsage, option + " needs NAME=VALUE, but got '" + text + "'");
  return {key.str(), value.str()};
}

//===----------------------------------------------------------------------===//
// Common options
//===----------------------------------------------------------------------===//

void cli::addJson(CLI::App &app, bool &json) {
  app.add_flag("--json", json, "print results and errors as JSON");
}

void BackendOptions::add(CLI::App &app) {
  app.add_option("--backend", names,
                 "use this backend; repeat in order of preference "
                 "[default: cpu]")
      ->type_name("NAME")
      ->allow_extra_args(false);
  app.add_option("--backend-option", options,
                 "[NAME:]KEY=VALUE for the first (or the named) backend")
      ->type_name("SETTING")
      ->allow_extra_args(false);
  app.add_option("--plugin", plugins,
                 "load a backend from a shared library; may be repeated")
      ->type_name("FILE")
      ->allow_extra_args(false);
}

void BackendOptions::addIsolation(CLI::App &app) {
  const std::map<std::string, IsolatedCalls> which = {
      {"none", IsolatedCalls::none},
      {"compile", IsolatedCalls::compile},
      {"all", IsolatedCalls::all}};
  app.add_option("--isolate", isolation.calls,
                 "plugin calls made in a worker process: none, compile "
                 "[default] or all")
      ->transform(CLI::CheckedTransformer(which).description(""))
      ->type_name("CALLS")
      ->group(isolationGroup);
  app.add_option_function<uint64_t>(
         "--call-timeout",
         [this](uint64_t seconds) {
           isolation.callTimeout = std::chrono::seconds(seconds);
         },
         "seconds that one call in a worker may take [default: 600]")
      ->check(CLI::Range(uint64_t{1}, uint64_t{1000000}).description(""))
      ->type_name("N")
      ->group(isolationGroup);
  app.add_option_function<uint64_t>(
         "--memory-limit",
         [this](uint64_t mebibytes) {
           isolation.memoryBytes = mebibytes << 20;
         },
         "MiB of address space that a worker may use [default: no limit]")
      ->check(CLI::Range(uint64_t{64}, uint64_t{1} << 30).description(""))
      ->type_name("N")
      ->group(isolationGroup);
  app.add_option("--allow-read", isolation.readable,
                 "let workers read this path only, and libraries; repeatable")
      ->type_name("PATH")
      ->allow_extra_args(false)
      ->group(isolationGroup);
  app.add_flag("--strict", isolation.isStrict,
               "compile in two processes and compare; catch stale pointers "
               "and leaks")
      ->group(isolationGroup);
  app.add_flag("--fallback", goesOn,
               "go on without a backend that fails; the next one takes over")
      ->group(isolationGroup);
  app.add_option("--repro", isolation.reproFolder,
                 "keep calls that fail below DIR, or 'none' [default: the last "
                 "8, in ~/.cache/glowplug]")
      ->type_name("DIR")
      ->group(isolationGroup);
}

IsolationPolicy BackendOptions::policy() const {
  IsolationPolicy result = isolation;
  result.warn = warn;
  if (result.reproFolder == "none") {
    result.reproFolder.clear();
  } else if (result.reproFolder.empty()) {
    llvm::SmallString<128> folder; // of the user: others cannot write there
    if (llvm::sys::path::cache_directory(folder)) {
      llvm::sys::path::append(folder, "glowplug", "repro");
      result.reproFolder = folder.str().str();
      result.mostRepros = 8;
    }
  }
  return result;
}

void BackendOptions::addRequire(CLI::App &app) {
  app.add_option("--require", required,
                 "fail unless this backend takes all ops; NAME:some: at least "
                 "one")
      ->type_name("NAME")
      ->group(importGroup)
      ->allow_extra_args(false);
}

std::vector<Requirement> BackendOptions::requirements(bool isCompiled) const {
  std::vector<Requirement> result;
  for (const std::string &text : required) {
    llvm::Expected<Requirement> one = parseRequirement(text);
    if (!one)
      fail(wrongUsage, "--require " + llvm::toString(one.takeError()));
    if (!isCompiled && !llvm::is_contained(order(), one->backend))
      fail(wrongUsage, "--require names the backend '" + one->backend +
                           "', which is not used: add --backend " +
                           one->backend);
    result.push_back(std::move(*one));
  }
  return result;
}

std::vector<std::string> BackendOptions::order() const {
  std::vector<std::string> result;
  for (const std::string &name : names)
    if (!llvm::is_contained(result, name) && name != referenceBackendName)
      result.push_back(name);
  if (names.empty())
    result.push_back("cpu");
  result.push_back(referenceBackendName.str());
  return result;
}

std::vector<std::string> BackendOptions::arguments() const {
  std::vector<std::string> result;
  const auto add = [&](const char *option,
                       const std::vector<std::string> &values) {
    for (const std::string &value : values)
      llvm::append_range(result,
                         std::initializer_list<std::string>{option, value});
  };
  add("--backend", names);
  add("--plugin", plugins);
  add("--backend-option", options);
  add("--require", required);
  return result;
}

void cli::noteReplacements(BackendSet &set) {
  for (const std::string &note : orFail(set.replacements()))
    std::cerr << "glowplug: note: " << note << std::endl;
}

void BackendOptions::addNpu(CLI::App &app) {
  app.add_option("--npu", npu, "configuration of the NPU: its option 'npu'")
      ->type_name("FILE");
}

std::vector<std::string> BackendOptions::npuSettings(bool isCompiled) const {
  std::vector<std::string> settings;
  if (npu.empty())
    return settings;
  BackendSetOptions plain;
  plain.files = plugins;
  isolate(plain, policy());
  BackendSet set(std::move(plain));
  const std::vector<std::string> used =
      isCompiled ? orFail(set.names()) : order();
  for (const std::string &name : used) {
    if (name == referenceBackendName)
      continue;
    llvm::Expected<std::shared_ptr<ProgramBackend>> backend = set.open(name);
    if (!backend && !isCompiled)
      fail(backend.takeError());
    if (!backend) { // not in use, as far as is known here
      llvm::consumeError(backend.takeError());
      continue;
    }
    if (llvm::any_of((*backend)->info().options,
                     [](const auto &option) { return option.key == "npu"; }))
      settings.push_back(name + ":npu=" + npu);
  }
  if (settings.empty())
    fail(wrongUsage, "--npu needs a backend with an option 'npu', but " +
                         llvm::join(used, ", ") + " have none");
  return settings;
}

BackendSetOptions BackendOptions::setOptions(bool isCompiled) const {
  BackendSetOptions set;
  set.files = plugins;
  isolate(set, policy());
  std::vector<std::string> settings = options;
  llvm::append_range(settings, npuSettings(isCompiled));
  for (const std::string &text : settings) {
    auto [key, value] = keyValue(text, "--backend-option");
    NamedOption option;
    const size_t colon = key.find(':');
    if (colon != std::string::npos) {
      option.backend = key.substr(0, colon);
      key = key.substr(colon + 1);
    } else {
      option.backend = names.empty() ? "cpu" : names.front();
    }
    if (option.backend == referenceBackendName)
      fail(wrongUsage, "backend 'reference' has no options");
    if (!isCompiled && !llvm::is_contained(order(), option.backend))
      fail(wrongUsage, "--backend-option names the backend '" + option.backend +
                           "', which is not used");
    option.option = {key, value};
    set.options.push_back(std::move(option));
  }
  return set;
}

void cli::addRecipe(CLI::App &app, std::string &recipe) {
  app.add_option(
         "--recipe", recipe,
         "fp32_rne, tosa_single, tosa_double [default: auto, by backend]")
      ->type_name("RECIPE")
      ->group(importGroup)
      ->check(
          CLI::IsMember({"auto", "fp32_rne", "tosa_single", "tosa_double"}));
}

void ModelOptions::addModel(CLI::App &app, const std::string &name) {
  app.add_option(name, model, "")->required();
}

void ModelOptions::addCache(CLI::App &app) {
  app.add_option("--cache", cache,
                 "keep compiled models in DIR, and use what is there")
      ->type_name("DIR")
      ->group(importGroup);
}

void ModelOptions::addImport(CLI::App &app) {
  // In a group, so that a help can name them in one line.
  app.add_option("--dim", dims,
                 "size of a symbolic dim; repeatable. compile: sizes, 1,8 or "
                 "32..512:32")
      ->type_name("NAME=SIZE")
      ->group(importGroup)
      ->allow_extra_args(false);
  app.add_option("--bind", binds, "fix an input to the tensor in a file")
      ->type_name("NAME=FILE")
      ->group(importGroup)
      ->allow_extra_args(false);
  addRecipe(app, recipe);
  app.add_flag("--allow-external-data", allowExternalData,
               "read tensors from files beside the model")
      ->group(importGroup);
}
