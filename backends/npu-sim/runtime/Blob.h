// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// The compiled form of a partition: commands, and what the device needs to
/// know to run and explain them. No pointers, no addresses.

#pragma once

#include "simulator/isa/Program.h"

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace glowplug::npusim {

/// What the base registers of a program point to.
enum Base : std::uint8_t {
  constantsBase = 0, ///< the segment that the compiler made
  workspaceBase = 1, ///< tensors between layers
  inputsBase = 2,    ///< all inputs, at the offsets of Blob.inputs
  outputsBase = 3,   ///< all outputs, likewise
};

/// Where an input or output, dense and row-major, lies from its base register.
struct Binding {
  std::uint64_t offset = 0, bytes = 0;
  friend bool operator==(const Binding &, const Binding &) = default;
};

/// A layer as reports show it. Commands carry its number.
struct LayerInfo {
  std::string name;
  std::uint64_t macs = 0;      ///< of the model's op
  std::uint64_t dramBytes = 0; ///< least traffic: operands and results, once
  friend bool operator==(const LayerInfo &, const LayerInfo &) = default;
};

/// A use of the scratchpad, for the memory map of a report.
struct BufferInfo {
  std::string name; ///< for instance "input of conv1, 0"
  std::uint32_t layer = 0;
  std::uint32_t begin = 0, bytes = 0; ///< in the scratchpad
  friend bool operator==(const BufferInfo &, const BufferInfo &) = default;
};

struct Blob {
  npu::Program program;
  std::vector<Binding> inputs, outputs;
  std::vector<LayerInfo> layers;
  std::vector<BufferInfo> buffers;
};

/// The bytes of \p blob for machines of \p config. Equal blobs give equal
/// bytes.
std::vector<std::uint8_t> writeBlob(const Blob &blob,
                                    const npu::Config &config);

/// Reads and checks all of it; nothing in \p bytes is trusted. A fault names
/// the field, or the command and its field.
npu::Result<Blob> readBlob(std::span<const std::uint8_t> bytes,
                           const npu::Config &config);

} // namespace glowplug::npusim
