// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Compiled models, .gpx: as they come, and once more with hashes that fit,
// since whoever can change the file can change these.

#include "tests/libfuzzer/Harness.h"

#include "core/runtime/AlignedBytes.h"
#include "tests/unit/runtime/Tampered.h"

using namespace glowplug;

fuzz::Outcome fuzz::judge(llvm::ArrayRef<uint8_t> bytes) {
  auto file = std::make_shared<AlignedBytes>(bytes);
  llvm::Error error = test::loadAndRun(file);
  if (error) {
    test::repairHashes(*file);
    llvm::consumeError(test::loadAndRun(file));
  }
  return outcomeOf(std::move(error));
}
