// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Runs layers as written: what docs/reference/isa.md says of each command,
/// element by element, without tiles.

#pragma once

#include "backends/npu-sim/compiler/program/Program.h"

#include <cstdint>
#include <span>
#include <vector>

namespace glowplug::matchtest {

/// A dense row-major tensor: raw bytes as 0..255, words as they are.
using Numbers = std::vector<std::int32_t>;
using Segments = std::span<const std::vector<std::uint8_t>>;

/// Reads \p shape in steps of its own beside a larger one.
std::int64_t broadcastIndex(const npusim::Shape &shape,
                            const npusim::Shape &result, std::int64_t element);

/// The elements of \p bytes, which have the type and shape of \p value.
Numbers numbersOf(const npusim::Value &value,
                  std::span<const std::uint8_t> bytes);
std::vector<std::uint8_t> bytesOf(const npusim::Value &value,
                                  const Numbers &numbers);

/// Runs \p program, all of whose layers are legal: see expectLegal(). Inputs
/// and outputs are bytes in the image's order.
std::vector<std::vector<std::uint8_t>>
run(const npusim::Program &program,
    std::span<const std::vector<std::uint8_t>> inputs, Segments segments);

/// As run(), for a program with one layer whose sums before the stages are
/// \p sums, whatever the engine would have made.
std::vector<std::uint8_t>
runStages(const npusim::Program &program, const Numbers &sums,
          std::span<const std::vector<std::uint8_t>> inputs, Segments segments);

/// Fails the test where a stage of \p layer is no command of the machine.
void expectLegal(const npusim::Layer &layer, const npusim::Program &program);

} // namespace glowplug::matchtest
