// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The folder of a report.

#include "core/conformance/report/Folder.h"

#include "core/conformance/report/Html.h"
#include "core/conformance/report/Junit.h"
#include "core/conformance/report/Sign.h"
#include "core/support/FaultError.h"
#include "core/support/WriteFile.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/MemoryBuffer.h"

#include <filesystem>

namespace glowplug::conformance {

namespace fs = std::filesystem;

static llvm::Error writeText(const fs::path &path, const std::string &text) {
  return blame(
      FaultKind::resources,
      writeFile(path.string(), [&](llvm::raw_ostream &os) { os << text; }));
}

/// Of the folder itself, not of what is in it.
static bool isSealFile(const fs::path &relative) {
  return relative == sumsFile ||
         llvm::any_of(signers(), [&](const Signer &signer) {
           return relative == signatureFile(signer);
         });
}

llvm::Expected<std::string> sumsOf(const std::string &folder) {
  std::map<std::string, std::string> hashes;
  std::error_code code;
  for (fs::recursive_directory_iterator at(folder, code), end;
       !code && at != end; at.increment(code)) {
    const fs::path relative = at->path().lexically_relative(folder);
    if (at->is_symlink() || !at->is_regular_file() || isSealFile(relative))
      continue;
    if (relative.string().find('\n') != std::string::npos)
      return makeFault(FaultKind::usage, "'" + at->path().string() +
                                             "' has a line feed in its name");
    llvm::Expected<HashedFile> file = hashFile(at->path().string());
    if (!file)
      return file.takeError();
    hashes[relative.generic_string()] = file->sha256;
  }
  if (code)
    return makeFault(FaultKind::resources,
                     "cannot read '" + folder + "': " + code.message(), folder);
  std::string text;
  for (const auto &[name, hash] : hashes)
    text += hash + "  " + name + "\n";
  return text;
}

llvm::Error writeReportFolder(const Report &report, const std::string &folder,
                              const Diff *history) {
  const fs::path place(folder);
  std::error_code code;
  fs::create_directories(place, code);
  if (code)
    return makeFault(FaultKind::resources,
                     "cannot make '" + folder + "': " + code.message(), folder);
  for (const Signer &signer : signers())
    fs::remove(place / signatureFile(signer), code);
  fs::remove(place / sumsFile, code);
  if (llvm::Error error =
          writeText(place / reportFile, reportText(toJson(report))))
    return error;
  if (llvm::Error error = writeText(place / junitFile, junitText(report)))
    return error;
  if (llvm::Error error =
          writeText(place / pageFile, htmlPage(report, history)))
    return error;
  llvm::Expected<std::string> sums = sumsOf(folder);
  if (!sums)
    return sums.takeError();
  return writeText(place / sumsFile, *sums);
}

llvm::Expected<std::string> reportPath(const std::string &path) {
  const fs::path file =
      fs::is_directory(path) ? fs::path(path) / reportFile : fs::path(path);
  if (!fs::is_regular_file(file))
    return makeFault(FaultKind::usage,
                     "there is no report '" + file.string() + "'", path);
  return file.string();
}

/// The lines of SHA256SUMS, hash by name.
static std::map<std::string, std::string> sumsByName(llvm::StringRef text) {
  std::map<std::string, std::string> result;
  for (const llvm::StringRef line : llvm::split(text, '\n'))
    if (const auto [hash, name] = line.split("  "); !name.empty())
      result[name.str()] = hash.str();
  return result;
}

static void verifySums(const std::string &folder, Verification &verification) {
  const std::string path = (fs::path(folder) / sumsFile).string();
  auto given = llvm::MemoryBuffer::getFile(path);
  if (!given) {
    verification.notes.push_back("there is no " + std::string(sumsFile) +
                                 " in '" + folder + "'");
    return;
  }
  llvm::Expected<std::string> found = sumsOf(folder);
  if (!found) {
    verification.errors.push_back(llvm::toString(found.takeError()));
    return;
  }
  const auto listed = sumsByName((*given)->getBuffer());
  const auto real = sumsByName(*found);
  for (const auto &[name, hash] : listed) {
    const auto at = real.find(name);
    if (at == real.end())
      verification.errors.push_back("'" + name + "' of " + sumsFile +
                                    " is not there");
    else if (at->second != hash)
      verification.errors.push_back("'" + name + "' has the hash " +
                                    at->second + ", but " + sumsFile +
                                    " says " + hash);
  }
  for (const auto &[name, unused] : real)
    if (listed.count(name) == 0)
      verification.errors.push_back("'" + name + "' is not in " + sumsFile);
}

llvm::Expected<Verification> verifyPath(const std::string &path) {
  llvm::Expected<std::string> file = reportPath(path);
  if (!file)
    return file.takeError();
  auto buffer = llvm::MemoryBuffer::getFile(*file);
  if (!buffer)
    return makeFault(
        FaultKind::usage,
        "cannot read '" + *file + "': " + buffer.getError().message(), path);
  Verification result = verifyReport((*buffer)->getBuffer(), *file);
  if (fs::is_directory(path))
    verifySums(path, result);
  return result;
}

} // namespace glowplug::conformance
