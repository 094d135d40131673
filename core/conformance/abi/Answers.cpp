// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What a plugin says through the sinks.

#include "core/conformance/abi/Answers.h"

#include <glowplug/image.h>

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/ConvertUTF.h"

#include <cstring>

namespace glowplug::conformance {

bool isUtf8(const std::string &text) {
  const auto *begin = reinterpret_cast<const llvm::UTF8 *>(text.data());
  return llvm::isLegalUTF8String(&begin, begin + text.size());
}

/// \p text, which is to be there and to be UTF-8.
static std::string textOf(Offences &offences, const char *rule,
                          const char *text) {
  if (!text) {
    offences.add(rule, "NULL");
    return {};
  }
  std::string copy = text;
  if (!isUtf8(copy))
    offences.add("utf8", "text that is not UTF-8 as " + std::string(rule));
  return copy;
}

//===----------------------------------------------------------------------===//
// describe
//===----------------------------------------------------------------------===//

static void addInfo(void *context, const gp_backend_info *given) {
  auto &self = *static_cast<Description *>(context);
  gp_backend_info info;
  if (!self.offences.read("info", &info, given))
    return;
  if (++self.infos > 1)
    self.offences.add("info-once", "a second call of info");
  self.name = textOf(self.offences, "name", info.name);
  self.version = textOf(self.offences, "version", info.version);
  self.target = textOf(self.offences, "target", info.target);
  self.containerVersionMax = info.container_version_max;
  self.opsetVersionMax = info.opset_version_max;
  const bool isPlain = llvm::all_of(self.name, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
  });
  if (self.name.empty() || !isPlain)
    self.offences.add("name-form", "'" + self.name + "'");
}

static void addOption(void *context, const gp_option_info *given) {
  auto &self = *static_cast<Description *>(context);
  gp_option_info option;
  if (!self.offences.read("option", &option, given))
    return;
  Description::Option made{
      textOf(self.offences, "option-key", option.key),
      textOf(self.offences, "option-default", option.default_value),
      textOf(self.offences, "option-help", option.help)};
  if (made.key.empty())
    self.offences.add("option-key", "an empty key");
  if (made.help.find('\n') != std::string::npos)
    self.offences.add("option-line",
                      "help of several lines for '" + made.key + "'");
  for (const Description::Option &other : self.options)
    if (other.key == made.key)
      self.offences.add("option-once", "'" + made.key + "' twice");
  self.options.push_back(std::move(made));
}

static void addOp(void *context, const gp_op_info *given) {
  auto &self = *static_cast<Description *>(context);
  gp_op_info op;
  if (!self.offences.read("op", &op, given))
    return;
  const auto kind = static_cast<gp_image_attributes>(op.op);
  const std::string title = "op kind " + std::to_string(op.op);
  if (kind == gp_image_attributes_none ||
      std::strcmp(gp_image_attributes_name(kind), "?") == 0)
    self.offences.add("op-kind", title);
  if ((kind == gp_image_attributes_composite) != (op.composite != nullptr))
    self.offences.add("op-composite",
                      title + (op.composite ? " with" : " without") +
                          " the name of a composite");
  if (op.version == 0)
    self.offences.add("op-version", title + " of version 0");
  constexpr uint32_t known = (2u << gp_image_dtype_f64) - 2;
  if ((op.dtype_mask & ~known) != 0)
    self.offences.add("op-types", title + " with the mask " +
                                      std::to_string(op.dtype_mask));
  Description::Op made{op.op, op.composite ? op.composite : "", op.version,
                       op.dtype_mask};
  for (const Description::Op &other : self.ops)
    if (other.op == made.op && other.composite == made.composite)
      self.offences.add("op-once", title + " twice");
  self.ops.push_back(std::move(made));
}

gp_describe_sink Description::sink() {
  gp_describe_sink made = {};
  made.struct_size = sizeof made;
  made.context = this;
  made.info = addInfo;
  made.option = addOption;
  made.op = addOp;
  return made;
}

