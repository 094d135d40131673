// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The machine description: what a host has to know to verify and time programs.

#include "machine.h"

#include <glowplug/glue/machine.h>

#include <algorithm>

using namespace glowplug::glue;

namespace {

const std::vector<uint8_t> scalarOps = {
    gp_image_scalar_op_constant, gp_image_scalar_op_add, gp_image_scalar_op_sub,
    gp_image_scalar_op_mul,      gp_image_scalar_op_min, gp_image_scalar_op_max,
};

Engine makeTransfer(const char *name, uint32_t source, uint32_t target) {
  Engine engine;
  engine.name = name;
  engine.queueDepth = 4;
  engine.paths = {{source, target, /*latencyCycles=*/100,
                   /*bytesPerCycle=*/16}};
  return engine;
}

/// A matrix of f32 in the scratchpad.
Port makePort() {
  Port port;
  port.spaces = {tiles::scratchpad};
  port.dtypes = {gp_image_dtype_f32};
  port.innermost = 1;
  port.limits = {tiles::tileSize, tiles::tileSize};
  return port;
}

} // namespace

bool tiles::hasScalarOp(int op) {
  return std::find(scalarOps.begin(), scalarOps.end(), op) != scalarOps.end();
}

std::vector<uint8_t> tiles::describeMachine() {
  Rule product;
  product.op = gp_image_attributes_mat_mul;
  product.operands = {makePort(), makePort()};
  product.results = {makePort()};
  product.accumulate = true;
  // A row of the left matrix enters per cycle, after the weights are loaded.
  product.costs = {{2 * tileSize, 1, {{/*port=*/0, /*dim=*/0, /*unit=*/1}}}};

  Rule elementwise;
  elementwise.op = gp_image_attributes_map;
  elementwise.operands = {makePort()};
  elementwise.rest = makePort();
  elementwise.results = {makePort()};
  elementwise.scalarOps = scalarOps;
  // A row of the result leaves per cycle. The ports are the listed operand and
  // the result.
  elementwise.costs = {{8, 1, {{/*port=*/1, /*dim=*/0, /*unit=*/1}}}};

  Machine machine;
  machine.name = "tiles";
  machine.spaces = {{"dram", dramBytes, alignment, 1, /*bindings=*/true},
                    {"scratchpad", scratchpadBytes, alignment, 1, false}};
  machine.engines.push_back(makeTransfer("loader", dram, scratchpad));
  machine.engines.push_back(makeTransfer("storer", scratchpad, dram));
  Engine matrix;
  matrix.name = "array";
  matrix.queueDepth = 4;
  matrix.rules = {product};
  machine.engines.push_back(matrix);
  Engine vector;
  vector.name = "vector";
  vector.queueDepth = 4;
  vector.rules = {elementwise};
  machine.engines.push_back(vector);
  return writeMachine(machine);
}
