// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Kernels of an instr program: the primitive ops that the NPU does on tiles.

#pragma once

#include "backends/npu-sim/compiler/instr/Arithmetic.h"
#include "backends/npu-sim/compiler/instr/Tile.h"

#include <array>
#include <map>
#include <optional>

namespace glowplug::npusim {

/// The type of an operand or result.
struct TileType {
  gp_image_dtype dtype = gp_image_dtype_none;
  std::vector<std::int64_t> shape;
  auto operator<=>(const TileType &) const = default;
};

/// A window along one dim.
struct WindowDim {
  std::int64_t size = 1, stride = 1, dilation = 1, low = 0, high = 0;
  auto operator<=>(const WindowDim &) const = default;
};

/// A kernel; what an op does not have is left as it is here. A conv has one
/// group, or one for each lane; a reduction is along dim 1 of three, a
/// transposition of the last two dims of four.
struct Kernel {
  gp_image_attributes op = gp_image_attributes_none;
  enum gp_image_reduce_kind kind = gp_image_reduce_kind_sum;
  std::array<WindowDim, 2> window; ///< over rows and columns
  std::int64_t groups = 1;
  std::int32_t inputZp = 0;
  std::vector<std::int32_t> weightZps;  ///< none, one, or one for each lane
  std::optional<Arithmetic> arithmetic; ///< of a map, or the epilogue
  std::vector<TileType> operands;
  TileType result;
  auto operator<=>(const Kernel &) const = default;
};

/// The kernels of a program in the making, each once.
class Kernels {
public:
  std::uint32_t numberOf(const Kernel &kernel);

  /// The image that holds them; empty without any.
  std::vector<std::uint8_t> write() const;

private:
  std::map<Kernel, std::uint32_t> numbers;
};

/// A kernel as an encoder reads it.
struct ReadKernel {
  std::string problem; ///< why no command does it; empty if one can
  Kernel kernel;
  /// The number of the region's parameter for each role; -1 if it has none.
  std::array<int, roleCount> parameters{};
};

/// Reads the one op of \p body, for arrays of \p lanes rows.
ReadKernel readKernel(gp_image_body body, std::int64_t lanes);

} // namespace glowplug::npusim
