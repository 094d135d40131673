// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The rules that a program must keep before a machine takes it.

#include "simulator/isa/Check.h"

#include <fmt/format.h>

#include <algorithm>

namespace glowplug::npu {

namespace {

std::optional<Fault> fault(std::string_view field, std::string text) {
  return Fault{fmt::format("{}: {}", field, text)};
}

/// Whether the rule that values are multiples holds for \p field in \p code.
bool mustAlign(const FieldInfo &field, const Encoded &code) {
  return std::all_of(field.when.begin(), field.when.end(),
                     [&](const Condition &c) { return c.holds(code); });
}

/// Checks each field by itself, and clears it in \p rest.
std::optional<Fault> checkFields(const Encoded &code,
                                 std::span<const FieldInfo> fields,
                                 const Config &config, Encoded &rest) {
  for (const FieldInfo &field : fields) {
    const std::int64_t value =
        field.isSigned
            ? getSigned(code, field.low, field.width)
            : static_cast<std::int64_t>(getBits(code, field.low, field.width));
    if (value < field.least || value > field.most)
      return fault(field.name, fmt::format("must lie in {}..{}, but is {}",
                                           field.least, field.most, value));
    const std::int64_t unit = multipleOf(field, config);
    if (value % unit != 0 && mustAlign(field, code))
      return fault(field.name, fmt::format("must be a multiple of {}, but is "
                                           "{}",
                                           unit, value));
    setBits(rest, field.low, field.width, 0);
  }
  return std::nullopt;
}

/// What is not a matter of a single field.
struct Rules {
  const Config &config;
  std::optional<Fault> found{};

  void require(bool holds, std::string_view field, std::string text) {
    if (!holds && !found)
      found = fault(field, std::move(text));
  }

  /// Most commands have no such rule.
  template <typename T>
  void operator()(const T &) {}

  /// A factor less its zero point has 9 bits only if both have one type.
  void zeroPoint(std::string_view field, std::int64_t value, bool isUnsigned) {
    const int least = isUnsigned ? 0 : -128, most = least + 255;
    require(value >= least && value <= most, field,
            fmt::format("must have the type of its operand, {}..{}, but is {}",
                        least, most, value));
  }

  template <typename T>
  void input(const T &c) {
    zeroPoint("input_zp", c.inputZp, c.inputUnsigned != 0);
  }

  template <typename T>
  void weights(const T &c) {
    zeroPoint("weight_zp", c.weightZp, c.weightUnsigned != 0);
  }

  void operator()(const Matmul &c) {
    input(c);
    weights(c);
    require(c.lastRows <= config.arrayRows, "last_rows",
            fmt::format("must be at most {}, but is {}", config.arrayRows,
                        c.lastRows));
  }

  template <typename T>
  void output(const T &c) {
    if (c.dstKind == DstKind::Bytes) {
      require(c.outMin <= c.outMax, "out_min",
              fmt::format("must be at most out_max, but they are {} and {}",
                          c.outMin, c.outMax));
      return;
    }
    const std::string only = "must be 0 unless results are bytes";
    require(c.outZp == 0, "out_zp", only);
    require(c.outMin == 0, "out_min", only);
    require(c.outMax == 0, "out_max", only);
    require(c.lookup == 0, "lookup", only);
  }

  void operator()(const Vector &c) {
    output(c);
    require(c.aRescale == 0 || (c.aKind == VectorAKind::Bytes && c.bias == 0),
            "a_rescale", "must be 0 unless A is bytes without bias");
    require(c.bRescale == 0 || c.op != VectorOp::Mul, "b_rescale",
            "must be 0 where op is mul");
  }

