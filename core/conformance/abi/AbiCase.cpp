// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The list of all cases.

#include "core/conformance/abi/AbiCase.h"

#include "core/conformance/abi/CaseList.h"

#include "llvm/ADT/StringMap.h"

namespace glowplug::conformance {

const char *abiResultName(AbiResult result) {
  switch (result) {
  case AbiResult::pass:
    return "pass";
  case AbiResult::fail:
    return "fail";
  case AbiResult::notApplicable:
    return "not_applicable";
  case AbiResult::crash:
    return "crash";
  case AbiResult::timeout:
    return "timeout";
  case AbiResult::resources:
    return "resources";
  case AbiResult::suite:
    break;
  }
  return "suite";
}

const char *abiKindName(AbiKind kind) {
  switch (kind) {
  case AbiKind::positive:
    return "positive";
  case AbiKind::negative:
    return "negative";
  case AbiKind::robust:
    break;
  }
  return "robust";
}

static std::vector<AbiCase> makeCases() {
  std::vector<AbiCase> cases;
  CaseList list(cases);
  for (void (*add)(CaseList &) :
       {addEntryCases,       addExportCases,     addStructCases,
        addOptionCases,      addObjectCases,     addDescribeCases,
        addCheckCases,       addCompileCases,    addSinkCases,
        addVersionCases,     addLoadCases,       addBlobCases,
        addRunCases,         addThreadCases,     addGroupCases,
        addInstrCases,       addSimulationCases, addReplayCases,
        addEnvironmentCases, addGrowthCases})
    add(list);
  return cases;
}

llvm::ArrayRef<AbiCase> abiCases() {
  static const std::vector<AbiCase> cases = makeCases();
  return cases;
}

const AbiCase *findAbiCase(llvm::StringRef name) {
  static const llvm::StringMap<const AbiCase *> byName = [] {
    llvm::StringMap<const AbiCase *> map;
    for (const AbiCase &one : abiCases())
      map.try_emplace(one.name, &one);
    return map;
  }();
  return byName.lookup(name);
}

} // namespace glowplug::conformance
