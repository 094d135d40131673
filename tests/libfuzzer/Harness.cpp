// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The entry point that libFuzzer calls, and the options of the sanitizers.

#include "tests/libfuzzer/Harness.h"

#include "core/support/FaultError.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/raw_ostream.h"

#include <cstdio>
#include <cstdlib>

using namespace glowplug;

fuzz::Outcome fuzz::outcomeOf(llvm::Error error) {
  Outcome outcome;
  llvm::handleAllErrors(
      std::move(error),
      [&](const FaultError &fault) {
        outcome = std::string(faultKindName(fault.kind())) + ": " +
                  fault.fault().message;
      },
      [&](const llvm::ErrorInfoBase &other) {
        outcome = "error: " + other.message();
      });
  return outcome;
}

fuzz::ExactBytes::ExactBytes(llvm::ArrayRef<uint8_t> from)
    : count(from.size()) {
  // Not aligned_alloc, which takes multiples of the alignment only.
  if (posix_memalign(&memory, 64, std::max<size_t>(count, 1)) != 0)
    defect("no memory for the input");
  llvm::copy(from, data());
}

fuzz::ExactBytes::~ExactBytes() { std::free(memory); }

void fuzz::defect(const llvm::Twine &what) {
  llvm::errs() << "DEFECT: " << what << "\n";
  std::abort();
}

std::vector<uint8_t> fuzz::corpusFile(llvm::StringRef name) {
  const std::string path = (GLOWPLUG_FUZZ_CORPUS "/" + name).str();
  auto file = llvm::MemoryBuffer::getFile(path, /*IsText=*/false,
                                          /*RequiresNullTerminator=*/false);
  if (!file)
    defect("cannot read '" + path + "': " + file.getError().message());
  return {(*file)->getBufferStart(), (*file)->getBufferEnd()};
}

/// Debian's MLIR and LLVM are not instrumented: they take memory that LLVM's
/// inline allocators have poisoned. Memory that is refused is an error of ours,
/// not a finding.
extern "C" const char *__asan_default_options() { // NOLINT
  return "allow_user_poisoning=0:allocator_may_return_null=1";
}
extern "C" const char *__ubsan_default_options() { // NOLINT
  return "print_stacktrace=1";
}

/// With GLOWPLUG_FUZZ_OUTCOMES in the environment it prints one line per input;
/// run.py reads them.
// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer's name
extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static const bool isWordy = std::getenv("GLOWPLUG_FUZZ_OUTCOMES") != nullptr;
  const fuzz::ExactBytes copy({data, size});
  const fuzz::Outcome outcome = fuzz::judge(copy);
  if (isWordy) {
    std::string line = "outcome: ";
    llvm::raw_string_ostream(line).write_escaped(outcome.empty() ? "accepted"
                                                                 : outcome);
    std::fprintf(stderr, "%s\n", line.c_str());
  }
  return 0;
}
