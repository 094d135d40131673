// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Rules of instr programs, one broken at a time.

#include "tests/unit/instr/Testing.h"

using namespace glowplug;
using namespace glowplug::test;

namespace {

TEST(InstrVerifyTest, AcceptsCopy) {
  CopyProgram p;
  p.copyOut({p.copyIn()});
  EXPECT_EQ(instrError(p.b), "");
}

TEST(InstrVerifyTest, RefusesAnotherMachine) {
  CopyProgram p;
  machine::MachineT other = toyMachine();
  other.spaces[1]->bytes *= 2;
  EXPECT_EQ(instrError(p.b.finish(), bytesOf(other)),
            "needs the machine 'toy' it was written for, but got another");
}

TEST(InstrVerifyTest, Bounds) {
  CopyProgram p;
  p.b.copy(load, p.b.view(p.x, p.type), p.b.view(p.tile, p.type, 1));
  EXPECT_EQ(instrError(p.b),
            "instruction 0 on 'load': view 1: needs bytes within its buffer "
            "of 64, but covers 1 to 65");
  CopyProgram q;
  q.b.copy(load, q.b.view(q.x, {DType::i8, {4}}, 2, {-1}),
           q.b.view(q.tile, {DType::i8, {4}}));
  EXPECT_EQ(instrError(q.b),
            "instruction 0 on 'load': view 0: needs bytes within its buffer "
            "of 64, but covers -1 to 3");
}

TEST(InstrVerifyTest, Capacity) {
  CopyProgram p;
  p.b.buffer("big", spad, 16, 4096);
  EXPECT_EQ(instrError(p.b), "buffer 3: capacity: needs 4096 bytes at 16 of "
                             "'spad', which has 4096");
}

TEST(InstrVerifyTest, Alignment) {
  CopyProgram p;
  p.b.buffer("odd", spad, 72, 8);
  EXPECT_EQ(instrError(p.b), "buffer 3: alignment: needs an offset in 'spad' "
                             "that is a multiple of 16, but got 72");

  // Of the runs of a copy.
  machine::MachineT machine = toyMachine();
  machine.engines[0]->paths[0]->alignment = 8;
  auto verify = [&](int64_t source, int64_t bytes) {
    InstrBuilder b("copy", bytesOf(machine));
    const uint32_t x = b.buffer("x", dram, 0, 64),
                   t = b.buffer("t", spad, 0, 64);
    const TensorType type(DType::i8, {bytes});
    b.input(x, {DType::i8, {64}});
    b.copy(load, b.view(x, type, source), b.view(t, type));
    return instrError(b.finish(), bytesOf(machine));
  };
  EXPECT_EQ(verify(8, 16), "");
  EXPECT_EQ(verify(4, 16),
            "instruction 0 on 'load': alignment: needs runs at multiples of 8 "
            "bytes and as long, but got runs of 16 bytes from 4 to 0");
  EXPECT_EQ(verify(8, 12),
            "instruction 0 on 'load': alignment: needs runs at multiples of 8 "
            "bytes and as long, but got runs of 12 bytes from 8 to 0");
}

TEST(InstrVerifyTest, Reachability) {
  CopyProgram p;
  p.b.copy(store, p.b.view(p.x, p.type), p.b.view(p.tile, p.type));
  EXPECT_EQ(instrError(p.b), "instruction 0 on 'store': reachability: has no "
                             "path from 'dram' to 'spad'");
  CopyProgram q;
  q.b.fill(store, q.b.view(q.tile, q.type), {0});
  EXPECT_EQ(instrError(q.b),
            "instruction 0 on 'store': reachability: cannot fill 'spad'");
}

/// A matmul of 16 x K by K x 16 whose operands were filled, with a hook.
template <typename Change>
std::string matmulError(Change &&change) {
  InstrBuilder b("matmul", bytesOf(toyMachine()));
  const uint32_t a = b.buffer("a", spad, 0, 1024);
  const uint32_t w = b.buffer("w", spad, 1024, 1024);
  const uint32_t sums = b.buffer("sums", acc, 0, 2048);
  struct Parts {
    TensorType lhs{DType::i8, {16, 16}}, rhs{DType::i8, {16, 16}};
    TensorType out{DType::i32, {16, 16}};
    instr::ViewT lhsView, rhsView, outView;
    uint32_t engine = matrix;
    bool accumulate = false, epilogue = false;
  } parts;
  change(parts);
  BodyBuilder &body = b.addKernel();
  MatMulOptions options;
  if (parts.epilogue) {
    RegionBuilder region({DType::i32});
    region.yield(region.unary(image::ScalarOp::neg, region.parameter(0)));
    options.epilogue.region = region;
  }
  const ValueId x = body.input("", parts.lhs.dtype, parts.lhs.shape);
  const ValueId y = body.input("", parts.rhs.dtype, parts.rhs.shape);
  body.output(body.matmul(x, y, options));
  auto all = [&](uint32_t buffer, uint32_t space, int64_t bytes) {
    return b.view(buffer, {DType::i8, {bytes}});
  };
  const uint32_t first = b.fill(load, all(a, spad, 1024), {1});
  const uint32_t second = b.fill(load, all(w, spad, 1024), {1}, {first});
  instr::ViewT lhs = b.view(a, parts.lhs), rhs = b.view(w, parts.rhs);
  lhs.offset += parts.lhsView.offset;
  b.compute(parts.engine, 0, {lhs, rhs}, {b.view(sums, parts.out)}, {second},
            parts.accumulate);
  return instrError(b);
}

TEST(InstrVerifyTest, RulesOfAnEngine) {
  EXPECT_EQ(matmulError([](auto &) {}), "");
  EXPECT_EQ(matmulError([](auto &p) { p.engine = vector; }),
            "instruction 2 on 'vector': reachability: has no rule for MatMul");
  EXPECT_EQ(matmulError([](auto &p) {
              p.lhs.shape = {16, 8};
              p.rhs.shape = {8, 16};
            }),
            "instruction 2 on 'matrix': MatMul: operand 0: needs dim 1 as a "
            "multiple of 16, but got 8");
  EXPECT_EQ(matmulError([](auto &p) {
              p.lhs.shape = {32, 16};
              p.out.shape = {32, 16};
            }),
            "instruction 2 on 'matrix': MatMul: operand 0: needs dim 0 of at "
            "most 16, but got 32");
  EXPECT_EQ(matmulError([](auto &p) { p.lhsView.offset = 8; }),
            "instruction 2 on 'matrix': MatMul: operand 0: alignment: needs an "
            "address that is a multiple of 16, but got 8");
  EXPECT_EQ(matmulError([](auto &p) { p.epilogue = true; }),
            "instruction 2 on 'matrix': MatMul: cannot do the scalar op neg");
  EXPECT_EQ(matmulError([](auto &p) { p.out.shape = {16, 8}; }),
            "instruction 2 on 'matrix': result 0: needs i32[16,16] as in its "
            "kernel, but got i32[16,8]");
}

TEST(InstrVerifyTest, Accumulates) {
  // Into sums that nothing was written to.
  EXPECT_EQ(matmulError([](auto &p) { p.accumulate = true; }),
            "instruction 2 on 'matrix': lifetime: reads byte 0 of 'acc' "
            "through buffer 2 'sums', but nothing was written there");
  EXPECT_EQ(matmulError([](auto &p) { p.accumulate = p.epilogue = true; }),
            "instruction 2 on 'matrix': needs a sum without an epilogue to "
            "accumulate, but got MatMul");
}

TEST(InstrVerifyTest, LifetimeOfAnotherBuffer) {
  CopyProgram p;
  const uint32_t other = p.b.buffer("other", spad, 32, 64);
  const uint32_t in = p.copyIn();
  const uint32_t fill = p.b.fill(load, p.b.view(other, p.type), {0});
  p.copyOut({in, fill});
  EXPECT_EQ(instrError(p.b),
            "instruction 2 on 'store': lifetime: reads byte 32 of 'spad' "
            "through buffer 1 'tile', but buffer 3 'other' was written there "
            "last");
}

TEST(InstrVerifyTest, LifetimeOfInputsAndOutputs) {
  CopyProgram p;
  p.b.copy(store, p.b.view(p.tile, p.type), p.b.view(p.x, p.type),
           {p.copyIn()});
  EXPECT_EQ(instrError(p.b),
            "instruction 1 on 'store': lifetime: writes byte 0 of 'dram' "
            "through buffer 0 'x', but buffer 0 'x' is an input or constant");
  CopyProgram q;
  const TensorType part(DType::i8, {63});
  q.b.copy(store, q.b.view(q.tile, part), q.b.view(q.y, part), {q.copyIn()});
  EXPECT_EQ(instrError(q.b), "output 0: lifetime: byte 127 of 'dram' was not "
                             "written through buffer 2 'y'");
}

TEST(InstrVerifyTest, Races) {
  // A read that does not wait for the write.
  CopyProgram p;
  p.copyIn();
  p.copyOut();
  EXPECT_EQ(instrError(p.b),
            "instruction 1 on 'store': race: reads byte 0 of 'spad', unordered "
            "with instruction 0 on 'load'");
  // A write that does not wait for the read.
  CopyProgram q;
  q.copyOut({q.copyIn()});
  q.copyIn();
  EXPECT_NE(instrError(q.b).find("race: "), std::string::npos);
  // It may wait for it by way of others.
  CopyProgram r;
  const uint32_t out = r.copyOut({r.copyIn()});
  const uint32_t sync = r.b.wait(vector, {out});
  const uint32_t again = r.copyIn({sync});
  r.copyOut({again});
  EXPECT_EQ(instrError(r.b), "");
}

TEST(InstrVerifyTest, RacesOfPatternsAreExact) {
  // Even and odd bytes of one buffer, unordered: no byte is shared.
  auto verify = [](int64_t offset) {
    InstrBuilder b("strided", bytesOf(toyMachine()));
    const uint32_t t = b.buffer("t", spad, 0, 64);
    const uint32_t y = b.buffer("y", dram, 0, 64);
    const TensorType half(DType::i8, {32});
    const uint32_t even = b.fill(load, b.view(t, half, 0, {2}), {1});
    b.fill(load, b.view(t, half, offset, {offset == 1 ? 2 : 1}), {1});
    b.copy(store, b.view(t, half, 0, {2}), b.view(y, half), {even});
    return instrError(b);
  };
  EXPECT_EQ(verify(1), "");
  EXPECT_NE(verify(2).find("race: reads byte 2 of 'spad', unordered with"),
            std::string::npos)
      << verify(2);
}

TEST(InstrVerifyTest, DeadlockOfTokens) {
  CopyProgram p;
  p.copyIn({1});
  p.copyOut({0});
  EXPECT_EQ(instrError(p.b),
            "deadlock: instruction 0 on 'load' waits for instruction 1 on "
            "'store', which waits for instruction 0 on 'load'");
}

TEST(InstrVerifyTest, DeadlockOfTokensAndOrder) {
  // 0 waits for 2, which is queued behind 1 on its engine, which waits for 0.
  CopyProgram p;
  p.copyIn({2});
  p.b.wait(vector, {0});
  p.b.wait(vector, {});
  EXPECT_EQ(instrError(p.b),
            "deadlock: instruction 0 on 'load' waits for instruction 2 on "
            "'vector', which is queued behind instruction 1 on 'vector', which "
            "waits for instruction 0 on 'load'");
}

TEST(InstrVerifyTest, DeadlockOfFullQueues) {
  // The queue of four is full of waits for what has not been handed out.
  auto verify = [](int waits) {
    CopyProgram p;
    for (int i = 0; i < waits; ++i)
      p.b.wait(vector, {static_cast<uint32_t>(waits)});
    p.copyOut({p.copyIn()});
    return instrError(p.b);
  };
  EXPECT_EQ(verify(4), "");
  EXPECT_EQ(verify(5),
            "deadlock: instruction 0 on 'vector' waits for instruction 5 on "
            "'load', which is handed out after instruction 4 on 'vector', "
            "which needs room in the queue behind instruction 0 on 'vector'");
}

TEST(InstrVerifyTest, Overlaps) {
  CopyProgram p;
  p.b.fill(load, p.b.view(p.tile, p.type, 0, {0}), {0});
  EXPECT_EQ(instrError(p.b), "instruction 0 on 'load': view 0: writes elements "
                             "that overlap");
}

TEST(InstrVerifyTest, SurvivesEveryChangedByte) {
  CopyProgram p;
  p.copyOut({p.copyIn()});
  const std::vector<uint8_t> machine = bytesOf(toyMachine());
  const std::vector<uint8_t> good = p.b.finish();
  size_t refused = 0;
  for (size_t i = 0; i < good.size(); ++i)
    for (uint8_t flip : {0x01, 0x80, 0xff}) {
      std::vector<uint8_t> bad = good;
      bad[i] ^= flip;
      refused += !instrError(bad, machine).empty();
    }
  EXPECT_GT(refused, good.size());
}

} // namespace

TEST(InstrVerifyTest, LayersAreThere) {
  CopyProgram copy;
  copy.copyOut({copy.copyIn()});
  instr::ProgramT &program = copy.b.program();
  program.instructions[1]->layer = 0;
  EXPECT_EQ(instrError(copy.b), "instruction 1 on 'store': needs a layer below "
                                "0, but got 0");
  program.layers.push_back(std::make_unique<instr::LayerT>());
  EXPECT_EQ(instrError(copy.b), "");
}
