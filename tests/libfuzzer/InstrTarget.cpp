// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Instr programs, .gpin, for one machine: verified, printed, timed and run.

#include "tests/libfuzzer/Harness.h"
#include "tests/libfuzzer/RunInstr.h"

#include "core/image/instr/Reader.h"
#include "core/image/instr/Verify.h"

using namespace glowplug;

fuzz::Outcome fuzz::judge(llvm::ArrayRef<uint8_t> bytes) {
  static const std::vector<uint8_t> machine =
      corpusFile("machine/good-npu-sim");
  if (llvm::Error error = verifyInstr(bytes, machine))
    return outcomeOf(std::move(error));
  if (instrText(bytes, machine).empty())
    defect("a program without a text");
  timeAndRun(*instr::GetProgram(bytes.data()),
             *machine::GetMachine(machine.data()));
  return "";
}