  void operator()(const Depthwise &c) {
    output(c);
    input(c);
    if (c.op == DepthwiseOp::Mac)
      weights(c);
    require(c.inW <= config.depthwiseLineWidth, "in_w",
            fmt::format("must be at most depthwise.lineWidth, {}, but is {}",
                        config.depthwiseLineWidth, c.inW));
    if (c.kernelH > 3 || c.kernelW > 3)
      require(std::int64_t(c.outH) * c.outW <= config.depthwiseSumRows, "out_h",
              fmt::format("a window of {} x {} allows depthwise.sumRows, {}, "
                          "outputs, but there are {}",
                          c.kernelH, c.kernelW, config.depthwiseSumRows,
                          std::int64_t(c.outH) * c.outW));
  }
};

std::optional<Fault> checkBounds(const Access &access, const Config &config,
                                 const Extents &extents) {
  std::int64_t size = 0;
  std::string memory;
  switch (access.space) {
  case Space::Scratchpad:
    size = scratchpadBytes(config);
    memory = "the scratchpad";
    break;
  case Space::Accumulator:
    size = accumulatorRows(config);
    memory = "the accumulator";
    break;
  case Space::Dram:
    size = extents[access.base];
    memory = fmt::format("the memory at base {}", access.base);
    break;
  }
  const std::int64_t low = access.low(), high = access.high();
  if (low >= 0 && high <= size)
    return std::nullopt;
  return fault(access.field, fmt::format("reaches {}..{}, but {} has 0..{}",
                                         low, high - 1, memory, size - 1));
}

/// The state of one semaphore as program order goes on.
struct Semaphore {
  int count = 0;
  int waiter = -1, signaller = -1;
};

std::optional<Fault> checkWait(Semaphore &semaphore, int number, int count,
                               int queue, std::string_view field) {
  if (count == 0)
    return std::nullopt;
  if (semaphore.waiter >= 0 && semaphore.waiter != queue)
    return fault(field, fmt::format("semaphore {} is waited for by {} already",
                                    number, queueNames[semaphore.waiter]));
  semaphore.waiter = queue;
  if (semaphore.count < count)
    return fault(field,
                 fmt::format("takes {} of semaphore {}, but earlier commands "
                             "leave {}",
                             count, number, semaphore.count));
  semaphore.count -= count;
  return std::nullopt;
}

std::optional<Fault> checkSignal(Semaphore &semaphore, int number, int count,
                                 int queue, std::string_view field) {
  if (count == 0)
    return std::nullopt;
  if (semaphore.signaller >= 0 && semaphore.signaller != queue)
    return fault(field, fmt::format("semaphore {} is signalled by {} already",
                                    number, queueNames[semaphore.signaller]));
  semaphore.signaller = queue;
  semaphore.count += count;
  if (semaphore.count > semaphoreLimit)
    return fault(field,
                 fmt::format("semaphore {} overflows: it would count {}, over "
                             "{}",
                             number, semaphore.count, semaphoreLimit));
  return std::nullopt;
}

} // namespace

std::optional<Fault> checkCommand(const Encoded &code, const Config &config,
                                  const Extents &extents) {
  const int opcode = static_cast<int>(getBits(code, 0, 8));
  const CommandInfo *info = findCommand(opcode);
  if (!info)
    return fault("opcode", fmt::format("{} is unknown", opcode));
  Encoded rest = code;
  if (auto found = checkFields(code, headerFields, config, rest))
    return found;
  const int queue = static_cast<int>(getBits(code, 8, 3));
  if ((info->queues >> queue & 1) == 0)
    return fault("queue", fmt::format("{} does not take {}", queueNames[queue],
                                      info->name));
  if (auto found = checkFields(
          code, {info->fields, static_cast<std::size_t>(info->fieldCount)},
          config, rest))
    return found;
  for (int bit = 0; bit < commandBits; ++bit)
    if (getBits(rest, bit, 1) != 0)
      return fault("reserved", fmt::format("bit {} must be 0", bit));

  const Command command = *decodeCommand(code);
  Rules rules{config};
  std::visit(rules, command);
  if (rules.found)
    return rules.found;
  for (const Access &access : accessesOf(command, config))
    if (auto found = checkBounds(access, config, extents))
      return found;
  return std::nullopt;
}

std::optional<Fault> checkCommands(std::span<const Encoded> commands,
                                   const Config &config,
                                   const Extents &extents) {
  static constexpr std::array<std::string_view, 3> waits{
      "wait0_sem", "wait1_sem", "wait2_sem"};
  static constexpr std::array<std::string_view, 3> signals{
      "signal0_sem", "signal1_sem", "signal2_sem"};
  std::array<Semaphore, semaphores> state;
  for (std::size_t n = 0; n < commands.size(); ++n) {
    auto found = checkCommand(commands[n], config, extents);
    Header header;
    decode(commands[n], header);
    for (int i = 0; i < 3 && !found; ++i)
      found = checkWait(state[header.waitSem[i]], header.waitSem[i],
                        header.waitCount[i], header.queue, waits[i]);
    for (int i = 0; i < 3 && !found; ++i)
      found = checkSignal(state[header.signalSem[i]], header.signalSem[i],
                          header.signalCount[i], header.queue, signals[i]);
    if (found)
      return Fault{fmt::format("command {}: {}", n, found->message)};
  }
  return std::nullopt;
}

} // namespace glowplug::npu
