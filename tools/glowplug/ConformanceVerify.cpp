// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// glowplug conformance verify: whether a report says what follows from it.

#include "core/support/FaultError.h"
#include "tools/glowplug/Conformance.h"
#include "tools/glowplug/DataFile.h"
#include "tools/glowplug/Help.h"

#include <fmt/format.h>

#include <filesystem>

using namespace glowplug;
using namespace glowplug::cli;
using namespace glowplug::conformance;

namespace {

class VerifyVerb : public Verb {
public:
  VerifyVerb(CLI::App &app, bool &json) : wantsJson(json) {
    app.add_option("REPORT", path, "")->required();
    app.add_option("--plugin", plugin,
                   "check that the report is of this library")
        ->type_name("FILE");
    app.add_option("--public-key", publicKey,
                   "check the signature against this key")
        ->type_name("FILE");
    addJson(app, json);
    setHelp(app, {" REPORT [options]",
                  {"report", "report/report.json --plugin mine.so",
                   "report --public-key lab.pub"},
                  "0 all of it follows from its figures, 1 some of it does "
                  "not,\n  2 wrong usage"});
  }

  Status run() override;

private:
  void verifySignature(Verification &verification) const;

  bool &wantsJson;
  std::string path, plugin, publicKey;
};

} // namespace

void VerifyVerb::verifySignature(Verification &verification) const {
  const std::string folder =
      std::filesystem::is_directory(path)
          ? path
          : std::filesystem::path(path).parent_path().string();
  const std::optional<Signer> signer = signerOf(folder.empty() ? "." : folder);
  if (publicKey.empty()) {
    verification.notes.push_back(
        signer ? "it is signed by " + signerName(*signer) +
                     "; to check that, give --public-key"
               : "it is not signed");
    return;
  }
  if (!std::filesystem::is_directory(path))
    fail(wrongUsage,
         "--public-key needs the folder of a report, but got '" + path + "'");
  if (llvm::Error error = checkSignature(path, publicKey)) {
    Fault fault = faultOf(std::move(error));
    if (fault.kind != FaultKind::model)
      fail(fault);
    verification.errors.push_back(fault.message);
  }
}

Status VerifyVerb::run() {
  Verification verification = orFail(verifyPath(path));
  if (!plugin.empty())
    verifyPlugin(verification, plugin);
  verifySignature(verification);
  const bool isTrue = verification.errors.empty();
  if (wantsJson) {
    cli::Json answer = {{"verified", isTrue},
                        {"errors", verification.errors},
                        {"notes", verification.notes}};
    if (verification.report)
      answer["result"] = resultJson(*verification.report);
    printJson(answer);
    return isTrue ? done : modelFault;
  }
  for (const std::string &error : verification.errors)
    fmt::print(stderr, "glowplug: error: {}\n", error);
  for (const std::string &note : verification.notes)
    fmt::print(stderr, "glowplug: note: {}\n", note);
  if (isTrue)
    fmt::print(dataFile(), "{}verified all of it follows from its figures\n",
               resultText(*verification.report));
  return isTrue ? done : modelFault;
}

std::unique_ptr<Verb> cli::addConformanceVerify(CLI::App &app, bool &json) {
  return std::make_unique<VerifyVerb>(
      *app.add_subcommand("verify", "derive a report again from its figures"),
      json);
}
