// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Cases about the functions of the plugin.

#include "core/conformance/run/SuiteCase.h"

#include <csignal>

namespace glowplug::conformance {
namespace {

/// "crashed in run: SIGSEGV ..."
std::string textOf(const AbiOutcome &outcome) {
  if (outcome.function.empty())
    return outcome.reason;
  return "in " + outcome.function + ": " + outcome.reason;
}

Ending endingOf(AbiResult result) {
  switch (result) {
  case AbiResult::pass:
  case AbiResult::fail:
    return Ending::finished;
  case AbiResult::notApplicable:
    return Ending::notApplicable;
  case AbiResult::crash:
    return Ending::crashed;
  case AbiResult::timeout:
    return Ending::late;
  case AbiResult::resources:
    return Ending::resources;
  case AbiResult::suite:
    return Ending::suite;
  }
  return Ending::suite;
}

void runAbi(const AbiCase &abiCase, const Subject &subject,
            CaseRecord &record) {
  llvm::Expected<AbiOutcome> outcome = subject.abi->run(abiCase);
  if (!outcome)
    return noteSuiteError(record, outcome.takeError());
  record.ending = endingOf(outcome->result);
  record.wasKilled = outcome->signal == SIGKILL;
  if (record.ending != Ending::finished) {
    record.message = textOf(*outcome);
    return;
  }
  Measurement measured;
  measured.rule = "abi";
  measured.subject = abiCase.sentence;
  measured.elements = 1;
  if (outcome->result == AbiResult::fail) {
    measured.mismatches = 1;
    measured.where = outcome->function;
    measured.got = outcome->got;
    measured.want = outcome->want;
  }
  record.measurements.push_back(std::move(measured));
}

} // namespace

SuiteCase fromAbi(const AbiCase &abiCase) {
  SuiteCase result;
  const bool isRobust = abiCase.kind == AbiKind::robust;
  result.level = isRobust ? Level::robust : Level::abi;
  result.name = std::string(isRobust ? "robust/" : "abi/") + abiCase.name;
  result.features = {{"abi", abiKindName(abiCase.kind)}};
  result.depth = Depth::smoke;
  result.run = [&abiCase](const Subject &subject, CaseRecord &record) {
    runAbi(abiCase, subject, record);
  };
  return result;
}

} // namespace glowplug::conformance
