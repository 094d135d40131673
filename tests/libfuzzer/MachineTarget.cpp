// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Machine descriptions, .gpmd: verified, then a program is held against them.

#include "tests/libfuzzer/Harness.h"
#include "tests/libfuzzer/RunInstr.h"

#include "core/image/instr/Verify.h"
#include "core/support/Sha256.h"

using namespace glowplug;

/// The bytes of a program for the NPU that claims to be for \p machine.
static flatbuffers::DetachedBuffer programFor(llvm::ArrayRef<uint8_t> machine) {
  static const std::vector<uint8_t> original =
      fuzz::corpusFile("instr/good-conv");
  const std::unique_ptr<instr::ProgramT> program(
      instr::UnPackProgram(original.data()));
  const Sha256 hash = sha256(machine);
  program->machine_sha256.assign(hash.begin(), hash.end());
  flatbuffers::FlatBufferBuilder builder;
  builder.Finish(instr::Program::Pack(builder, program.get()),
                 instr::ProgramIdentifier());
  return builder.Release();
}

fuzz::Outcome fuzz::judge(llvm::ArrayRef<uint8_t> bytes) {
  if (llvm::Error error = verifyMachine(bytes))
    return outcomeOf(std::move(error));
  const flatbuffers::DetachedBuffer program = programFor(bytes);
  if (llvm::Error error = verifyInstr({program.data(), program.size()}, bytes))
    llvm::consumeError(std::move(error));
  else
    timeAndRun(*instr::GetProgram(program.data()),
               *machine::GetMachine(bytes.data()));
  return "";
}
