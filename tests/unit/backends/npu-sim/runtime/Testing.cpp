// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Partitions written by hand.

#include "tests/unit/backends/npu-sim/runtime/Testing.h"

#include "simulator/isa/Assembly.h"
#include "tests/unit/simulator/support/Gemm.h"

#include <gtest/gtest.h>

namespace glowplug::npusim::test {

Blob blobOf(std::string_view assembly, std::array<std::int64_t, 4> extents,
            int layers) {
  Blob blob;
  auto program = npu::assemble(assembly);
  if (!program) {
    ADD_FAILURE() << program.message();
    return blob;
  }
  blob.program = std::move(*program);
  std::copy(extents.begin(), extents.end(), blob.program.extents.begin());
  blob.inputs = {{0, static_cast<std::uint64_t>(extents[inputsBase])}};
  blob.outputs = {{0, static_cast<std::uint64_t>(extents[outputsBase])}};
  for (int i = 0; i < layers; ++i)
    blob.layers.push_back({"layer " + std::to_string(i), 0, 0});
  return blob;
}

Blob gemmBlob(int m, int n, int k, int panel, const npu::Config &config) {
  const npu::test::Gemm gemm{m, n, k, panel};
  Blob blob = blobOf(
      "", {gemm.bBytes(config), 0, gemm.aBytes(config), gemm.cBytes(config)});
  for (npu::Command command : npu::test::gemmProgram(gemm, config)) {
    if (auto *load = std::get_if<npu::Load>(&command))
      load->dramBase = load->dramBase == 0 ? inputsBase : constantsBase;
    if (auto *store = std::get_if<npu::Store>(&command))
      store->dramBase = outputsBase;
    blob.program.commands.push_back(npu::encodeCommand(command));
  }
  blob.layers[0].macs = std::uint64_t(m) * std::uint64_t(n) * std::uint64_t(k);
  return blob;
}

npu::Result<std::unique_ptr<Executable>>
load(const Blob &blob, std::span<const std::uint8_t> constants,
     const npu::Config &config) {
  const std::vector<std::span<const std::uint8_t>> segments(
      constants.empty() ? 0 : 1, constants);
  return Executable::load(writeBlob(blob, config), segments, config,
                          makeInProcessDevice(config));
}

std::string loadError(const Blob &blob, std::span<const std::uint8_t> constants,
                      const npu::Config &config) {
  const auto loaded = load(blob, constants, config);
  return loaded ? "" : loaded.message();
}

std::vector<npu::Command> commandsOf(const Blob &blob) {
  std::vector<npu::Command> commands;
  for (const npu::Encoded &code : blob.program.commands)
    commands.push_back(*npu::decodeCommand(code));
  return commands;
}

} // namespace glowplug::npusim::test
