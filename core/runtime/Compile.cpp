// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Asks a backend for verdicts and for compiled programs.

#include "core/runtime/Answers.h"
#include "core/runtime/Backend.h"
#include "core/runtime/Host.h"
#include "core/runtime/PluginCall.h"

#include <glowplug/image.h>

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/Alignment.h"

namespace glowplug {
namespace {

struct CheckAnswers : Answers {
  std::vector<Verdict> verdicts;
  std::vector<bool> isAnswered;

  void add(const gp_verdict *given) {
    countPluginAnswer();
    gp_verdict verdict;
    if (!read("gp_verdict", &verdict, given))
      return;
    const std::string title =
        "verdict of op " + std::to_string(verdict.op_index);
    if (verdict.op_index >= verdicts.size())
      return complain(title + ", but the body has " +
                      std::to_string(verdicts.size()) + " ops");
    if (isAnswered[verdict.op_index])
      return complain(title + " comes twice");
    isAnswered[verdict.op_index] = true;
    if (verdict.supported > 1 || verdict.split_epilogue > 1)
      return complain(
          title + ": supported is " + std::to_string(verdict.supported) +
          " and split_epilogue " + std::to_string(verdict.split_epilogue) +
          ", but both need to be 0 or 1");
    if (verdict.supported && verdict.split_epilogue)
      return complain(title + ": split_epilogue is 1 for a supported op");
    if (verdict.supported != (verdict.reason == nullptr))
      return complain(title + (verdict.supported
                                   ? ": a supported op has a reason"
                                   : ": an unsupported op has no reason"));
    verdicts[verdict.op_index] = {verdict.supported == 1,
                                  verdict.split_epilogue == 1,
                                  verdict.reason ? verdict.reason : ""};
  }
};

struct CompileAnswers : Answers {
  explicit CompileAnswers(const CopyBytes &copyBytes) : copyBytes(copyBytes) {}

  const CopyBytes &copyBytes;
  CompiledProgram program;
  size_t segmentCount = 0;
  std::string lostMemory; ///< What did not fit, if anything.
  bool hasBlob = false, hasResult = false;

  /// Turns a new complaint into a failure for the plugin to pass on.
  gp_status *refuse(const std::string &message) {
    complain(message);
    return hostFailure(GP_INVALID_ARGUMENT, message.c_str());
  }

  gp_status *copy(gp_bytes bytes, AlignedBytes &to, const char *what) {
    if (!bytes.data && bytes.size != 0)
      return refuse(std::string(what) + " has " + std::to_string(bytes.size) +
                    " bytes at NULL");
    try {
      to = copyBytes({static_cast<const uint8_t *>(bytes.data), bytes.size});
    } catch (const std::bad_alloc &) {
      lostMemory = what;
      return hostFailure(GP_OUT_OF_MEMORY, what);
    }
    return nullptr;
  }

  gp_status *addBlob(gp_bytes blob) {
    if (hasBlob)
      return refuse("blob is called twice");
    hasBlob = true;
    return copy(blob, program.blob, "blob");
  }

  gp_status *addSegment(gp_bytes segment) {
    return copy(segment, program.segments.emplace_back(), "segment");
  }

  gp_status *keep(uint32_t index) {
    if (index >= segmentCount)
      return refuse("keep_segment names segment " + std::to_string(index) +
                    ", but the program has " + std::to_string(segmentCount));
    program.keptSegments.push_back(index);
    return nullptr;
  }

  gp_status *addResult(const gp_compile_result *given) {
    gp_compile_result result;
    if (!read("gp_compile_result", &result, given))
      return hostFailure(GP_INVALID_ARGUMENT, problem.c_str());
    if (hasResult)
      return refuse("result is called twice");
    hasResult = true;
    if (!result.requirement)
      return refuse("gp_compile_result.requirement is NULL");
    program.requirement = result.requirement;
    if (result.workspace_bytes > GP_WORKSPACE_MAX)
      return refuse("gp_compile_result.workspace_bytes is " +
                    std::to_string(result.workspace_bytes) +
                    ", but needs to be at most " +
                    std::to_string(GP_WORKSPACE_MAX));
    program.workspaceBytes = result.workspace_bytes;
    return nullptr;
  }
};

CompileAnswers &answersOf(void *context) {
  return *static_cast<CompileAnswers *>(context);
}

gp_bytes asBytes(llvm::ArrayRef<uint8_t> bytes) {
  return {bytes.data(), bytes.size()};
}

} // namespace

llvm::Expected<std::vector<Verdict>>
Backend::check(llvm::ArrayRef<uint8_t> image) {
  assert(llvm::isAddrAligned(llvm::Align(8), image.data()));
  CheckAnswers answers;
  const size_t ops = gp_image_body_ops_count(
      gp_image_program_body(gp_image_root(image.data())));
  answers.verdicts.assign(ops, {false, false, "the backend gave no answer"});
  answers.isAnswered.assign(ops, false);
  gp_check_args args = {};
  args.struct_size = sizeof args;
  args.image = asBytes(image);
  args.context = &answers;
  args.verdict = [](void *context, const gp_verdict *verdict) {
    static_cast<CheckAnswers *>(context)->add(verdict);
  };
  if (llvm::Error error = call(
          "check", [&] { return plugin->functions().check(handle, &args); }))
    return std::move(error);
  if (!answers.problem.empty())
    return violation("check", answers.problem);
  return std::move(answers.verdicts);
}

llvm::Expected<CompiledProgram>
Backend::compile(llvm::ArrayRef<uint8_t> image,
                 llvm::ArrayRef<llvm::ArrayRef<uint8_t>> segments) {
  assert(llvm::isAddrAligned(llvm::Align(8), image.data()));
  std::vector<gp_bytes> given;
  for (llvm::ArrayRef<uint8_t> segment : segments) {
    assert(llvm::isAddrAligned(llvm::Align(64), segment.data()));
    given.push_back(asBytes(segment));
  }
  return compileWith(
      "compile", segments.size(), [&](const gp_compile_sink &sink) {
        const gp_compile_args args = {sizeof args, asBytes(image), given.data(),
                                      given.size(), &sink};
        return plugin->functions().compile(handle, &args);
      });
}

llvm::Expected<CompiledProgram> Backend::compileWith(
    llvm::StringRef function, size_t segmentCount,
    llvm::function_ref<gp_status *(const gp_compile_sink &)> body) {
  CompileAnswers answers(copyAnswer);
  answers.segmentCount = segmentCount;
  gp_compile_sink sink = {};
  sink.struct_size = sizeof sink;
  sink.context = &answers;
  sink.blob = [](void *context, gp_bytes blob) {
    return answersOf(context).addBlob(blob);
  };
  sink.segment = [](void *context, gp_bytes segment) {
    return answersOf(context).addSegment(segment);
  };
  sink.keep_segment = [](void *context, uint32_t index) {
    return answersOf(context).keep(index);
  };
  sink.result = [](void *context, const gp_compile_result *result) {
    return answersOf(context).addResult(result);
  };
  llvm::Error error = call(function, [&] { return body(sink); });
  // A broken rule is the better message: the failure only passes it on.
  if (!answers.problem.empty()) {
    llvm::consumeError(std::move(error));
    return violation(function, answers.problem);
  }
  if (error)
    return std::move(error);
  if (!answers.lostMemory.empty())
    return violation(function, "ignored that there is no memory for the " +
                                   answers.lostMemory);
  if (!answers.hasBlob)
    return violation(function, "succeeded without a blob");
  if (!answers.hasResult)
    return violation(function, "succeeded without a result");
  return std::move(answers.program);
}

} // namespace glowplug
