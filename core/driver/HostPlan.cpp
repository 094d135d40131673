// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Places values that cross partitions, and orders what the host does.

#include "core/driver/HostPlan.h"

#include "core/prim/Build.h"
#include "core/prim/Constant.h"
#include "core/prim/Primitives.h"

#include <glowplug/glue/arena.h>

#include "llvm/ADT/MapVector.h"

using namespace glowplug;
using namespace mlir;
using artifact::Place;

namespace {

using BodyNumbers = llvm::function_ref<uint32_t(FlatSymbolRefAttr)>;

class Planner {
public:
  Planner(const PlannedFunction &planned, BodyNumbers bodyOf,
          artifact::BodyT &body, ArtifactBuilder &builder)
      : block(func::FuncOp(planned.function).getBody().front()),
        planned(planned), bodyOf(bodyOf), body(body), builder(builder) {}

  llvm::Error run();

private:
  /// The buffer that holds \p value, which is not the result of a partition
  /// to come.
  llvm::Expected<uint32_t> bufferOf(Value value);
  uint32_t addBuffer(Place place, uint32_t index, uint64_t bytes);
  llvm::Expected<uint32_t> constantBuffer(prim::ConstantOp op);
  void claimOutputs();
  llvm::Error placeInArena();
  void fillControl(Operation *op, artifact::StepT &step);

  /// A value in the arena, by the steps between which it is needed.
  struct Lifetime {
    uint32_t buffer, first, last;
  };

  Block &block;
  const PlannedFunction &planned;
  BodyNumbers bodyOf;
  artifact::BodyT &body;
  ArtifactBuilder &builder;
  llvm::DenseMap<Value, uint32_t> buffers; // by byteSource
  llvm::DenseMap<Value, uint32_t> claimed; // output that holds the value
  llvm::MapVector<Value, Lifetime> arena;
};

} // namespace

uint64_t glowplug::bytesOf(Type type) {
  const glowplug::TensorType tensor = prim::tensorTypeOf(type);
  return static_cast<uint64_t>(*byteCount(tensor.dtype, tensor.shape));
}

uint32_t Planner::addBuffer(Place place, uint32_t index, uint64_t bytes) {
  auto buffer = std::make_unique<artifact::BufferT>();
  buffer->place = place;
  buffer->index = index;
  buffer->max_bytes = bytes;
  body.buffers.push_back(std::move(buffer));
  return static_cast<uint32_t>(body.buffers.size() - 1);
}

llvm::Expected<uint32_t> Planner::constantBuffer(prim::ConstantOp op) {
  std::optional<Tensor> tensor = prim::constantTensor(op);
  if (!tensor)
    return llvm::createStringError("a constant has no data");
  auto copy = std::make_shared<AlignedBytes>(tensor->bytes());
  const uint32_t section = builder.addSection(*copy, copy);
  return addBuffer(Place::section, section, copy->size());
}

llvm::Expected<uint32_t> Planner::bufferOf(Value value) {
  value = byteSource(value);
  if (auto found = buffers.find(value); found != buffers.end())
    return found->second;
  if (auto argument = dyn_cast<BlockArgument>(value)) {
    const auto input =
        static_cast<uint32_t>(planned.inputOfArgument[argument.getArgNumber()]);
    return buffers[value] =
               addBuffer(Place::input, input, bytesOf(value.getType()));
  }
  auto constant = value.getDefiningOp<prim::ConstantOp>();
  assert(constant && "a value comes from an argument, a constant or before");
  llvm::Expected<uint32_t> buffer = constantBuffer(constant);
  if (!buffer)
    return buffer.takeError();
  return buffers[value] = *buffer;
}

/// Lets the partitions write outputs where the caller wants them.
void Planner::claimOutputs() {
  for (auto [index, value] :
       llvm::enumerate(block.getTerminator()->getOperands()))
    claimed.try_emplace(byteSource(value), static_cast<uint32_t>(index));
}

llvm::Error Planner::placeInArena() {
  std::vector<glue::ArenaRequest> requests;
  for (const auto &[value, lifetime] : arena)
    requests.push_back(
        {bytesOf(value.getType()), lifetime.first, lifetime.last});
  std::optional<glue::ArenaPlan> plan = glue::planArena(requests);
  if (!plan)
    return llvm::createStringError("values do not fit 64-bit memory");
  for (size_t i = 0; i < requests.size(); ++i)
    body.buffers[arena.begin()[i].second.buffer]->offset = plan->offsets[i];
  body.arena_bytes = plan->bytes;
  return llvm::Error::success();
}

/// A step for \p op, whose operands and results the host has.
void Planner::fillControl(Operation *op, artifact::StepT &step) {
  for (FlatSymbolRefAttr name : cast<prim::ControlInterface>(op).getBodies())
    step.bodies.push_back(bodyOf(name));
  if (auto loop = dyn_cast<prim::LoopOp>(op)) {
    step.kind = artifact::StepKind::loop;
    step.carried = static_cast<uint32_t>(loop.getCarried());
    step.most = static_cast<int64_t>(loop.getMost());
  } else {
    step.kind = artifact::StepKind::if_;
  }
}

llvm::Error Planner::run() {
  claimOutputs();
  uint32_t step = 0, part = planned.firstPart;
  auto use = [&](Value value) {
    if (auto found = arena.find(byteSource(value)); found != arena.end())
      found->second.last = step;
  };
  for (const Partition &partition : planned.partitions) {
    auto entry = std::make_unique<artifact::StepT>();
    if (partition.control)
      fillControl(partition.control, *entry);
    else
      entry->part = part++;
    for (Value input : partition.inputs) {
      llvm::Expected<uint32_t> buffer = bufferOf(input);
      if (!buffer)
        return buffer.takeError();
      entry->inputs.push_back(*buffer);
      use(input);
    }
    for (Value output : partition.outputs) {
      uint32_t buffer = 0;
      if (auto found = claimed.find(output); found != claimed.end()) {
        buffer =
            addBuffer(Place::output, found->second, bytesOf(output.getType()));
      } else {
        buffer = addBuffer(Place::arena, 0, bytesOf(output.getType()));
        arena[output] = {buffer, step, step};
      }
      buffers[output] = buffer;
      entry->outputs.push_back(buffer);
    }
    body.steps.push_back(std::move(entry));
    ++step;
  }

  // Outputs that no partition writes: they are inputs, constants, or stand
  // twice.
  for (auto [index, value] :
       llvm::enumerate(block.getTerminator()->getOperands())) {
    llvm::Expected<uint32_t> from = bufferOf(value);
    if (!from)
      return from.takeError();
    const artifact::BufferT &source = *body.buffers[*from];
    if (source.place == Place::output && source.index == index)
      continue;
    auto entry = std::make_unique<artifact::StepT>();
    entry->kind = artifact::StepKind::copy;
    entry->inputs.push_back(*from);
    entry->outputs.push_back(addBuffer(
        Place::output, static_cast<uint32_t>(index), bytesOf(value.getType())));
    body.steps.push_back(std::move(entry));
  }
  return placeInArena();
}

llvm::Error glowplug::planHost(const PlannedFunction &planned,
                               BodyNumbers bodyOf, artifact::BodyT &body,
                               ArtifactBuilder &builder) {
  return Planner(planned, bodyOf, body, builder).run();
}
