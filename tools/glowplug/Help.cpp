// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Help texts of the command and its verbs.

#include "tools/glowplug/Help.h"

#include "tools/glowplug/Cli.h"

#include <algorithm>
#include <sstream>

using namespace glowplug::cli;

namespace {

/// "-v, --verbose" or "--backend NAME".
std::string leftColumn(const CLI::Option &option) {
  std::string text;
  for (const std::string &name : option.get_snames())
    text += "-" + name;
  for (const std::string &name : option.get_lnames())
    text += (text.empty() ? "--" : ", --") + name;
  if (option.get_type_size() != 0)
    // Checks append what they allow; the description says it better.
    text += " " +
            option.get_type_name().substr(0, option.get_type_name().find(':'));
  return text;
}

void addRows(std::ostream &os,
             const std::vector<std::pair<std::string, std::string>> &rows) {
  size_t width = 0;
  for (const auto &row : rows)
    width = std::max(width, row.first.size());
  for (const auto &[left, right] : rows)
    os << "  " << left << std::string(width - left.size() + 2, ' ') << right
       << "\n";
}

/// "conformance verify": verbs of verbs have both names.
std::string fullName(const CLI::App *app) {
  std::string name = app->get_name();
  for (const CLI::App *outer = app->get_parent(); outer && outer->get_parent();
       outer = outer->get_parent())
    name = outer->get_name() + " " + name;
  return name;
}

/// The verbs below \p app with what they do.
void addVerbs(std::ostream &os, const CLI::App *app) {
  std::vector<std::pair<std::string, std::string>> rows;
  for (const CLI::App *verb : app->get_subcommands({}))
    rows.emplace_back(verb->get_name(), verb->get_description());
  os << "\nverbs:\n";
  addRows(os, rows);
}

/// Example before options; data about one verb.
class VerbFormatter : public CLI::Formatter {
public:
  explicit VerbFormatter(HelpText text) : text(std::move(text)) {}

  std::string make_help(const CLI::App *app, std::string,
                        CLI::AppFormatMode) const override {
    std::ostringstream os;
    const std::string verb = fullName(app);
    os << "glowplug " << verb << " - " << app->get_description()
       << "\n\nusage: glowplug " << verb << text.usage << "\n";
    if (!text.examples.empty())
      os << "\nexamples:\n";
    for (const std::string &example : text.examples)
      os << "  glowplug " << verb << (example.empty() ? "" : " ") << example
         << "\n";
    if (!app->get_subcommands({}).empty())
      addVerbs(os, app);
    std::vector<std::pair<std::string, std::string>> rows;
    std::string imports, isolation;
    auto name = [](std::string &list, const CLI::Option &option) {
      list += (list.empty() ? "--" : ", --") + option.get_lnames()[0];
    };
    for (const CLI::Option *option : app->get_options()) {
      // Options of no group are not for people.
      if (!option->nonpositional() || option == app->get_help_ptr() ||
          option->get_group().empty())
        continue;
      if (!text.importLike.empty() && option->get_group() == importGroup)
        name(imports, *option);
      else if (!text.isolationLike.empty() &&
               option->get_group() == isolationGroup)
        name(isolation, *option);
      else
        rows.emplace_back(leftColumn(*option), option->get_description());
    }
    rows.emplace_back("-h, --help", "print this text");
    os << "\noptions:\n";
    addRows(os, rows);
    if (!imports.empty())
      os << "  " << imports << " as for " << text.importLike << "\n";
    if (!isolation.empty())
      os << "  " << isolation << " as for " << text.isolationLike << "\n";
    if (!text.status.empty())
      os << "\nexit status: " << text.status << "\n";
    return os.str();
  }

private:
  HelpText text;
};

class MainFormatter : public CLI::Formatter {
public:
  std::string make_help(const CLI::App *app, std::string,
                        CLI::AppFormatMode) const override {
    std::ostringstream os;
    os << "glowplug - " << app->get_description()
       << "\n\nusage: glowplug VERB ...\n\nexample:\n"
          "  glowplug run resnet50.onnx --compare reference\n";
    addVerbs(os, app);
    os << "\noptions:\n";
    addRows(os, {{"--version", "print the versions of the SDK, the backend "
                               "ABI and LLVM"},
                 {"-h, --help", "print this text; after a verb, its own"}});
    os << "\nexit status: 0 done; at fault: 1 model, 2 usage, 3 backend, 4 and "
          "5 comparison\n";
    return os.str();
  }
};

} // namespace

void glowplug::cli::setHelp(CLI::App &app, HelpText text) {
  app.formatter(std::make_shared<VerbFormatter>(std::move(text)));
}

void glowplug::cli::setMainHelp(CLI::App &app) {
  app.formatter(std::make_shared<MainFormatter>());
}
