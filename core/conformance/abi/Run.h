// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Runs of a loaded program between pages that cannot be touched.

#pragma once

#include "core/conformance/abi/Objects.h"
#include "core/isolation/Buffers.h"

#include <memory>

namespace glowplug::conformance {

struct RunSettings {
  uint32_t seed = 1;               ///< of the inputs
  uint8_t outputPattern = 0xa5;    ///< in outputs before the run
  uint8_t workspacePattern = 0x5a; ///< in the workspace
};

/// Contents of all outputs, in order.
using Outputs = std::vector<std::vector<uint8_t>>;

/// The tensors of one run. Inputs cannot be written; each buffer ends where a
/// page ends that cannot be touched.
class RunBuffers {
public:
  RunBuffers(const Sample &sample, uint64_t workspaceBytes,
             const RunSettings &settings);

  /// Arguments that refer to this.
  gp_run_args args() const;
  /// After the run: ends the case if something around a buffer was written, or
  /// an input is not what it was.
  void expectIntact();
  Outputs outputs() const;
  bool outputsAreUntouched() const;

private:
  const Sample &sample;
  RunSettings settings;
  std::unique_ptr<isolation::HostBuffers> host;
  std::unique_ptr<isolation::WorkerBuffers> worker;
  std::vector<isolation::wire::Range> inputRanges, outputRanges;
  std::vector<gp_bytes> inputs;
  std::vector<void *> outputPlaces;
};

/// Runs \p program once on inputs of \p settings, with all checks; ends the
/// case if it fails.
Outputs runOnce(Probe &probe, const LoadedProgram &program,
                const Sample &sample, const RunSettings &settings = {});

/// Compiles, loads and runs, in one backend.
Outputs runFresh(Probe &probe, const Sample &sample,
                 const RunSettings &settings = {});

/// Ends the case unless both are alike.
void expectSame(const Outputs &want, const Outputs &got,
                const std::string &what);

} // namespace glowplug::conformance
