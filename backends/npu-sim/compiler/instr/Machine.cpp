// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Writes the machine description.

#include "backends/npu-sim/compiler/instr/Machine.h"

#include "backends/npu-sim/compiler/instr/Memory.h"
#include "backends/npu-sim/compiler/instr/image_generated.h"
#include "backends/npu-sim/compiler/instr/machine_generated.h"

#include "hw/spec/Isa.h"

#include <initializer_list>
#include <string>

namespace glowplug::npusim {
namespace {

using image::DType;
using image::ScalarOp;
using machine::PortT;
using machine::RuleT;
using Longs = std::vector<std::int64_t>;

constexpr std::int64_t mostPixels = 4095, mostKernel = 63, mostBlocks = 4095,
                       mostRows = 65535;

template <typename T>
std::vector<std::uint8_t> numbers(std::initializer_list<T> values) {
  std::vector<std::uint8_t> result;
  for (T value : values)
    result.push_back(static_cast<std::uint8_t>(value));
  return result;
}

const auto bytes = numbers({DType::i8, DType::u8});
const auto words = numbers({DType::i32});
const auto anything = numbers({DType::i8, DType::u8, DType::i32});

/// A factor of a cost.
struct Size {
  std::uint32_t port, dim;
  std::uint64_t unit = 1;
};

class MachineWriter {
public:
  explicit MachineWriter(const npu::Config &config)
      : config(config), map(config), lanes(config.arrayRows) {}

  std::vector<std::uint8_t> write();

private:
  void addSpace(const char *name, std::uint32_t space, std::uint32_t alignment,
                std::uint32_t banks);
  void addPath(machine::EngineT &engine, std::uint32_t from, std::uint32_t to);
  machine::EngineT &addEngine(const char *name);
  PortT port(std::vector<std::uint32_t> spaces,
             const std::vector<std::uint8_t> &dtypes, int innermost) const;
  PortT sums(int innermost) const;
  static void addCost(RuleT &rule, std::uint64_t constant, std::uint64_t each,
                      std::initializer_list<Size> sizes);

  void addMatrixRules(machine::EngineT &engine);
  void addMapRules(machine::EngineT &engine);
  void addReduceRules(machine::EngineT &engine);
  void addWindowRules(machine::EngineT &engine);
  void addTransposeRule(machine::EngineT &engine);
  /// Adds \p rule for results of bytes or words and for sums, with any number
  /// of further operands \p extra.
  void addVariants(machine::EngineT &engine, const RuleT &rule,
                   const PortT &extra, const Longs &limits, int innermost);

