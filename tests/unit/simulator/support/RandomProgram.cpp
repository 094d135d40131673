// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Random programs: draw fields from useful ranges until the checks agree.

#include "tests/unit/simulator/support/RandomProgram.h"

#include <algorithm>
#include <cassert>

namespace glowplug::npu::test {

namespace {

class Drawer {
public:
  Drawer(std::mt19937_64 &random, const Config &config)
      : random(random), config(config), r(config.arrayRows) {}

  int below(std::int64_t limit) {
    return static_cast<int>(random() % static_cast<std::uint64_t>(limit));
  }
  int range(int low, int high) { return low + below(high - low + 1); }
  int flag() { return below(2); }
  bool rarely() { return below(4) == 0; }
  int spad() { return below(scratchpadBytes(config)); }
  int row() { return below(scratchpadBytes(config) / r) * r; }
  /// Between rows of bytes: mostly next to each other.
  int rowStep() { return rarely() ? range(-4, 8) * r : r; }

  template <typename T>
  void transfer(T &c) {
    c.dramBase = below(baseRegisters);
    // Whole bursts, or any bytes: the former are granted many at a time.
    const int unit = flag() != 0 ? burstBytes : 1;
    c.dramOffset = below(randomExtent / unit) * unit;
    c.spadAddr = spad();
    c.run =
        unit * (rarely() ? range(1, 700 / unit) : range(1, unit == 1 ? 40 : 4));
    for (int i = 0; i < 4; ++i) {
      c.count[i] = rarely() ? range(1, 6) : 1;
      c.dramStep[i] =
          rarely() ? range(-3000 / unit, 3000 / unit) * unit : c.run;
      c.spadStep[i] = rarely() ? range(-500, 500) : c.run;
    }
  }

  void draw(Sync &) {}
  void draw(Load &c) { transfer(c); }
  void draw(Store &c) { transfer(c); }

  void draw(Copy &c) {
    c.srcAddr = spad();
    c.dstAddr = spad();
    c.run = range(1, 60);
    for (int i = 0; i < 4; ++i) {
      c.count[i] = rarely() ? range(1, 6) : 1;
      c.srcStep[i] = rarely() ? range(-100, 100) : c.run;
      c.dstStep[i] = rarely() ? range(-100, 100) : range(0, 8) * 16;
    }
  }

  /// Any value that the field \p name of \p command may have.
  template <typename T>
  int anyOf(const T &command, std::string_view name) {
    const CommandInfo &info = infoOf(command);
    for (const FieldInfo &field :
         std::span(info.fields, static_cast<std::size_t>(info.fieldCount)))
      if (field.name == name)
        return range(static_cast<int>(field.least),
                     static_cast<int>(field.most));
    assert(false);
    return 0;
  }

  /// A value of a field of which nothing is known but its row in isa.json.
  std::int64_t valueOf(const FieldInfo &field) {
    const std::int64_t unit = multipleOf(field, config);
    const auto within = [&](std::int64_t least, std::int64_t most) {
      const std::int64_t first =
          (std::max(field.least, least) + unit - 1) / unit;
      const std::int64_t last = std::min(field.most, most) / unit;
      const auto choices = static_cast<std::uint64_t>(last - first + 1);
      return (first + static_cast<std::int64_t>(random() % choices)) * unit;
    };
    if (field.unit != "bytes")
      return field.name.starts_with("count") ? within(1, rarely() ? 5 : 1)
                                             : within(field.least, field.most);
    if (field.name.ends_with("_addr"))
      return within(0, scratchpadBytes(config) - 1);
    return within(-300, 300);
  }

  template <typename T>
  void draw(T &c) {
    Encoded code = encodeCommand(c);
    const CommandInfo &info = infoOf(c);
    for (int i = 0; i < info.fieldCount; ++i)
      setBits(code, info.fields[i].low, info.fields[i].width,
              valueOf(info.fields[i]));
    decode(code, c);
  }

  template <typename T>
  void window(T &c) {
    c.srcAddr = row();
    c.stepW = rowStep();
    c.inH = range(1, 8);
    c.inW = range(1, 8);
    c.stepH = rarely() ? rowStep() : c.inW * r;
    c.outH = range(1, 6);
    c.outW = range(1, 6);
    c.padTop = range(0, 3);
    c.padLeft = range(0, 3);
    c.strideH = range(1, 3);
    c.strideW = range(1, 3);
    c.kernelH = rarely() ? range(1, 7) : range(1, 3);
    c.kernelW = rarely() ? range(1, 7) : range(1, 3);
    c.inputUnsigned = flag();
    c.inputZp = range(-128, 127) + (c.inputUnsigned != 0 ? 128 : 0);
    c.weightAddr = row();
    c.weightUnsigned = flag();
    c.weightZp = range(-128, 127) + (c.weightUnsigned != 0 ? 128 : 0);
    c.weightZpColumns = rarely() ? 1 : 0;
    c.weightZpAddr = row();
  }