bool Description::equals(const Description &other) const {
  return name == other.name && version == other.version &&
         target == other.target && options == other.options &&
         ops == other.ops && containerVersionMax == other.containerVersionMax &&
         opsetVersionMax == other.opsetVersionMax;
}

//===----------------------------------------------------------------------===//
// check
//===----------------------------------------------------------------------===//

static void addVerdict(void *context, const gp_verdict *given) {
  auto &self = *static_cast<Verdicts *>(context);
  gp_verdict verdict;
  if (!self.offences.read("verdict", &verdict, given))
    return;
  const std::string title = "op " + std::to_string(verdict.op_index);
  if (verdict.op_index >= self.ops.size())
    return self.offences.add("index",
                             title + " of " + std::to_string(self.ops.size()));
  Verdicts::One &op = self.ops[verdict.op_index];
  if (++op.count > 1)
    self.offences.add("once", title + " twice");
  if (verdict.supported > 1)
    self.offences.add("supported", title + ": supported is " +
                                       std::to_string(verdict.supported));
  if (verdict.split_epilogue > 1)
    self.offences.add("split", title + ": split_epilogue is " +
                                   std::to_string(verdict.split_epilogue));
  if (verdict.supported && verdict.split_epilogue)
    self.offences.add("split-supported",
                      title + ": split_epilogue for a supported op");
  if (verdict.supported && verdict.reason)
    self.offences.add("reason-yes", title + ": supported, with a reason");
  if (!verdict.supported && !verdict.reason)
    self.offences.add("reason-no", title + ": refused without a reason");
  op.isSupported = verdict.supported == 1;
  op.splitEpilogue = verdict.split_epilogue == 1;
  if (verdict.reason) {
    op.reason = verdict.reason;
    if (!isUtf8(op.reason))
      self.offences.add("utf8", title + ": a reason that is not UTF-8");
    if (op.reason.empty())
      self.offences.add("reason-empty", title + ": an empty reason");
  }
}

gp_check_args Verdicts::args(gp_bytes image) {
  const gp_image_body body = gp_image_program_body(gp_image_root(image.data));
  const size_t count = gp_image_body_ops_count(body);
  ops.assign(count, {});
  isConstant.assign(count, false);
  for (size_t i = 0; i < count; ++i)
    isConstant[i] =
        gp_image_op_attributes_type(gp_image_body_ops_at(body, i)) ==
        gp_image_attributes_constant;
  gp_check_args made = {};
  made.struct_size = sizeof made;
  made.image = image;
  made.context = this;
  made.verdict = addVerdict;
  return made;
}

bool Verdicts::takesAll() const {
  return llvm::all_of(ops, [](const One &op) { return op.isSupported; });
}

bool Verdicts::refusesAny() const {
  for (size_t i = 0; i < ops.size(); ++i)
    if (!ops[i].isSupported && !isConstant[i])
      return true;
  return false;
}

//===----------------------------------------------------------------------===//
// compile, encode
//===----------------------------------------------------------------------===//

static Compiled &compiledOf(void *context) {
  return *static_cast<Compiled *>(context);
}

gp_status *Compiled::enter(const char *function) {
  if (failure)
    ++callsAfterFailure;
  const unsigned call = calls[function]++;
  if (failing.function != function || failing.call != call)
    return nullptr;
  gp_status *made = host->fail(failing.code, "the sink of the suite fails");
  failure = made;
  return made;
}

/// A copy; \p rule is broken by bytes that are not there.
static AlignedBytes copyOf(Offences &offences, const char *rule,
                           gp_bytes bytes) {
  if (bytes.size != 0 && !bytes.data) {
    offences.add(rule, std::to_string(bytes.size) + " bytes at NULL");
    return {};
  }
  return AlignedBytes(
      llvm::ArrayRef(static_cast<const uint8_t *>(bytes.data), bytes.size));
}

static gp_status *addBlob(void *context, gp_bytes blob) {
  Compiled &self = compiledOf(context);
  if (gp_status *failure = self.enter("blob"))
    return failure;
  if (++self.blobs > 1)
    self.offences.add("blob-once", "a second call of blob");
  self.blob = copyOf(self.offences, "blob-null", blob);
  return nullptr;
}

