// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Writes the machine description.

#include "backends/npu-sim/compiler/instr/Machine.h"

#include "backends/npu-sim/compiler/instr/Memory.h"
#include "backends/npu-sim/compiler/instr/WriteRegion.h"

#include "hw/spec/Isa.h"

#include <glowplug/machine_writer.h>

#include <initializer_list>
#include <optional>
#include <string>

namespace glowplug::npusim {
namespace {

using Longs = std::vector<std::int64_t>;
using Numbers = std::vector<std::uint8_t>;

constexpr std::int64_t mostPixels = 4095, mostKernel = 63, mostBlocks = 4095,
                       mostRows = 65535;

const Numbers bytes = {gp_image_dtype_i8, gp_image_dtype_u8};
const Numbers words = {gp_image_dtype_i32};
const Numbers anything = {gp_image_dtype_i8, gp_image_dtype_u8,
                          gp_image_dtype_i32};

/// What an engine demands of an operand or result.
struct Port {
  std::vector<std::uint32_t> spaces;
  Numbers dtypes;
  std::int64_t alignment = 1;
  int innermost = -1;
  Longs multiples, limits, blocks;
};

/// A factor of a cost.
struct Size {
  std::uint32_t port, dim;
  std::uint64_t unit = 1;
};

/// The larger of several costs is that of a rule: `constant` cycles, and `each`
/// for the product of the sizes.
struct Cost {
  std::uint64_t constant, each;
  std::vector<Size> sizes;
};

struct Rule {
  gp_image_attributes op = gp_image_attributes_none;
  std::vector<Port> operands, results;
  std::optional<Port> rest;
  bool accumulate = false, hasRegion = false;
  std::uint32_t mostPad = 0, mostStride = 1, mostDilation = 1;
  std::vector<Cost> costs;
};

class MachineWriter {
public:
  explicit MachineWriter(const npu::Config &config)
      : config(config), map(config), lanes(config.arrayRows) {}

  std::vector<std::uint8_t> write();

private:
  void addSpace(const char *name, std::uint32_t space, std::int64_t alignment,
                std::int64_t banks);
  gp_ref path(std::uint32_t from, std::uint32_t to);
  gp_ref write(const Port &port);
  gp_ref write(const Cost &cost);
  gp_ref write(const Rule &rule);
  void addEngine(const char *name, const std::vector<gp_ref> &paths,
                 const std::vector<std::uint32_t> &fills,
                 const std::vector<Rule> &rules);
  void addDma(const char *name, bool loads);
  Port port(std::vector<std::uint32_t> spaces, const Numbers &dtypes,
            int innermost) const;
  /// A port of either part of the scratchpad.
  Port local(const Numbers &dtypes, int innermost) const {
    return port({scratchpadSpace, parameterSpace}, dtypes, innermost);
  }
  Port sums(int innermost) const;

  Rule matrixRule() const;
  void addMapRules(std::vector<Rule> &rules) const;
  void addReduceRules(std::vector<Rule> &rules) const;
  void addWindowRules(std::vector<Rule> &rules) const;
  Rule transposeRule() const;
  /// Adds \p rule for results of bytes or words and for sums, with any number
  /// of further operands \p extra.
  void addVariants(std::vector<Rule> &rules, const Rule &rule,
                   const Port &extra, const Longs &limits, int innermost) const;

