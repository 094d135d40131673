// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The sections of the page that list cases.

#include "core/conformance/report/HtmlParts.h"
#include "core/conformance/report/Words.h"

#include "llvm/ADT/STLExtras.h"

#include <fmt/format.h>

namespace glowplug::conformance {

static std::string featureOf(const CaseRecord &record, const char *name) {
  const auto found = record.features.find(name);
  return found == record.features.end() ? "" : found->second;
}

//===----------------------------------------------------------------------===//
// Coverage
//===----------------------------------------------------------------------===//

/// "3 passed, 1 failed"
static std::string countsText(const CoverageCell &cell) {
  const std::pair<uint64_t, const char *> counts[] = {
      {cell.passed, "passed"},
      {cell.failed, "failed"},
      {cell.waived, "waived"},
      {cell.notSupported, "not supported"},
      {cell.notTested, "not tested"}};
  std::string text;
  for (const auto &[count, name] : counts)
    if (count != 0)
      text += fmt::format("{}{} {}", text.empty() ? "" : ", ", grouped(count),
                          name);
  return text;
}

/// The worst that is in \p cell, as a class of the style sheet.
static const char *toneOf(const CoverageCell &cell) {
  if (cell.failed != 0)
    return "v-fail";
  if (cell.waived != 0)
    return "v-waived";
  if (cell.passed != 0)
    return "v-pass";
  return cell.notSupported != 0 ? "v-not_supported" : "v-not_applicable";
}

void addCoverage(std::string &page, const Report &report) {
  page += sectionHead("coverage", "Coverage",
                      "Operations by types and recipes. A number is that of "
                      "the cases that passed, of all that there are; an empty "
                      "cell has no case. Click a cell to see its cases.");
  std::set<std::pair<std::string, std::string>> columns;
  std::set<std::string> ops;
  for (const auto &[key, unused] : report.coverage) {
    ops.insert(key.op);
    columns.emplace(key.type, key.recipe);
  }
  if (ops.empty()) {
    page += "<p class=\"none\">No case is about an operation.</p></section>\n";
    return;
  }
  page += "<div class=\"wide\"><table class=\"matrix\"><thead><tr><th>op</th>";
  for (const auto &[type, recipe] : columns)
    page += fmt::format("<th>{}<br>{}</th>", htmlText(type), htmlText(recipe));
  page += "</tr></thead><tbody>\n";
  for (const std::string &op : ops) {
    page += fmt::format("<tr><th>{}</th>", htmlText(op));
    for (const auto &[type, recipe] : columns) {
      const auto found = report.coverage.find({op, type, recipe});
      if (found == report.coverage.end()) {
        page += "<td></td>";
        continue;
      }
      const CoverageCell &cell = found->second;
      const uint64_t all = cell.passed + cell.failed + cell.notSupported +
                           cell.notTested + cell.waived;
      const auto index =
          static_cast<size_t>(std::distance(report.coverage.begin(), found));
      page += fmt::format(
          "<td><a class=\"cell {}\" href=\"#{}\" title=\"{}\">{}/{}</a></td>",
          toneOf(cell), cellId(index), countsText(cell), cell.passed, all);
    }
    page += "</tr>\n";
  }
  page += "</tbody></table></div></section>\n";
}

//===----------------------------------------------------------------------===//
// Failures
//===----------------------------------------------------------------------===//

void addFailures(std::string &page, const Report &report) {
  page += sectionHead("failures", "Failures");
  const auto isListed = [](const JudgedCase &one) {
    return !isAllowed(one.verdict) || one.verdict == Verdict::waived;
  };
  if (llvm::none_of(report.cases, isListed)) {
    page += "<p class=\"none\">None.</p></section>\n";
    return;
  }
  page += "<div class=\"wide\"><table><thead><tr><th>case</th><th>verdict</th>"
          "<th>what</th><th>where</th><th>got</th><th>want</th><th>limit</th>"
          "<th>to run it again</th></tr></thead><tbody>\n";
  for (const JudgedCase &one : report.cases) {
    if (!isListed(one))
      continue;
    static const Measurement nothing;
    const Measurement *worst = worstOf(one.record);
    const Measurement &shown = worst ? *worst : nothing;
    const std::string repro = one.record.repro.empty()
                                  ? ""
                                  : "<br>repro: " + htmlText(one.record.repro);
    page += fmt::format(
        "<tr><th class=\"name\">{}</th><td>{}</td><td>{}</td><td "
        "class=\"value\">{}</td><td "
        "class=\"value\">{}</td><td class=\"value\">{}</td><td class=\"value\">"
        "{}</td><td><code>{}</code><br>seed {}{}</td></tr>\n",
        htmlText(one.record.name), badge(one.verdict), htmlText(summaryOf(one)),
        htmlText(shown.where), htmlText(shown.got), htmlText(shown.want),
        htmlText(shown.limit),
        htmlText(commandOf(one.record, report.run.identity)), one.record.seed,
        repro);
  }
  page += "</tbody></table></div></section>\n";
}

//===----------------------------------------------------------------------===//
// What was not tested, and how long the rest took
//===----------------------------------------------------------------------===//

void addUntested(std::string &page, const Report &report) {
  std::map<std::pair<std::string, std::string>, std::vector<std::string>>
      groups;
  for (const JudgedCase &one : report.cases)
    if (one.verdict == Verdict::notSupported ||
        one.verdict == Verdict::notApplicable ||
        one.verdict == Verdict::vacuous)
      groups[{verdictTitle(one.verdict), one.record.message}].push_back(
          one.record.name);
  for (const std::string &name : report.missing)
    groups[{"did not run", ""}].push_back(name);
  page += sectionHead("untested", "Not tested, and why");
  if (groups.empty()) {
    page += "<p class=\"none\">All was tested.</p></section>\n";
    return;
  }
  page +=
      "<div class=\"wide\"><table><thead><tr><th>why</th><th>reason</th><th "
      "class=\"n\">cases</th><th>names</th></tr></thead><tbody>\n";
  for (const auto &[why, names] : groups) {
    page +=
        fmt::format("<tr><th>{}</th><td>{}</td><td class=\"n\">{}</td><td>"
                    "<details><summary>{}</summary><ul>",
                    why.first, why.second.empty() ? "-" : htmlText(why.second),
                    grouped(names.size()), htmlText(names.front()));
    for (const std::string &name : llvm::drop_begin(names))
      page += fmt::format("<li>{}</li>", htmlText(name));
    page += "</ul></details></td></tr>\n";
  }
  page += "</tbody></table></div></section>\n";
}

void addSlowest(std::string &page, const Report &report) {
  constexpr size_t most = 20;
  std::vector<const JudgedCase *> cases;
  double sum = 0;
  for (const JudgedCase &one : report.cases) {
    cases.push_back(&one);
    sum += one.record.seconds;
  }
  llvm::sort(cases, [](const JudgedCase *a, const JudgedCase *b) {
    return std::pair(b->record.seconds, a->record.name) <
           std::pair(a->record.seconds, b->record.name);
  });
  page += sectionHead("slowest", "Slowest cases",
                      fmt::format("All cases together took {:.1f} s.", sum));
  page += "<div class=\"wide\"><table><thead><tr><th>case</th><th class=\"n\">"
          "seconds</th><th class=\"n\">share</th></tr></thead><tbody>\n";
  for (const JudgedCase *one : llvm::ArrayRef(cases).take_front(most))
    page += fmt::format("<tr><th class=\"name\">{}</th><td class=\"n\">{:.3f}"
                        "</td><td class=\"n\">{:.1f} %</td></tr>\n",
                        htmlText(one->record.name), one->record.seconds,
                        sum == 0 ? 0 : 100 * one->record.seconds / sum);
  page += "</tbody></table></div></section>\n";
}

//===----------------------------------------------------------------------===//
// History
//===----------------------------------------------------------------------===//

static void addChanges(std::string &page, const char *title,
                       const std::vector<Change> &changes) {
  for (const Change &change : changes)
    page += fmt::format("<tr><td>{}</td><th "
                        "class=\"name\">{}</th><td>{}</td><td>{}</td></tr>\n",
                        title, htmlText(change.name),
                        change.before.empty() ? "-" : htmlText(change.before),
                        htmlText(change.after));
}

void addHistory(std::string &page, const Diff &history) {
  page += sectionHead("history", "Since the earlier report",
                      history.hasRegressions() ? "There are regressions."
                                               : "No regressions.");
  page += "<div class=\"wide\"><table><thead><tr><th>change</th><th>of</th><th>"
          "before</th><th>now</th></tr></thead><tbody>\n";
  addChanges(page, "profile lost", history.profilesLost);
  addChanges(page, "profile won", history.profilesWon);
  addChanges(page, "new failure", history.newFailures);
  addChanges(page, "no longer supported", history.lostSupport);
  addChanges(page, "fixed", history.fixed);
  addChanges(page, "now supported", history.gainedSupport);
  addChanges(page, "other", history.otherwise);
  for (const Slowdown &one : history.slower)
    page +=
        fmt::format("<tr><td>slower</td><th class=\"name\">{}</th><td>{:.3f} "
                    "s</td><td>{:.3f} s</td></tr>\n",
                    htmlText(one.name), one.before, one.after);
  page += "</tbody></table></div>\n";
  page += fmt::format(
      "<p class=\"hint\">New cases: {}; cases that are gone: {}."
      "</p></section>\n",
      grouped(history.added.size()), grouped(history.removed.size()));
}

//===----------------------------------------------------------------------===//
// All cases
//===----------------------------------------------------------------------===//

static void addOptions(std::string &page, const char *id, const char *label,
                       const std::set<std::string> &values) {
  page += fmt::format("<label>{} <select id=\"{}\"><option value=\"\">all"
                      "</option>",
                      label, id);
  for (const std::string &value : values)
    page += fmt::format("<option>{}</option>", htmlText(value));
  page += "</select></label>";
}

static void addTools(std::string &page, const Report &report) {
  std::set<std::string> levels, ops, verdicts;
  for (const JudgedCase &one : report.cases) {
    levels.insert(levelTitle(one.record.level));
    if (const std::string op = featureOf(one.record, "op"); !op.empty())
      ops.insert(op);
    verdicts.insert(verdictTitle(one.verdict));
  }
  page += "<div class=\"tools\" id=\"filter\" hidden><input id=\"find\" "
          "type=\"search\" placeholder=\"find\" aria-label=\"find\">";
  addOptions(page, "level", "level", levels);
  addOptions(page, "op", "op", ops);
  addOptions(page, "verdict-is", "verdict", verdicts);
  page += "<output id=\"shown\"></output></div>\n";
}

/// The largest distance of all measurements, as a share of its limit.
static std::string distanceText(const CaseRecord &record) {
  double worst = 0;
  for (const Measurement &measurement : record.measurements)
    worst = std::max(worst, measurement.worst);
  return worst == 0 ? "" : fmt::format("{:.3g}", worst);
}

static void addCase(std::string &page, const Report &report,
                    const JudgedCase &one) {
  const CaseRecord &record = one.record;
  const std::string op = featureOf(record, "op");
  std::string cell;
  const auto found = report.coverage.find(
      {op, featureOf(record, "type"), featureOf(record, "recipe")});
  if (!op.empty() && found != report.coverage.end())
    cell = cellId(
        static_cast<size_t>(std::distance(report.coverage.begin(), found)));
  page += fmt::format(
      "<tr data-level=\"{0}\" data-op=\"{1}\" data-verdict=\"{2}\" data-cell="
      "\"{3}\"><td>{4}</td><th class=\"name\">{5}</th><td>{6}</td><td>{7}</td>"
      "<td class=\"n\">{8}</td><td class=\"n\">{9:.3f}</td></tr>\n",
      levelTitle(record.level), htmlText(op), verdictTitle(one.verdict), cell,
      levelName(record.level), htmlText(record.name), badge(one.verdict),
      one.verdict == Verdict::pass ? "" : htmlText(summaryOf(one)),
      distanceText(record), record.seconds);
}

void addCases(std::string &page, const Report &report) {
  page += sectionHead("cases", "All cases",
                      "Distance is the largest one that was measured, as a "
                      "multiple of its limit.");
  addTools(page, report);
  page += "<div class=\"wide tall\"><table id=\"case-table\"><thead><tr><th>"
          "level</th><th>case</th><th>verdict</th><th>why</th><th class=\"n\">"
          "distance</th><th class=\"n\">seconds</th></tr></thead><tbody>\n";
  // Cases of one cell stand together, and the first of them has its name, so
  // that links work without the script.
  std::vector<std::vector<const JudgedCase *>> cells(report.coverage.size());
  for (const JudgedCase &one : report.cases) {
    const auto found = report.coverage.find({featureOf(one.record, "op"),
                                             featureOf(one.record, "type"),
                                             featureOf(one.record, "recipe")});
    if (found == report.coverage.end())
      addCase(page, report, one);
    else
      cells[static_cast<size_t>(std::distance(report.coverage.begin(), found))]
          .push_back(&one);
  }
  page += "</tbody>\n";
  for (size_t cell = 0; cell != cells.size(); ++cell) {
    page += fmt::format("<tbody id=\"{}\">\n", cellId(cell));
    for (const JudgedCase *one : cells[cell])
      addCase(page, report, *one);
    page += "</tbody>\n";
  }
  page += "</table></div></section>\n";
}

} // namespace glowplug::conformance
