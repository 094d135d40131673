/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* The machine description: what a host has to know to verify and time
 * programs. */
#include "machine.h"

#include <glowplug/image.h>
#include <glowplug/machine_writer.h>

static const uint8_t scalar_ops[] = {
    gp_image_scalar_op_constant, gp_image_scalar_op_add, gp_image_scalar_op_sub,
    gp_image_scalar_op_mul,      gp_image_scalar_op_min, gp_image_scalar_op_max,
};

uint64_t space_bytes(uint32_t space) {
  return space == dram ? (uint64_t)1 << 32 : (uint64_t)64 << 10;
}

int has_scalar_op(int op) {
  size_t i;
  for (i = 0; i < sizeof scalar_ops; ++i)
    if (scalar_ops[i] == op)
      return 1;
  return 0;
}

static gp_ref write_space(gp_writer *w, const char *name, uint32_t space) {
  gp_machine_space_fields fields = gp_machine_space_defaults();
  fields.name = gp_writer_string(w, name);
  fields.bytes = space_bytes(space);
  fields.alignment = place_alignment;
  fields.bindings = space == dram;
  return gp_machine_write_space(w, &fields);
}

/* A matrix of f32 in the scratchpad. */
static gp_ref write_port(gp_writer *w) {
  static const uint32_t spaces[] = {scratchpad};
  static const uint8_t dtypes[] = {gp_image_dtype_f32};
  static const int64_t limits[] = {tile_size, tile_size};
  gp_machine_port_fields fields = gp_machine_port_defaults();
  fields.spaces = spaces;
  fields.spaces_count = 1;
  fields.dtypes = dtypes;
  fields.dtypes_count = 1;
  fields.limits = limits;
  fields.limits_count = 2;
  fields.innermost = 1;
  return gp_machine_write_port(w, &fields);
}

/* `constant` cycles, and one for each row of a port. */
static gp_ref write_cost(gp_writer *w, uint64_t constant, uint32_t port) {
  gp_machine_factor_fields rows = gp_machine_factor_defaults();
  gp_machine_term_fields term = gp_machine_term_defaults();
  gp_machine_cost_fields cost = gp_machine_cost_defaults();
  gp_ref factors[1], terms[2];
  rows.port = port;
  factors[0] = gp_machine_write_factor(w, &rows);
  term.cycles = constant;
  terms[0] = gp_machine_write_term(w, &term);
  term.cycles = 1;
  term.factors = factors;
  term.factors_count = 1;
  terms[1] = gp_machine_write_term(w, &term);
  cost.terms = terms;
  cost.terms_count = 2;
  return gp_machine_write_cost(w, &cost);
}

static gp_ref write_transfers(gp_writer *w, const char *name, uint32_t source,
                              uint32_t target) {
  gp_machine_path_fields path = gp_machine_path_defaults();
  gp_machine_engine_fields fields = gp_machine_engine_defaults();
  gp_ref paths[1];
  path.source = source;
  path.target = target;
  path.latency_cycles = 100;
  path.bytes_per_cycle = 16;
  paths[0] = gp_machine_write_path(w, &path);
  fields.name = gp_writer_string(w, name);
  fields.queue_depth = 4;
  fields.paths = paths;
  fields.paths_count = 1;
  return gp_machine_write_engine(w, &fields);
}

static gp_ref write_unit(gp_writer *w, const char *name,
                         gp_machine_rule_fields *rule) {
  gp_machine_engine_fields fields = gp_machine_engine_defaults();
  const gp_ref rules[] = {gp_machine_write_rule(w, rule)};
  fields.name = gp_writer_string(w, name);
  fields.queue_depth = 4;
  fields.rules = rules;
  fields.rules_count = 1;
  return gp_machine_write_engine(w, &fields);
}

gp_bytes describe_machine(gp_writer *w) {
  gp_machine_machine_fields machine = gp_machine_machine_defaults();
  gp_machine_rule_fields product = gp_machine_rule_defaults();
  gp_machine_rule_fields map = gp_machine_rule_defaults();
  gp_ref spaces[space_count], engines[engine_count];
  const gp_ref port = write_port(w);
  const gp_ref ports[] = {port, port}; /* one table, referred to twice */
  /* A row of the left matrix enters per cycle, after the weights are loaded. */
  const gp_ref product_cost[] = {write_cost(w, 2 * tile_size, 0)};
  /* A row of the result leaves per cycle. The ports of a map are the listed
   * operand and the result. */
  const gp_ref map_cost[] = {write_cost(w, 8, 1)};
  spaces[dram] = write_space(w, "dram", dram);
  spaces[scratchpad] = write_space(w, "scratchpad", scratchpad);
  product.op = gp_image_attributes_mat_mul;
  product.operands = ports;
  product.operands_count = 2;
  product.results = ports;
  product.results_count = 1;
  product.accumulate = 1;
  product.costs = product_cost;
  product.costs_count = 1;
  map.op = gp_image_attributes_map;
  map.operands = ports;
  map.operands_count = 1;
  map.rest = port;
  map.results = ports;
  map.results_count = 1;
  map.scalar_ops = scalar_ops;
  map.scalar_ops_count = sizeof scalar_ops;
  map.costs = map_cost;
  map.costs_count = 1;
  engines[loader] = write_transfers(w, "loader", dram, scratchpad);
  engines[storer] = write_transfers(w, "storer", scratchpad, dram);
  engines[array] = write_unit(w, "array", &product);
  engines[vector_unit] = write_unit(w, "vector", &map);
  machine.container_version = GP_MACHINE_CONTAINER_VERSION;
  machine.name = gp_writer_string(w, "tiles");
  machine.spaces = spaces;
  machine.spaces_count = space_count;
  machine.engines = engines;
  machine.engines_count = engine_count;
  return gp_machine_finish(w, gp_machine_write_machine(w, &machine));
}
