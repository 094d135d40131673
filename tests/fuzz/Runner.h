// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Runs one case in this process and says what is wrong with it.

#pragma once

#include "core/driver/Compare.h"
#include "core/runtime/BackendSet.h"
#include "tests/fuzz/Case.h"
#include "tests/fuzz/Guard.h"

#include <map>
#include <optional>

namespace glowplug::fuzz {

/// A way of compiling for the CPU.
struct Configuration {
  std::string name;
  std::vector<BackendOption> options;
};

/// Those that this machine runs; tiled kernels for the host come first. All
/// have \p extra options.
std::vector<Configuration>
configurations(llvm::ArrayRef<BackendOption> extra = {});

/// What became of a case.
enum class Result : uint8_t {
  passed,
  decided,     ///< Passed only since floats next to a tie may decide otherwise.
  unsupported, ///< The importer does not take it, and says so.
  refused,     ///< The importer calls a valid model wrong.
  failed,      ///< Compiling or loading failed with an error.
  stopped,     ///< A run failed with an error.
  wrong,       ///< The numbers are not right.
  unstable,    ///< Two runs on the same inputs differ.
  overrun,     ///< Bytes beside an input or output were written.
  crashed,
  hung,
};
const char *nameOf(Result result);
std::optional<Result> resultNamed(const std::string &name);
/// Whether it is the fault of what is tested.
bool isFailure(Result result);

struct Outcome {
  Result result = Result::passed;
  std::string text; ///< What is wrong, with the configuration first.
};
/// As text in one piece, for a pipe.
std::string pack(const Outcome &outcome);
Outcome unpack(const std::string &text);

/// Compiles, runs and compares, with two configurations: the first, and another
/// one that the seed chooses. Works in a child process, which it may crash.
class Runner {
public:
  explicit Runner(std::vector<Configuration> configurations);

  Outcome run(const Case &which, uint64_t seed);

  /// What the interpreter makes of each value of the model that a node makes;
  /// nothing where it cannot.
  std::optional<std::map<std::string, Tensor>> intermediates(const Case &which);
  /// Its outputs. Fails where a value is infinite or NaN: what integers become
  /// of these, and what an extreme is among them, ONNX leaves open.
  llvm::Expected<ReferenceOutputs> expected(const Case &which);

private:
  std::string save(const Case &which) const;
  BackendSet &backends(size_t configuration);
  Outcome runOne(const Case &which, size_t configuration, unsigned threads,
                 const std::string &path,
                 std::optional<ReferenceOutputs> &reference);

  std::vector<Configuration> all;
  std::map<size_t, std::unique_ptr<BackendSet>> opened;
};

} // namespace glowplug::fuzz
