// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Runs one case in this process and says what is wrong with it.

#pragma once

#include "core/conformance/graphs/Case.h"
#include "core/conformance/graphs/Judge.h"
#include "core/runtime/BackendSet.h"

#include <map>
#include <optional>

namespace glowplug::fuzz {

using namespace graphs; // the models

/// A way of compiling for the CPU.
struct Configuration {
  std::string name;
  std::vector<BackendOption> options;
};

/// Those that this machine runs; tiled kernels for the host come first. All
/// have \p extra options.
std::vector<Configuration>
configurations(llvm::ArrayRef<BackendOption> extra = {});

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
                 const std::string &path, std::optional<Truth> &truth);

  std::vector<Configuration> all;
  std::map<size_t, std::unique_ptr<BackendSet>> opened;
};

} // namespace glowplug::fuzz
