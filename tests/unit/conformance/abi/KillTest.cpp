// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Who tests the tests: plugins that break one rule each (tests/abi/hostile.c,
// and wrong.cpp here) fail the case of that rule, which the plugin that breaks
// none passes.

#include "core/conformance/abi/AbiRunner.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

using namespace glowplug;
using namespace glowplug::conformance;

namespace {

struct Kill {
  const char *variant;
  const char *by; ///< the name of a case
};

constexpr Kill kills[] = {
    {"entry_null", "entry/equal"},
    {"wrong_major", "entry/version"},
    {"wrong_minor", "entry/version"},
    {"size_zero", "entry/size"},
    {"size_short", "entry/size"},
    {"size_garbage", "entry/size"},
    {"table_tail", "entry/tail"},
    {"null_create", "entry/has-create"},
    {"null_destroy", "entry/has-destroy"},
    {"null_describe", "entry/has-describe"},
    {"null_check", "entry/has-check"},
    {"null_compile", "entry/has-compile"},
    {"null_load", "entry/has-load"},
    {"null_run", "entry/has-run"},
    {"null_unload", "entry/has-unload"},
    {"create_fails", "objects/create-sets"},
    {"create_fails_with_ok", "objects/create-sets"},
    {"create_fails_with_99", "objects/create-sets"},
    {"create_returns_alien", "objects/create-sets"},
    {"create_throws", "objects/create-sets"},
    {"create_nothing", "objects/create-sets"},
    {"describe_fails", "describe/info"},
    {"describe_returns_alien", "describe/info"},
    {"describe_throws", "describe/info"},
    {"info_missing", "describe/info"},
    {"info_null", "describe/info-null"},
    {"info_versionless", "describe/version"},
    {"info_targetless", "describe/target"},
    {"info_huge", "describe/info-size"},
    {"info_twice", "describe/info-once"},
    {"info_nameless", "describe/name"},
    {"info_shouts", "describe/name-form"},
    {"info_size_zero", "describe/info-size"},
    {"info_old", "describe/opset"},
    {"info_tail", "describe/info-tail"},
    {"container_old", "describe/container"},
    {"option_null", "describe/option-null"},
    {"option_size_zero", "describe/option-size"},
    {"option_tail", "describe/option-tail"},
    {"option_keyless", "describe/option-key"},
    {"option_defaultless", "describe/option-default"},
    {"option_helpless", "describe/option-help"},
    {"option_twice", "describe/option-once"},
    {"op_null", "describe/op-null"},
    {"op_size_zero", "describe/op-size"},
    {"op_tail", "describe/op-tail"},
    {"op_unknown", "describe/op-kind"},
    {"op_none", "describe/op-kind"},
    {"op_of_version_zero", "describe/op-version"},
    {"op_composite_nameless", "describe/op-composite"},
    {"op_named", "describe/op-composite"},
    {"op_twice", "describe/op-once"},
    {"check_fails", "check/answers/map.add-f32"},
    {"check_returns_alien", "check/answers/map.add-f32"},
    {"check_throws", "check/answers/map.add-f32"},
    {"verdict_null", "check/verdict-null"},
    {"verdict_size_zero", "check/verdict-size"},
    {"verdict_out_of_range", "check/index"},
    {"verdict_twice", "check/once"},
    {"verdict_maybe", "check/supported"},
    {"verdict_split_maybe", "check/split"},
    {"verdict_without_reason", "check/reason-no"},
    {"verdict_yes_with_reason", "check/reason-yes"},
    {"verdict_yes_but_split", "check/split-supported"},
    {"verdict_tail", "check/verdict-tail"},
    {"compile_fails", "compile/blob-and-result"},
    {"compile_fails_after_answers", "compile/blob-and-result"},
    {"compile_returns_alien", "compile/blob-and-result"},
    {"compile_throws", "compile/blob-and-result"},
    {"keep_out_of_range", "compile/keep-index"},
    {"keep_ignored", "compile/keep-index"},
    {"segment_at_null", "compile/segment-null"},
    {"segment_at_null_ignored", "compile/segment-null"},
    {"blob_missing", "compile/blob-and-result"},
    {"blob_twice", "compile/blob-once"},
    {"blob_twice_ignored", "compile/blob-once"},
    {"blob_at_null", "compile/blob-null"},
    {"result_missing", "compile/blob-and-result"},
    {"result_null", "compile/result-null"},
    {"result_null_ignored", "compile/result-null"},
    {"result_size_zero", "compile/result-size"},
    {"result_twice", "compile/result-once"},
    {"result_tail", "compile/result-tail"},
    {"requirement_null", "compile/requirement"},
    {"workspace_absurd", "compile/workspace"},
    {"load_fails", "load/one-blob-twice"},
    {"load_returns_alien", "load/one-blob-twice"},
    {"load_throws", "load/one-blob-twice"},
    {"load_nothing", "load/another-backend"},
    {"run_fails", "run/map/twice"},
    {"run_fails_with_ok", "run/map/twice"},
    {"run_returns_alien", "run/map/twice"},
    {"run_throws", "run/map/twice"},
};

/// Variants that keep every rule that L0 asks about, with the reason.
constexpr std::pair<const char *, const char *> notKilled[] = {
    {"good", "it is the one to compare with"},
    {"table_old", "an older table is lawful"},
    {"table_new", "a newer table is lawful"},
    {"info_new", "a newer struct is lawful"},
    {"verdict_missing", "no answer is a no"},
    {"verdict_split", "a split is lawful"},
    {"verdict_old", "an older struct is lawful"},
    {"verdict_new", "a newer struct is lawful"},
    {"result_old", "an older struct is lawful"},
    {"group_short", "its group belongs to a vendor"},
    {"group_half", "its group belongs to a vendor"},
};

AbiTarget targetOf(const std::string &variant) {
  AbiTarget target;
  target.library = HOSTILE_PLUGINS "/" + variant + ".so";
  target.worker = WORKER;
  return target;
}

/// The outcome of \p name for \p variant, as text that a test can show.
AbiOutcome outcomeOf(const std::string &variant, const std::string &name) {
  const AbiCase *one = findAbiCase(name);
  if (!one) {
    ADD_FAILURE() << "there is no case " << name;
    return {};
  }
  llvm::Expected<AbiOutcome> outcome = runAbiCase(targetOf(variant), *one);
  if (!outcome) {
    ADD_FAILURE() << llvm::toString(outcome.takeError());
    return {};
  }
  return *outcome;
}

/// One mistake of wrong.cpp, the case that has to see it, and how.
struct Mistake {
  const char *name;
  const char *by;
  AbiResult result = AbiResult::fail;
};

constexpr Mistake mistakes[] = {
    {"locale", "environment/locale"},
    {"folder", "environment/folder"},
    {"file-mask", "environment/file-mask"},
    {"variables", "environment/variables"},
    {"signal-handlers", "environment/signal-handlers"},
    {"signal-mask", "environment/signal-mask"},
    {"rounding", "environment/float-mode/create-nearest"},
    {"print", "environment/standard-output"},
    {"children", "environment/no-children"},
    {"hang", "objects/create-sets", AbiResult::timeout},
    {"crash", "objects/create-sets", AbiResult::crash},
    {"exit", "objects/create-sets", AbiResult::crash},
    {"counter", "compile/twice/map.add-f32"},
    {"process", "compile/another-process"},
    {"folder-name", "compile/another-environment"},
    {"image-address", "compile/another-address"},
    {"image-kept", "compile/image-is-not-kept"},
    {"float-mode", "environment/float-mode/compile-upward"},
    {"unknown-option", "options/unknown-word"},
    {"wrong-code", "options/unknown-word"},
    {"set-on-failure", "options/unknown-word"},
    {"leak-on-failure", "growth/memory/failed-create"},
    {"moody", "describe/twice"},
    {"latin", "describe/utf8"},
    {"no-row", "describe/ops"},
    {"feature", "compile/feature/check"},
    {"fickle", "check/answers/map.add-f32"},
    {"breaks-promise", "compile/taken/map.add-f32"},
    {"takes-all", "compile/refused/matmul.f32"},
    {"swallows", "sink/result/out-of-memory"},
    {"replaces", "sink/blob/out-of-memory"},
    {"any-requirement", "load/requirement-word"},
    {"any-blob", "blob/byte-0"},
    {"leak-in-load", "growth/memory/failed-load"},
    {"leak-executable", "growth/memory/load-unload"},
    {"leak-backend", "growth/memory/create-destroy"},
    {"leak-descriptor", "growth/descriptors"},
    {"leak-thread", "growth/threads"},
    {"any-version", "version/check/map"},
    {"any-counts", "run/counts/map/one-input-more"},
    {"cached", "run/map/after-other-inputs"},
    {"shared-buffer", "run/map/two-at-once"},
    {"dirty-workspace", "run/map/workspace-contents"},
    {"last-element", "run/map/all-outputs-written"},
    {"overrun", "run/map/between-guards", AbiResult::crash},
    {"writes-input", "run/map/between-guards", AbiResult::crash},
    {"random", "run/map/twice"},
    {"any-group", "groups/unknown-word"},
    {"half-group", "groups/instr/complete"},
    {"destroy-null", "objects/destroy-null", AbiResult::crash},
    {"unload-null", "objects/unload-null", AbiResult::crash},
    {"any-size", "structs/run_args/tail-first"},
    {"exact-size", "structs/describe_sink/tail-8-zero"},
};

AbiOutcome outcomeWith(const std::string &mistake, const std::string &name) {
  AbiTarget target;
  target.library = WRONG;
  target.worker = WORKER;
  target.deadline = std::chrono::seconds(mistake == "hang" ? 1 : 30);
  setenv("GLOWPLUG_TEST_MISTAKE", mistake.c_str(), 1);
  llvm::Expected<AbiOutcome> outcome = runAbiCase(target, *findAbiCase(name));
  unsetenv("GLOWPLUG_TEST_MISTAKE");
  if (!outcome) {
    ADD_FAILURE() << llvm::toString(outcome.takeError());
    return {};
  }
  return *outcome;
}

class MistakeTest : public ::testing::TestWithParam<Mistake> {};

TEST_P(MistakeTest, IsSeenAndNothingElseIs) {
  const Mistake &mistake = GetParam();
#if __has_feature(address_sanitizer)
  if (llvm::StringRef(mistake.by).starts_with("growth/memory/"))
    GTEST_SKIP() << "the memory checker keeps what is freed";
#endif
  const AbiOutcome outcome = outcomeWith(mistake.name, mistake.by);
  EXPECT_EQ(outcome.result, mistake.result)
      << abiResultName(outcome.result) << ": " << outcome.reason << " want "
      << outcome.want << " got " << outcome.got;
  const AbiOutcome without = outcomeWith("none", mistake.by);
  EXPECT_TRUE(without.isAllowed())
      << abiResultName(without.result) << ": " << without.reason << " want "
      << without.want << " got " << without.got;
}

INSTANTIATE_TEST_SUITE_P(Wrong, MistakeTest, ::testing::ValuesIn(mistakes),
                         [](const auto &info) {
                           std::string name = info.param.name;
                           std::replace(name.begin(), name.end(), '-', '_');
                           return name;
                         });

class KillTest : public ::testing::TestWithParam<Kill> {};

TEST_P(KillTest, FailsTheCaseOfItsRule) {
  const AbiOutcome outcome = outcomeOf(GetParam().variant, GetParam().by);
  EXPECT_EQ(outcome.result, AbiResult::fail)
      << abiResultName(outcome.result) << ": " << outcome.reason << " "
      << outcome.got;
}

INSTANTIATE_TEST_SUITE_P(Hostile, KillTest, ::testing::ValuesIn(kills),
                         [](const auto &info) {
                           return std::string(info.param.variant);
                         });

TEST(KillTableTest, TheGoodPluginPassesEachOfTheseCases) {
  std::set<std::string> names;
  for (const Kill &kill : kills)
    if (names.insert(kill.by).second) {
      const AbiOutcome outcome = outcomeOf("good", kill.by);
      EXPECT_EQ(outcome.result, AbiResult::pass)
          << kill.by << ": " << outcome.reason << outcome.want << " but "
          << outcome.got;
    }
}

TEST(KillTableTest, NamesEveryVariantOnce) {
  std::set<std::string> names;
  for (const Kill &kill : kills)
    EXPECT_TRUE(names.insert(kill.variant).second) << kill.variant;
  for (const auto &[name, why] : notKilled)
    EXPECT_TRUE(names.insert(name).second) << name << ": " << why;
  EXPECT_EQ(names.size(), size_t{HOSTILE_VARIANTS});
}

} // namespace
