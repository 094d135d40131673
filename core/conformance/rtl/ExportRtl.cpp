// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Cases into a folder, whole or not at all.

#include "core/conformance/rtl/ExportRtl.h"

#include "core/conformance/report/Globs.h"
#include "core/conformance/rtl/CaseFiles.h"
#include "core/conformance/run/Suite.h"
#include "core/support/FaultError.h"
#include "core/support/WriteFile.h"

#include <nlohmann/json.hpp>

#include "llvm/ADT/STLExtras.h"

#include <cstdlib>
#include <filesystem>

namespace glowplug::conformance {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

/// A folder beside the one that is asked for; it is gone unless keep() was
/// called.
class PartialFolder {
public:
  explicit PartialFolder(std::string folder) : wanted(std::move(folder)) {}
  ~PartialFolder() {
    std::error_code ignored;
    if (!partial.empty())
      fs::remove_all(partial, ignored);
  }
  PartialFolder(const PartialFolder &) = delete;
  PartialFolder &operator=(const PartialFolder &) = delete;

  llvm::Error make();
  const fs::path &path() const { return partial; }
  /// Gives it its name.
  llvm::Error keep();

private:
  llvm::Error problem(const std::string &what, const std::string &why) const {
    return makeFault(FaultKind::resources,
                     "cannot " + what + " '" + wanted + "': " + why, wanted);
  }

  std::string wanted;
  fs::path partial;
};

llvm::Error PartialFolder::make() {
  while (wanted.size() > 1 && wanted.back() == '/')
    wanted.pop_back();
  std::error_code code;
  if (fs::exists(wanted, code) && !fs::is_empty(wanted, code))
    return makeFault(FaultKind::usage,
                     "'" + wanted + "' is there already, and not empty",
                     wanted);
  const fs::path parent = fs::path(wanted).parent_path();
  if (!parent.empty())
    fs::create_directories(parent, code);
  if (code)
    return problem("make", code.message());
  std::string name = wanted + ".XXXXXX";
  if (!mkdtemp(name.data()))
    return problem("make", std::generic_category().message(errno));
  partial = name;
  // mkdtemp() makes folders for one user.
  fs::permissions(partial,
                  fs::perms::group_read | fs::perms::group_exec |
                      fs::perms::others_read | fs::perms::others_exec,
                  fs::perm_options::add, code);
  return llvm::Error::success();
}

llvm::Error PartialFolder::keep() {
  std::error_code code;
  fs::rename(partial, wanted, code);
  if (code)
    return problem("name", code.message());
  partial.clear();
  return llvm::Error::success();
}

class Export {
public:
  explicit Export(const SuiteRequest &request)
      : request(request), session(abiTargetOf(request)),
        folder(request.folder) {}

  llvm::Expected<std::optional<RtlTotals>> run();

private:
  llvm::Expected<std::vector<ProgramCase>> plan();
  llvm::Error add(const ProgramCase &programCase);
  llvm::Error write(const RtlCase &rtlCase);
  llvm::Error writeIndex();
  void leaveOut(const std::string &name, const LeftOut &why);

  const SuiteRequest &request;
  AbiSession session;
  PartialFolder folder;
  OpenedPlugin plugin;
  RtlTotals totals;
  Json exported = Json::array(), leftOut = Json::array(),
       failed = Json::array();
  std::string firstReason;
};

} // namespace

llvm::Expected<std::vector<ProgramCase>> Export::plan() {
  llvm::Expected<Globs> filter = Globs::parse(request.filter);
  if (!filter)
    return makeFault(FaultKind::usage, llvm::toString(filter.takeError()));
  std::vector<ProgramCase> cases = programCases({request.depth, plugin.claims});
  if (!request.filter.empty())
    llvm::erase_if(cases, [&](const ProgramCase &programCase) {
      return !filter->matches(programCase.name);
    });
  if (cases.empty())
    return makeFault(FaultKind::usage,
                     "no case of level 1 has a name that is asked for");
  return cases;
}

