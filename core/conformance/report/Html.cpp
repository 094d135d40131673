// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A report as one page: its head, and what it is a report of.

#include "core/conformance/report/Html.h"

#include "core/conformance/report/Data.h"
#include "core/conformance/report/HtmlParts.h"
#include "core/conformance/report/Words.h"

#include "llvm/ADT/StringExtras.h"

#include <fmt/format.h>

namespace glowplug::conformance {

std::string cellId(size_t cell) { return "cell-" + std::to_string(cell); }

std::string badge(Verdict verdict) {
  return fmt::format("<span class=\"badge v-{}\">{}</span>",
                     verdictName(verdict), verdictTitle(verdict));
}

std::string sectionHead(const std::string &id, const std::string &title,
                        const std::string &hint) {
  std::string text = fmt::format("<section id=\"{}\"><h2>{}</h2>\n", id, title);
  if (!hint.empty())
    text += fmt::format("<p class=\"hint\">{}</p>\n", hint);
  return text;
}

static void addCard(std::string &page, const char *id, const char *name,
                    uint64_t value) {
  page += fmt::format("<div class=\"card\"><dt>{}</dt><dd id=\"{}\">{}</dd>"
                      "</div>\n",
                      name, id, grouped(value));
}

void addVerdict(std::string &page, const Report &report) {
  const std::vector<std::string> conformant = report.conformant();
  const uint64_t failures = report.failures();
  std::string words, tone = "bad", why;
  if (!conformant.empty()) {
    words = "Conformant to " + llvm::join(conformant, ", ");
    tone = "good";
  } else if (failures != 0) {
    words = "Not conformant";
    why =
        failures == 1 ? "1 case failed." : grouped(failures) + " cases failed.";
  } else {
    words = report.missing.empty() ? "All that ran has passed"
                                   : "This run is not complete";
    tone = "open";
    why = "It conforms to no profile; the table of profiles says why.";
  }
  page += fmt::format("<p id=\"verdict\" class=\"verdict {}\"><strong>{}"
                      "</strong> {}</p>\n",
                      tone, htmlText(words), why);
  page += "<dl class=\"cards\">\n";
  addCard(page, "n-cases", "cases", report.cases.size());
  addCard(page, "n-passed", "passed", report.count(Verdict::pass));
  addCard(page, "n-failed", "failed", failures);
  addCard(page, "n-unsupported", "not supported",
          report.count(Verdict::notSupported));
  addCard(page, "n-inapplicable", "not applicable",
          report.count(Verdict::notApplicable));
  addCard(page, "n-waived", "waived", report.count(Verdict::waived));
  addCard(page, "n-missing", "did not run", report.missing.size());
  page += "</dl>\n";
}

static void addRow(std::string &page, const char *name,
                   const std::string &value) {
  page += fmt::format("<tr><th>{}</th><td>{}</td></tr>\n", name,
                      value.empty() ? "-" : htmlText(value));
}

static std::string fileText(const HashedFile &file) {
  return file.sha256.empty() ? "" : file.name + "  SHA-256 " + file.sha256;
}

static void addFiles(std::string &page, const char *name,
                     const std::vector<HashedFile> &files) {
  page += fmt::format("<tr><th>{}</th><td><details><summary>{} files</summary>"
                      "<ul>",
                      name, files.size());
  for (const HashedFile &file : files)
    page += fmt::format("<li>{}</li>", htmlText(fileText(file)));
  page += "</ul></details></td></tr>\n";
}

void addIdentity(std::string &page, const Report &report) {
  const Identity &identity = report.run.identity;
  page += sectionHead("identity", "What was tested");
  page += "<div class=\"wide\"><table class=\"facts\"><tbody>\n";
  addRow(page, "plugin", identity.pluginName + " " + identity.pluginVersion);
  addRow(page, "library", fileText(identity.plugin));
  addRow(page, "manifest", fileText(identity.manifest));
  std::string options;
  for (const auto &[key, value] : identity.options)
    options += (options.empty() ? "" : ", ") + key + "=" + value;
  addRow(page, "options", options);
  addRow(page, "suite", identity.suite);
  addFiles(page, "files of the suite", identity.suiteFiles);
  addFiles(page, "headers of the ABI", identity.headers);
  addRow(page, "level", identity.level);
  addRow(page, "seed", std::to_string(identity.seed));
  if (identity.shards != 1)
    addRow(page, "shard",
           fmt::format("{} of {}", identity.shard, identity.shards));
  if (!identity.filter.empty())
    addRow(page, "only", llvm::join(identity.filter, ", "));
  for (const Environment &environment : report.run.environments) {
    const Machine &machine = environment.machine;
    addRow(page, "machine",
           fmt::format("{}, {:.1f} GiB, {}", machine.cpu,
                       static_cast<double>(machine.memoryBytes) / (1 << 30),
                       machine.kernel));
    addRow(page, "time",
           fmt::format("{} to {}, {} at a time", environment.started,
                       environment.finished, environment.jobs));
    addRow(page, "command", environment.command);
  }
  page += "</tbody></table></div></section>\n";
}

void addWaivers(std::string &page, const Report &report) {
  page += sectionHead("waivers", "Waivers");
  if (report.waivers.empty()) {
    page += "<p class=\"none\">None.</p></section>\n";
    return;
  }
  page += "<div class=\"wide\"><table><thead><tr><th>waiver</th><th>state</th>"
          "<th class=\"n\">cases</th><th>kind</th><th>reason</th><th>approved"
          "</th><th>until</th><th>issue</th></tr></thead><tbody>\n";
  for (size_t at = 0; at != report.waivers.size(); ++at) {
    const Waiver &waiver = report.run.waivers[at];
    const WaiverUse &use = report.waivers[at];
    std::string state = waiverStateName(use.state);
    std::replace(state.begin(), state.end(), '_', ' ');
    const Json json = toJson(waiver);
    page += fmt::format(
        "<tr><th>{0}</th><td><span class=\"badge v-{1}\">{2}</span></td><td "
        "class=\"n\">{3}</td><td>{4}</td><td>{5}</td><td>{6}, {7}</td><td>{8}"
        "</td><td><a href=\"{9}\">{9}</a></td></tr>\n",
        htmlText(waiver.id),
        use.state == WaiverState::applies ? "waived" : "not_applicable", state,
        use.cases.size(), waiver.kind, htmlText(waiver.reason),
        htmlText(waiver.approvedBy), json["approved"].get<std::string>(),
        json["expires"].get<std::string>(), htmlText(waiver.issue));
  }
  page += "</tbody></table></div></section>\n";
}

/// Few texts as they are, more of them behind their number.
static std::string listText(const char *what,
                            const std::vector<std::string> &texts) {
  constexpr size_t few = 2, most = 100;
  std::string list;
  for (const std::string &text : llvm::ArrayRef(texts).take_front(most))
    list += "<li>" + htmlText(text) + "</li>";
  if (texts.size() <= few)
    return texts.empty() ? "" : "<ul class=\"plain\">" + list + "</ul>";
  if (texts.size() > most)
    list += "<li>...</li>";
  return fmt::format("<details><summary>{} {}</summary><ul>{}</ul></details>",
                     grouped(texts.size()), what, list);
}

void addProfiles(std::string &page, const Report &report) {
  page += sectionHead("profiles", "Profiles",
                      "A profile is conformant if all its mandatory cases pass "
                      "in a complete run in which nothing fails.");
  page += "<div class=\"wide\"><table><thead><tr><th>profile</th><th>status"
          "</th><th class=\"n\">mandatory</th><th class=\"n\">passed</th><th>"
          "why</th></tr></thead><tbody>\n";
  for (const ProfileResult &profile : report.profiles) {
    const bool isGood = profile.status == ProfileStatus::conformant;
    std::string status = profileStatusName(profile.status);
    std::replace(status.begin(), status.end(), '_', ' ');
    std::string why = listText("reasons", profile.reasons);
    std::vector<std::string> faults;
    for (const ProfileFault &fault : profile.faults)
      faults.push_back(fault.rule + ": " + fault.name + " (" +
                       verdictTitle(fault.verdict) + ")");
    why += listText("mandatory cases that did not pass", faults);
    page += fmt::format(
        "<tr><th>{} {}</th><td><span class=\"badge v-{}\">{}</span></td><td "
        "class=\"n\">{}</td><td class=\"n\">{}</td><td>{}</td></tr>\n",
        htmlText(profile.name), htmlText(profile.version),
        isGood
            ? "pass"
            : (profile.status == ProfileStatus::unavailable ? "not_applicable"
                                                            : "not_supported"),
        status, grouped(profile.mandatory), grouped(profile.passed), why);
  }
  page += "</tbody></table></div></section>\n";
}

std::string htmlPage(const Report &report, const Diff *history) {
  const Identity &identity = report.run.identity;
  const std::string title =
      htmlText(identity.pluginName + " " + identity.pluginVersion);
  std::string page = fmt::format(
      "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
      "<meta name=\"viewport\" content=\"width=device-width\">\n<title>{} - "
      "Glowplug conformance report</title>\n<style>\n",
      title);
  page += pageStyle.str() + "</style>\n</head>\n<body>\n";
  page += fmt::format("<header><p class=\"kind\">Glowplug conformance report"
                      "</p><h1>{}</h1><p>suite {} &middot; level {} &middot; "
                      "seed {}</p></header>\n",
                      title, htmlText(identity.suite), htmlText(identity.level),
                      identity.seed);
  addVerdict(page, report);
  addProfiles(page, report);
  addWaivers(page, report);
  addIdentity(page, report);
  if (history)
    addHistory(page, *history);
  addFailures(page, report);
  addCoverage(page, report);
  addUntested(page, report);
  addSlowest(page, report);
  addCases(page, report);
  page += "<script>\n" + pageScript.str() + "</script>\n</body>\n</html>\n";
  return page;
}

} // namespace glowplug::conformance
