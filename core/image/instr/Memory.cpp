// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Lifetimes and races: one walk through the instructions, in an order in which
// they can end, that remembers, for every byte, which instruction wrote it and
// which have read it since. An access is in order if all of these are ordered
// before it; so the first race of the walk is found, whatever the timing would
// be.

#include "core/image/instr/Check.h"

#include <map>

using namespace glowplug;
using namespace glowplug::instr;

namespace {

constexpr uint32_t none = UINT32_MAX;

/// What is known of a run of bytes.
struct Cell {
  uint64_t end = 0;
  uint32_t buffer = none; // through which it was written; none: never
  uint32_t writer = none; // instruction; none: there from the start
  bool constant = false;  // an input or constant
  llvm::SmallVector<uint32_t, 2> readers; // since then, one per engine

  bool sameAs(const Cell &other) const {
    return buffer == other.buffer && writer == other.writer &&
           constant == other.constant && readers == other.readers;
  }
};

class Walk {
public:
  Walk(const Program &program, const machine::Machine &machine,
       const Order &order)
      : program(program), machine(machine), order(order) {
    for (const machine::Space *space : *machine.spaces()) {
      spaces.emplace_back();
      spaces.back()[0].end = space->bytes();
    }
  }

  /// Fills the buffers that have contents from the start.
  llvm::Error bind();
  /// Accesses of \p index: reads first, then writes.
  llvm::Error step(uint32_t index);
  /// Every byte of every output was written through it.
  llvm::Error finish();

private:
  using Cells = std::map<uint64_t, Cell>; // by first byte, without gaps

  /// Makes cells begin at \p begin and end at \p end, and returns the first.
  static Cells::iterator cut(Cells &cells, uint64_t begin, uint64_t end) {
    split(cells, end);
    return split(cells, begin);
  }
  static Cells::iterator split(Cells &cells, uint64_t at) {
    auto next = cells.upper_bound(at);
    auto cell = std::prev(next);
    if (cell->first == at || at >= cell->second.end)
      return cell;
    Cell second = cell->second;
    cell->second.end = at;
    return cells.emplace_hint(next, at, std::move(second));
  }

  llvm::Error read(uint32_t index, uint32_t buffer, uint64_t at, Cell &cell);
  llvm::Error write(uint32_t index, uint32_t buffer, uint64_t at, Cell &cell);
  llvm::Error race(uint32_t index, uint32_t other, const char *what,
                   uint32_t buffer, uint64_t at) const {
    return broken("race: {0} byte {1} of {2}, unordered with {3}", what, at,
                  spaceName(buffer), describe(program, machine, other));
  }
  std::string spaceName(uint32_t buffer) const {
    const Buffer &content = *program.buffers()->Get(buffer);
    return "'" + machine.spaces()->Get(content.space())->name()->str() + "'";
  }

  const Program &program;
  const machine::Machine &machine;
  const Order &order;
  std::vector<Cells> spaces;
};

} // namespace

llvm::Error Walk::bind() {
  auto fill = [&](uint32_t index) -> llvm::Error {
    const Buffer &buffer = *program.buffers()->Get(index);
    if (buffer.bytes() == 0)
      return llvm::Error::success();
    Cells &cells = spaces[buffer.space()];
    const uint64_t end = buffer.offset() + buffer.bytes();
    for (auto it = cut(cells, buffer.offset(), end);
         it != cells.end() && it->first < end; ++it) {
      if (it->second.buffer != none)
        return broken("{0} and {1}, which both have contents from the start, "
                      "overlap at byte {2} of {3}",
                      describe(program, index),
                      describe(program, it->second.buffer), it->first,
                      spaceName(index));
      it->second.buffer = index;
      it->second.constant = true;
    }
    return llvm::Error::success();
  };
  if (program.inputs())
    for (const Binding *input : *program.inputs())
      GP_CHECK(fill(input->buffer()));
  if (program.constants())
    for (const Constant *constant : *program.constants())
      GP_CHECK(fill(constant->buffer()));
  return llvm::Error::success();
}

