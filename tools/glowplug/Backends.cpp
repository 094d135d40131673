// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// glowplug backends: lists the backends that were found.

#include "core/image/Types.h"
#include "tools/glowplug/Cli.h"
#include "tools/glowplug/DataFile.h"
#include "tools/glowplug/Help.h"

#include <fmt/format.h>

using namespace glowplug;
using namespace glowplug::cli;

namespace {

class BackendsVerb : public Verb {
public:
  explicit BackendsVerb(CLI::App &app) {
    app.add_option("--plugin", backends.plugins,
                   "also list the backend of a shared library")
        ->type_name("FILE")
        ->allow_extra_args(false);
    backends.addIsolation(app);
    addJson(app, json);
    setHelp(app, {" [options]",
                  {"", "--plugin ./libmine.so --json"},
                  "0 done, 2 wrong usage, 3 a backend failed",
                  "",
                  ""});
  }

  Status run() override;

private:
  BackendOptions backends;
};

Json describe(const BackendInfo &info) {
  Json options = Json::array();
  for (const BackendOptionInfo &option : info.options)
    options.push_back({{"key", option.key},
                       {"default", option.defaultValue},
                       {"help", option.help}});
  Json ops = Json::array();
  for (const BackendOpInfo &op : info.ops) {
    Json types = Json::array();
    for (unsigned i = 1; i < dtypeCount; ++i)
      if (op.dtypeMask >> i & 1)
        types.push_back(dtypeName(static_cast<DType>(i)).str());
    Json row = {{"op", image::EnumNameAttributes(
                           static_cast<image::Attributes>(op.op))},
                {"version", op.version},
                {"dtypes", std::move(types)}};
    if (!op.composite.empty())
      row["composite"] = op.composite;
    ops.push_back(std::move(row));
  }
  return {{"name", info.name},
          {"version", info.version},
          {"target", info.target},
          {"options", std::move(options)},
          {"ops", std::move(ops)}};
}

} // namespace

Status BackendsVerb::run() {
  BackendSetOptions options;
  options.files = backends.plugins;
  isolate(options, backends.policy());
  BackendSet set(std::move(options));
  Json list = Json::array();
  Json problems = Json::array();
  for (const std::string &name : orFail(set.names())) {
    llvm::Expected<std::shared_ptr<ProgramBackend>> backend = set.open(name);
    if (!backend)
      problems.push_back(llvm::toString(backend.takeError()));
    else
      list.push_back(describe((*backend)->info()));
  }
  noteReplacements(set);
  for (const std::string &problem : set.problems())
    problems.push_back(problem);

  if (json) {
    printJson({{"backends", list}, {"problems", problems}});
  } else {
    for (const Json &backend : list) {
      fmt::print(dataFile(), "{:<10} {:<8} {}\n",
                 backend["name"].get<std::string>(),
                 backend["version"].get<std::string>(),
                 backend["target"].get<std::string>());
      for (const Json &option : backend["options"])
        fmt::print(dataFile(), "           {}={}  {}\n",
                   option["key"].get<std::string>(),
                   option["default"].get<std::string>(),
                   option["help"].get<std::string>());
    }
    for (const Json &problem : problems)
      fmt::print(stderr, "glowplug: {}\n", problem.get<std::string>());
  }
  return problems.empty() ? done : backendFailed;
}

std::unique_ptr<Verb> cli::addBackends(CLI::App &app) {
  return std::make_unique<BackendsVerb>(
      *app.add_subcommand("backends", "list the backends there are"));
}
