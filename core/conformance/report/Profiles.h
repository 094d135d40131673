// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Profiles: what a plugin must pass to be called conformant, as data.

#pragma once

#include "core/conformance/record/JsonObject.h"
#include "core/conformance/record/Record.h"
#include "core/conformance/record/Verdict.h"
#include "core/conformance/report/Globs.h"

namespace glowplug::conformance {

/// Selects cases that are mandatory.
struct ProfileRule {
  std::string id, about;
  std::vector<std::string> cases; ///< Globs; one of them matches.
  /// Each of these features has one of the values.
  std::map<std::string, std::vector<std::string>> features;
  /// Features. The cases of one choice of their values have to pass, and those
  /// of others may be refused: a plugin takes one recipe of many.
  std::vector<std::string> oneOf;
  uint64_t atLeast = 1; ///< So many cases have to pass.
  Globs globs;          ///< `cases`, parsed.

  bool selects(const CaseRecord &record) const;
};

struct Profile {
  std::string name, version, about;
  std::string unavailable; ///< Why nobody can conform to it yet; or empty.
  std::vector<ProfileRule> rules;
};

/// Reads {"schema": 1, "profiles": [...]}. Errors are of kind `model`.
llvm::Expected<std::vector<Profile>> parseProfiles(llvm::StringRef text,
                                                   llvm::StringRef place);

/// Those of this version of the suite: profiles.json.
const std::vector<Profile> &suiteProfiles();

enum class ProfileStatus : uint8_t { conformant, notConformant, unavailable };

/// A mandatory case that did not pass.
struct ProfileFault {
  std::string rule, name;
  Verdict verdict = Verdict::fail;
};

struct ProfileResult {
  std::string name, version;
  ProfileStatus status = ProfileStatus::notConformant;
  /// Why it is not conformant, apart from the faults. Sentences.
  std::vector<std::string> reasons;
  std::vector<ProfileFault> faults;
  uint64_t mandatory = 0, passed = 0; ///< Cases.
};

/// "conformant", "not_conformant", "unavailable"
std::string profileStatusName(ProfileStatus status);

/// A case with what came of it.
struct JudgedCase {
  CaseRecord record;
  Verdict verdict = Verdict::fail;
  std::string waiver; ///< Id of the one that names it, if one does.
};

/// Holds \p profile against \p cases. \p obstacles: why this run can prove no
/// profile, as sentences; it may prove one if there are none.
ProfileResult profileResult(const Profile &profile,
                            const std::vector<JudgedCase> &cases,
                            const std::vector<std::string> &obstacles);

Json toJson(const ProfileResult &result);

} // namespace glowplug::conformance
