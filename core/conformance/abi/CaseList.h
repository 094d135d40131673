// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// How the files of this folder put the list of cases together.

#pragma once

#include "core/conformance/abi/AbiCase.h"

#include <vector>

namespace glowplug::conformance {

/// Collects cases whose names begin with one group.
class CaseList {
public:
  using Body = std::function<void(Probe &)>;

  explicit CaseList(std::vector<AbiCase> &cases) : cases(cases) {}

  /// The first part of the names that follow.
  void group(std::string name) { prefix = std::move(name); }

  AbiCase &positive(const std::string &name, const char *sentence, Body body) {
    return add(name, AbiKind::positive, sentence, std::move(body));
  }
  AbiCase &negative(const std::string &name, const char *sentence, Body body) {
    return add(name, AbiKind::negative, sentence, std::move(body));
  }
  AbiCase &robust(const std::string &name, const char *sentence, Body body) {
    return add(name, AbiKind::robust, sentence, std::move(body));
  }

private:
  AbiCase &add(const std::string &name, AbiKind kind, const char *sentence,
               Body body) {
    return cases.emplace_back(AbiCase{prefix + "/" + name, kind, sentence,
                                      /*isAlone=*/false, std::move(body)});
  }

  std::vector<AbiCase> &cases;
  std::string prefix;
};

// One function per file of cases.
void addEntryCases(CaseList &list);
void addExportCases(CaseList &list);
void addStructCases(CaseList &list);
void addOptionCases(CaseList &list);
void addObjectCases(CaseList &list);
void addDescribeCases(CaseList &list);
void addCheckCases(CaseList &list);
void addCompileCases(CaseList &list);
void addSinkCases(CaseList &list);
void addVersionCases(CaseList &list);
void addLoadCases(CaseList &list);
void addBlobCases(CaseList &list);
void addRunCases(CaseList &list);
void addThreadCases(CaseList &list);
void addGroupCases(CaseList &list);
void addInstrCases(CaseList &list);
void addSimulationCases(CaseList &list);
void addReplayCases(CaseList &list);
void addEnvironmentCases(CaseList &list);
void addGrowthCases(CaseList &list);

} // namespace glowplug::conformance