  const npu::Config &config;
  MemoryMap map;
  std::int64_t lanes;
  Bytes made;
  gp_writer &writer = made.writer;
  std::vector<gp_ref> spaces, engines;
};

} // namespace

template <typename List, typename Data>
static void set(const List &from, Data *&data, std::size_t &count) {
  data = from.data();
  count = from.size();
}

void MachineWriter::addSpace(const char *name, std::uint32_t space,
                             std::int64_t alignment, std::int64_t banks) {
  gp_machine_space_fields fields = gp_machine_space_defaults();
  fields.name = gp_writer_string(&writer, name);
  fields.bytes = map.bytesOf(space);
  fields.alignment = static_cast<std::uint32_t>(alignment);
  fields.bindings = space == dramSpace;
  fields.banks = static_cast<std::uint32_t>(banks);
  spaces.push_back(gp_machine_write_space(&writer, &fields));
}

gp_ref MachineWriter::path(std::uint32_t from, std::uint32_t to) {
  const bool isLocal = from != dramSpace && to != dramSpace;
  gp_machine_path_fields fields = gp_machine_path_defaults();
  fields.source = from;
  fields.target = to;
  fields.latency_cycles =
      isLocal ? 3 : static_cast<std::uint64_t>(config.dramLatencyCycles);
  fields.bytes_per_cycle =
      static_cast<std::uint32_t>(isLocal ? lanes : config.dramBytesPerCycle);
  return gp_machine_write_path(&writer, &fields);
}

gp_ref MachineWriter::write(const Port &port) {
  gp_machine_port_fields fields = gp_machine_port_defaults();
  set(port.spaces, fields.spaces, fields.spaces_count);
  set(port.dtypes, fields.dtypes, fields.dtypes_count);
  set(port.multiples, fields.multiples, fields.multiples_count);
  set(port.limits, fields.limits, fields.limits_count);
  set(port.blocks, fields.blocks, fields.blocks_count);
  fields.alignment = static_cast<std::uint32_t>(port.alignment);
  fields.innermost = port.innermost;
  return gp_machine_write_port(&writer, &fields);
}

gp_ref MachineWriter::write(const Cost &cost) {
  std::vector<gp_ref> factors, terms;
  for (const Size &size : cost.sizes) {
    const gp_machine_factor_fields factor = {size.port, size.dim, size.unit};
    factors.push_back(gp_machine_write_factor(&writer, &factor));
  }
  gp_machine_term_fields term = gp_machine_term_defaults();
  term.cycles = cost.constant;
  terms.push_back(gp_machine_write_term(&writer, &term));
  term.cycles = cost.each;
  set(factors, term.factors, term.factors_count);
  terms.push_back(gp_machine_write_term(&writer, &term));
  gp_machine_cost_fields fields = gp_machine_cost_defaults();
  set(terms, fields.terms, fields.terms_count);
  return gp_machine_write_cost(&writer, &fields);
}

/// Of what one pass through the vector unit can do. Parameters are operands: a
/// bias, and a multiplier and a shift for each scale, the same for all rows.
static const Numbers regionOps = {gp_image_scalar_op_constant,
                                  gp_image_scalar_op_cast,
                                  gp_image_scalar_op_add,
                                  gp_image_scalar_op_sub,
                                  gp_image_scalar_op_mul,
                                  gp_image_scalar_op_max,
                                  gp_image_scalar_op_min,
                                  gp_image_scalar_op_rescale_tosa_single,
                                  gp_image_scalar_op_rescale_tosa_double,
                                  gp_image_scalar_op_table};

gp_ref MachineWriter::write(const Rule &rule) {
  std::vector<gp_ref> operands, results, costs;
  for (const Port &port : rule.operands)
    operands.push_back(write(port));
  for (const Port &port : rule.results)
    results.push_back(write(port));
  for (const Cost &cost : rule.costs)
    costs.push_back(write(cost));
  gp_machine_rule_fields fields = gp_machine_rule_defaults();
  fields.op = static_cast<std::uint8_t>(rule.op);
  set(operands, fields.operands, fields.operands_count);
  set(results, fields.results, fields.results_count);
  set(costs, fields.costs, fields.costs_count);
  if (rule.hasRegion)
    set(regionOps, fields.scalar_ops, fields.scalar_ops_count);
  if (rule.rest)
    fields.rest = write(*rule.rest);
  fields.accumulate = rule.accumulate;
  fields.max_pad = rule.mostPad;
  fields.max_stride = rule.mostStride;
  fields.max_dilation = rule.mostDilation;
  return gp_machine_write_rule(&writer, &fields);
}

void MachineWriter::addEngine(const char *name,
                              const std::vector<gp_ref> &paths,
                              const std::vector<std::uint32_t> &fills,
                              const std::vector<Rule> &rules) {
  std::vector<gp_ref> written;
  for (const Rule &rule : rules)
    written.push_back(write(rule));
  gp_machine_engine_fields fields = gp_machine_engine_defaults();
  fields.name = gp_writer_string(&writer, name);
  fields.queue_depth = static_cast<std::uint32_t>(config.queueDepth);
  set(paths, fields.paths, fields.paths_count);
  set(fills, fields.fills, fields.fills_count);
  set(written, fields.rules, fields.rules_count);
  engines.push_back(gp_machine_write_engine(&writer, &fields));
}

void MachineWriter::addDma(const char *name, bool loads) {
  const std::vector<std::uint32_t> local = {scratchpadSpace, parameterSpace};
  std::vector<gp_ref> paths;
  for (std::uint32_t a : local) {
    paths.push_back(loads ? path(dramSpace, a) : path(a, dramSpace));
    for (std::uint32_t b : local)
      paths.push_back(path(a, b));
  }
  addEngine(name, paths, local, {});
}

/// Rows of lanes: dim \p innermost lies side by side.
Port MachineWriter::port(std::vector<std::uint32_t> spaces,
                         const Numbers &dtypes, int innermost) const {
  return {std::move(spaces), dtypes, lanes, innermost, {}, {}, {}};
}

Port MachineWriter::sums(int innermost) const {
  Port made = port({accumulatorSpace}, words, innermost);
  made.alignment = map.sumBytes;
  return made;
}

static void setWindow(Rule &rule, gp_image_attributes op, bool hasDilation) {
  rule.op = op;
  rule.mostPad = 255;
  rule.mostStride = 15;
  rule.mostDilation = hasDilation ? mostKernel : 1;
}

/// Convolutions of one image into R channels of sums.
Rule MachineWriter::matrixRule() const {
  Rule rule;
  setWindow(rule, gp_image_attributes_conv, true);
  rule.accumulate = true;
  Port input = local(bytes, 1);
  input.limits = {1, mostBlocks * lanes, mostPixels, mostPixels};
  input.blocks = {1, lanes, 1, 1};
  Port weights = local(bytes, 0);
  weights.multiples = {lanes, 1, 1, 1};
  weights.limits = {lanes, mostBlocks * lanes, mostKernel, mostKernel};
  weights.blocks = {1, lanes, 1, 1};
  Port output = sums(1);
  output.limits = {1, lanes, mostPixels, mostPixels};
  rule.operands = {input, weights};
  rule.results = {output};
  // A row of input a cycle and weight block, or R rows of weights.
  const auto r = static_cast<std::uint64_t>(lanes);
  rule.costs = {{3 * r + 3, 1, {{1, 1, r}, {1, 2}, {1, 3}, {2, 2}, {2, 3}}},
                {3 * r + 3, r, {{1, 1, r}, {1, 2}, {1, 3}}}};
  return rule;
}

void MachineWriter::addVariants(std::vector<Rule> &rules, const Rule &rule,
                                const Port &extra, const Longs &limits,
                                int innermost) const {
  for (bool toSums : {false, true}) {
    rules.push_back(rule);
    rules.back().hasRegion = true;
    rules.back().rest = extra;
    Port output = toSums ? sums(innermost) : local(anything, innermost);
    output.limits = limits;
    rules.back().results = {output};
  }
}

/// Rows of lanes: [outer, inner, R].
void MachineWriter::addMapRules(std::vector<Rule> &rules) const {
  const Longs limits = {mostPixels, mostRows, lanes};
  for (bool fromSums : {true, false}) {
    Rule rule;
    rule.op = gp_image_attributes_map;
    rule.operands = {fromSums ? sums(2) : local(anything, 2)};
    rule.operands[0].limits = limits;
    rule.costs = {{26, 1, {{0, 0}, {0, 1}}}};
    Port extra = local(anything, 2);
    extra.limits = limits;
    addVariants(rules, rule, extra, limits, 2);
  }
}

void MachineWriter::addReduceRules(std::vector<Rule> &rules) const {
  Rule rule;
  rule.op = gp_image_attributes_reduce;
  rule.operands = {local(bytes, 2)};
  rule.operands[0].limits = {mostPixels, mostRows, lanes};
  rule.costs = {{26, 1, {{0, 0}, {0, 1}}}};
  Port extra = local(anything, 2);
  extra.limits = {1, 1, lanes};
  addVariants(rules, rule, extra, {mostPixels, 1, lanes}, 2);
}

/// Windows over R channels, each by itself, by the depthwise engine.
void MachineWriter::addWindowRules(std::vector<Rule> &rules) const {
  Port input = local(bytes, 1);
  input.multiples = {1, lanes, 1, 1};
  input.limits = {1, lanes, mostPixels, config.depthwiseLineWidth};
  Port extra = local(anything, 1);
  extra.limits = {1, lanes, 1, 1};
  const Longs limits = {1, lanes, mostPixels, mostPixels};

  Rule conv;
  setWindow(conv, gp_image_attributes_conv, false);
  Port weights = local(bytes, 0);
  weights.multiples = {lanes, 1, 1, 1};
  weights.limits = {lanes, 1, mostKernel, mostKernel};
  conv.operands = {input, weights};
  // A pass over the input for each 3 x 3 part of the window.
  conv.costs = {{30, 1, {{0, 2}, {0, 3}, {1, 2, 3}, {1, 3, 3}}}};
  addVariants(rules, conv, extra, limits, 1);

  Rule window;
  setWindow(window, gp_image_attributes_window, false);
  window.operands = {input};
  window.costs = {{30, 1, {{0, 2}, {0, 3}}}};
  addVariants(rules, window, extra, limits, 1);
}

/// Squares: [outer, inner, R, R].
Rule MachineWriter::transposeRule() const {
  Rule rule;
  rule.op = gp_image_attributes_transpose;
  Port square = local(bytes, 3);
  square.multiples = {1, 1, lanes, lanes};
  square.limits = {mostPixels, mostRows, lanes, lanes};
  rule.operands = {square};
  rule.results = {square};
  rule.costs = {
      {static_cast<std::uint64_t>(lanes), 1, {{0, 0}, {0, 1}, {0, 2}}}};
  return rule;
}

std::vector<std::uint8_t> MachineWriter::write() {
  addSpace("dram", dramSpace, 64, 1);
  addSpace("scratchpad", scratchpadSpace, lanes, config.scratchpadBanks - 1);
  addSpace("parameters", parameterSpace, lanes, 1);
  addSpace("accumulator", accumulatorSpace, map.sumBytes,
           config.accumulatorBanks);
  // In the order of npu::Queue.
  addDma("load_a", true);
  addDma("load_w", true);
  addEngine("matrix", {}, {}, {matrixRule()});
  std::vector<Rule> rules;
  addMapRules(rules);
  addReduceRules(rules);
  addWindowRules(rules);
  rules.push_back(transposeRule());
  addEngine("vector", {}, {}, rules);
  addDma("store", false);

  const std::string name =
      "npu " + std::to_string(lanes) + "x" + std::to_string(lanes);
  gp_machine_machine_fields fields = gp_machine_machine_defaults();
  fields.container_version = GP_MACHINE_CONTAINER_VERSION;
  fields.name = gp_writer_string(&writer, name.c_str());
  set(spaces, fields.spaces, fields.spaces_count);
  set(engines, fields.engines, fields.engines_count);
  return Bytes::take(
      gp_machine_finish(&writer, gp_machine_write_machine(&writer, &fields)));
}

std::vector<std::uint8_t> writeMachine(const npu::Config &config) {
  return MachineWriter(config).write();
}

} // namespace glowplug::npusim
