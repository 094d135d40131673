// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Program images: verified, then run by the interpreter.

#include "tests/libfuzzer/Harness.h"

#include "core/image/Verify.h"
#include "tests/unit/image/RunOnZeros.h"

using namespace glowplug;

fuzz::Outcome fuzz::judge(llvm::ArrayRef<uint8_t> bytes) {
  if (llvm::Error error = verifyImage(bytes))
    return outcomeOf(std::move(error));
  const test::ZeroRun run = test::runOnZeros(*image::GetProgram(bytes.data()));
  if (!run.wrong.empty())
    defect(run.wrong);
  return "";
}
