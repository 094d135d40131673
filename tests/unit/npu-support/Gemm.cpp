// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A matrix product as a program, written as a compiler would.

#include "tests/unit/npu-support/Gemm.h"

namespace glowplug::npu::test {

std::int64_t Gemm::aBytes(const Config &) const { return std::int64_t(m) * k; }

std::int64_t Gemm::bBlockBytes(const Config &config) const {
  return std::int64_t(k) * config.arrayRows +
         (biasRows + scaleRows) * config.arrayRows;
}

std::int64_t Gemm::bBytes(const Config &config) const {
  return bBlockBytes(config) * (n / config.arrayRows);
}

std::int64_t Gemm::cBytes(const Config &) const { return std::int64_t(m) * n; }

namespace {

/// What each semaphore counts: buffers that are full or free.
enum : int {
  AFull,
  AFree,
  BFull,
  BFree,
  SumsFull,
  SumsFree,
  ScalesFull,
  ScalesFree,
  CFull,
  CFree
};

template <typename T>
T make(Queue queue) {
  T command;
  command.header.queue = static_cast<int>(queue);
  return command;
}

template <typename T>
void waitFor(T &command, int slot, int semaphore) {
  command.header.waitSem[slot] = semaphore;
  command.header.waitCount[slot] = 1;
}

template <typename T>
void signalTo(T &command, int slot, int semaphore, int count = 1) {
  command.header.signalSem[slot] = semaphore;
  command.header.signalCount[slot] = count;
}

} // namespace

std::vector<Command> gemmProgram(const Gemm &g, const Config &config,
                                 int buffers) {
  const int r = config.arrayRows;
  const int bank = config.scratchpadBankBytes;
  std::vector<Command> program;
  // All buffers are free at the beginning.
  for (auto [queue, semaphore] :
       {std::pair(Queue::Matrix, AFree), std::pair(Queue::Matrix, BFree),
        std::pair(Queue::Vector, SumsFree),
        std::pair(Queue::Vector, ScalesFree), std::pair(Queue::Store, CFree)}) {
    auto sync = make<Sync>(queue);
    signalTo(sync, 0, semaphore, buffers);
    program.emplace_back(sync);
  }
  int tile = 0;
  for (int panel = 0; panel < g.m / g.panel; ++panel) {
    const int aAddr = panel % buffers * 2 * bank;
    auto a = make<Load>(Queue::LoadA);
    a.dramOffset = std::int64_t(panel) * g.panel * g.k;
    a.spadAddr = aAddr;
    a.run = g.panel * r;
    a.count[0] = g.k / r;
    a.dramStep[0] = a.spadStep[0] = a.run;
    waitFor(a, 0, AFree);
    signalTo(a, 0, AFull);
    program.emplace_back(a);
    for (int column = 0; column < g.n / r; ++column, ++tile) {
      const bool first = column == 0, last = column + 1 == g.n / r;
      const int bAddr = (4 + tile % buffers) * bank;
      const int cAddr = (6 + tile % buffers) * bank;
      const int sums = tile % buffers * config.accumulatorBankRows;
      auto b = make<Load>(Queue::LoadW);
      b.dramBase = 1;
      b.dramOffset = g.bBlockBytes(config) * column;
      b.spadAddr = bAddr;
      b.run = static_cast<int>(g.bBlockBytes(config));
      waitFor(b, 0, BFree);
      waitFor(b, 1, ScalesFree);
      signalTo(b, 0, BFull);
      signalTo(b, 1, ScalesFull);
      program.emplace_back(b);

      auto product = make<Matmul>(Queue::Matrix);
      product.srcAddr = aAddr;
      product.stepC = g.panel * r;
      product.stepW = r;
      product.outW = product.inW = g.panel;
      product.blocks = g.k / r;
      product.lastRows = r;
      product.weightAddr = bAddr;
      product.weightRowStep = r;
      product.weightBlockStep = r * r;
      product.accAddr = sums;
      waitFor(product, 0, BFull);
      waitFor(product, 1, SumsFree);
      if (first)
        waitFor(product, 2, AFull);
      signalTo(product, 0, SumsFull);
      signalTo(product, 1, BFree);
      if (last)
        signalTo(product, 2, AFree);
      program.emplace_back(product);

      auto scale = make<Vector>(Queue::Vector);
      scale.dstAddr = cAddr;
      scale.dstStep[0] = r;
      scale.bias = scale.rescale = 1;
      scale.paramAddr = bAddr + g.k * r;
      scale.outMin = -128;
      scale.outMax = 127;
      scale.count[0] = g.panel;
      scale.aAddr = sums;
      scale.aStep[0] = 1;
      waitFor(scale, 0, SumsFull);
      waitFor(scale, 1, ScalesFull);
      waitFor(scale, 2, CFree);
      signalTo(scale, 0, SumsFree);
      signalTo(scale, 1, ScalesFree);
      signalTo(scale, 2, CFull);
      program.emplace_back(scale);

      auto c = make<Store>(Queue::Store);
      c.dramBase = 2;
      c.dramOffset =
          (std::int64_t(column) * g.m + std::int64_t(panel) * g.panel) * r;
      c.spadAddr = cAddr;
      c.run = g.panel * r;
      waitFor(c, 0, CFull);
      signalTo(c, 0, CFree);
      program.emplace_back(c);
    }
  }
  return program;
}

} // namespace glowplug::npu::test