static gp_status *addSegment(void *context, gp_bytes segment) {
  Compiled &self = compiledOf(context);
  if (gp_status *failure = self.enter("segment"))
    return failure;
  self.made.push_back(copyOf(self.offences, "segment-null", segment));
  return nullptr;
}

static gp_status *keepSegment(void *context, uint32_t index) {
  Compiled &self = compiledOf(context);
  if (gp_status *failure = self.enter("keep_segment"))
    return failure;
  if (index >= self.segmentCount)
    self.offences.add("keep-index", "segment " + std::to_string(index) +
                                        " of " +
                                        std::to_string(self.segmentCount));
  else
    self.kept.push_back(index);
  return nullptr;
}

static gp_status *addResult(void *context, const gp_compile_result *given) {
  Compiled &self = compiledOf(context);
  if (gp_status *failure = self.enter("result"))
    return failure;
  gp_compile_result result;
  if (!self.offences.read("result", &result, given))
    return nullptr;
  if (++self.results > 1)
    self.offences.add("result-once", "a second call of result");
  self.requirement = textOf(self.offences, "requirement", result.requirement);
  if (result.workspace_bytes > GP_WORKSPACE_MAX)
    self.offences.add("workspace", std::to_string(result.workspace_bytes));
  self.workspaceBytes = result.workspace_bytes;
  return nullptr;
}

gp_compile_sink Compiled::sink() {
  gp_compile_sink made = {};
  made.struct_size = sizeof made;
  made.context = this;
  made.blob = addBlob;
  made.segment = addSegment;
  made.keep_segment = keepSegment;
  made.result = addResult;
  return made;
}

std::string Compiled::difference(const Compiled &other) const {
  if (!sameBytes(blob, other.blob))
    return "another blob";
  if (made.size() != other.made.size())
    return "another number of made segments";
  for (size_t i = 0; i < made.size(); ++i)
    if (!sameBytes(made[i], other.made[i]))
      return "another made segment " + std::to_string(i);
  if (kept != other.kept)
    return "other kept segments";
  if (requirement != other.requirement)
    return "the requirement '" + other.requirement + "' after '" + requirement +
           "'";
  if (workspaceBytes != other.workspaceBytes)
    return "a workspace of " + std::to_string(other.workspaceBytes) +
           " bytes after one of " + std::to_string(workspaceBytes);
  return {};
}

bool Compiled::equals(const Compiled &other) const {
  return difference(other).empty();
}

//===----------------------------------------------------------------------===//
// machine, schedule
//===----------------------------------------------------------------------===//

static gp_status *addBytes(void *context, gp_bytes bytes) {
  auto &self = *static_cast<GivenBytes *>(context);
  ++self.calls;
  if (self.fails) {
    gp_status *made = self.host->fail(GP_OUT_OF_MEMORY, "the sink fails");
    self.failure = made;
    return made;
  }
  if (self.calls > 1)
    self.offences.add("bytes-once", "a second call of bytes");
  self.bytes = copyOf(self.offences, "bytes-null", bytes);
  return nullptr;
}

gp_bytes_sink GivenBytes::sink() {
  gp_bytes_sink made = {};
  made.struct_size = sizeof made;
  made.context = this;
  made.bytes = addBytes;
  return made;
}

gp_status *GivenBytes::addSegment(void *context, gp_bytes segment) {
  auto &self = *static_cast<GivenBytes *>(context);
  if (self.segmentFails) {
    gp_status *made = self.host->fail(GP_OUT_OF_MEMORY, "the sink fails");
    self.failure = made;
    return made;
  }
  self.segments.push_back(copyOf(self.offences, "segment-null", segment));
  return nullptr;
}

bool GivenBytes::equals(const GivenBytes &other) const {
  if (!sameBytes(bytes, other.bytes) ||
      segments.size() != other.segments.size())
    return false;
  for (size_t i = 0; i < segments.size(); ++i)
    if (!sameBytes(segments[i], other.segments[i]))
      return false;
  return true;
}

} // namespace glowplug::conformance
