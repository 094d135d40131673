// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// What cases of the optional groups share.

#pragma once

#include "core/conformance/abi/Objects.h"

namespace glowplug::conformance {

// A group of the plugin; each ends the case as not applicable without it.
const gp_instr_group &instrGroup(Probe &probe);
const gp_schedule_group &scheduleGroup(Probe &probe);
const gp_simulation_group &simulationGroup(Probe &probe);

/// The machine description; ends the case if the call fails.
GivenBytes machineOf(Probe &probe, const OpenBackend &backend);

/// The instr program for \p sample; ends the case if the call fails.
GivenBytes scheduleOf(Probe &probe, const OpenBackend &backend,
                      const Sample &sample);
/// As the call itself.
Status schedule(Probe &probe, const OpenBackend &backend, const Sample &sample,
                GivenBytes &into);

/// A call of encode() for \p program; refers to it.
struct EncodeCall {
  EncodeCall(const GivenBytes &program, ProbeHost &host);
  EncodeCall(const EncodeCall &) = delete;
  EncodeCall &operator=(const EncodeCall &) = delete;

  Compiled given;
  std::vector<gp_bytes> segments;
  gp_compile_sink sink;
  gp_encode_args args;
};

Compiled encode(Probe &probe, const OpenBackend &backend,
                const GivenBytes &program);

/// What last_run() gives, as it was given.
struct SimulationRecords {
  struct Layer {
    std::string name, bound;
    uint64_t begin = 0, end = 0, cycles = 0, macs = 0;
    uint64_t roofline = 0, dramBytes = 0;
    bool operator==(const Layer &) const = default;
  };
  struct Stall {
    std::string engine, cause;
    uint64_t cycles = 0;
    bool operator==(const Stall &) const = default;
  };
  struct Track {
    std::string name;
    uint32_t kind = 0;
    bool operator==(const Track &) const = default;
  };
  struct Span {
    uint32_t track = 0, layer = 0;
    std::string name;
    uint64_t start = 0, end = 0;
    bool operator==(const Span &) const = default;
  };
  struct Space {
    std::string name;
    uint64_t bytes = 0;
    bool operator==(const Space &) const = default;
  };
  struct Buffer {
    uint32_t space = 0, layer = 0;
    std::string name;
    uint64_t begin = 0, bytes = 0, first = 0, last = 0;
    bool operator==(const Buffer &) const = default;
  };

  std::vector<gp_sim_run> runs;
  std::vector<Layer> layers;
  std::vector<Stall> stalls;
  std::vector<Track> tracks;
  std::vector<Span> spans;
  std::vector<Space> spaces;
  std::vector<Buffer> buffers;
  Offences offences;

  gp_simulation_sink sink();
  /// Whether \p other says the same of the machine; the host's time aside.
  bool equals(const SimulationRecords &other) const;
};

/// Calls last_run(); ends the case if it fails.
SimulationRecords lastRun(Probe &probe, const LoadedProgram &program);

} // namespace glowplug::conformance
