// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Signatures of reports, by other tools.

#include "core/conformance/report/Sign.h"

#include "core/conformance/report/Folder.h"
#include "core/support/FaultError.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Program.h"

#include <filesystem>

#include <cstdlib>

namespace glowplug::conformance {

namespace fs = std::filesystem;

const std::vector<Signer> &signers() {
  static const std::vector<Signer> all = {Signer::minisign, Signer::signify,
                                          Signer::gpg};
  return all;
}

std::string signerName(Signer signer) {
  switch (signer) {
  case Signer::minisign:
    return "minisign";
  case Signer::signify:
    return "signify";
  case Signer::gpg:
    return "gpg";
  }
  return "";
}

std::optional<Signer> parseSigner(llvm::StringRef name) {
  for (const Signer signer : signers())
    if (name == signerName(signer))
      return signer;
  return std::nullopt;
}

std::string signatureFile(Signer signer) {
  switch (signer) {
  case Signer::minisign:
    return "SHA256SUMS.minisig";
  case Signer::signify:
    return "SHA256SUMS.sig";
  case Signer::gpg:
    return "SHA256SUMS.asc";
  }
  return "";
}

std::optional<Signer> signerOf(const std::string &folder) {
  for (const Signer signer : signers())
    if (fs::exists(fs::path(folder) / signatureFile(signer)))
      return signer;
  return std::nullopt;
}

namespace {

/// A folder that only this user can read, for as long as the object lives.
class PrivateFolder {
public:
  PrivateFolder() {
    std::string pattern =
        (fs::temp_directory_path() / "glowplug-sign-XXXXXX").string();
    if (const char *made = mkdtemp(pattern.data()))
      path = made;
  }
  ~PrivateFolder() {
    std::error_code ignored;
    if (!path.empty())
      fs::remove_all(path, ignored);
  }
  PrivateFolder(const PrivateFolder &) = delete;
  PrivateFolder &operator=(const PrivateFolder &) = delete;

  std::string path; ///< Empty if it could not be made.
};

} // namespace

/// The program of \p signer. Debian's `signify` is another tool, so that of
/// OpenBSD counts first.
static llvm::Expected<std::string> programOf(Signer signer) {
  std::vector<std::string> names = {signerName(signer)};
  if (signer == Signer::signify)
    names = {"signify-openbsd", "signify"};
  for (const std::string &name : names)
    if (auto found = llvm::sys::findProgramByName(name))
      return *found;
  return makeFault(
      FaultKind::usage,
      "there is no program '" + names.front() + "' in PATH; Debian's package " +
          (signer == Signer::gpg ? "gnupg" : names.front()) + " has it");
}

/// Runs \p program. What it says goes to this process's own standard error, as
/// it may ask for a password, or into the message of the fault.
static llvm::Error runTool(const std::string &program,
                           const std::vector<std::string> &arguments,
                           FaultKind kind, bool mayAsk = false) {
  const PrivateFolder folder;
  if (folder.path.empty())
    return makeFault(FaultKind::resources, "cannot make a temporary folder");
  const std::string words = folder.path + "/words";
  std::vector<llvm::StringRef> line = {program};
  line.insert(line.end(), arguments.begin(), arguments.end());
  std::vector<std::optional<llvm::StringRef>> redirects;
  if (!mayAsk)
    redirects = {llvm::StringRef(), llvm::StringRef(words),
                 llvm::StringRef(words)};
  std::string said;
  const int status = llvm::sys::ExecuteAndWait(
      program, line, /*Env=*/std::nullopt, redirects, /*SecondsToWait=*/0,
      /*MemoryLimit=*/0, &said);
  if (status == 0)
    return llvm::Error::success();
  if (auto buffer = llvm::MemoryBuffer::getFile(words))
    said += (*buffer)->getBuffer().trim().str();
  return makeFault(kind, fs::path(program).filename().string() +
                             " failed with status " + llvm::Twine(status) +
                             (said.empty() ? "" : ": ") + said);
}

llvm::Error signFolder(const std::string &folder, Signer signer,
                       const std::string &key) {
  llvm::Expected<std::string> program = programOf(signer);
  if (!program)
    return program.takeError();
  const std::string sums = (fs::path(folder) / sumsFile).string();
  const std::string signature =
      (fs::path(folder) / signatureFile(signer)).string();
  const auto run = [&](const std::vector<std::string> &arguments) {
    return runTool(*program, arguments, FaultKind::usage, /*mayAsk=*/true);
  };
  if (signer != Signer::gpg) // minisign took over the options of signify
    return run({"-S", "-s", key, "-x", signature, "-m", sums});
  const std::vector<std::string> sign = {"--yes",    "--armor", "--detach-sign",
                                         "--output", signature, sums};
  std::vector<std::string> arguments = {"--batch"};
  if (!fs::is_regular_file(key)) {
    arguments.insert(arguments.end(), {"--local-user", key});
    arguments.insert(arguments.end(), sign.begin(), sign.end());
    return run(arguments);
  }
  const PrivateFolder ring;
  if (ring.path.empty())
    return makeFault(FaultKind::resources, "cannot make a temporary folder");
  if (llvm::Error error =
          run({"--batch", "--quiet", "--homedir", ring.path, "--import", key}))
    return error;
  arguments.insert(arguments.end(), {"--homedir", ring.path});
  arguments.insert(arguments.end(), sign.begin(), sign.end());
  return run(arguments);
}

llvm::Error checkSignature(const std::string &folder,
                           const std::string &publicKey) {
  const std::optional<Signer> signer = signerOf(folder);
  if (!signer)
    return makeFault(FaultKind::model,
                     "there is no signature in '" + folder + "'", folder);
  if (!fs::is_regular_file(publicKey))
    return makeFault(FaultKind::usage,
                     "cannot read the public key '" + publicKey + "'",
                     publicKey);
  llvm::Expected<std::string> program = programOf(*signer);
  if (!program)
    return program.takeError();
  const std::string sums = (fs::path(folder) / sumsFile).string();
  const std::string signature =
      (fs::path(folder) / signatureFile(*signer)).string();
  const auto run = [&](const std::vector<std::string> &arguments) {
    return runTool(*program, arguments, FaultKind::model);
  };
  if (*signer != Signer::gpg)
    return run({"-V", "-p", publicKey, "-x", signature, "-m", sums});
  // A key ring with this key alone: a good signature of another key is none.
  const PrivateFolder ring;
  if (ring.path.empty())
    return makeFault(FaultKind::resources, "cannot make a temporary folder");
  if (llvm::Error error = run({"--batch", "--quiet", "--homedir", ring.path,
                               "--import", publicKey}))
    return error;
  return run({"--batch", "--homedir", ring.path, "--verify", signature, sums});
}

} // namespace glowplug::conformance
