// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The device: its commands, and a functional model of it. A driver of hardware
// would stand here.
#pragma once

#include "machine.h"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace tiles {

/// A matrix of f32: where element (0, 0) is, and the bytes between rows and
/// between columns.
struct View {
  uint32_t space, reserved;
  int64_t address;
  int64_t rows, columns, rowStep, columnStep;
};

/// One scalar operation of the vector unit, on scalars defined before.
struct MicroOp {
  uint32_t op; ///< gp_image_scalar_op
  uint16_t a, b;
  float constant;
};

enum class Opcode : uint32_t { copy, product, map };

struct Command {
  Opcode opcode;
  uint32_t accumulate;
  uint32_t firstMicroOp, microOpCount, result; ///< of a map
  uint32_t operandCount;
  View target, operands[mostOperands];
};

/// Bytes of DRAM: of an input, an output, or a constant of `segment`.
struct Bound {
  uint64_t address, bytes;
  uint64_t segment, offset;
};

/// A blob is this and then its arrays, in this order.
struct Header {
  uint32_t magic, version;
  uint64_t commands, microOps, inputs, outputs, constants; ///< counts
  uint64_t dramBytes;
};
constexpr uint32_t blobMagic = 0x53454c54, blobVersion = 1;

/// A program as load() finds it in a blob.
struct Blob {
  const Header *header;
  const Command *commands;
  const MicroOp *microOps;
  const Bound *inputs, *outputs, *constants;
};

/// Finds the arrays of \p data. False if it is not such a blob.
bool readBlob(const void *data, std::size_t bytes, Blob &blob);

/// The memories of a device, and what it does with a command.
class Device {
public:
  explicit Device(uint64_t dramSize)
      : memories{std::vector<uint8_t>(dramSize),
                 std::vector<uint8_t>(scratchpadBytes)} {}

  uint8_t *dramAt(uint64_t address) { return memories[dram].data() + address; }
  void execute(const Command &command, const MicroOp *microOps);

private:
  float read(const View &view, int64_t row, int64_t column) const;
  void write(const View &view, int64_t row, int64_t column, float value);
  void product(const Command &command);
  void map(const Command &command, const MicroOp *microOps);

  std::vector<uint8_t> memories[spaceCount];
};

} // namespace tiles
