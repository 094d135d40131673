// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A small machine and programs for it.

#include "tests/unit/instr/Testing.h"

#include <random>

using namespace glowplug;

namespace {

std::unique_ptr<machine::SpaceT> space(const char *name, uint64_t bytes,
                                       uint32_t alignment, bool bindings) {
  auto space = std::make_unique<machine::SpaceT>();
  space->name = name;
  space->bytes = bytes;
  space->alignment = alignment;
  space->bindings = bindings;
  return space;
}

std::unique_ptr<machine::PathT> path(uint32_t source, uint32_t target) {
  auto path = std::make_unique<machine::PathT>();
  path->source = source;
  path->target = target;
  return path;
}

std::unique_ptr<machine::PortT> port(std::vector<uint32_t> spaces,
                                     std::vector<DType> dtypes) {
  auto port = std::make_unique<machine::PortT>();
  port->spaces = std::move(spaces);
  for (DType dtype : dtypes)
    port->dtypes.push_back(static_cast<uint8_t>(dtype));
  return port;
}

std::unique_ptr<machine::RuleT> rule(image::Attributes op) {
  auto rule = std::make_unique<machine::RuleT>();
  rule->op = static_cast<uint8_t>(op);
  return rule;
}

std::unique_ptr<machine::EngineT> engine(const char *name, uint32_t depth) {
  auto engine = std::make_unique<machine::EngineT>();
  engine->name = name;
  engine->queue_depth = depth;
  return engine;
}

} // namespace

machine::MachineT test::toyMachine() {
  machine::MachineT machine;
  machine.container_version = machineContainerVersion;
  machine.name = "toy";
  machine.spaces.push_back(space("dram", 1 << 20, 64, true));
  machine.spaces.push_back(space("spad", 4096, 16, false));
  machine.spaces.push_back(space("acc", 8192, 16, false));

  auto loader = engine("load", 4);
  loader->paths.push_back(path(dram, spad));
  loader->fills = {spad};
  machine.engines.push_back(std::move(loader));

  auto matrix = engine("matrix", 4);
  auto matmul = rule(image::Attributes::MatMul);
  for (int i = 0; i < 2; ++i) {
    matmul->operands.push_back(port({spad}, {DType::i8, DType::u8}));
    matmul->operands.back()->alignment = 16;
  }
  matmul->operands[0]->multiples = {1, 16};
  matmul->operands[0]->limits = {16, 0};
  matmul->results.push_back(port({acc}, {DType::i32}));
  matmul->accumulate = true;
  matrix->rules.push_back(std::move(matmul));
  auto conv = rule(image::Attributes::Conv);
  conv->operands.push_back(port({spad}, {DType::i8}));
  conv->operands[0]->blocks = {1, 16, 1, 1};
  conv->operands[0]->innermost = 1;
  conv->operands.push_back(port({spad}, {DType::i8}));
  conv->results.push_back(port({acc}, {DType::i32}));
  conv->accumulate = true;
  conv->max_pad = 1;
  matrix->rules.push_back(std::move(conv));
  machine.engines.push_back(std::move(matrix));

  auto vector = engine("vector", 4);
  auto map = rule(image::Attributes::Map);
  map->operands.push_back(port({acc, spad}, {DType::i32, DType::i8}));
  map->rest = port({acc, spad}, {DType::i32, DType::i8});
  map->results.push_back(port({spad}, {DType::i8}));
  for (image::ScalarOp op :
       {image::ScalarOp::constant, image::ScalarOp::add,
        image::ScalarOp::rescale_tosa_single, image::ScalarOp::neg})
    map->scalar_ops.push_back(static_cast<uint8_t>(op));
  vector->rules.push_back(std::move(map));
  machine.engines.push_back(std::move(vector));

  auto storer = engine("store", 4);
  storer->paths.push_back(path(spad, dram));
  machine.engines.push_back(std::move(storer));
  return machine;
}

std::vector<uint8_t> test::bytesOf(const machine::MachineT &machine) {
  flatbuffers::FlatBufferBuilder builder;
  machine::FinishMachineBuffer(builder,
                               machine::Machine::Pack(builder, &machine));
  return {builder.GetBufferPointer(),
          builder.GetBufferPointer() + builder.GetSize()};
}

static std::string messageOf(llvm::Error error) {
  return error ? llvm::toString(std::move(error)) : "";
}

std::string test::machineError(const machine::MachineT &machine) {
  return messageOf(verifyMachine(bytesOf(machine)));
}
std::string test::instrError(llvm::ArrayRef<uint8_t> bytes,
                             llvm::ArrayRef<uint8_t> machine) {
  return messageOf(verifyInstr(bytes, machine));
}
std::string test::instrError(InstrBuilder &program) {
  return instrError(program.finish(), bytesOf(toyMachine()));
}

test::CopyProgram::CopyProgram() : b("copy", bytesOf(toyMachine())) {
  x = b.buffer("x", dram, 0, 64);
  tile = b.buffer("tile", spad, 0, 64);
  y = b.buffer("y", dram, 64, 64);
  b.input(x, type);
  b.output(y, type);
}

uint32_t test::CopyProgram::copyIn(llvm::ArrayRef<uint32_t> waits) {
  return b.copy(load, b.view(x, type), b.view(tile, type), waits);
}
uint32_t test::CopyProgram::copyOut(llvm::ArrayRef<uint32_t> waits) {
  return b.copy(store, b.view(tile, type), b.view(y, type), waits);
}

Tensor test::randomTensor(const TensorType &type, uint32_t seed) {
  Tensor tensor = llvm::cantFail(Tensor::zeros(type.dtype, type.shape));
  std::mt19937 random(seed);
  for (uint8_t &byte : tensor.mutableBytes())
    byte = static_cast<uint8_t>(random() >> 7);
  return tensor;
}
