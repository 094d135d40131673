// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// One case, from its program to what hardware is given.

#include "core/conformance/rtl/RtlCase.h"

#include "core/conformance/rules/EncloseProgram.h"
#include "core/image/Types.h"
#include "core/support/FaultError.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/CRC.h"

#include <bitset>

namespace glowplug::conformance {

uint8_t poisonFor(llvm::ArrayRef<uint8_t> expected) {
  constexpr uint8_t first = 0xa5;
  std::bitset<256> held;
  for (const uint8_t byte : expected)
    held.set(byte);
  for (unsigned i = 0; i != 256; ++i)
    if (const auto byte = static_cast<uint8_t>(first + i); !held.test(byte))
      return byte;
  return first;
}

namespace {

class Maker {
public:
  Maker(const ProgramCase &programCase, uint64_t seed, AbiSession &session,
        const FloatPromise &floats)
      : programCase(programCase), session(session), floats(floats) {
    made.name = programCase.name;
    made.seed = seed;
    made.features = programCase.features;
  }

  llvm::Expected<std::variant<RtlCase, LeftOut>> make();

private:
  using Result = std::variant<RtlCase, LeftOut>;

  llvm::Error ask();
  void judgeReplay();
  llvm::Error addSignatures();
  void leaveOut(std::string reason, bool isFailure = false) {
    if (!leftOut)
      leftOut = LeftOut{std::move(reason), isFailure};
  }

  const ProgramCase &programCase;
  AbiSession &session;
  const FloatPromise &floats;
  RtlCase made;
  ProgramSample sample;
  std::optional<LeftOut> leftOut;
};

} // namespace

llvm::Error Maker::ask() {
  ReplayAskT question;
  question.image = sample.image;
  for (const AlignedBytes &segment : sample.segments)
    question.segments.emplace_back(std::make_unique<wire::BytesT>())->data =
        llvm::ArrayRef<uint8_t>(segment).vec();
  for (const Tensor &input : sample.inputs)
    question.inputs.emplace_back(std::make_unique<wire::BytesT>())->data =
        input.bytes().vec();
  const image::Body &body = *image::GetProgram(sample.image.data())->body();
  for (const uint32_t index : arrayOf(body.outputs())) {
    const image::Value &value = *body.values()->Get(index);
    llvm::Expected<Tensor> output =
        Tensor::uninitialized(fromImage(value.dtype()), arrayOf(value.shape()));
    if (!output)
      return output.takeError();
    question.output_bytes.push_back(output->byteCount());
  }
  llvm::Expected<ReplayAnswer> answer = session.replay(question);
  if (!answer)
    return answer.takeError();
  if (answer->replay) {
    made.replay = std::move(*answer->replay);
    return llvm::Error::success();
  }
  const AbiOutcome &why = answer->outcome;
  if (why.result == AbiResult::notApplicable)
    return makeFault(FaultKind::usage,
                     why.reason + ": it does not tell what a run is for its "
                                  "hardware (glowplug/replay.h)");
  std::string reason = abiResultName(why.result);
  if (!why.function.empty())
    reason += " in " + why.function;
  if (!why.reason.empty())
    reason += ": " + why.reason;
  if (!why.want.empty() || !why.got.empty())
    reason += ": want " + why.want + ", got " + why.got;
  leaveOut(std::move(reason), true);
  return llvm::Error::success();
}

void Maker::judgeReplay() {
  if (!made.replay.refusal.empty())
    return leaveOut("refused: " + made.replay.refusal);
  if (made.replay.commands.empty())
    return leaveOut("the program has no commands");
  if (made.replay.outputs.empty())
    return leaveOut("the program has no outputs");
  const auto op = programCase.features.find("op");
  if (op != programCase.features.end() && op->second == "NonMaxSuppression")
    return leaveOut("what lies after the last box is undefined");
  for (const auto &[index, output] : llvm::enumerate(made.replay.outputs))
    if (output->bytes == 0)
      return leaveOut("output " + std::to_string(index) +
                      " is empty: a signature of it says nothing");
}

llvm::Error Maker::addSignatures() {
  llvm::Expected<std::vector<Enclosure>> targets =
      encloseProgram(*image::GetProgram(sample.image.data()), sample.inputs,
                     sample.segmentBytes(), floats);
  if (!targets)
    return targets.takeError();
  for (auto [index, target] : llvm::enumerate(*targets)) {
    if (!target.isExact()) {
      leaveOut("output " + std::to_string(index) +
               " may lawfully have several values: a CRC cannot judge it");
      return llvm::Error::success();
    }
    Signature signature{std::move(*target.exact)};
    const llvm::ArrayRef<uint8_t> bytes = signature.expected.bytes();
    signature.address = made.replay.outputs[index]->address;
    signature.crc = llvm::crc32(bytes);
    signature.poison = poisonFor(bytes);
    made.signatures.push_back(std::move(signature));
  }
  return llvm::Error::success();
}

llvm::Expected<std::variant<RtlCase, LeftOut>> Maker::make() {
  Random random(made.seed);
  if (llvm::Error error = programCase.make(random).moveInto(sample))
    return std::move(error);
  if (llvm::Error error = ask())
    return std::move(error);
  if (!leftOut)
    judgeReplay();
  if (!leftOut)
    if (llvm::Error error = addSignatures())
      return std::move(error);
  if (leftOut)
    return Result(std::move(*leftOut));
  return Result(std::move(made));
}

llvm::Expected<std::variant<RtlCase, LeftOut>>
makeRtlCase(const ProgramCase &programCase, uint64_t seed, AbiSession &session,
            const FloatPromise &floats) {
  return Maker(programCase, seed, session, floats).make();
}

} // namespace glowplug::conformance
