// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Walks over the steps of a plan.

#include "core/runtime/PlanRun.h"

#include "core/runtime/AlignedBytes.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/MathExtras.h"

#include <algorithm>
#include <cstring>
#include <new>

using namespace glowplug;
using artifact::Place;
using artifact::StepKind;

using Input = llvm::ArrayRef<uint8_t>;
using Output = llvm::MutableArrayRef<uint8_t>;

static constexpr size_t alignment = AlignedBytes::alignment;

/// The list's elements; none if it is not there.
template <typename T>
static llvm::ArrayRef<T> entries(const flatbuffers::Vector<T> *list) {
  if (!list)
    return {};
  return {list->data(), list->size()};
}

//===----------------------------------------------------------------------===//
// Memory
//===----------------------------------------------------------------------===//

ScratchMemory::ScratchMemory(uint64_t size) : count(size) {
  if (size != 0)
    memory.reset(static_cast<uint8_t *>(
        ::operator new(size, std::align_val_t(alignment))));
}

void ScratchMemory::Free::operator()(uint8_t *bytes) const {
  ::operator delete(bytes, std::align_val_t(alignment));
}

/// The bytes of one set of the outputs of \p body.
static uint64_t carrierBytes(const artifact::Body &body) {
  uint64_t bytes = 0;
  for (uint64_t output : entries(body.output_bytes()))
    bytes += llvm::alignTo(output, alignment);
  return bytes;
}

std::vector<uint32_t> glowplug::bodiesFrom(const artifact::Plan &plan,
                                           uint32_t root) {
  // Bodies name those after them only, so one pass finds all.
  std::vector<bool> isFound(plan.bodies()->size());
  isFound[root] = true;
  std::vector<uint32_t> found;
  for (uint32_t i = root; i < plan.bodies()->size(); ++i) {
    if (!isFound[i])
      continue;
    found.push_back(i);
    const auto *steps = plan.bodies()->Get(i)->steps();
    for (uint32_t j = 0; steps && j < steps->size(); ++j)
      for (uint32_t named : entries(steps->Get(j)->bodies()))
        isFound[named] = true;
  }
  return found;
}

void PlanMemory::add(const artifact::Plan &plan, uint32_t root) {
  arenas.resize(plan.bodies()->size());
  carriers.resize(plan.bodies()->size());
  auto grow = [](ScratchMemory &memory, uint64_t bytes) {
    if (bytes > memory.size())
      memory = ScratchMemory(bytes);
  };
  for (uint32_t number : bodiesFrom(plan, root)) {
    const artifact::Body &body = *plan.bodies()->Get(number);
    grow(number == root ? shared : arenas[number], body.arena_bytes());
    for (uint32_t i = 0; body.steps() && i < body.steps()->size(); ++i) {
      const artifact::Step &step = *body.steps()->Get(i);
      if (step.kind() != StepKind::loop)
        continue;
      const uint32_t callee = step.bodies()->Get(0);
      grow(carriers[callee], 2 * carrierBytes(*plan.bodies()->Get(callee)));
    }
  }
}

uint64_t PlanMemory::bytes() const {
  uint64_t total = shared.size();
  for (const auto *list : {&arenas, &carriers})
    for (const ScratchMemory &memory : *list)
      total += memory.size();
  return total;
}

llvm::SmallVector<Output> PlanMemory::outputs(const artifact::Plan &plan,
                                              uint32_t body, bool odd) const {
  uint8_t *at = carriers[body].data() + (odd ? carriers[body].size() / 2 : 0);
  llvm::SmallVector<Output> result;
  for (uint64_t bytes : entries(plan.bodies()->Get(body)->output_bytes())) {
    result.emplace_back(at, static_cast<size_t>(bytes));
    at += llvm::alignTo(bytes, alignment);
  }
  return result;
}

//===----------------------------------------------------------------------===//
// Steps
//===----------------------------------------------------------------------===//

static void copy(Input from, Output to) {
  if (!from.empty())
    std::memcpy(to.data(), from.data(), from.size());
}

namespace {

class Walk {
public:
  Walk(const Artifact &artifact, const PlanMemory &memory, uint32_t root,
       RunPart runPart)
      : artifact(artifact), memory(memory), root(root), runPart(runPart) {}

  llvm::Error run(uint32_t number, const StepData &data);

private:
  StepData dataOf(uint32_t number, const artifact::Step &step,
                  const StepData &outer) const;
  llvm::Error runIf(const artifact::Step &step, const StepData &data);
  llvm::Error runLoop(const artifact::Step &step, const StepData &data);

  const Artifact &artifact;
  const PlanMemory &memory;
  uint32_t root;
  RunPart runPart;
};

} // namespace