  void draw(Matmul &c) {
    window(c);
    c.stepC = rarely() ? rowStep() : c.inW * c.inH * r;
    c.dilationH = rarely() ? range(1, 3) : 1;
    c.dilationW = rarely() ? range(1, 3) : 1;
    c.blocks = range(1, 3);
    c.lastRows = range(1, r);
    c.weightRowStep = rowStep();
    c.weightBlockStep = r * r;
    c.accAddr = below(accumulatorRows(config));
    c.accumulate = flag();
  }

  template <typename T>
  void output(T &c) {
    c.dstKind = rarely() ? anyOf(c, "dst_kind") : DstKind::Bytes;
    const bool sums = c.dstKind == DstKind::Accumulator;
    c.dstAddr = sums ? below(accumulatorRows(config)) : row();
    for (int i = 0; i < 2; ++i)
      c.dstStep[i] = sums ? range(-2, 8) : rowStep() * range(1, 6);
    c.bias = flag();
    c.rescale = flag();
    c.doubleRound = flag();
    c.paramAddr = row();
    if (c.dstKind != DstKind::Bytes)
      return;
    c.lookup = rarely() ? 1 : 0;
    c.tableAddr =
        below(scratchpadBytes(config) / lineBytes(config)) * lineBytes(config);
    c.outZp = range(-128, 255);
    c.outMin = range(-128, 0);
    c.outMax = range(0, 255);
  }

  void draw(Vector &c) {
    output(c);
    c.count[0] = range(1, 20);
    c.count[1] = range(1, 4);
    c.op = anyOf(c, "op");
    c.reduce = rarely() ? anyOf(c, "reduce") : 0;
    c.aKind = anyOf(c, "a_kind");
    c.aUnsigned = flag();
    c.aZp = range(-128, 255);
    c.aRescale = c.aKind == VectorAKind::Bytes && c.bias == 0 ? flag() : 0;
    const bool sums = c.aKind == VectorAKind::Accumulator;
    c.aAddr = sums ? below(accumulatorRows(config)) : row();
    for (int i = 0; i < 2; ++i) {
      c.aStep[i] = sums ? range(-2, 8) : rowStep();
      c.bStep[i] = rarely() ? 0 : rowStep();
    }
    c.bUnsigned = flag();
    c.bZp = range(-128, 255);
    c.bRescale = c.op != VectorOp::Mul ? flag() : 0;
    c.bAddr = row();
  }

  void draw(Depthwise &c) {
    output(c);
    window(c);
    c.op = anyOf(c, "op");
  }

  void draw(Transpose &c) {
    c.srcAddr = row();
    c.dstAddr = row();
    c.srcRowStep = rowStep();
    c.dstRowStep = rowStep();
    for (int i = 0; i < 2; ++i) {
      c.count[i] = range(1, 3);
      c.srcStep[i] = rowStep();
      c.dstStep[i] = rowStep() * r;
    }
  }

