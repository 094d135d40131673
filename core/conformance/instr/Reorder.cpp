// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Draws an order, and writes the program in it.

#include "core/conformance/instr/Reorder.h"

#include "core/image/Types.h"
#include "core/image/instr/instr_generated.h"

#include "llvm/ADT/STLExtras.h"

#include <cassert>
#include <deque>
#include <map>

namespace glowplug::conformance {

/// The numbers of the instructions in the new order.
static std::vector<uint32_t> drawOrder(const instr::Program &program,
                                       Random &random) {
  const uint32_t count =
      program.instructions() ? program.instructions()->size() : 0;
  std::map<uint32_t, std::deque<uint32_t>> queues; // by engine
  for (uint32_t i = 0; i < count; ++i)
    queues[program.instructions()->Get(i)->engine()].push_back(i);
  std::vector<bool> isDone(count, false);
  std::vector<uint32_t> order;
  while (order.size() < count) {
    std::vector<std::deque<uint32_t> *> ready;
    for (auto &[engine, queue] : queues)
      if (!queue.empty() &&
          llvm::all_of(
              arrayOf(program.instructions()->Get(queue.front())->waits()),
              [&](uint32_t wait) { return isDone[wait]; }))
        ready.push_back(&queue);
    assert(!ready.empty() && "a verified program does not deadlock");
    std::deque<uint32_t> &queue = *random.pick(ready);
    order.push_back(queue.front());
    isDone[queue.front()] = true;
    queue.pop_front();
  }
  return order;
}

std::vector<uint8_t> reordered(const instr::Program &program, Random &random) {
  const std::vector<uint32_t> order = drawOrder(program, random);
  std::vector<uint32_t> placeOf(order.size());
  for (auto [place, number] : llvm::enumerate(order))
    placeOf[number] = static_cast<uint32_t>(place);
  instr::ProgramT content;
  program.UnPackTo(&content);
  std::vector<std::unique_ptr<instr::InstructionT>> instructions;
  for (uint32_t number : order) {
    instructions.push_back(std::move(content.instructions[number]));
    for (uint32_t &wait : instructions.back()->waits)
      wait = placeOf[wait];
  }
  content.instructions = std::move(instructions);
  flatbuffers::FlatBufferBuilder builder;
  instr::FinishProgramBuffer(builder, instr::Program::Pack(builder, &content));
  const uint8_t *bytes = builder.GetBufferPointer();
  return {bytes, bytes + builder.GetSize()};
}

} // namespace glowplug::conformance