  const npu::Config &config;
  MemoryMap map;
  std::int64_t lanes;
  machine::MachineT result;
};

} // namespace

void MachineWriter::addSpace(const char *name, std::uint32_t space,
                             std::uint32_t alignment, std::uint32_t banks) {
  auto made = std::make_unique<machine::SpaceT>();
  made->name = name;
  made->bytes = map.bytesOf(space);
  made->alignment = alignment;
  made->bindings = space == dramSpace;
  made->banks = banks;
  result.spaces.push_back(std::move(made));
}

void MachineWriter::addPath(machine::EngineT &engine, std::uint32_t from,
                            std::uint32_t to) {
  const bool isLocal = from != dramSpace && to != dramSpace;
  auto path = std::make_unique<machine::PathT>();
  path->source = from;
  path->target = to;
  path->latency_cycles =
      isLocal ? 3 : static_cast<std::uint64_t>(config.dramLatencyCycles);
  path->bytes_per_cycle =
      static_cast<std::uint32_t>(isLocal ? lanes : config.dramBytesPerCycle);
  engine.paths.push_back(std::move(path));
}

machine::EngineT &MachineWriter::addEngine(const char *name) {
  auto engine = std::make_unique<machine::EngineT>();
  engine->name = name;
  engine->queue_depth = static_cast<std::uint32_t>(config.queueDepth);
  result.engines.push_back(std::move(engine));
  return *result.engines.back();
}

/// Rows of lanes: dim \p innermost lies side by side.
PortT MachineWriter::port(std::vector<std::uint32_t> spaces,
                          const std::vector<std::uint8_t> &dtypes,
                          int innermost) const {
  PortT made;
  made.spaces = std::move(spaces);
  made.dtypes = dtypes;
  made.innermost = innermost;
  made.alignment = static_cast<std::uint32_t>(lanes);
  return made;
}

PortT MachineWriter::sums(int innermost) const {
  PortT made = port({accumulatorSpace}, words, innermost);
  made.alignment = static_cast<std::uint32_t>(map.sumBytes);
  return made;
}

void MachineWriter::addCost(RuleT &rule, std::uint64_t constant,
                            std::uint64_t each,
                            std::initializer_list<Size> sizes) {
  auto cost = std::make_unique<machine::CostT>();
  auto first = std::make_unique<machine::TermT>();
  first->cycles = constant;
  cost->terms.push_back(std::move(first));
  auto second = std::make_unique<machine::TermT>();
  second->cycles = each;
  for (const Size &size : sizes) {
    auto factor = std::make_unique<machine::FactorT>();
    factor->port = size.port;
    factor->dim = size.dim;
    factor->unit = size.unit;
    second->factors.push_back(std::move(factor));
  }
  cost->terms.push_back(std::move(second));
  rule.costs.push_back(std::move(cost));
}

static void addOperand(RuleT &rule, PortT port) {
  rule.operands.push_back(std::make_unique<PortT>(std::move(port)));
}

static void setWindow(RuleT &rule, image::Attributes op, bool hasDilation) {
  rule.op = static_cast<std::uint8_t>(op);
  rule.max_pad = 255;
  rule.max_stride = 15;
  rule.max_dilation = hasDilation ? mostKernel : 1;
}

/// Convolutions of one image into R channels of sums.
void MachineWriter::addMatrixRules(machine::EngineT &engine) {
  RuleT rule;
  setWindow(rule, image::Attributes::Conv, true);
  rule.accumulate = true;
  PortT input = port({scratchpadSpace, parameterSpace}, bytes, 1);
  input.limits = {1, mostBlocks * lanes, mostPixels, mostPixels};
  input.blocks = {1, lanes, 1, 1};
  PortT weights = port({scratchpadSpace, parameterSpace}, bytes, 0);
  weights.multiples = {lanes, 1, 1, 1};
  weights.limits = {lanes, mostBlocks * lanes, mostKernel, mostKernel};
  weights.blocks = {1, lanes, 1, 1};
  PortT output = sums(1);
  output.limits = {1, lanes, mostPixels, mostPixels};
  addOperand(rule, input);
  addOperand(rule, weights);
  rule.results.push_back(std::make_unique<PortT>(output));
  // A row of input a cycle and weight block, or R rows of weights.
  const auto r = static_cast<std::uint64_t>(lanes);
  addCost(rule, 3 * r + 3, 1, {{1, 1, r}, {1, 2}, {1, 3}, {2, 2}, {2, 3}});
  addCost(rule, 3 * r + 3, r, {{1, 1, r}, {1, 2}, {1, 3}});
  engine.rules.push_back(std::make_unique<RuleT>(rule));
}

void MachineWriter::addVariants(machine::EngineT &engine, const RuleT &rule,
                                const PortT &extra, const Longs &limits,
                                int innermost) {
  for (bool toSums : {false, true}) {
    RuleT variant = rule;
    variant.rest = std::make_unique<PortT>(extra);
    PortT output =
        toSums ? sums(innermost)
               : port({scratchpadSpace, parameterSpace}, anything, innermost);
    output.limits = limits;
    variant.results.push_back(std::make_unique<PortT>(output));
    engine.rules.push_back(std::make_unique<RuleT>(variant));
  }
}

/// Of what one pass through the vector unit can do. Parameters are operands: a
/// bias, and a multiplier and a shift for each scale, the same for all rows.
static std::vector<std::uint8_t> regionOps() {
  return numbers({ScalarOp::constant, ScalarOp::cast, ScalarOp::add,
                  ScalarOp::sub, ScalarOp::mul, ScalarOp::max, ScalarOp::min,
                  ScalarOp::rescale_tosa_single, ScalarOp::rescale_tosa_double,
                  ScalarOp::table});
}

/// Rows of lanes: [outer, inner, R].
void MachineWriter::addMapRules(machine::EngineT &engine) {
  const Longs limits = {mostPixels, mostRows, lanes};
  for (bool fromSums : {true, false}) {
    RuleT rule;
    rule.op = static_cast<std::uint8_t>(image::Attributes::Map);
    rule.scalar_ops = regionOps();
    PortT a = fromSums ? sums(2)
                       : port({scratchpadSpace, parameterSpace}, anything, 2);
    a.limits = limits;
    addOperand(rule, a);
    addCost(rule, 26, 1, {{0, 0}, {0, 1}});
    PortT extra = port({scratchpadSpace, parameterSpace}, anything, 2);
    extra.limits = limits;
    addVariants(engine, rule, extra, limits, 2);
  }
}

void MachineWriter::addReduceRules(machine::EngineT &engine) {
  RuleT rule;
  rule.op = static_cast<std::uint8_t>(image::Attributes::Reduce);
  rule.scalar_ops = regionOps();
  PortT input = port({scratchpadSpace, parameterSpace}, bytes, 2);
  input.limits = {mostPixels, mostRows, lanes};
  addOperand(rule, input);
  addCost(rule, 26, 1, {{0, 0}, {0, 1}});
  PortT extra = port({scratchpadSpace, parameterSpace}, anything, 2);
  extra.limits = {1, 1, lanes};
  addVariants(engine, rule, extra, {mostPixels, 1, lanes}, 2);
}

/// Windows over R channels, each by itself, by the depthwise engine.
void MachineWriter::addWindowRules(machine::EngineT &engine) {
  PortT input = port({scratchpadSpace, parameterSpace}, bytes, 1);
  input.multiples = {1, lanes, 1, 1};
  input.limits = {1, lanes, mostPixels, config.depthwiseLineWidth};
  PortT extra = port({scratchpadSpace, parameterSpace}, anything, 1);
  extra.limits = {1, lanes, 1, 1};
  const Longs limits = {1, lanes, mostPixels, mostPixels};

  RuleT conv;
  setWindow(conv, image::Attributes::Conv, false);
  conv.scalar_ops = regionOps();
  PortT weights = port({scratchpadSpace, parameterSpace}, bytes, 0);
  weights.multiples = {lanes, 1, 1, 1};
  weights.limits = {lanes, 1, mostKernel, mostKernel};
  addOperand(conv, input);
  addOperand(conv, weights);
  // A pass over the input for each 3 x 3 part of the window.
  addCost(conv, 30, 1, {{0, 2}, {0, 3}, {1, 2, 3}, {1, 3, 3}});
  addVariants(engine, conv, extra, limits, 1);

  RuleT window;
  setWindow(window, image::Attributes::Window, false);
  window.scalar_ops = regionOps();
  addOperand(window, input);
  addCost(window, 30, 1, {{0, 2}, {0, 3}});
  addVariants(engine, window, extra, limits, 1);
}

/// Squares: [outer, inner, R, R].
void MachineWriter::addTransposeRule(machine::EngineT &engine) {
  RuleT rule;
  rule.op = static_cast<std::uint8_t>(image::Attributes::Transpose);
  PortT square = port({scratchpadSpace, parameterSpace}, bytes, 3);
  square.multiples = {1, 1, lanes, lanes};
  square.limits = {mostPixels, mostRows, lanes, lanes};
  addOperand(rule, square);
  rule.results.push_back(std::make_unique<PortT>(square));
  addCost(rule, static_cast<std::uint64_t>(lanes), 1, {{0, 0}, {0, 1}, {0, 2}});
  engine.rules.push_back(std::make_unique<RuleT>(rule));
}

std::vector<std::uint8_t> MachineWriter::write() {
  result.container_version = 2;
  result.name = "npu " + std::to_string(lanes) + "x" + std::to_string(lanes);
  const auto r = static_cast<std::uint32_t>(lanes);
  addSpace("dram", dramSpace, 64, 1);
  addSpace("scratchpad", scratchpadSpace, r,
           static_cast<std::uint32_t>(config.scratchpadBanks - 1));
  addSpace("parameters", parameterSpace, r, 1);
  addSpace("accumulator", accumulatorSpace,
           static_cast<std::uint32_t>(map.sumBytes),
           static_cast<std::uint32_t>(config.accumulatorBanks));

  // In the order of npu::Queue.
  const std::vector<std::uint32_t> local = {scratchpadSpace, parameterSpace};
  const auto addDma = [&](const char *name, bool loads) {
    machine::EngineT &engine = addEngine(name);
    engine.fills = local;
    for (std::uint32_t a : local) {
      addPath(engine, loads ? std::uint32_t(dramSpace) : a,
              loads ? a : std::uint32_t(dramSpace));
      for (std::uint32_t b : local)
        addPath(engine, a, b);
    }
  };
  addDma("load_a", true);
  addDma("load_w", true);
  addMatrixRules(addEngine("matrix"));
  machine::EngineT &vector = addEngine("vector");
  addMapRules(vector);
  addReduceRules(vector);
  addWindowRules(vector);
  addTransposeRule(vector);
  addDma("store", false);

  flatbuffers::FlatBufferBuilder builder;
  machine::FinishMachineBuffer(builder,
                               machine::Machine::Pack(builder, &result));
  const std::uint8_t *begin = builder.GetBufferPointer();
  return {begin, begin + builder.GetSize()};
}

std::vector<std::uint8_t> writeMachine(const npu::Config &config) {
  return MachineWriter(config).write();
}

} // namespace glowplug::npusim
