// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A loaded partition: its memory, and its run.

#include "backends/npu-sim/runtime/Executable.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>

namespace glowplug::npusim {

npu::Result<std::unique_ptr<Executable>>
Executable::load(std::span<const std::uint8_t> blob,
                 std::span<const std::span<const std::uint8_t>> segments,
                 const npu::Config &config, std::unique_ptr<Device> device) {
  auto read = readBlob(blob, config);
  if (!read)
    return read.fault();
  const npu::Program &program = read->program;
  const auto needed =
      static_cast<std::uint64_t>(program.extents[constantsBase]);
  const std::uint64_t given = segments.empty() ? 0 : segments[0].size();
  const std::size_t count = needed != 0 ? 1 : 0;
  if (segments.size() != count)
    return npu::Fault{
        fmt::format("segments: needs {}, but got {}", count, segments.size())};
  if (given < needed)
    return npu::Fault{
        fmt::format("segment 0: needs {} bytes, but has {}", needed, given)};
  std::unique_ptr<Executable> result(new Executable);
  result->places = placeProgram(program.extents);
  auto times = device->load(program, result->places);
  if (!times)
    return times.fault();
  result->content = std::move(*read);
  result->machine = config;
  result->device = std::move(device);
  result->times = std::move(*times);
  if (needed != 0)
    result->constantBytes = segments[0].first(needed);
  return result;
}

std::optional<npu::Fault> Executable::checkInputs(
    std::span<const std::span<const std::uint8_t>> inputs) const {
  if (inputs.size() != content.inputs.size())
    return npu::Fault{fmt::format("needs {} inputs, but got {}",
                                  content.inputs.size(), inputs.size())};
  for (std::size_t i = 0; i < inputs.size(); ++i)
    if (inputs[i].size() != content.inputs[i].bytes)
      return npu::Fault{fmt::format("input {}: needs {} bytes, but has {}", i,
                                    content.inputs[i].bytes, inputs[i].size())};
  return std::nullopt;
}

std::optional<npu::Fault> Executable::check(const Arguments &given) const {
  if (given.inputs.size() != content.inputs.size() ||
      given.outputs.size() != content.outputs.size())
    return npu::Fault{
        fmt::format("needs {} inputs and {} outputs, but got {} and {}",
                    content.inputs.size(), content.outputs.size(),
                    given.inputs.size(), given.outputs.size())};
  if (auto fault = checkInputs(given.inputs))
    return fault;
  if (workspaceBytes() != 0 && !given.workspace)
    return npu::Fault{fmt::format("needs a workspace of {} bytes, but got none",
                                  workspaceBytes())};
  return std::nullopt;
}

std::optional<npu::Fault> Executable::run(const Arguments &arguments) {
  const auto start = std::chrono::steady_clock::now();
  const npu::Extents &extents = content.program.extents;
  inputArena.resize(static_cast<std::size_t>(extents[inputsBase]));
  outputArena.resize(static_cast<std::size_t>(extents[outputsBase]));
  for (std::size_t i = 0; i < content.inputs.size(); ++i)
    std::copy(arguments.inputs[i].begin(), arguments.inputs[i].end(),
              inputArena.begin() +
                  static_cast<std::ptrdiff_t>(content.inputs[i].offset));

  Memory memory;
  // readBlob() has refused programs that write constants.
  memory[constantsBase] = {const_cast<std::uint8_t *>(constantBytes.data()),
                           constantBytes.size()};
  memory[workspaceBase] = {arguments.workspace, workspaceBytes()};
  memory[inputsBase] = inputArena;
  memory[outputsBase] = outputArena;
  if (auto fault = device->run(memory))
    return fault;

  for (std::size_t i = 0; i < content.outputs.size(); ++i) {
    const Binding &binding = content.outputs[i];
    std::copy_n(outputArena.begin() +
                    static_cast<std::ptrdiff_t>(binding.offset),
                binding.bytes, arguments.outputs[i]);
  }
  const auto passed = std::chrono::steady_clock::now() - start;
  lastHostNs = static_cast<std::uint64_t>(
      std::chrono::duration_cast<std::chrono::nanoseconds>(passed).count());
  return std::nullopt;
}

} // namespace glowplug::npusim
