// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The roof probe.

#include "tests/bench/cpu-kernels/Roof.h"

#include "backends/cpu/compiler/kernels/Loop.h"
#include "backends/cpu/compiler/kernels/Tile.h"

#include <algorithm>
#include <chrono>

using namespace llvm;

namespace glowplug::cpu::test {

/// Independent chains, and steps of each per iteration.
static constexpr int64_t chains = 12;
static constexpr int64_t steps = 4;

double bestSeconds(int runs, function_ref<void()> body) {
  using Clock = std::chrono::steady_clock;
  double best = 1e30;
  for (int i = 0; i < runs; ++i) {
    const auto start = Clock::now();
    body();
    const std::chrono::duration<double> took = Clock::now() - start;
    best = std::min(best, took.count());
  }
  return best;
}

Roof::Roof(Machine &machine, Arithmetic arithmetic)
    : target(machine.target), arithmetic(arithmetic),
      kernel(machine, 1,
             [&](IRBuilder<> &builder, const std::vector<Value *> &buffers,
                 Value *begin, Value *end) {
               Tile tile(builder, target, this->arithmetic, chains, 1);
               Value *a = tile.loadVector(buffers[0], 0);
               Value *b = tile.loadVector(buffers[0], target.lanes);
               emitLoop(builder, begin, end, 1, tile.carried(), [&](Value *) {
                 for (int64_t step = 0; step < steps; ++step)
                   for (int64_t chain = 0; chain < chains; ++chain)
                     tile.multiplyAdd(chain, 0, a, b);
               });
               Value *sum = tile.acc(0, 0);
               for (int64_t chain = 1; chain < chains; ++chain)
                 sum = sum->getType()->isFPOrFPVectorTy()
                           ? builder.CreateFAdd(sum, tile.acc(chain, 0))
                           : builder.CreateAdd(sum, tile.acc(chain, 0));
               builder.CreateAlignedStore(sum, buffers[0], Align(4));
             }) {}

double Roof::measure() const {
  std::vector<float> values(2 * target.lanes, 1e-3f);
  constexpr int64_t iterations = 200000;
  const double seconds =
      bestSeconds(20, [&] { kernel.run({values.data()}, 0, iterations); });
  return 2e-9 *
         double(iterations * chains * steps * target.lanes *
                productsPerStep(arithmetic)) /
         seconds;
}

} // namespace glowplug::cpu::test