  template <typename T>
  Command drawAs(Queue queue) {
    Extents extents;
    extents.fill(randomExtent);
    while (true) {
      T command;
      command.header.queue = static_cast<int>(queue);
      command.header.drain = below(8) == 0 ? 1 : 0;
      command.header.layer = below(4);
      draw(command);
      const Command result = command;
      if (!checkCommand(encodeCommand(result), config, extents))
        return result;
    }
  }

private:
  std::mt19937_64 &random;
  const Config &config;
  int r;
};

} // namespace

/// Whether half of a queue's commands or more are of this kind.
static bool isCommon(Queue queue, Opcode opcode) {
  return opcode == (queue == Queue::Matrix   ? Opcode::Matmul
                    : queue == Queue::Vector ? Opcode::Vector
                    : queue == Queue::Store  ? Opcode::Store
                                             : Opcode::Load);
}

/// One of Ts for \p queue, of those that isCommon or of the others.
template <typename... Ts>
static Command drawOneOf(Drawer &drawer, Queue queue, bool common,
                         std::variant<Ts...> *) {
  std::vector<Command (*)(Drawer &, Queue)> choices;
  const auto offer = [&]<typename T>(T *) {
    if (isWorkOf<T>(queue) && isCommon(queue, T::opcode) == common)
      choices.push_back(
          [](Drawer &d, Queue q) { return d.template drawAs<T>(q); });
  };
  (offer(static_cast<Ts *>(nullptr)), ...);
  return choices[static_cast<std::size_t>(drawer.below(std::ssize(choices)))](
      drawer, queue);
}

Command randomCommand(std::mt19937_64 &random, const Config &config,
                      Queue queue) {
  Drawer drawer(random, config);
  if (drawer.below(12) == 0)
    return drawer.drawAs<Sync>(queue);
  const bool common = queue == Queue::Matrix   ? true
                      : queue == Queue::Vector ? drawer.flag() != 0
                                               : drawer.below(3) != 0;
  return drawOneOf(drawer, queue, common, static_cast<Command *>(nullptr));
}

std::vector<Command> randomProgram(std::mt19937_64 &random,
                                   const Config &config,
                                   const RandomOptions &options) {
  Drawer drawer(random, config);
  // Semaphore p * 5 + c: from queue p to queue c.
  std::array<std::array<int, queueCount>, queueCount> tokens{};
  std::vector<Command> program;
  for (int n = 0; n < options.commands; ++n) {
    const int queue = drawer.below(queueCount);
    Command command = randomCommand(random, config, static_cast<Queue>(queue));
    Header &header = headerOf(command);
    if (options.sequential && n > 0) {
      Header &before = headerOf(program.back());
      const int semaphore = before.queue * queueCount + queue;
      before.signalSem[0] = header.waitSem[0] = semaphore;
      before.signalCount[0] = header.waitCount[0] = 1;
    }
    for (int slot = 0; slot < 3 && !options.sequential; ++slot) {
      const int from = drawer.below(queueCount);
      if (tokens[from][queue] == 0 || drawer.flag() != 0)
        continue;
      header.waitSem[slot] = from * queueCount + queue;
      header.waitCount[slot] =
          drawer.range(1, std::min(tokens[from][queue], 3));
      tokens[from][queue] -= header.waitCount[slot];
    }
    for (int slot = 0; slot < 3 && !options.sequential; ++slot) {
      const int to = drawer.below(queueCount);
      if (drawer.rarely())
        continue;
      header.signalSem[slot] = queue * queueCount + to;
      header.signalCount[slot] = drawer.rarely() ? 2 : 1;
      tokens[queue][to] += header.signalCount[slot];
    }
    program.push_back(command);
  }
  return program;
}

bool overlaps(const Command &writer, const Command &reader,
              const Config &config) {
  for (const Access &write : accessesOf(writer, config))
    for (const Access &read : accessesOf(reader, config))
      if (write.write && !read.write && !read.accumulates &&
          write.space == read.space && write.low() < read.high() &&
          read.low() < write.high())
        return true;
  return false;
}

Config randomConfig(std::mt19937_64 &random) {
  Config config;
  const auto pick = [&](std::initializer_list<int> values) {
    return values.begin()[random() % values.size()];
  };
  config.arrayRows = pick({4, 8, 16, 32});
  config.queueDepth = pick({1, 2, 4, 16});
  config.queueOpen = pick({1, 2, 5, 32});
  config.fetchDepth = pick({1, 2, 8});
  config.dmaOutstanding = pick({1, 4, 32});
  config.dmaStoreBursts = pick({1, 2, 8});
  config.dramBanked = pick({0, 1});
  config.dramBytesPerCycle = pick({4, 16, 32});
  config.dramLatencyCycles = pick({1, 40, 100});
  config.dramRowBytes = pick({256, 2048});
  config.dramBanks = pick({1, 8});
  config.dramTurnaroundCycles = pick({0, 0, 4, 50});
  if (random() % 2 == 0) {
    config.dramRefreshInterval = pick({100, 3900});
    config.dramRefreshCycles = pick({1, 35, 99});
  }
  config.arrayPipeCycles = pick({1, 3, 9});
  config.arrayMeshCycles = pick({0, 2, 2, 3});
  config.vectorPipeCycles = pick({1, 12, 20});
  config.depthwiseFillCycles = pick({0, 4});
  config.dmaCopyCycles = pick({1, 3, 6});
  return config;
}

} // namespace glowplug::npu::test
