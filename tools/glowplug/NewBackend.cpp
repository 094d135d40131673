// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// glowplug new-backend: writes the project of a backend, from the examples of
// the SDK.

#include "tools/glowplug/Cli.h"
#include "tools/glowplug/DataFile.h"
#include "tools/glowplug/Help.h"

#include "llvm/Support/FileSystem.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

#include <unistd.h>

using namespace glowplug;
using namespace glowplug::cli;
namespace fs = std::filesystem;

namespace {

/// An example of the SDK that a project can be made from: a row of
/// examples.json, where the first one of a tier and language is what they stand
/// for.
struct Example {
  std::string folder, tier, language;
};

constexpr std::size_t mostNameLetters = 40;

bool isNameLetter(char letter) {
  return (letter >= 'a' && letter <= 'z') || (letter >= '0' && letter <= '9') ||
         letter == '-';
}

/// Ends the command unless \p name can be that of a backend.
void checkName(const std::string &name) {
  const bool isGood = !name.empty() && name.size() <= mostNameLetters &&
                      name[0] >= 'a' && name[0] <= 'z' && name.back() != '-' &&
                      std::all_of(name.begin(), name.end(), isNameLetter);
  if (!isGood)
    fail(wrongUsage,
         fmt::format("needs a name of at most {} lower-case letters, digits "
                     "and '-', with a letter first and no '-' last, but got "
                     "'{}'",
                     mostNameLetters, name));
  for (const char *taken : {"cpu", "npu-sim", "reference"})
    if (name == taken)
      fail(wrongUsage, "needs a name of its own, but '" + name +
                           "' is a backend of Glowplug");
}

std::string readFile(const fs::path &file) {
  std::ifstream in(file, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  if (!in)
    fail(wrongUsage, "'" + file.string() + "' cannot be read");
  return std::move(text).str();
}

void writeFile(const fs::path &file, const std::string &text) {
  fs::create_directories(file.parent_path());
  std::ofstream out(file, std::ios::binary);
  out << text;
  out.close();
  if (!out)
    fail(wrongUsage, "'" + file.string() + "' cannot be written");
}

std::vector<Example> readExamples(const fs::path &file) {
  std::vector<Example> examples;
  try {
    for (const Json &row : Json::parse(readFile(file)))
      examples.push_back(
          {row.at("folder"), row.at("tier"), row.at("language")});
  } catch (const Json::exception &error) {
    fail(wrongUsage, "'" + file.string() + "': " + error.what());
  }
  return examples;
}

/// \p text with \p to for each \p from that stands alone: next to it is no
/// letter, digit, '_' or '-'.
std::string replaceWord(const std::string &text, const std::string &from,
                        const std::string &to) {
  const auto isPartOfWord = [](unsigned char letter) {
    return std::isalnum(letter) || letter == '_' || letter == '-';
  };
  std::string result;
  std::size_t begin = 0, found;
  while ((found = text.find(from, begin)) != std::string::npos) {
    const std::size_t end = found + from.size();
    const bool isWord = (found == 0 || !isPartOfWord(text[found - 1])) &&
                        (end == text.size() || !isPartOfWord(text[end]));
    result.append(text, begin, found - begin);
    result += isWord ? to : from;
    begin = end;
  }
  return result.append(text, begin);
}

/// The name that the example in \p folder has: that of its CMake project.
std::string nameOfExample(const fs::path &folder) {
  const fs::path file = folder / "CMakeLists.txt";
  const std::string text = readFile(file);
  const std::string before = "project(";
  const std::size_t begin = text.find(before);
  const std::size_t end = text.find_first_of(" )", begin);
  if (begin == std::string::npos || end == std::string::npos)
    fail(wrongUsage, "'" + file.string() + "' has no project");
  return text.substr(begin + before.size(), end - begin - before.size());
}

/// Removes a folder unless it is kept: nothing is left half-written.
class Draft {
public:
  explicit Draft(fs::path folder) : folder(std::move(folder)) {
    fs::remove_all(this->folder);
  }
  Draft(const Draft &) = delete;
  Draft &operator=(const Draft &) = delete;
  ~Draft() {
    std::error_code ignored;
    fs::remove_all(folder, ignored);
  }

  const fs::path folder;
};

class NewBackendVerb : public Verb {
public:
  explicit NewBackendVerb(CLI::App &app) {
    app.add_option("NAME", name, "name of the backend")->required();
    app.add_option("--tier", tier,
                   "1: compiles tensor programs itself; 2: takes programs of "
                   "tiles and transfers [default: 1]")
        ->type_name("N")
        ->check(CLI::IsMember({"1", "2"}));
    app.add_option("--lang", language, "c, c++ or rust [default: c]")
        ->type_name("LANG")
        ->check(CLI::IsMember({"c", "c++", "rust"}));
    app.add_option("--example", example,
                   "begin with this example of the SDK, instead of the one for "
                   "tier and language")
        ->type_name("NAME")
        ->excludes("--tier")
        ->excludes("--lang");
    app.add_option("-o,--output", output,
                   "folder of the project, which must not exist [default: "
                   "NAME]")
        ->type_name("DIR");
    app.add_option("--sdk", sdk,
                   "prefix of the SDK [default: that of this command]")
        ->type_name("DIR");
    addJson(app, json);
    setHelp(app, {" NAME [options]",
                  {"tpx", "tpx --tier 2 --lang c++ -o tpx-backend"},
                  "0 done, 2 wrong usage"});
  }

  Status run() override;

private:
  /// The folder of the example that the options ask for, below \p templates.
  fs::path exampleFolder(const fs::path &templates) const;
  fs::path templateFolder() const;
  /// Writes the files of \p source below \p target.
  void copy(const fs::path &source, const fs::path &target,
            const std::string &from);

  std::string name, output, sdk, example;
  std::string tier = "1", language = "c";
  std::vector<std::string> files; ///< written, below the project
};

fs::path NewBackendVerb::templateFolder() const {
  fs::path prefix = sdk;
  if (sdk.empty())
    // Any function of the command gives its place.
    prefix = fs::path(llvm::sys::fs::getMainExecutable(
                          nullptr, reinterpret_cast<void *>(&checkName)))
                 .parent_path()
                 .parent_path();
  const fs::path folder = prefix / "share" / "glowplug" / "template";
  if (!fs::is_directory(folder))
    fail(wrongUsage, "needs the examples of the SDK, but '" + folder.string() +
                         "' is no folder; give the SDK with --sdk");
  return folder;
}

fs::path NewBackendVerb::exampleFolder(const fs::path &templates) const {
  std::string known;
  for (const Example &row : readExamples(templates / "examples.json")) {
    if (example.empty() ? tier == row.tier && language == row.language
                        : example == row.folder)
      return templates / row.folder;
    known += fmt::format("{}{} (tier {}, {})", known.empty() ? "" : ", ",
                         row.folder, row.tier, row.language);
  }
  const std::string wanted =
      example.empty() ? fmt::format("of tier {} in {}", tier, language)
                      : "'" + example + "'";
  fail(wrongUsage, "there is no example " + wanted + "; there are " + known);
}

void NewBackendVerb::copy(const fs::path &source, const fs::path &target,
                          const std::string &from) {
  for (const fs::directory_entry &entry :
       fs::recursive_directory_iterator(source)) {
    if (!entry.is_regular_file())
      continue;
    fs::path file = fs::relative(entry.path(), source);
    std::string text = readFile(entry.path());
    if (file.extension() != ".onnx")
      text = replaceWord(text, from, name);
    if (file.stem() == from)
      file.replace_filename(name + file.extension().string());
    writeFile(target / file, text);
    fs::permissions(target / file,
                    entry.status().permissions() | fs::perms::owner_write);
    files.push_back(file.generic_string());
  }
}

Status NewBackendVerb::run() {
  checkName(name);
  const fs::path folder = output.empty() ? name : output;
  try {
    if (fs::exists(fs::symlink_status(folder)))
      fail(wrongUsage, "'" + folder.string() + "' exists");
    const fs::path templates = templateFolder();
    const fs::path source = exampleFolder(templates);
    fs::path draft = folder.has_filename() ? folder : folder.parent_path();
    draft += ".partial-" + std::to_string(getpid());
    const Draft made(draft);
    copy(templates / "common", made.folder, "hello");
    copy(source, made.folder, nameOfExample(source));
    fs::rename(made.folder, folder);
  } catch (const fs::filesystem_error &error) {
    fail(wrongUsage,
         "'" + error.path1().string() + "': " + error.code().message());
  }
  std::sort(files.begin(), files.end());
  if (json) {
    printJson({{"folder", folder.string()}, {"files", files}});
    return done;
  }
  for (const std::string &file : files)
    fmt::print(dataFile(), "{}\n", (folder / file).string());
  fmt::print(dataFile(),
             "build and test it with {} [-DCMAKE_PREFIX_PATH=SDK]\n",
             (folder / "ci.sh").string());
  return done;
}

} // namespace

std::unique_ptr<Verb> cli::addNewBackend(CLI::App &app) {
  return std::make_unique<NewBackendVerb>(
      *app.add_subcommand("new-backend", "write the project of a new backend"));
}
