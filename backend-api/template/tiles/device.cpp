// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What the commands do, one after another.

#include "device.h"

#include <glowplug/image.h>

#include <cstring>

using namespace tiles;

bool tiles::readBlob(const void *data, std::size_t bytes, Blob &blob) {
  const auto *header = static_cast<const Header *>(data);
  if (bytes < sizeof *header || header->magic != blobMagic ||
      header->version != blobVersion)
    return false;
  blob.header = header;
  blob.commands = reinterpret_cast<const Command *>(header + 1);
  blob.inputs =
      reinterpret_cast<const Bound *>(blob.commands + header->commands);
  blob.outputs = blob.inputs + header->inputs;
  blob.constants = blob.outputs + header->outputs;
  blob.microOps =
      reinterpret_cast<const MicroOp *>(blob.constants + header->constants);
  const auto *end =
      reinterpret_cast<const uint8_t *>(blob.microOps + header->microOps);
  return end == static_cast<const uint8_t *>(data) + bytes;
}

float Device::read(const View &view, int64_t row, int64_t column) const {
  // A dim of size 1 repeats.
  row = view.rows == 1 ? 0 : row;
  column = view.columns == 1 ? 0 : column;
  float value;
  std::memcpy(&value,
              memories[view.space].data() + view.address + row * view.rowStep +
                  column * view.columnStep,
              sizeof value);
  return value;
}

void Device::write(const View &view, int64_t row, int64_t column, float value) {
  std::memcpy(memories[view.space].data() + view.address + row * view.rowStep +
                  column * view.columnStep,
              &value, sizeof value);
}

void Device::product(const Command &command) {
  const View &left = command.operands[0], &right = command.operands[1];
  for (int64_t row = 0; row < command.target.rows; ++row)
    for (int64_t column = 0; column < command.target.columns; ++column) {
      float sum = command.accumulate ? read(command.target, row, column) : 0;
      for (int64_t k = 0; k < left.columns; ++k)
        sum += read(left, row, k) * read(right, k, column);
      write(command.target, row, column, sum);
    }
}

static float evaluate(const MicroOp &micro, float a, float b) {
  switch (micro.op) {
  case gp_image_scalar_op_constant:
    return micro.constant;
  case gp_image_scalar_op_add:
    return a + b;
  case gp_image_scalar_op_sub:
    return a - b;
  case gp_image_scalar_op_mul:
    return a * b;
  case gp_image_scalar_op_min: // a NaN stays
    return a < b || a != a ? a : b;
  default:
    return a > b || a != a ? a : b;
  }
}

void Device::map(const Command &command, const MicroOp *microOps) {
  for (int64_t row = 0; row < command.target.rows; ++row)
    for (int64_t column = 0; column < command.target.columns; ++column) {
      float scalars[mostScalars] = {};
      std::size_t count = 0;
      for (; count < command.operandCount; ++count)
        scalars[count] = read(command.operands[count], row, column);
      for (uint32_t i = 0; i < command.microOpCount; ++i) {
        const MicroOp &micro = microOps[command.firstMicroOp + i];
        scalars[count++] = evaluate(micro, scalars[micro.a], scalars[micro.b]);
      }
      write(command.target, row, column, scalars[command.result]);
    }
}

void Device::execute(const Command &command, const MicroOp *microOps) {
  switch (command.opcode) {
  case Opcode::copy:
    for (int64_t row = 0; row < command.target.rows; ++row)
      for (int64_t column = 0; column < command.target.columns; ++column)
        write(command.target, row, column,
              read(command.operands[0], row, column));
    break;
  case Opcode::product:
    product(command);
    break;
  case Opcode::map:
    map(command, microOps);
    break;
  }
}