llvm::Error Walk::read(uint32_t index, uint32_t buffer, uint64_t at,
                       Cell &cell) {
  if (cell.buffer == none)
    return broken("lifetime: reads byte {0} of {1} through {2}, but nothing "
                  "was written there",
                  at, spaceName(buffer), describe(program, buffer));
  if (cell.buffer != buffer)
    return broken("lifetime: reads byte {0} of {1} through {2}, but {3} was "
                  "written there last",
                  at, spaceName(buffer), describe(program, buffer),
                  describe(program, cell.buffer));
  if (cell.writer != none && cell.writer != index &&
      !order.isBefore(cell.writer, index))
    return race(index, cell.writer, "reads", buffer, at);
  // Earlier reads of this engine are ordered before this one.
  llvm::erase_if(cell.readers, [&](uint32_t reader) {
    return order.engine(reader) == order.engine(index);
  });
  cell.readers.push_back(index);
  return llvm::Error::success();
}

llvm::Error Walk::write(uint32_t index, uint32_t buffer, uint64_t at,
                        Cell &cell) {
  if (cell.constant)
    return broken("lifetime: writes byte {0} of {1} through {2}, but {3} is an "
                  "input or constant",
                  at, spaceName(buffer), describe(program, buffer),
                  describe(program, cell.buffer));
  if (cell.writer != none && cell.writer != index &&
      !order.isBefore(cell.writer, index))
    return race(index, cell.writer, "writes", buffer, at);
  for (uint32_t reader : cell.readers)
    if (reader != index && !order.isBefore(reader, index))
      return race(index, reader, "writes", buffer, at);
  cell.buffer = buffer;
  cell.writer = index;
  cell.readers.clear();
  return llvm::Error::success();
}

llvm::Error Walk::step(uint32_t index) {
  const auto accesses = accessesOf(*program.instructions()->Get(index));
  for (bool writing : {false, true})
    for (const Access &access : accesses) {
      if (!(writing ? access.writes : access.reads))
        continue;
      llvm::Expected<Footprint> footprint = footprintOf(*access.view);
      if (!footprint)
        return footprint.takeError();
      const uint32_t id = access.view->buffer();
      const Buffer &buffer = *program.buffers()->Get(id);
      Cells &cells = spaces[buffer.space()];
      for (const ByteRange &range : footprint->ranges) {
        const uint64_t begin = buffer.offset() + range.begin;
        const uint64_t end = buffer.offset() + range.end;
        auto first = cut(cells, begin, end);
        auto it = first;
        for (; it != cells.end() && it->first < end; ++it)
          GP_CHECK(writing ? write(index, id, it->first, it->second)
                           : read(index, id, it->first, it->second));
        // Merges cells that have become equal; otherwise their number would
        // only grow.
        if (first != cells.begin())
          --first;
        for (auto next = std::next(first); next != cells.end();) {
          if (first->second.sameAs(next->second)) {
            first->second.end = next->second.end;
            next = cells.erase(next);
          } else {
            if (next->first >= end)
              break;
            first = next++;
          }
        }
      }
    }
  return llvm::Error::success();
}

llvm::Error Walk::finish() {
  if (!program.outputs())
    return llvm::Error::success();
  for (uint32_t i = 0; i < program.outputs()->size(); ++i) {
    const uint32_t id = program.outputs()->Get(i)->buffer();
    const Buffer &buffer = *program.buffers()->Get(id);
    const uint64_t end = buffer.offset() + buffer.bytes();
    const Cells &cells = spaces[buffer.space()];
    if (buffer.bytes() == 0)
      continue;
    for (auto it = std::prev(cells.upper_bound(buffer.offset()));
         it != cells.end() && it->first < end; ++it)
      if (it->second.buffer != id)
        return broken("output {0}: lifetime: byte {1} of {2} was not written "
                      "through {3}",
                      i, std::max(it->first, buffer.offset()), spaceName(id),
                      describe(program, id));
  }
  return llvm::Error::success();
}

llvm::Error instr::verifyMemory(const Program &program,
                                const machine::Machine &machine,
                                const Order &order) {
  Walk walk(program, machine, order);
  GP_CHECK(walk.bind());
  for (uint32_t index : order.sequence())
    if (llvm::Error error = walk.step(index))
      return broken("{0}: {1}", describe(program, machine, index),
                    llvm::toString(std::move(error)));
  return walk.finish();
}