static llvm::Error writeText(const fs::path &path, const std::string &text) {
  return blame(
      FaultKind::resources,
      writeFile(path.string(), [&](llvm::raw_ostream &os) { os << text; }));
}

llvm::Error Export::write(const RtlCase &rtlCase) {
  const fs::path place = folder.path() / rtlCase.name;
  std::error_code code;
  fs::create_directories(place, code);
  if (code)
    return makeFault(FaultKind::resources,
                     "cannot make '" + place.string() + "': " + code.message());
  for (const CaseFile &file : filesOf(rtlCase))
    if (llvm::Error error = writeText(place / file.name, file.text))
      return error;
  Json units = Json::object();
  for (const auto &unit : rtlCase.replay.units) {
    units[unit->name] = unit->commands;
    totals.unitCommands[unit->name] += unit->commands;
  }
  exported.push_back({{"name", rtlCase.name}, {"units", std::move(units)}});
  ++totals.exported;
  totals.commands +=
      rtlCase.replay.commands.size() / rtlCase.replay.command_bytes;
  return llvm::Error::success();
}

void Export::leaveOut(const std::string &name, const LeftOut &why) {
  if (firstReason.empty())
    firstReason = name + ": " + why.reason;
  (why.isFailure ? failed : leftOut)
      .push_back({{"name", name}, {"reason", why.reason}});
  ++(why.isFailure ? totals.failed : totals.leftOut);
}

llvm::Error Export::add(const ProgramCase &programCase) {
  auto made = makeRtlCase(programCase, seedOf(programCase.name, request.seed),
                          session, plugin.claims.floats);
  if (!made)
    return made.takeError();
  if (const auto *rtlCase = std::get_if<RtlCase>(&*made))
    return write(*rtlCase);
  leaveOut(programCase.name, std::get<LeftOut>(*made));
  return llvm::Error::success();
}

llvm::Error Export::writeIndex() {
  Json options = Json::array();
  for (const BackendOption &option : request.options)
    options.push_back({{"key", option.key}, {"value", option.value}});
  const Json index = {
      {"format", rtlFormat},
      {"plugin", {{"name", plugin.name}, {"version", plugin.version}}},
      {"options", std::move(options)},
      {"level", depthName(request.depth).str()},
      {"seed", request.seed},
      {"cases", std::move(exported)},
      {"left_out", std::move(leftOut)},
      {"failed", std::move(failed)}};
  return writeText(folder.path() / "index.json", index.dump(2) + "\n");
}

llvm::Expected<std::optional<RtlTotals>> Export::run() {
  if (llvm::Error error = openPlugin(request).moveInto(plugin))
    return std::move(error);
  llvm::Expected<std::vector<ProgramCase>> cases = plan();
  if (!cases)
    return cases.takeError();
  if (llvm::Error error = folder.make())
    return std::move(error);
  SuiteProgress progress;
  progress.total = cases->size();
  for (const ProgramCase &programCase : *cases) {
    if (request.isStopped && request.isStopped())
      return std::nullopt;
    if (llvm::Error error = add(programCase))
      return std::move(error);
    ++progress.done;
    progress.failures = totals.failed;
    progress.name = programCase.name;
    if (request.progress)
      request.progress(progress);
  }
  if (totals.exported == 0)
    return makeFault(FaultKind::usage,
                     "none of " + llvm::Twine(cases->size()) +
                         " cases can be exported; the first: " + firstReason);
  if (llvm::Error error = writeIndex())
    return std::move(error);
  if (llvm::Error error = folder.keep())
    return std::move(error);
  return std::optional(std::move(totals));
}

llvm::Expected<std::optional<RtlTotals>>
exportRtl(const SuiteRequest &request) {
  return Export(request).run();
}

} // namespace glowplug::conformance