/// What \p step of body \p number reads and writes, where the body itself reads
/// and writes \p outer.
StepData Walk::dataOf(uint32_t number, const artifact::Step &step,
                      const StepData &outer) const {
  const auto &buffers = *artifact.plan().bodies()->Get(number)->buffers();
  uint8_t *arena = number == root ? memory.rootArena() : memory.arena(number);
  StepData data;
  for (uint32_t index : entries(step.inputs())) {
    const artifact::Buffer &at = *buffers.Get(index);
    switch (at.place()) {
    case Place::input:
      data.inputs.push_back(outer.inputs[at.index()]);
      break;
    case Place::output:
      data.inputs.push_back(outer.outputs[at.index()]);
      break;
    case Place::section:
      data.inputs.push_back(artifact.section(at.index()));
      break;
    case Place::arena:
      data.inputs.emplace_back(arena + at.offset(),
                               static_cast<size_t>(at.max_bytes()));
      break;
    }
  }
  for (uint32_t index : entries(step.outputs())) {
    const artifact::Buffer &at = *buffers.Get(index);
    if (at.place() == Place::output)
      data.outputs.push_back(outer.outputs[at.index()]);
    else
      data.outputs.emplace_back(arena + at.offset(),
                                static_cast<size_t>(at.max_bytes()));
  }
  return data;
}

llvm::Error Walk::runIf(const artifact::Step &step, const StepData &data) {
  StepData branch;
  branch.inputs.append(std::next(data.inputs.begin()), data.inputs.end());
  branch.outputs = data.outputs;
  return run(step.bodies()->Get(data.inputs[0][0] != 0 ? 0 : 1), branch);
}

llvm::Error Walk::runLoop(const artifact::Step &step, const StepData &data) {
  const uint32_t body = step.bodies()->Get(0), carried = step.carried();
  int64_t trips = 0;
  std::memcpy(&trips, data.inputs[0].data(), sizeof trips);
  trips = std::min(trips, step.most());

  alignas(alignment) int64_t iteration = 0;
  StepData inner;
  inner.inputs.emplace_back(reinterpret_cast<const uint8_t *>(&iteration),
                            sizeof iteration);
  inner.inputs.append(std::next(data.inputs.begin(), 2), data.inputs.end());
  const llvm::ArrayRef<Output> stacked =
      llvm::ArrayRef(data.outputs).drop_front(carried).drop_back();
  bool goesOn = data.inputs[1][0] != 0;
  for (; goesOn && iteration < trips; ++iteration) {
    inner.outputs =
        memory.outputs(artifact.plan(), body, /*odd=*/iteration % 2 != 0);
    if (llvm::Error error = run(body, inner))
      return error;
    goesOn = inner.outputs[0][0] != 0;
    for (uint32_t i = 0; i < carried; ++i)
      inner.inputs[i + 1] = inner.outputs[i + 1];
    for (size_t i = 0; i < stacked.size(); ++i) {
      const Input row = inner.outputs[carried + 1 + i];
      copy(row,
           stacked[i].drop_front(static_cast<size_t>(iteration) * row.size()));
    }
  }

  for (uint32_t i = 0; i < carried; ++i)
    copy(inner.inputs[i + 1], data.outputs[i]);
  for (Output rows : stacked) {
    const size_t written = rows.empty() ? 0
                                        : rows.size() /
                                              static_cast<size_t>(step.most()) *
                                              static_cast<size_t>(iteration);
    const Output left = rows.drop_front(written);
    std::fill(left.begin(), left.end(), uint8_t{0});
  }
  copy({reinterpret_cast<const uint8_t *>(&iteration), sizeof iteration},
       data.outputs.back());
  return llvm::Error::success();
}

llvm::Error Walk::run(uint32_t number, const StepData &outer) {
  const auto *steps = artifact.plan().bodies()->Get(number)->steps();
  for (uint32_t i = 0; steps && i < steps->size(); ++i) {
    const artifact::Step &step = *steps->Get(i);
    const StepData data = dataOf(number, step, outer);
    llvm::Error error = llvm::Error::success();
    switch (step.kind()) {
    case StepKind::copy:
      copy(data.inputs[0], data.outputs[0]);
      break;
    case StepKind::if_:
      error = runIf(step, data);
      break;
    case StepKind::loop:
      error = runLoop(step, data);
      break;
    default:
      error = runPart(step.part(), data);
      break;
    }
    if (error)
      return error;
  }
  return llvm::Error::success();
}

llvm::Error glowplug::runBody(const Artifact &artifact,
                              const PlanMemory &memory, uint32_t number,
                              const StepData &data, RunPart runPart) {
  return Walk(artifact, memory, number, runPart).run(number, data);
}
