// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What cases of all levels share.

#include "core/conformance/run/SuiteCase.h"

#include "core/runtime/Errors.h"
#include "core/support/Sha256.h"

#include <chrono>
#include <cstring>
#include <new>

namespace glowplug::conformance {

uint64_t seedOf(llvm::StringRef name, uint64_t runSeed) {
  // "v1": another version of the suite may draw other numbers.
  const std::string text = ("v1 " + llvm::Twine(runSeed) + " " + name).str();
  const Sha256 hash =
      sha256({reinterpret_cast<const uint8_t *>(text.data()), text.size()});
  uint64_t seed = 0;
  std::memcpy(&seed, hash.data(), sizeof(seed));
  return seed;
}

void noteFailure(CaseRecord &record, llvm::Error error) {
  switch (callEndOf(error)) {
  case CallEnd::answered:
    record.ending = Ending::failed;
    break;
  case CallEnd::died:
    record.ending = Ending::crashed;
    break;
  case CallEnd::killed:
    record.ending = Ending::crashed;
    record.wasKilled = true;
    break;
  case CallEnd::late:
    record.ending = Ending::late;
    break;
  case CallEnd::memory:
    record.ending = Ending::resources;
    break;
  }
  record.message = llvm::toString(std::move(error));
}

void noteSuiteError(CaseRecord &record, llvm::Error error) {
  record.ending = Ending::suite;
  record.message = llvm::toString(std::move(error));
}

bool isTaken(Trial &trial, CaseRecord &record) {
  llvm::Expected<std::string> refusal = trial.refusal();
  if (!refusal) {
    noteFailure(record, refusal.takeError());
    return false;
  }
  if (refusal->empty()) {
    record.opsTaken = record.ops;
    return true;
  }
  record.ending = Ending::refused;
  record.message = *refusal;
  return false;
}

CaseRecord runCase(const SuiteCase &suiteCase, const Subject &subject,
                   uint64_t runSeed) {
  const auto begin = std::chrono::steady_clock::now();
  CaseRecord record;
  record.name = suiteCase.name;
  record.level = suiteCase.level;
  record.features = suiteCase.features;
  record.seed = seedOf(suiteCase.name, runSeed);
  // Of a model a plugin takes what it likes.
  record.isClaimed = suiteCase.level == Level::ops &&
                     subject.claims.covers(suiteCase.features);
  try {
    suiteCase.run(subject, record);
  } catch (const std::bad_alloc &) {
    record.ending = Ending::resources;
    record.message = "the suite ran out of memory";
  }
  const std::chrono::duration<double> seconds =
      std::chrono::steady_clock::now() - begin;
  record.seconds = seconds.count();
  return record;
}

} // namespace glowplug::conformance
