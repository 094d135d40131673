// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// The kernels of an instr program in the making.

#pragma once

#include "backends/npu-sim/compiler/instr/Arithmetic.h"

#include <functional>
#include <map>
#include <string>

namespace glowplug::npusim {

/// The type of an operand or result.
struct TileType {
  image::DType dtype;
  std::vector<std::int64_t> shape;
};

/// Kernels, each once: bodies of one op.
class Kernels {
public:
  /// All that tells kernels apart.
  using Key = std::vector<std::int64_t>;

  /// The number of the kernel of \p key, made of \p op if it is a new one.
  std::uint32_t number(const Key &key, const std::vector<TileType> &operands,
                       const TileType &result,
                       const std::function<image::AttributesUnion()> &op);

  /// The image that holds them; empty without any.
  std::vector<std::uint8_t> take();

private:
  std::map<Key, std::uint32_t> numbers;
  std::vector<std::unique_ptr<image::BodyT>> bodies;
};

/// Appends to \p key what tells \p arithmetic from others.
void addKey(Kernels::Key &key, const Arithmetic &arithmetic);

} // namespace glowplug::npusim
