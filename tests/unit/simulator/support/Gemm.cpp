// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A matrix product as a program, written as a compiler would.

#include "tests/unit/simulator/support/Gemm.h"

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

/// Where the parts of one tile of the product lie.
struct TilePlace {
  int panel, column;
  int aAddr, bAddr, cAddr, sums;
};

/// Appends the commands of a product.
class GemmBuilder {
public:
  GemmBuilder(const Gemm &gemm, const Config &config, int buffers)
      : g(gemm), config(config), r(config.arrayRows), buffers(buffers) {}

  void freeBuffers();
  void loadPanel(int panel, int aAddr);
  void addTile(const TilePlace &at);
  TilePlace place(int panel, int column, int tile) const;

  std::vector<Command> program;

private:
  void loadWeights(const TilePlace &at);
  void multiply(const TilePlace &at);
  void rescale(const TilePlace &at);
  void store(const TilePlace &at);

  const Gemm &g;
  const Config &config;
  int r, buffers;
};

/// All buffers are free at the beginning.
void GemmBuilder::freeBuffers() {
  for (auto [queue, semaphore] :
       {std::pair(Queue::Matrix, AFree), std::pair(Queue::Matrix, BFree),
        std::pair(Queue::Vector, SumsFree),
        std::pair(Queue::Vector, ScalesFree), std::pair(Queue::Store, CFree)}) {
    auto sync = make<Sync>(queue);
    signalTo(sync, 0, semaphore, buffers);
    program.emplace_back(sync);
  }
}

TilePlace GemmBuilder::place(int panel, int column, int tile) const {
  const int bank = config.scratchpadBankBytes, turn = tile % buffers;
  return {panel,
          column,
          panel % buffers * 2 * bank,
          (4 + turn) * bank,
          (6 + turn) * bank,
          turn * config.accumulatorBankRows};
}

void GemmBuilder::loadPanel(int panel, int aAddr) {
  auto a = make<Load>(Queue::LoadA);
  a.dramOffset = std::int64_t(panel) * g.panel * g.k;
  a.spadAddr = aAddr;
  a.run = g.panel * r;
  a.count[0] = g.k / r;
  a.dramStep[0] = a.spadStep[0] = a.run;
  waitFor(a, 0, AFree);
  signalTo(a, 0, AFull);
  program.emplace_back(a);
}

void GemmBuilder::addTile(const TilePlace &at) {
  loadWeights(at);
  multiply(at);
  rescale(at);
  store(at);
}

void GemmBuilder::loadWeights(const TilePlace &at) {
  auto b = make<Load>(Queue::LoadW);
  b.dramBase = 1;
  b.dramOffset = g.bBlockBytes(config) * at.column;
  b.spadAddr = at.bAddr;
  b.run = static_cast<int>(g.bBlockBytes(config));
  waitFor(b, 0, BFree);
  waitFor(b, 1, ScalesFree);
  signalTo(b, 0, BFull);
  signalTo(b, 1, ScalesFull);
  program.emplace_back(b);
}

void GemmBuilder::multiply(const TilePlace &at) {
  auto product = make<Matmul>(Queue::Matrix);
  product.srcAddr = at.aAddr;
  product.stepC = g.panel * r;
  product.stepW = r;
  product.outW = product.inW = g.panel;
  product.blocks = g.k / r;
  product.lastRows = r;
  product.weightAddr = at.bAddr;
  product.weightRowStep = r;
  product.weightBlockStep = r * r;
  product.accAddr = at.sums;
  waitFor(product, 0, BFull);
  waitFor(product, 1, SumsFree);
  if (at.column == 0)
    waitFor(product, 2, AFull);
  signalTo(product, 0, SumsFull);
  signalTo(product, 1, BFree);
  if (at.column + 1 == g.n / r)
    signalTo(product, 2, AFree);
  program.emplace_back(product);
}

void GemmBuilder::rescale(const TilePlace &at) {
  auto scale = make<Vector>(Queue::Vector);
  scale.dstAddr = at.cAddr;
  scale.dstStep[0] = r;
  scale.bias = scale.rescale = 1;
  scale.paramAddr = at.bAddr + g.k * r;
  scale.outMin = -128;
  scale.outMax = 127;
  scale.count[0] = g.panel;
  scale.aAddr = at.sums;
  scale.aStep[0] = 1;
  waitFor(scale, 0, SumsFull);
  waitFor(scale, 1, ScalesFull);
  waitFor(scale, 2, CFree);
  signalTo(scale, 0, SumsFree);
  signalTo(scale, 1, ScalesFree);
  signalTo(scale, 2, CFull);
  program.emplace_back(scale);
}

void GemmBuilder::store(const TilePlace &at) {
  auto c = make<Store>(Queue::Store);
  c.dramBase = 2;
  c.dramOffset =
      (std::int64_t(at.column) * g.m + std::int64_t(at.panel) * g.panel) * r;
  c.spadAddr = at.cAddr;
  c.run = g.panel * r;
  waitFor(c, 0, CFull);
  signalTo(c, 0, CFree);
  program.emplace_back(c);
}

} // namespace

std::vector<Command> gemmProgram(const Gemm &g, const Config &config,
                                 int buffers) {
  GemmBuilder builder(g, config, buffers);
  builder.freeBuffers();
  int tile = 0;
  for (int panel = 0; panel < g.m / g.panel; ++panel) {
    builder.loadPanel(panel, builder.place(panel, 0, tile).aAddr);
    for (int column = 0; column < g.n / config.arrayRows; ++column, ++tile)
      builder.addTile(builder.place(panel, column, tile));
  }
  return std::move(builder.program);
}

} // namespace glowplug::npu::test
