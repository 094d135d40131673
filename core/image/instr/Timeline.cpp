// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Timelines of instr programs, by nominal costs.

#include "core/image/instr/Timeline.h"

#include "core/image/instr/Check.h"
#include "core/image/instr/Ports.h"

#include "llvm/Support/MathExtras.h"

using namespace glowplug;
using namespace glowplug::instr;

static constexpr uint64_t maxCycles = uint64_t{1} << 62;

// ---- Costs -----------------------------------------------------------------

/// The size that \p factor names; 1 if the tensor has no such dim.
static uint64_t sizeOf(const machine::Factor &factor, const machine::Rule &rule,
                       const Compute &compute) {
  const Longs shape = arrayOf(viewAtPort(rule, compute, factor.port()).shape());
  return factor.dim() < shape.size() ? shape[factor.dim()] : 1;
}

/// \p rule takes \p compute.
static uint64_t costOf(const machine::Rule &rule, const Compute &compute) {
  uint64_t largest = 0;
  if (!rule.costs())
    return 0;
  for (const machine::Cost *cost : *rule.costs()) {
    uint64_t sum = 0;
    for (uint32_t i = 0; cost->terms() && i < cost->terms()->size(); ++i) {
      const machine::Term &term = *cost->terms()->Get(i);
      uint64_t product = term.cycles();
      if (term.factors())
        for (const machine::Factor *factor : *term.factors())
          product = llvm::SaturatingMultiply(
              product,
              llvm::divideCeil(sizeOf(*factor, rule, compute), factor->unit()));
      sum = llvm::SaturatingAdd(sum, product);
    }
    largest = std::max(largest, sum);
  }
  return largest;
}

static uint64_t bytesOf(const View &view) {
  const TensorType type = typeOf(view);
  return byteCount(type.dtype, type.shape).value_or(0);
}

static uint64_t cyclesOf(const Instruction &instruction, const Program &program,
                         const machine::Machine &machine) {
  const machine::Engine &engine = *machine.engines()->Get(instruction.engine());
  if (const Copy *copy = instruction.action_as_Copy()) {
    for (const machine::Path *path : *engine.paths())
      if (path->source() == spaceOf(program, *copy->source()) &&
          path->target() == spaceOf(program, *copy->target()))
        return llvm::SaturatingAdd(
            path->latency_cycles(),
            llvm::divideCeil(bytesOf(*copy->source()),
                             uint64_t{path->bytes_per_cycle()}));
    return 0;
  }
  const Compute *compute = instruction.action_as_Compute();
  if (!compute)
    return 0;
  const image::Program *kernels = image::GetProgram(program.kernels()->data());
  const machine::Rule *rule = ruleOf(instruction, program, kernels, machine);
  return rule ? costOf(*rule, *compute) : 0;
}

// ---- Times -----------------------------------------------------------------

llvm::Expected<std::vector<Interval>>
instr::timelineOf(const Program &program, const machine::Machine &machine) {
  llvm::Expected<Order> order = Order::compute(program, machine);
  if (!order)
    return order.takeError();
  std::vector<Interval> timeline(order->sequence().size());
  std::vector<uint64_t> freeAt(machine.engines()->size(), 0);
  for (uint32_t i : order->sequence()) {
    const Instruction &instruction = *program.instructions()->Get(i);
    uint64_t start = freeAt[instruction.engine()];
    for (uint32_t wait : arrayOf(instruction.waits()))
      start = std::max(start, timeline[wait].endCycles);
    const uint64_t end =
        llvm::SaturatingAdd(start, cyclesOf(instruction, program, machine));
    if (end > maxCycles)
      return broken("{0}: ends after {1} cycles", describe(program, machine, i),
                    maxCycles);
    timeline[i] = {start, end};
    freeAt[instruction.engine()] = end;
  }
  return timeline;
}

std::string instr::timelineText(const Program &program,
                                const machine::Machine &machine,
                                const std::vector<Interval> &timeline) {
  std::vector<uint32_t> byStart(timeline.size());
  for (uint32_t i = 0; i < byStart.size(); ++i)
    byStart[i] = i;
  llvm::sort(byStart, [&](uint32_t a, uint32_t b) {
    return std::pair(timeline[a].startCycles, a) <
           std::pair(timeline[b].startCycles, b);
  });
  std::string text;
  std::vector<uint64_t> busy(machine.engines()->size(), 0);
  uint64_t end = 0;
  for (uint32_t i : byStart) {
    const Instruction &instruction = *program.instructions()->Get(i);
    const Interval &interval = timeline[i];
    busy[instruction.engine()] += interval.endCycles - interval.startCycles;
    end = std::max(end, interval.endCycles);
    text += llvm::formatv("{0,8} .. {1,8}  {2} ({3})\n", interval.startCycles,
                          interval.endCycles, describe(program, machine, i),
                          EnumNameAction(instruction.action_type()))
                .str();
  }
  for (uint32_t e = 0; e < busy.size(); ++e)
    text +=
        llvm::formatv("{0}: busy {1} of {2} cycles\n",
                      textOf(machine.engines()->Get(e)->name()), busy[e], end)
            .str();
  return text;
}
