// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// glowplug doctor: says what this machine has.

#include "core/runtime/PluginSearch.h"
#include "core/support/LibraryFolder.h"
#include "tools/glowplug/DataFile.h"
#include "tools/glowplug/Help.h"
#include "tools/glowplug/Machine.h"

#include <glowplug/backend.h>

#include "llvm/ADT/StringExtras.h"
#include "llvm/Config/llvm-config.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/Program.h"

#include <fmt/format.h>

using namespace glowplug;
using namespace glowplug::cli;

namespace {

class DoctorVerb : public Verb {
public:
  explicit DoctorVerb(CLI::App &app) {
    app.add_option("--plugin", backends.plugins,
                   "also look at the backend of a shared library")
        ->type_name("FILE")
        ->allow_extra_args(false);
    app.add_option("--cache", cache,
                   "the folder of compiled models [default: that of kept "
                   "calls, ~/.cache/glowplug]")
        ->type_name("DIR");
    backends.addIsolation(app);
    addJson(app, json);
    setHelp(app, {" [options]",
                  {"", "--json", "--plugin ./libmine.so"},
                  "0 done, 2 wrong usage, 3 a backend cannot be used",
                  "",
                  ""});
  }

  Status run() override;

private:
  Json describeBackends();
  Json describeCache() const;
  static void print(const Json &answer);

  BackendOptions backends;
  std::string cache;
  bool hasProblems = false;
};

/// Programs that some verbs start, and what for.
struct Tool {
  const char *name, *use;
};
constexpr Tool tools[] = {
    {"cmake", "builds what `new-backend` writes"},
    {"cc", "builds what `reduce` and `locate` write"},
    {"gpg", "signs and verifies reports of `conformance`"},
    {"minisign", "signs and verifies reports of `conformance`"},
    {"signify-openbsd", "signs and verifies reports of `conformance`"},
};

Json describeTools() {
  Json result = Json::array();
  for (const Tool &tool : tools) {
    const auto found = llvm::sys::findProgramByName(tool.name);
    result.push_back({{"name", tool.name},
                      {"use", tool.use},
                      {"path", found ? Json(*found) : Json(nullptr)}});
  }
  return result;
}

/// The number of files below \p folder, and their bytes.
std::pair<uint64_t, uint64_t> sizeOf(const std::string &folder) {
  uint64_t files = 0, bytes = 0;
  std::error_code error;
  for (llvm::sys::fs::recursive_directory_iterator at(folder, error), end;
       at != end && !error; at.increment(error)) {
    llvm::sys::fs::file_status status;
    if (llvm::sys::fs::status(at->path(), status) ||
        status.type() != llvm::sys::fs::file_type::regular_file)
      continue;
    ++files;
    bytes += status.getSize();
  }
  return {files, bytes};
}

} // namespace

Json DoctorVerb::describeCache() const {
  llvm::SmallString<128> folder(cache);
  if (cache.empty() && llvm::sys::path::cache_directory(folder))
    llvm::sys::path::append(folder, "glowplug");
  const std::string path = folder.str().str();
  const auto [files, bytes] = sizeOf(path);
  return {{"folder", path},
          {"exists", llvm::sys::fs::is_directory(path)},
          {"files", files},
          {"bytes", bytes}};
}

/// Opens each backend, as verbs do: in a worker, unless that is not wanted.
Json DoctorVerb::describeBackends() {
  BackendSetOptions options;
  options.files = backends.plugins;
  isolate(options, backends.policy());
  const FoundPlugins found = findPlugins(pluginSearchFolders());
  BackendSet set(std::move(options));
  Json list = Json::array(), problems = Json::array();
  for (const std::string &name : orFail(set.names())) {
    std::string file = name == referenceBackendName ? "built in" : "";
    for (const PluginManifest &manifest : found.plugins)
      if (manifest.name == name)
        file = manifest.library;
    if (file.empty()) // of --plugin
      file = llvm::join(backends.plugins, ", ");
    llvm::Expected<std::shared_ptr<ProgramBackend>> backend = set.open(name);
    if (!backend) {
      problems.push_back(llvm::toString(backend.takeError()));
      continue;
    }
    list.push_back({{"name", name},
                    {"version", (*backend)->version()},
                    {"target", (*backend)->target()},
                    {"file", file}});
  }
  for (const std::string &problem : set.problems())
    problems.push_back(problem);
  hasProblems = !problems.empty();
  return {{"folders", pluginSearchFolders()},
          {"backends", std::move(list)},
          {"problems", std::move(problems)}};
}

void DoctorVerb::print(const Json &answer) {
  auto textOf = [](const Json &value) { return value.get<std::string>(); };
  const Json &cpu = answer["cpu"], &memory = answer["memory"],
             &isolation = answer["isolation"], &cache = answer["cache"];
  fmt::print(dataFile(), "glowplug {}, backend ABI {}, LLVM {}\n",
             textOf(answer["versions"]["glowplug"]),
             textOf(answer["versions"]["backend_abi"]),
             textOf(answer["versions"]["llvm"]));
  fmt::print(dataFile(),
             "cpu      {}: {} threads, {} of them for this process\n",
             textOf(cpu["name"]), cpu["threads"].get<unsigned>(),
             cpu["usable_threads"].get<unsigned>());
  fmt::print(dataFile(), "         has {}\n",
             fmt::join(cpu["features"].get<std::vector<std::string>>(), " "));
  fmt::print(dataFile(), "memory   {} MiB, {} MiB of them free\n",
             memory["bytes"].get<uint64_t>() >> 20,
             memory["free_bytes"].get<uint64_t>() >> 20);
  for (const Json &one : answer["plugins"]["backends"])
    fmt::print(dataFile(), "backend  {} {} for {}: {}\n", textOf(one["name"]),
               textOf(one["version"]), textOf(one["target"]),
               textOf(one["file"]));
  for (const Json &problem : answer["plugins"]["problems"])
    fmt::print(dataFile(), "problem  {}\n", textOf(problem));
  for (const auto &[name, value] : isolation.items())
    fmt::print(dataFile(), "workers  {}: {}\n", name, textOf(value));
  fmt::print(dataFile(), "cache    {}: {} files, {} bytes\n",
             textOf(cache["folder"]), cache["files"].get<uint64_t>(),
             cache["bytes"].get<uint64_t>());
  for (const Json &tool : answer["tools"])
    fmt::print(dataFile(), "tool     {}: {}, which {}\n", textOf(tool["name"]),
               tool["path"].is_null() ? "not found" : textOf(tool["path"]),
               textOf(tool["use"]));
}

Status DoctorVerb::run() {
  Json answer = {
      {"versions",
       {{"glowplug", GLOWPLUG_VERSION},
        {"backend_abi", fmt::format("{}.{}", GP_ABI_MAJOR, GP_ABI_MINOR)},
        {"llvm", LLVM_VERSION_STRING}}},
      {"cpu", describeCpu()},
      {"memory", describeMemory()},
      {"isolation", describeIsolation()}};
  answer["plugins"] = describeBackends();
  answer["cache"] = describeCache();
  answer["tools"] = describeTools();
  if (json)
    printJson(answer);
  else
    print(answer);
  return hasProblems ? backendFailed : done;
}

std::unique_ptr<Verb> cli::addDoctor(CLI::App &app) {
  return std::make_unique<DoctorVerb>(
      *app.add_subcommand("doctor", "say what this machine has"));
}
