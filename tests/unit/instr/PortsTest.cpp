// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Ports of rules: operands that may be missing, and numbers that do not depend
// on how many of them there are.

#include "core/image/instr/Timeline.h"

#include "tests/unit/instr/Testing.h"

using namespace glowplug;
using namespace glowplug::test;

namespace {

/// A demand on one tensor.
std::unique_ptr<machine::PortT> port(uint32_t space, DType dtype) {
  auto port = std::make_unique<machine::PortT>();
  port->spaces = {space};
  port->dtypes = {static_cast<uint8_t>(dtype)};
  return port;
}

/// toyMachine() whose vector engine does convolutions of bytes in the
/// scratchpad into sums, plus what \p listed extras and, if \p hasRest, any
/// number of others add. They cost a cycle for each element of the result.
machine::MachineT convMachine(int listed, bool hasRest) {
  auto rule = std::make_unique<machine::RuleT>();
  rule->op = static_cast<uint8_t>(image::Attributes::Conv);
  rule->operands.push_back(port(spad, DType::i8));
  rule->operands.push_back(port(spad, DType::i8));
  for (int i = 0; i < listed; ++i)
    rule->operands.push_back(port(spad, DType::i32));
  if (hasRest)
    rule->rest = port(spad, DType::i32);
  rule->results.push_back(port(acc, DType::i32));
  rule->max_pad = 1;
  rule->scalar_ops = {static_cast<uint8_t>(image::ScalarOp::add)};
  auto term = std::make_unique<machine::TermT>();
  term->cycles = 1;
  for (uint32_t dim = 0; dim < 4; ++dim) {
    auto factor = std::make_unique<machine::FactorT>();
    factor->port = static_cast<uint32_t>(rule->operands.size()); // the result
    factor->dim = dim;
    term->factors.push_back(std::move(factor));
  }
  rule->costs.push_back(std::make_unique<machine::CostT>());
  rule->costs[0]->terms.push_back(std::move(term));
  machine::MachineT machine = toyMachine();
  machine.engines[vector]->rules.push_back(std::move(rule));
  return machine;
}

/// A convolution with a result of 16 x 6 x 6 = 576 elements, whose epilogue
/// adds \p extras operands of type \p dtype.
std::vector<uint8_t> convProgram(llvm::ArrayRef<uint8_t> machine, int extras,
                                 DType dtype = DType::i32) {
  const TensorType x(DType::i8, {1, 16, 6, 6}), w(DType::i8, {16, 16, 3, 3});
  const TensorType bias(dtype, {1, 16, 1, 1});
  InstrBuilder b("conv", machine);
  BodyBuilder &body = b.addKernel();
  std::vector<instr::ViewT> operands;
  std::vector<uint32_t> waits;
  const auto operand = [&](const TensorType &type, uint64_t offset) {
    const auto bytes =
        static_cast<uint64_t>(*byteCount(type.dtype, type.shape));
    operands.push_back(b.view(b.buffer("", spad, offset, bytes), type));
    const std::vector<uint8_t> value(dtypeBytes(type.dtype), 1);
    waits.push_back(b.fill(load, operands.back(), value));
    return body.input("", type.dtype, type.shape);
  };
  const ValueId input = operand(x, 0), weights = operand(w, 576);
  ConvOptions options;
  options.padsLow = options.padsHigh = {1, 1};
  std::vector<DType> parameters(1 + extras, dtype);
  parameters[0] = DType::i32;
  RegionBuilder region(parameters);
  ScalarId sum = region.parameter(0);
  for (int i = 0; i < extras; ++i) {
    options.epilogue.extras.push_back(operand(bias, 2880 + 64 * i));
    if (dtype == DType::i32)
      sum = region.binary(image::ScalarOp::add, sum, region.parameter(1 + i));
  }
  region.yield(sum);
  if (extras != 0)
    options.epilogue.region = region;
  body.output(body.conv(input, weights, options));
  const TensorType result(DType::i32, {1, 16, 6, 6});
  const uint32_t sums = b.buffer("", acc, 0, 2304);
  b.compute(vector, 0, operands, {b.view(sums, result)}, waits);
  return b.finish();
}

std::string convError(int listed, bool hasRest, int extras) {
  const std::vector<uint8_t> machine = bytesOf(convMachine(listed, hasRest));
  return instrError(convProgram(machine, extras), machine);
}

TEST(PortsTest, OperandsOfTheRestMayBeMissing) {
  for (int extras : {0, 1, 2})
    EXPECT_EQ(convError(0, true, extras), "") << extras;
  for (int extras : {1, 2, 3})
    EXPECT_EQ(convError(1, true, extras), "") << extras;
}

TEST(PortsTest, ListedOperandsMayNot) {
  EXPECT_EQ(convError(0, false, 0), "");
  EXPECT_EQ(convError(1, false, 1), "");
  EXPECT_EQ(convError(1, false, 0), "instruction 2 on 'vector': Conv: needs 3 "
                                    "operands, but got 2");
  EXPECT_EQ(convError(1, true, 0), "instruction 2 on 'vector': Conv: needs at "
                                   "least 3 operands, but got 2");
}

TEST(PortsTest, WithoutARestThereAreNoOthers) {
  EXPECT_EQ(convError(0, false, 1), "instruction 3 on 'vector': Conv: needs 2 "
                                    "operands, but got 3");
  EXPECT_EQ(convError(1, false, 2), "instruction 4 on 'vector': Conv: needs 3 "
                                    "operands, but got 4");
}

TEST(PortsTest, TheRestHasDemandsOfItsOwn) {
  machine::MachineT machine = convMachine(0, true);
  machine.engines[vector]->rules[1]->rest->alignment = 128;
  const std::vector<uint8_t> aligned = bytesOf(machine);
  EXPECT_EQ(instrError(convProgram(aligned, 1), aligned),
            "instruction 3 on 'vector': Conv: operand 2: alignment: needs an "
            "address that is a multiple of 128, but got 2880");
  const std::vector<uint8_t> plain = bytesOf(convMachine(0, true));
  EXPECT_EQ(instrError(convProgram(plain, 1, DType::i8), plain),
            "instruction 3 on 'vector': Conv: operand 2: may not have the type "
            "i8");
}

TEST(PortsTest, ThePortOfAResultDoesNotDependOnExtras) {
  for (int listed : {0, 1})
    for (int others : {0, 1, 3}) {
      const std::vector<uint8_t> machine = bytesOf(convMachine(listed, true));
      const std::vector<uint8_t> bytes = convProgram(machine, listed + others);
      ASSERT_EQ(instrError(bytes, machine), "");
      const instr::Program &program = *instr::GetProgram(bytes.data());
      const auto timeline = llvm::cantFail(
          instr::timelineOf(program, *machine::GetMachine(machine.data())));
      const instr::Interval &conv = timeline.back();
      EXPECT_EQ(conv.endCycles - conv.startCycles, 576u)
          << listed << " listed, " << others << " others";
    }
}

TEST(PortsTest, CostsNameNoPortOfTheRest) {
  machine::MachineT machine = convMachine(1, true);
  machine.engines[vector]->rules[1]->costs[0]->terms[0]->factors[0]->port = 4;
  EXPECT_EQ(machineError(machine),
            "engine 2: rule 1: needs factors of a port below 4 and a unit over "
            "0, but got port 4 and unit 1");
}

TEST(PortsTest, TheRestIsVerified) {
  machine::MachineT machine = convMachine(0, true);
  machine.engines[vector]->rules[1]->rest->dtypes = {77};
  EXPECT_EQ(machineError(machine),
            "engine 2: rule 1: rest: needs a known type, but got 77");
}

} // namespace
