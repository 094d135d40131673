// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Plugins that break one rule each, and what the host says of them. Plugins of
// an older or newer header that break none are taken.

#include "tests/abi/Images.h"

#include "core/runtime/Errors.h"
#include "core/runtime/Executable.h"
#include "core/runtime/Host.h"

#include <gtest/gtest.h>

using namespace glowplug;
using namespace glowplug::testing;

namespace {

std::string libraryOf(const std::string &variant) {
  return HOSTILE_PLUGINS "/" + variant + ".so";
}

const GroupLayout testGroup = {"test.group", 1, 3 * sizeof(size_t)};

/// Takes a plugin through the whole of its life; the first error ends it.
llvm::Error live(const std::string &library,
                 std::vector<Verdict> *verdicts = nullptr,
                 CompiledProgram *program = nullptr) {
  auto plugin = Plugin::open(library, testGroup);
  if (!plugin)
    return plugin.takeError();
  auto backend = Backend::create(*plugin);
  if (!backend)
    return backend.takeError();
  const AlignedBytes image = sampleProgram().build();
  auto answer = (*backend)->check(image);
  if (!answer)
    return answer.takeError();
  if (verdicts)
    *verdicts = std::move(*answer);
  auto compiled = (*backend)->compile(image, {});
  if (!compiled)
    return compiled.takeError();
  LoadRequest request;
  request.blob = compiled->blob;
  request.requirement = compiled->requirement;
  auto executable = (*backend)->load(request);
  if (!executable)
    return executable.takeError();
  if (llvm::Error error = (*executable)->run({}, {}, nullptr))
    return error;
  if (program)
    *program = std::move(*compiled);
  return llvm::Error::success();
}

struct Refusal {
  const char *variant;
  gp_status_code code;
  const char *message; // all of it, after the name or file and ": "
};

void PrintTo(const Refusal &refusal, std::ostream *os) {
  *os << refusal.variant;
}

class RefusalTest : public ::testing::TestWithParam<Refusal> {};

TEST_P(RefusalTest, NamesTheRuleAndLeaksNoFailure) {
  const size_t before = liveFailures();
  const std::string library = libraryOf(GetParam().variant);
  llvm::Error error = live(library);
  ASSERT_TRUE(static_cast<bool>(error)) << "nothing was refused";
  llvm::handleAllErrors(std::move(error), [&](const BackendError &refusal) {
    std::string message = refusal.message();
    const std::string prefix = refusal.getSubject() + ": ";
    EXPECT_EQ(message.substr(0, prefix.size()), prefix);
    EXPECT_EQ(message.substr(prefix.size()), GetParam().message);
    EXPECT_EQ(refusal.getCode(), GetParam().code);
    EXPECT_TRUE(refusal.getSubject() == library ||
                refusal.getSubject() == "hostile")
        << refusal.getSubject();
  });
  // A plugin that swallows a failure of the sink keeps it for ever.
  const bool swallows =
      llvm::StringRef(GetParam().variant).ends_with("_ignored");
  EXPECT_EQ(liveFailures(), before + (swallows ? 1 : 0));
}

const Refusal openRefusals[] = {
    {"nosymbol", GP_INCOMPATIBLE,
     "has no symbol 'gp_plugin_entry'; this is not a plugin"},
    {"missing", GP_INCOMPATIBLE, "there is no such file"},
    {"entry_null", GP_INCOMPATIBLE,
     "gp_plugin_entry returned NULL for ABI 0.4, the version of the host: the "
     "plugin cannot work with it"},
    {"wrong_major", GP_INCOMPATIBLE,
     "gp_plugin.abi_major and abi_minor say 1.4, but the host has 0.4"},
    {"wrong_minor", GP_INCOMPATIBLE,
     "gp_plugin.abi_major and abi_minor say 0.5, but the host has 0.4"},
    {"size_zero", GP_INCOMPATIBLE,
     "gp_plugin.struct_size is 0, too small to hold the version"},
    {"size_short", GP_INCOMPATIBLE,
     "gp_plugin.struct_size is 72, but needs to be from 80 to 4096"},
    {"size_garbage", GP_INCOMPATIBLE,
     "gp_plugin.struct_size is 1099511627776, but needs to be from 80 to "
     "4096"},
    {"table_tail", GP_INCOMPATIBLE,
     "gp_plugin.struct_size is 96, the host knows 88 bytes, and the rest is "
     "not zero"},
    {"null_create", GP_INCOMPATIBLE,
     "gp_plugin.create is NULL, but is required"},
    {"null_destroy", GP_INCOMPATIBLE,
     "gp_plugin.destroy is NULL, but is required"},
    {"null_describe", GP_INCOMPATIBLE,
     "gp_plugin.describe is NULL, but is required"},
    {"null_check", GP_INCOMPATIBLE, "gp_plugin.check is NULL, but is required"},
    {"null_compile", GP_INCOMPATIBLE,
     "gp_plugin.compile is NULL, but is required"},
    {"null_load", GP_INCOMPATIBLE, "gp_plugin.load is NULL, but is required"},
    {"null_run", GP_INCOMPATIBLE, "gp_plugin.run is NULL, but is required"},
    {"null_unload", GP_INCOMPATIBLE,
     "gp_plugin.unload is NULL, but is required"},
    {"group_short", GP_INCOMPATIBLE,
     "group 'test.group' version 1: struct_size is 16, but needs to be 24"},
    {"group_half", GP_INCOMPATIBLE,
     "group 'test.group' version 1: function 1 is NULL; a group is complete or "
     "absent"},
};

const Refusal createRefusals[] = {
    {"create_fails", GP_DEVICE_LOST,
     "create failed: device lost: no device at slot 3"},
    {"create_fails_with_ok", GP_INTERNAL,
     "create failed with the code GP_OK: contradiction"},
    {"create_fails_with_99", static_cast<gp_status_code>(99),
     "create failed: status 99: novelty"},
    {"create_returns_alien", GP_INTERNAL,
     "create returned a status that gp_host::fail did not make"},
    {"create_throws", GP_INTERNAL, "create let a C++ exception out"},
    {"create_nothing", GP_INTERNAL,
     "create broke a rule: succeeded without a backend"},
    {"describe_fails", GP_INTERNAL,
     "describe failed: internal error: lost my notes"},
    {"describe_returns_alien", GP_INTERNAL,
     "describe returned a status that gp_host::fail did not make"},
    {"describe_throws", GP_INTERNAL, "describe let a C++ exception out"},
    {"info_missing", GP_INTERNAL,
     "describe broke a rule: info is never called"},
    {"info_null", GP_INTERNAL,
     "describe broke a rule: gp_backend_info is NULL"},
    {"info_twice", GP_INTERNAL, "describe broke a rule: info is called twice"},
    {"info_nameless", GP_INTERNAL,
     "describe broke a rule: name, version or target of gp_backend_info is "
     "NULL"},
    {"info_versionless", GP_INTERNAL,
     "describe broke a rule: name, version or target of gp_backend_info is "
     "NULL"},
    {"info_targetless", GP_INTERNAL,
     "describe broke a rule: name, version or target of gp_backend_info is "
     "NULL"},
    {"info_huge", GP_INTERNAL,
     "describe broke a rule: gp_backend_info.struct_size is "
     "1152921504606846976, the host knows 40 bytes"},
    {"info_shouts", GP_INTERNAL,
     "describe broke a rule: name is 'HOSTILE', but needs lower case letters, "
     "digits and '-'"},
    {"info_size_zero", GP_INTERNAL,
     "describe broke a rule: gp_backend_info.struct_size is 0, the host knows "
     "40 bytes"},
    {"info_tail", GP_INTERNAL,
     "describe broke a rule: gp_backend_info.struct_size is 48, the host knows "
     "40 bytes, and the rest is not zero"},
    {"info_old", GP_INCOMPATIBLE,
     "opset_version_max is 0, but the host writes primitive set version 1"},
    {"container_old", GP_INCOMPATIBLE,
     "container_version_max is 0, but the host writes image container version "
     "2"},
    {"option_null", GP_INTERNAL,
     "describe broke a rule: gp_option_info is NULL"},
    {"option_size_zero", GP_INTERNAL,
     "describe broke a rule: gp_option_info.struct_size is 0, the host knows "
     "32 bytes"},
    {"option_tail", GP_INTERNAL,
     "describe broke a rule: gp_option_info.struct_size is 40, the host knows "
     "32 bytes, and the rest is not zero"},
    {"option_defaultless", GP_INTERNAL,
     "describe broke a rule: an option has no key, default_value or help"},
    {"option_helpless", GP_INTERNAL,
     "describe broke a rule: an option has no key, default_value or help"},
    {"option_keyless", GP_INTERNAL,
     "describe broke a rule: an option has no key, default_value or help"},
    {"option_twice", GP_INTERNAL,
     "describe broke a rule: option 'level' is listed twice"},
    {"op_null", GP_INTERNAL, "describe broke a rule: gp_op_info is NULL"},
    {"op_size_zero", GP_INTERNAL,
     "describe broke a rule: gp_op_info.struct_size is 0, the host knows 32 "
     "bytes"},
    {"op_tail", GP_INTERNAL,
     "describe broke a rule: gp_op_info.struct_size is 40, the host knows 32 "
     "bytes, and the rest is not zero"},
    {"op_none", GP_INTERNAL, "describe broke a rule: op kind 0 is not known"},
    {"op_unknown", GP_INTERNAL,
     "describe broke a rule: op kind 77 is not known"},
    {"op_of_version_zero", GP_INTERNAL,
     "describe broke a rule: op map has version 0"},
    {"op_composite_nameless", GP_INTERNAL,
     "describe broke a rule: op composite has no composite name"},
    {"op_named", GP_INTERNAL,
     "describe broke a rule: op map has the composite name 'softmax'"},
    {"op_twice", GP_INTERNAL, "describe broke a rule: op map is listed twice"},
};

const Refusal callRefusals[] = {
    {"check_fails", GP_INTERNAL, "check failed: internal error: cannot decide"},
    {"check_returns_alien", GP_INTERNAL,
     "check returned a status that gp_host::fail did not make"},
    {"check_throws", GP_INTERNAL, "check let a C++ exception out"},
    {"verdict_null", GP_INTERNAL, "check broke a rule: gp_verdict is NULL"},
    {"verdict_size_zero", GP_INTERNAL,
     "check broke a rule: gp_verdict.struct_size is 0, the host knows 32 "
     "bytes"},
    {"verdict_split_maybe", GP_INTERNAL,
     "check broke a rule: verdict of op 0: supported is 0 and split_epilogue "
     "2, but both need to be 0 or 1"},
    {"verdict_out_of_range", GP_INTERNAL,
     "check broke a rule: verdict of op 2, but the body has 2 ops"},
    {"verdict_twice", GP_INTERNAL,
     "check broke a rule: verdict of op 0 comes twice"},
    {"verdict_maybe", GP_INTERNAL,
     "check broke a rule: verdict of op 0: supported is 2 and split_epilogue "
     "0, but both need to be 0 or 1"},
    {"verdict_without_reason", GP_INTERNAL,
     "check broke a rule: verdict of op 0: an unsupported op has no reason"},
    {"verdict_yes_with_reason", GP_INTERNAL,
     "check broke a rule: verdict of op 0: a supported op has a reason"},
    {"verdict_yes_but_split", GP_INTERNAL,
     "check broke a rule: verdict of op 0: split_epilogue is 1 for a supported "
     "op"},
    {"verdict_tail", GP_INTERNAL,
     "check broke a rule: gp_verdict.struct_size is 40, the host knows 32 "
     "bytes, and the rest is not zero"},
    {"compile_fails", GP_UNSUPPORTED,
     "compile failed: unsupported: op 0: too big"},
    {"compile_fails_after_answers", GP_OUT_OF_MEMORY,
     "compile failed: out of memory: too late"},
    {"compile_returns_alien", GP_INTERNAL,
     "compile returned a status that gp_host::fail did not make"},
    {"compile_throws", GP_INTERNAL, "compile let a C++ exception out"},
    {"keep_ignored", GP_INTERNAL,
     "compile broke a rule: keep_segment names segment 0, but the program has "
     "0"},
    {"segment_at_null_ignored", GP_INTERNAL,
     "compile broke a rule: segment has 4 bytes at NULL"},
    {"keep_out_of_range", GP_INTERNAL,
     "compile broke a rule: keep_segment names segment 0, but the program has "
     "0"},
    {"segment_at_null", GP_INTERNAL,
     "compile broke a rule: segment has 4 bytes at NULL"},
    {"blob_missing", GP_INTERNAL,
     "compile broke a rule: succeeded without a blob"},
    {"blob_twice", GP_INTERNAL, "compile broke a rule: blob is called twice"},
    {"blob_twice_ignored", GP_INTERNAL,
     "compile broke a rule: blob is called twice"},
    {"blob_at_null", GP_INTERNAL,
     "compile broke a rule: blob has 4 bytes at NULL"},
    {"result_missing", GP_INTERNAL,
     "compile broke a rule: succeeded without a result"},
    {"result_null", GP_INTERNAL,
     "compile broke a rule: gp_compile_result is NULL"},
    {"result_null_ignored", GP_INTERNAL,
     "compile broke a rule: gp_compile_result is NULL"},
    {"result_size_zero", GP_INTERNAL,
     "compile broke a rule: gp_compile_result.struct_size is 0, the host knows "
     "24 bytes"},
    {"workspace_absurd", GP_INTERNAL,
     "compile broke a rule: gp_compile_result.workspace_bytes is "
     "1152921504606846976, but needs to be at most 140737488355328"},
    {"result_twice", GP_INTERNAL,
     "compile broke a rule: result is called twice"},
    {"result_tail", GP_INTERNAL,
     "compile broke a rule: gp_compile_result.struct_size is 32, the host "
     "knows 24 bytes, and the rest is not zero"},
    {"requirement_null", GP_INTERNAL,
     "compile broke a rule: gp_compile_result.requirement is NULL"},
    {"load_fails", GP_INCOMPATIBLE,
     "load failed: incompatible: needs a device of revision 2, this is 1"},
    {"load_returns_alien", GP_INTERNAL,
     "load returned a status that gp_host::fail did not make"},
    {"load_throws", GP_INTERNAL, "load let a C++ exception out"},
    {"load_nothing", GP_INTERNAL,
     "load broke a rule: succeeded without an executable"},
    {"run_fails", GP_DEVICE_LOST, "run failed: device lost: bus error at 0x40"},
    {"run_fails_with_ok", GP_INTERNAL,
     "run failed with the code GP_OK: all is well"},
    {"run_returns_alien", GP_INTERNAL,
     "run returned a status that gp_host::fail did not make"},
    {"run_throws", GP_INTERNAL, "run let a C++ exception out"},
};

std::string nameOf(const ::testing::TestParamInfo<Refusal> &info) {
  return info.param.variant;
}
INSTANTIATE_TEST_SUITE_P(Open, RefusalTest, ::testing::ValuesIn(openRefusals),
                         nameOf);
INSTANTIATE_TEST_SUITE_P(Create, RefusalTest,
                         ::testing::ValuesIn(createRefusals), nameOf);
INSTANTIATE_TEST_SUITE_P(Call, RefusalTest, ::testing::ValuesIn(callRefusals),
                         nameOf);

/// Plugins that keep every rule, among them some of another header.
class AcceptanceTest : public ::testing::TestWithParam<const char *> {};

TEST_P(AcceptanceTest, Lives) {
  llvm::Error error = live(libraryOf(GetParam()));
  EXPECT_FALSE(static_cast<bool>(error)) << llvm::toString(std::move(error));
}

INSTANTIATE_TEST_SUITE_P(Variants, AcceptanceTest,
                         ::testing::Values("good", "table_old", "table_new",
                                           "info_new", "verdict_missing",
                                           "verdict_split", "verdict_old",
                                           "verdict_new", "result_old"),
                         [](const auto &info) {
                           return std::string(info.param);
                         });

TEST(HostileTest, EveryVariantHasATest) {
  // variants.h is the list; the tables above must not fall behind it.
  const size_t refusals = std::size(openRefusals) + std::size(createRefusals) +
                          std::size(callRefusals);
  const size_t withoutVariant = 2; // nosymbol and missing
  const size_t accepted = 9;
  EXPECT_EQ(refusals - withoutVariant + accepted, size_t{HOSTILE_VARIANTS});
}

TEST(HostileTest, ReadsAnswersOfAnOlderHeaderAsZero) {
  std::vector<Verdict> verdicts;
  CompiledProgram program;
  ASSERT_FALSE(live(libraryOf("verdict_new"), &verdicts, &program));
  EXPECT_EQ(program.workspaceBytes, 128u);
  ASSERT_FALSE(live(libraryOf("verdict_old"), &verdicts));
  EXPECT_TRUE(verdicts.at(0).supported);
  EXPECT_EQ(verdicts.at(0).reason, "");
  ASSERT_FALSE(live(libraryOf("result_old"), nullptr, &program));
  EXPECT_EQ(program.requirement, "any");
  EXPECT_EQ(program.workspaceBytes, 0u);
}

TEST(HostileTest, TakesNoAnswerForANo) {
  std::vector<Verdict> verdicts;
  ASSERT_FALSE(live(libraryOf("verdict_missing"), &verdicts));
  ASSERT_EQ(verdicts.size(), 2u);
  EXPECT_FALSE(verdicts[0].supported);
  EXPECT_EQ(verdicts[0].reason, "the backend gave no answer");
  EXPECT_TRUE(verdicts[1].supported);
}

TEST(HostileTest, CollectsWhatAGoodPluginSays) {
  std::vector<Verdict> verdicts;
  CompiledProgram program;
  ASSERT_FALSE(live(libraryOf("verdict_split"), &verdicts));
  EXPECT_TRUE(verdicts.at(1).splitEpilogue);
  EXPECT_EQ(verdicts.at(1).reason, "the epilogue has an exp");

  ASSERT_FALSE(live(libraryOf("good"), &verdicts, &program));
  EXPECT_EQ(llvm::StringRef(reinterpret_cast<char *>(program.blob.data()),
                            program.blob.size()),
            "code");
  ASSERT_EQ(program.segments.size(), 1u);
  EXPECT_EQ(program.segments[0].size(), 4u);
  EXPECT_EQ(reinterpret_cast<uintptr_t>(program.segments[0].data()) % 64, 0u);
}

TEST(HostileTest, OffersGroupsThatAreComplete) {
  auto plugin = Plugin::open(libraryOf("good"), testGroup);
  ASSERT_TRUE(static_cast<bool>(plugin));
  EXPECT_NE((*plugin)->group("test.group", 1), nullptr);
  EXPECT_EQ((*plugin)->group("test.group", 2), nullptr);
  EXPECT_EQ((*plugin)->group("test.other", 1), nullptr);
  // The table of before there were groups has none.
  plugin = Plugin::open(libraryOf("table_old"), testGroup);
  ASSERT_TRUE(static_cast<bool>(plugin));
  EXPECT_EQ((*plugin)->group("test.group", 1), nullptr);
}

TEST(HostileTest, AnOldPluginRefusesWhatANewHostAsksOfIt) {
  auto plugin = Plugin::open(libraryOf("good"));
  ASSERT_TRUE(static_cast<bool>(plugin));
  struct {
    gp_create_args known;
    uint64_t unknown;
  } args = {{sizeof args, &pluginHost(), nullptr, 0}, 0};
  gp_backend *backend = nullptr;
  auto create = [&] {
    return callPlugin("hostile", "create", [&] {
      return (*plugin)->functions().create(&args.known, &backend);
    });
  };
  EXPECT_FALSE(create()) << "an unknown field that is not used";
  (*plugin)->functions().destroy(backend);
  backend = nullptr;
  args.unknown = 1;
  EXPECT_EQ(llvm::toString(create()),
            "hostile: create failed: unknown field: create args");
  EXPECT_EQ(backend, nullptr);
  // An older host: options are missing, and so read as none.
  args.known.struct_size = offsetof(gp_create_args, options);
  args.known.option_count = 12345;
  EXPECT_FALSE(create());
  (*plugin)->functions().destroy(backend);
}

TEST(HostileTest, ReportsALibraryThatIsNone) {
  auto plugin = Plugin::open(TEXT_FILE);
  ASSERT_FALSE(static_cast<bool>(plugin));
  const std::string message = llvm::toString(plugin.takeError());
  EXPECT_NE(message.find("cannot be loaded: "), std::string::npos) << message;
}

} // namespace
