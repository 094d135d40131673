// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The machine: one scratchpad, a loader, a storer, a matrix array and a vector
// unit, which run side by side.
#pragma once

#include <cstdint>
#include <vector>

namespace tiles {

enum Space : uint32_t { dram, scratchpad, spaceCount };
enum EngineId : uint32_t { loader, storer, array, vectorUnit };

/// Most rows and columns of a tile.
constexpr int64_t tileSize = 16;
constexpr uint64_t dramBytes = uint64_t(1) << 32;
constexpr uint64_t scratchpadBytes = 64 << 10;
constexpr uint32_t alignment = 64;

/// What the vector unit takes: operands of a map, and scalars of its region.
constexpr std::size_t mostOperands = 4, mostScalars = 32;
/// Whether the vector unit has the scalar operation \p op, a
/// gp_image_scalar_op.
bool hasScalarOp(int op);

/// The description that the host verifies and times programs by.
std::vector<uint8_t> describeMachine();

} // namespace tiles
