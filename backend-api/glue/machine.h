/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/**
 * \file
 * Machine descriptions (schema/machine.fbs) from values. C++17.
 */
#ifndef GLOWPLUG_GLUE_MACHINE_H
#define GLOWPLUG_GLUE_MACHINE_H

#include <glowplug/glue/bytes.h>
#include <glowplug/image.h>
#include <glowplug/machine_writer.h>

#include <optional>

namespace glowplug::glue {

struct Space {
  std::string name;
  uint64_t bytes = 0;
  uint32_t alignment = 1, banks = 1;
  bool bindings = false;
};

struct Path {
  uint32_t source = 0, target = 0;
  uint64_t latencyCycles = 0;
  uint32_t bytesPerCycle = 1;
};

struct Port {
  std::vector<uint32_t> spaces;
  std::vector<uint8_t> dtypes; ///< gp_image_dtype
  uint32_t alignment = 1;
  int innermost = -1;
  std::vector<int64_t> multiples, limits, blocks;
};

/// A factor of a cost: one size of a port, in units.
struct Size {
  uint32_t port, dim;
  uint64_t unit = 1;
};

/// `constant` cycles, and `each` for the product of the sizes.
struct Cost {
  uint64_t constant, each;
  std::vector<Size> sizes;
};

struct Rule {
  gp_image_attributes op = gp_image_attributes_none;
  std::vector<Port> operands, results;
  std::optional<Port> rest;
  std::vector<uint8_t> scalarOps; ///< gp_image_scalar_op
  std::vector<Cost> costs;
  bool accumulate = false;
  uint32_t mostPad = 0, mostStride = 1, mostDilation = 1;
};

struct Engine {
  std::string name;
  uint32_t queueDepth = 0;
  std::vector<Path> paths;
  std::vector<uint32_t> fills;
  std::vector<Rule> rules;
};

struct Machine {
  std::string name;
  std::vector<Space> spaces;
  std::vector<Engine> engines;
};

/// Writes the parts of a machine.
class MachineWriter {
public:
  std::vector<uint8_t> write(const Machine &machine) {
    const std::vector<gp_ref> spaces = writeAll(machine.spaces),
                              engines = writeAll(machine.engines);
    gp_machine_machine_fields fields = gp_machine_machine_defaults();
    fields.container_version = GP_MACHINE_CONTAINER_VERSION;
    fields.name = writer.string(machine.name);
    set(fields.spaces, fields.spaces_count, spaces);
    set(fields.engines, fields.engines_count, engines);
    return copyOf(
        gp_machine_finish(writer, gp_machine_write_machine(writer, &fields)));
  }

private:
  template <typename T>
  std::vector<gp_ref> writeAll(const std::vector<T> &all) {
    std::vector<gp_ref> refs;
    for (const T &one : all)
      refs.push_back(writeOne(one));
    return refs;
  }

  gp_ref writeOne(const Space &space) {
    gp_machine_space_fields fields = gp_machine_space_defaults();
    fields.name = writer.string(space.name);
    fields.bytes = space.bytes;
    fields.alignment = space.alignment;
    fields.bindings = space.bindings;
    fields.banks = space.banks;
    return gp_machine_write_space(writer, &fields);
  }

  gp_ref writeOne(const Path &path) {
    gp_machine_path_fields fields = gp_machine_path_defaults();
    fields.source = path.source;
    fields.target = path.target;
    fields.latency_cycles = path.latencyCycles;
    fields.bytes_per_cycle = path.bytesPerCycle;
    return gp_machine_write_path(writer, &fields);
  }

  gp_ref writeOne(const Port &port) {
    gp_machine_port_fields fields = gp_machine_port_defaults();
    set(fields.spaces, fields.spaces_count, port.spaces);
    set(fields.dtypes, fields.dtypes_count, port.dtypes);
    set(fields.multiples, fields.multiples_count, port.multiples);
    set(fields.limits, fields.limits_count, port.limits);
    set(fields.blocks, fields.blocks_count, port.blocks);
    fields.alignment = port.alignment;
    fields.innermost = port.innermost;
    return gp_machine_write_port(writer, &fields);
  }

  gp_ref writeOne(const Size &size) {
    const gp_machine_factor_fields fields = {size.port, size.dim, size.unit};
    return gp_machine_write_factor(writer, &fields);
  }

  gp_ref writeOne(const Cost &cost) {
    const std::vector<gp_ref> factors = writeAll(cost.sizes);
    gp_machine_term_fields term = gp_machine_term_defaults();
    term.cycles = cost.constant;
    gp_ref terms[2] = {gp_machine_write_term(writer, &term), 0};
    term.cycles = cost.each;
    set(term.factors, term.factors_count, factors);
    terms[1] = gp_machine_write_term(writer, &term);
    gp_machine_cost_fields fields = gp_machine_cost_defaults();
    set(fields.terms, fields.terms_count, terms);
    return gp_machine_write_cost(writer, &fields);
  }

  gp_ref writeOne(const Rule &rule) {
    const std::vector<gp_ref> operands = writeAll(rule.operands),
                              results = writeAll(rule.results),
                              costs = writeAll(rule.costs);
    gp_machine_rule_fields fields = gp_machine_rule_defaults();
    fields.op = static_cast<uint8_t>(rule.op);
    set(fields.operands, fields.operands_count, operands);
    set(fields.results, fields.results_count, results);
    set(fields.costs, fields.costs_count, costs);
    set(fields.scalar_ops, fields.scalar_ops_count, rule.scalarOps);
    fields.rest = rule.rest ? writeOne(*rule.rest) : 0;
    fields.accumulate = rule.accumulate;
    fields.max_pad = rule.mostPad;
    fields.max_stride = rule.mostStride;
    fields.max_dilation = rule.mostDilation;
    return gp_machine_write_rule(writer, &fields);
  }

  gp_ref writeOne(const Engine &engine) {
    const std::vector<gp_ref> paths = writeAll(engine.paths),
                              rules = writeAll(engine.rules);
    gp_machine_engine_fields fields = gp_machine_engine_defaults();
    fields.name = writer.string(engine.name);
    fields.queue_depth = engine.queueDepth;
    set(fields.paths, fields.paths_count, paths);
    set(fields.fills, fields.fills_count, engine.fills);
    set(fields.rules, fields.rules_count, rules);
    return gp_machine_write_engine(writer, &fields);
  }

  Writer writer;
};

/// The description of \p machine. Equal values give equal bytes.
inline std::vector<uint8_t> writeMachine(const Machine &machine) {
  return MachineWriter().write(machine);
}

} // namespace glowplug::glue

#endif /* GLOWPLUG_GLUE_MACHINE_H */
