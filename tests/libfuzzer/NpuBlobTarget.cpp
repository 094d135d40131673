// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Blobs of the simulated NPU: as load() is given them, and once more with a
// seal that fits. Nothing in a blob is trusted, so what is loaded also runs.

#include "tests/libfuzzer/Harness.h"

#include "backends/npu-sim/runtime/Executable.h"

#include <glowplug/glue/seal.h>

using namespace glowplug;
using namespace glowplug::npusim;
using Bytes = std::span<const std::uint8_t>;

static constexpr std::uint64_t maxBytes = 1 << 20;
static constexpr const char *requirement = "any";

/// What the seal says of \p sealed: empty if it fits; \p blob is what follows.
static std::string openSeal(llvm::ArrayRef<uint8_t> sealed,
                            std::size_t segments, gp_bytes &blob) {
  static std::string refusal;
  gp_host host{};
  host.fail = [](const gp_host *, gp_status_code, const char *message) {
    refusal = message;
    return reinterpret_cast<gp_status *>(&refusal);
  };
  gp_load_args args{};
  args.blob = {sealed.data(), sealed.size()};
  args.requirement = requirement;
  args.segment_count = segments;
  return gp_open_sealed(&host, &args, "npu-sim", requirement, &blob) ? refusal
                                                                     : "";
}

/// Zeros for each of \p bindings; nothing if they are too many for a test.
static std::optional<std::vector<std::vector<std::uint8_t>>>
zerosFor(const std::vector<Binding> &bindings) {
  std::vector<std::vector<std::uint8_t>> result;
  std::uint64_t bytes = 0;
  for (const Binding &binding : bindings) {
    if (binding.bytes > maxBytes || (bytes += binding.bytes) > maxBytes)
      return std::nullopt;
    result.emplace_back(binding.bytes);
  }
  return result;
}

static void run(Executable &program) {
  auto inputs = zerosFor(program.blob().inputs);
  auto outputs = zerosFor(program.blob().outputs);
  if (!inputs || !outputs || program.workspaceBytes() > maxBytes)
    return;
  std::vector<std::uint8_t> workspace(program.workspaceBytes());
  const std::vector<Bytes> sources(inputs->begin(), inputs->end());
  std::vector<std::uint8_t *> targets;
  for (auto &output : *outputs)
    targets.push_back(output.data());
  const Arguments arguments{sources, targets, workspace.data()};
  if (program.check(arguments))
    fuzz::defect("refuses the arguments that its blob asks for");
  if (const auto fault = program.run(arguments))
    fuzz::defect("a program that was loaded does not run: " + fault->message);
}

static std::string loadAndRun(Bytes blob, std::span<const Bytes> segments) {
  auto program = Executable::load(blob, segments, npu::Config(),
                                  makeInProcessDevice(npu::Config()));
  if (!program)
    return program.message();
  run(**program);
  return "";
}

fuzz::Outcome fuzz::judge(llvm::ArrayRef<uint8_t> bytes) {
  static const std::vector<std::uint8_t> constants(1 << 14);
  static const Bytes given[] = {constants};
  gp_seal seal{};
  std::memcpy(&seal, bytes.data(), std::min(sizeof seal, bytes.size()));
  const std::size_t segments = seal.segments == 0 ? 0 : 1;
  gp_bytes blob{};
  std::string refusal = openSeal(bytes, segments, blob);
  const bool wasSealed = refusal.empty();
  const llvm::ArrayRef<uint8_t> inside =
      bytes.drop_front(std::min(sizeof seal, bytes.size()));
  std::string loaded = loadAndRun({inside.data(), inside.size()},
                                  std::span(given).first(segments));
  if (wasSealed)
    refusal = std::move(loaded);
  return refusal.empty() ? "" : "error: " + refusal;
}
