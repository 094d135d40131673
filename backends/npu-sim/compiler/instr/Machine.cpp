// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Writes the machine description.

#include "backends/npu-sim/compiler/instr/Machine.h"

#include "backends/npu-sim/compiler/instr/Memory.h"

#include "hw/spec/Isa.h"

#include <glowplug/glue/machine.h>

namespace glowplug::npusim {
namespace {

using glue::Port;
using glue::Rule;
using Longs = std::vector<std::int64_t>;
using Numbers = std::vector<std::uint8_t>;

constexpr std::int64_t mostPixels = 4095, mostKernel = 63, mostBlocks = 4095,
                       mostRows = 65535;

const Numbers bytes = {gp_image_dtype_i8, gp_image_dtype_u8};
const Numbers words = {gp_image_dtype_i32};
const Numbers anything = {gp_image_dtype_i8, gp_image_dtype_u8,
                          gp_image_dtype_i32};

/// What one pass through the vector unit can do. Parameters are operands: a
/// bias, and a multiplier and a shift for each scale, the same for all rows.
const Numbers regionOps = {gp_image_scalar_op_constant,
                           gp_image_scalar_op_cast,
                           gp_image_scalar_op_add,
                           gp_image_scalar_op_sub,
                           gp_image_scalar_op_mul,
                           gp_image_scalar_op_max,
                           gp_image_scalar_op_min,
                           gp_image_scalar_op_rescale_tosa_single,
                           gp_image_scalar_op_rescale_tosa_double,
                           gp_image_scalar_op_table};

/// What the description says of one configuration.
class Description {
public:
  explicit Description(const npu::Config &config)
      : config(config), map(config), lanes(config.arrayRows) {}

  glue::Machine machine() const;

private:
  glue::Space space(const char *name, std::uint32_t number,
                    std::int64_t alignment, std::int64_t banks) const;
  glue::Path path(std::uint32_t from, std::uint32_t to) const;
  glue::Engine dma(const char *name, bool loads) const;
  glue::Engine engine(const char *name) const;
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
  const MemoryMap map;
  const std::int64_t lanes;
};

} // namespace

glue::Space Description::space(const char *name, std::uint32_t number,
                               std::int64_t alignment,
                               std::int64_t banks) const {
  return {name, map.bytesOf(number), static_cast<std::uint32_t>(alignment),
          static_cast<std::uint32_t>(banks), number == dramSpace};
}

glue::Path Description::path(std::uint32_t from, std::uint32_t to) const {
  if (from != dramSpace && to != dramSpace)
    return {from, to, 3, static_cast<std::uint32_t>(lanes)};
  return {from, to, static_cast<std::uint64_t>(config.dramLatencyCycles),
          static_cast<std::uint32_t>(config.dramBytesPerCycle)};
}

glue::Engine Description::engine(const char *name) const {
  glue::Engine made;
  made.name = name;
  made.queueDepth = static_cast<std::uint32_t>(config.queueDepth);
  return made;
}

glue::Engine Description::dma(const char *name, bool loads) const {
  glue::Engine made = engine(name);
  made.fills = {scratchpadSpace, parameterSpace};
  for (std::uint32_t a : made.fills) {
    made.paths.push_back(loads ? path(dramSpace, a) : path(a, dramSpace));
    for (std::uint32_t b : made.fills)
      made.paths.push_back(path(a, b));
  }
  return made;
}

/// Rows of lanes: dim \p innermost lies side by side.
Port Description::port(std::vector<std::uint32_t> spaces, const Numbers &dtypes,
                       int innermost) const {
  return {std::move(spaces),
          dtypes,
          static_cast<std::uint32_t>(lanes),
          innermost,
          {},
          {},
          {}};
}

Port Description::sums(int innermost) const {
  Port made = port({accumulatorSpace}, words, innermost);
  made.alignment = static_cast<std::uint32_t>(map.sumBytes);
  return made;
}

static void setWindow(Rule &rule, gp_image_attributes op, bool hasDilation) {
  rule.op = op;
  rule.mostPad = 255;
  rule.mostStride = 15;
  rule.mostDilation = hasDilation ? mostKernel : 1;
}

/// Convolutions of one image into R channels of sums.
Rule Description::matrixRule() const {
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

void Description::addVariants(std::vector<Rule> &rules, const Rule &rule,
                              const Port &extra, const Longs &limits,
                              int innermost) const {
  for (bool toSums : {false, true}) {
    rules.push_back(rule);
    rules.back().scalarOps = regionOps;
    rules.back().rest = extra;
    Port output = toSums ? sums(innermost) : local(anything, innermost);
    output.limits = limits;
    rules.back().results = {output};
  }
}

/// Rows of lanes: [outer, inner, R].
void Description::addMapRules(std::vector<Rule> &rules) const {
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

void Description::addReduceRules(std::vector<Rule> &rules) const {
  for (bool fromSums : {false, true}) {
    Rule rule;
    rule.op = gp_image_attributes_reduce;
    rule.operands = {fromSums ? sums(2) : local(bytes, 2)};
    rule.operands[0].limits = {mostPixels, mostRows, lanes};
    rule.costs = {{26, 1, {{0, 0}, {0, 1}}}};
    Port extra = local(anything, 2);
    extra.limits = {1, 1, lanes};
    addVariants(rules, rule, extra, {mostPixels, 1, lanes}, 2);
  }
}

/// Windows over R channels, each by itself, by the depthwise engine.
void Description::addWindowRules(std::vector<Rule> &rules) const {
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
Rule Description::transposeRule() const {
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

glue::Machine Description::machine() const {
  glue::Machine made;
  made.name = "npu " + std::to_string(lanes) + "x" + std::to_string(lanes);
  made.spaces = {
      space("dram", dramSpace, 64, 1),
      space("scratchpad", scratchpadSpace, lanes, config.scratchpadBanks - 1),
      space("parameters", parameterSpace, lanes, 1),
      space("accumulator", accumulatorSpace, map.sumBytes,
            config.accumulatorBanks)};
  glue::Engine matrix = engine("matrix"), vector = engine("vector");
  matrix.rules = {matrixRule()};
  addMapRules(vector.rules);
  addReduceRules(vector.rules);
  addWindowRules(vector.rules);
  vector.rules.push_back(transposeRule());
  // In the order of npu::Queue.
  made.engines = {dma("load_a", true), dma("load_w", true), matrix, vector,
                  dma("store", false)};
  return made;
}

std::vector<std::uint8_t> writeMachine(const npu::Config &config) {
  return glue::writeMachine(Description(config).machine());
}

} // namespace glowplug::npusim
