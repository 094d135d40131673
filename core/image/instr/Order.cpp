// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Order and deadlock of instr programs.

#include "core/image/instr/Order.h"

#include "core/image/instr/Check.h"

#include <deque>

using namespace glowplug;
using namespace glowplug::instr;

namespace {

/// The queues of a machine, filled in program order.
class Queues {
public:
  Queues(const Program &program, const machine::Machine &machine)
      : program(program), machine(machine),
        count(program.instructions() ? program.instructions()->size() : 0),
        isDone(count, false), queues(machine.engines()->size()) {}

  /// All instructions in an order in which they can end, up to a deadlock.
  std::vector<uint32_t> run() {
    std::vector<uint32_t> ended;
    for (bool progress = true; progress;) {
      progress = handOut();
      for (std::deque<uint32_t> &queue : queues)
        for (; !queue.empty() && blocker(queue.front()) == none;
             queue.pop_front()) {
          isDone[queue.front()] = true;
          ended.push_back(queue.front());
          progress = true;
        }
    }
    return ended;
  }

  /// After run() has stopped early: which instruction waits for which.
  std::string cycle() const {
    // Every instruction that is not done leads to another such one.
    uint32_t at = next;
    for (const std::deque<uint32_t> &queue : queues)
      if (!queue.empty())
        at = std::min(at, queue.front());
    std::vector<uint32_t> path;
    std::vector<size_t> visited(count, SIZE_MAX);
    for (; visited[at] == SIZE_MAX; at = successor(at).first) {
      visited[at] = path.size();
      path.push_back(at);
    }
    std::string text;
    for (size_t i = visited[at]; i < path.size(); ++i) {
      if (i != visited[at])
        text += ", which ";
      text += (i == visited[at] ? describe(program, machine, path[i]) + " "
                                : std::string()) +
              successor(path[i]).second + " " +
              describe(program, machine, successor(path[i]).first);
    }
    return text;
  }

private:
  static constexpr uint32_t none = UINT32_MAX;

  const Instruction &at(uint32_t i) const {
    return *program.instructions()->Get(i);
  }

  /// The first instruction that \p i waits for and that has not ended.
  uint32_t blocker(uint32_t i) const {
    for (uint32_t wait : arrayOf(at(i).waits()))
      if (!isDone[wait])
        return wait;
    return none;
  }

  bool handOut() {
    bool progress = false;
    for (; next < count; ++next, progress = true) {
      const uint32_t engine = at(next).engine();
      const uint32_t depth = machine.engines()->Get(engine)->queue_depth();
      if (depth != 0 && queues[engine].size() >= depth)
        break;
      queues[engine].push_back(next);
    }
    return progress;
  }

  /// The instruction that has to end before \p i can begin, and the words for
  /// it.
  std::pair<uint32_t, const char *> successor(uint32_t i) const {
    if (i > next)
      return {next, "is handed out after"};
    const std::deque<uint32_t> &queue = queues[at(i).engine()];
    if (i == next)
      return {queue.front(), "needs room in the queue behind"};
    if (i != queue.front())
      return {queue.front(), "is queued behind"};
    return {blocker(i), "waits for"};
  }

  const Program &program;
  const machine::Machine &machine;
  uint32_t count;
  uint32_t next = 0; // to be handed out
  std::vector<bool> isDone;
  std::vector<std::deque<uint32_t>> queues;
};

} // namespace

llvm::Expected<Order> Order::compute(const Program &program,
                                     const machine::Machine &machine) {
  Queues queues(program, machine);
  Order order;
  order.ended = queues.run();
  const size_t count =
      program.instructions() ? program.instructions()->size() : 0;
  if (order.ended.size() != count)
    return broken("deadlock: {0}", queues.cycle());

  order.engines = machine.engines()->size();
  order.engineOf.resize(count);
  order.positions.resize(count);
  order.clocks.resize(count * order.engines, 0);
  // What has surely ended when the next instruction of each engine begins.
  std::vector<uint32_t> latest(order.engines * order.engines, 0);
  for (uint32_t i : order.ended) {
    const Instruction &instruction = *program.instructions()->Get(i);
    const uint32_t engine = instruction.engine();
    uint32_t *own = &latest[engine * order.engines];
    for (uint32_t wait : arrayOf(instruction.waits())) {
      const uint32_t *other = &order.clocks[wait * order.engines];
      for (size_t e = 0; e < order.engines; ++e)
        own[e] = std::max(own[e], other[e]);
      const uint32_t waitEngine = order.engineOf[wait];
      own[waitEngine] = std::max(own[waitEngine], order.positions[wait]);
    }
    std::copy_n(own, order.engines, &order.clocks[i * order.engines]);
    order.engineOf[i] = engine;
    order.positions[i] = ++own[engine];
  }
  return order;
}
