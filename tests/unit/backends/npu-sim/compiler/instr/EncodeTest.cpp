// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Instr programs by hand: what the machine description allows runs on the
// device, or is refused by name.

#include "backends/npu-sim/compiler/Compiler.h"
#include "backends/npu-sim/compiler/instr/Machine.h"
#include "backends/npu-sim/compiler/instr/Memory.h"
#include "backends/npu-sim/runtime/Executable.h"
#include "core/image/instr/Builder.h"
#include "core/image/instr/Verify.h"
#include "core/reference/instr/Interpreter.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <functional>

using namespace glowplug;
using namespace glowplug::npusim;
using testing::HasSubstr;

namespace {

/// The output of the device for \p program, which has one input and one output.
std::vector<uint8_t> runOnDevice(llvm::ArrayRef<uint8_t> program,
                                 llvm::ArrayRef<uint8_t> segment,
                                 const Tensor &x, size_t outputBytes) {
  const npu::Config config;
  std::vector<std::span<const uint8_t>> segments;
  if (!segment.empty())
    segments.emplace_back(segment.data(), segment.size());
  const auto encoded =
      npusim::encode({program.data(), program.size()}, segments, config);
  EXPECT_TRUE(encoded) << encoded.message();
  if (!encoded)
    return {};
  std::vector<std::span<const uint8_t>> constants;
  if (!encoded->constants.empty())
    constants.emplace_back(encoded->constants);
  auto executable = Executable::load(encoded->blob, constants, config,
                                     makeInProcessDevice(config));
  EXPECT_TRUE(executable) << executable.message();
  if (!executable)
    return {};
  std::vector<uint8_t> y(outputBytes, 0xee);
  std::vector<uint8_t> workspace(encoded->workspaceBytes);
  const std::span<const uint8_t> inputs[] = {
      {x.bytes().data(), x.bytes().size()}};
  uint8_t *outputs[] = {y.data()};
  const Arguments arguments{inputs, outputs, workspace.data()};
  EXPECT_FALSE((*executable)->check(arguments));
  EXPECT_FALSE((*executable)->run(arguments));
  return y;
}

enum Engine : uint32_t { loadA, loadW, matrix, vector, store };
constexpr int64_t lanes = 16, pixels = 16, bank = 32768;
using Bytes = std::vector<uint8_t>;

/// Weights [16, 16], biases, multipliers of a half, shifts of 4.
Bytes constantBytes() {
  Bytes bytes;
  for (int i = 0; i < lanes * lanes; ++i)
    bytes.push_back(static_cast<uint8_t>(i * 37 % 5 - 2));
  const auto addWords = [&](auto value) {
    for (int n = 0; n < lanes; ++n)
      for (int b = 0; b < 4; ++b)
        bytes.push_back(
            static_cast<uint8_t>(static_cast<uint32_t>(value(n)) >> (8 * b)));
  };
  addWords([](int n) { return 10 * n - 70; });
  addWords([](int) { return 1 << 30; });
  bytes.insert(bytes.end(), lanes, 32);
  return bytes;
}

/// y[p, n] = rescale(sum over k of x[p, k] * w[k, n] + bias[n]), as a
/// convolution of one tap and a map. Members are what tests may change.
struct Product {
  int64_t weightsAt = bank;          ///< in the scratchpad
  int64_t multipliersAt = 4 * lanes; ///< in the parameters
  int64_t fillBytes = 1;             ///< of the elements of a fill
  bool isReversed = false;           ///< the store stands first in the list
  bool isLimited = true;             ///< to the range of i8

  std::vector<uint8_t> machine = writeMachine(npu::Config());
  Bytes constants = constantBytes();
  Tensor x =
      llvm::cantFail(Tensor::uninitialized(DType::i8, {1, pixels, lanes}));

  Product() {
    llvm::MutableArrayRef<uint8_t> bytes = x.mutableBytes();
    for (size_t i = 0; i < bytes.size(); ++i)
      bytes[i] = static_cast<uint8_t>(i * 89 + i / 7);
  }

  void addKernels(InstrBuilder &b) const {
    BodyBuilder &product = b.addKernel();
    const ValueId input = product.input("", DType::i8, {1, lanes, 1, pixels});
    product.output(product.conv(
        input, product.input("", DType::i8, {lanes, lanes, 1, 1}), {}));

    RegionBuilder r({DType::i32, DType::i32, DType::i32, DType::i8});
    const ScalarId sum =
        r.binary(image::ScalarOp::add, r.parameter(0), r.parameter(1));
    const ScalarId shift = r.cast(DType::i32, r.parameter(3));
    ScalarId y =
        r.instruction(image::ScalarOp::rescale_tosa_single, DType::i32,
                      {sum, r.parameter(2), shift, r.constant(int32_t(5))});
    if (isLimited) {
      y = r.binary(image::ScalarOp::max, y, r.constant(int32_t(-100)));
      y = r.binary(image::ScalarOp::min, y, r.constant(int32_t(120)));
    }
    r.yield(r.cast(DType::i8, y));
    BodyBuilder &map = b.addKernel();
    map.output(map.map(r, {map.input("", DType::i32, {1, pixels, lanes}),
                           map.input("", DType::i32, {1, 1, lanes}),
                           map.input("", DType::i32, {1, 1, lanes}),
                           map.input("", DType::i8, {1, 1, lanes})})[0]);
  }

  struct Buffers {
    uint32_t constant, in, out, inputs, weights, results, params, sums;
  };
  static constexpr uint64_t tile = pixels * lanes;

  Buffers declare(InstrBuilder &b) const {
    Buffers at{b.buffer("c", dramSpace, 0, constants.size()),
               b.buffer("x", dramSpace, 512, tile),
               b.buffer("y", dramSpace, 1024, tile),
               b.buffer("inputs", scratchpadSpace, 0, tile),
               b.buffer("weights", scratchpadSpace, uint64_t(weightsAt), 256),
               b.buffer("results", scratchpadSpace, 2 * bank, 3 * tile),
               b.buffer("parameters", parameterSpace, 0, 16 * lanes),
               b.buffer("sums", accumulatorSpace, 0, 4 * tile)};
    const TensorType type(DType::i8, {1, pixels, lanes});
    b.input(at.in, type);
    b.output(at.out, type);
    b.constant(at.constant, b.segment(constants.size()), 0);
    addKernels(b);
    return at;
  }

  /// The number of instruction \p number of the list as it is not reversed. The
  /// loads of weights, 2 to 4, keep their order in the reversed list.
  uint32_t id(uint32_t number) const {
    if (!isReversed || number == 0)
      return number;
    return number >= 2 && number <= 4 ? number + 2 : 8 - number;
  }

  void load(InstrBuilder &b, const Buffers &at, uint32_t number) const {
    const auto bytes = [](int64_t count) {
      return TensorType(DType::u8, {count});
    };
    switch (number) {
    case 1:
      b.copy(loadA, b.view(at.in, bytes(tile)), b.view(at.inputs, bytes(tile)));
      break;
    case 2:
      b.copy(loadW, b.view(at.constant, bytes(256)),
             b.view(at.weights, bytes(256)));
      break;
    case 3:
      b.copy(loadW, b.view(at.constant, bytes(64), 256),
             b.view(at.params, bytes(64)));
      break;
    default:
      b.copy(loadW, b.view(at.constant, bytes(80), 320),
             b.view(at.params, bytes(80), multipliersAt));
    }
  }

  void multiply(InstrBuilder &b, const Buffers &at) const {
    instr::ViewT from = b.view(at.inputs, {DType::i8, {1, lanes, 1, pixels}}, 0,
                               {0, 0, 0, lanes});
    from.blocks = {1, lanes, 1, 1};
    from.inner = {0, 1, 0, 0};
    instr::ViewT with = b.view(at.weights, {DType::i8, {lanes, lanes, 1, 1}}, 0,
                               {1, 256, 256, 256});
    with.blocks = {1, lanes, 1, 1};
    with.inner = {0, lanes, 0, 0};
    const instr::ViewT to = b.view(at.sums, {DType::i32, {1, lanes, 1, pixels}},
                                   0, {0, 4, 4 * pixels * lanes, 4 * lanes});
    b.compute(matrix, 0, {from, with}, {to}, {id(1), id(2)});
  }

  void rescale(InstrBuilder &b, const Buffers &at) const {
    const auto lane = [&](DType dtype, int64_t from) {
      return b.view(at.params, {dtype, {1, 1, lanes}}, from);
    };
    b.compute(vector, 1,
              {b.view(at.sums, {DType::i32, {1, pixels, lanes}}),
               lane(DType::i32, 0), lane(DType::i32, multipliersAt),
               lane(DType::i8, multipliersAt + 4 * lanes)},
              {b.view(at.results, {DType::i8, {1, pixels, lanes}})},
              {id(4), id(5)});
  }

  Bytes write() const {
    InstrBuilder b("product", machine);
    const Buffers at = declare(b);
    const TensorType type(DType::i8, {1, pixels, lanes});
    std::vector<std::function<void()>> steps = {
        [&] { load(b, at, 1); },
        [&] { load(b, at, 2); },
        [&] { load(b, at, 3); },
        [&] { load(b, at, 4); },
        [&] { multiply(b, at); },
        [&] { rescale(b, at); },
        [&] {
          b.copy(store, b.view(at.results, type), b.view(at.out, type),
                 {id(6)});
        }};
    const TensorType word(fillBytes == 1 ? DType::u8 : DType::i16, {4});
    b.fill(loadA, b.view(at.results, word, 512),
           fillBytes == 1 ? Bytes{7} : Bytes{7, 8});
    if (isReversed) {
      std::reverse(steps.begin(), steps.end());
      std::swap(steps[3], steps[5]);
    }
    for (const auto &step : steps)
      step();
    return b.finish();
  }

  std::string verify(const Bytes &program) const {
    return llvm::toString(verifyInstr(program, machine));
  }

  npu::Result<CompiledProgram> encode(const Bytes &program) const {
    const std::span<const uint8_t> segments[] = {constants};
    return npusim::encode(program, segments, npu::Config());
  }

  /// Why encode() refuses a program that is valid.
  std::string refusal() const {
    const Bytes program = write();
    EXPECT_EQ(verify(program), "");
    const auto encoded = encode(program);
    return encoded ? "" : encoded.message();
  }

  Bytes interpret(const Bytes &program) const {
    const llvm::ArrayRef<uint8_t> segments[] = {constants};
    const auto outputs = llvm::cantFail(
        interpretInstr(*instr::GetProgram(program.data()), {x}, segments, {}));
    return {outputs[0].bytes().begin(), outputs[0].bytes().end()};
  }
};

} // namespace

TEST(NpuEncodeTest, RunsWhatWasWrittenByHand) {
  const Product product;
  const Bytes program = product.write();
  ASSERT_EQ(product.verify(program), "");
  const Bytes expected = product.interpret(program);
  EXPECT_EQ(runOnDevice(program, product.constants, product.x, pixels * lanes),
            expected);
  EXPECT_NE(expected[0], expected[17]); // more than one value
}

TEST(NpuEncodeTest, TakesWaitsForWhatStandsLaterInTheList) {
  Product product;
  const Bytes expected = product.interpret(product.write());
  product.isReversed = true;
  const Bytes program = product.write();
  ASSERT_EQ(product.verify(program), "");
  EXPECT_EQ(runOnDevice(program, product.constants, product.x, pixels * lanes),
            expected);
}

TEST(NpuEncodeTest, RefusesTwoOperandsInOneBank) {
  Product product;
  product.weightsAt = 512;
  EXPECT_EQ(product.refusal(), "instruction 5 on 'matrix': needs operands in "
                               "different banks, but two lie in bank 1");
}

TEST(NpuEncodeTest, RefusesParametersApart) {
  Product product;
  product.multipliersAt = 6 * lanes;
  EXPECT_EQ(product.refusal(),
            "instruction 6 on 'vector': param_addr: needs operand 2, a "
            "parameter, at 64, after the one before it, but it lies at 96");
}

TEST(NpuEncodeTest, RefusesRegionsThatWrap) {
  Product product;
  product.isLimited = false;
  EXPECT_THAT(product.refusal(),
              HasSubstr("instruction 6 on 'vector': region: needs results "
                        "limited to a byte"));
}

TEST(NpuEncodeTest, RefusesFillsOfOtherThanBytesAndWords) {
  Product product;
  product.fillBytes = 2;
  EXPECT_EQ(product.refusal(),
            "instruction 0 on 'load_a': value: needs elements of 4 bytes, or "
            "whose bytes are all the same");
}

/// The words of every second row, between bytes of another fill.
TEST(NpuEncodeTest, FillsWithWords) {
  const std::vector<uint8_t> machine = writeMachine(npu::Config());
  const TensorType words(DType::i32, {4, 8}), rows(DType::i32, {2, 8});
  const TensorType one(DType::i8, {1});
  for (int32_t value : {1, -2, 0x12345678, -1}) {
    InstrBuilder b("words", machine);
    const uint32_t in = b.buffer("x", dramSpace, 0, 1);
    const uint32_t out = b.buffer("y", dramSpace, 64, 128);
    const uint32_t tile = b.buffer("tile", scratchpadSpace, bank, 128);
    b.input(in, one);
    b.output(out, words);
    Bytes bytes(4);
    std::memcpy(bytes.data(), &value, 4);
    b.fill(loadA, b.view(tile, {DType::u8, {128}}), Bytes{7});
    const uint32_t filled =
        b.fill(loadA, b.view(tile, rows, 32, {64, 4}), bytes);
    b.copy(store, b.view(tile, words), b.view(out, words), {filled});
    const Bytes program = b.finish();
    ASSERT_EQ(llvm::toString(verifyInstr(program, machine)), "");
    const Tensor x = llvm::cantFail(Tensor::uninitialized(DType::i8, {1}));
    const auto expected = llvm::cantFail(
        interpretInstr(*instr::GetProgram(program.data()), {x}, {}, {}));
    const auto y = expected[0].bytes();
    EXPECT_EQ(runOnDevice(program, {}, x, 128), Bytes(y.begin(), y.end()))
        << value;
  }
}

/// Each of 40 tables, of which 32 have room at once, is used twice.
TEST(NpuEncodeTest, LoadsTablesThatLostTheirPlaceAgain) {
  constexpr int tables = 40;
  const std::vector<uint8_t> machine = writeMachine(npu::Config());
  const TensorType row(DType::u8, {1, 1, lanes});
  Tensor x = llvm::cantFail(Tensor::uninitialized(DType::u8, row.shape));
  for (size_t i = 0; i < lanes; ++i)
    x.mutableBytes()[i] = static_cast<uint8_t>(i * 15 + 3);
  for (bool hasLayers : {false, true}) {
    InstrBuilder b("tables", machine);
    const uint32_t in = b.buffer("x", dramSpace, 0, lanes);
    const uint32_t out =
        b.buffer("y", dramSpace, 64, uint64_t(2 * tables * lanes));
    const uint32_t tile = b.buffer("tile", scratchpadSpace, 0, lanes);
    const uint32_t results =
        b.buffer("results", scratchpadSpace, bank, 2 * tables * lanes);
    const TensorType all(DType::u8, {2 * tables, lanes});
    b.input(in, row);
    b.output(out, all);
    if (hasLayers)
      b.program().layers.push_back(std::make_unique<instr::LayerT>());
    for (int k = 0; k < tables; ++k) {
      Tensor table = llvm::cantFail(Tensor::uninitialized(DType::u8, {256}));
      for (int i = 0; i < 256; ++i)
        table.mutableBytes()[static_cast<size_t>(i)] =
            static_cast<uint8_t>(i * 3 + k * 7);
      RegionBuilder r({DType::u8});
      r.yield(r.table(r.parameter(0), table));
      BodyBuilder &kernel = b.addKernel();
      kernel.output(kernel.map(r, {kernel.input("", DType::u8, row.shape)})[0]);
    }
    const uint32_t loaded = b.copy(loadA, b.view(in, row), b.view(tile, row));
    uint32_t last = 0;
    for (int k = 0; k < 2 * tables; ++k)
      last = b.compute(vector, static_cast<uint32_t>(k % tables),
                       {b.view(tile, row)}, {b.view(results, row, k * lanes)},
                       {loaded});
    b.copy(store, b.view(results, all), b.view(out, all), {last});
    if (hasLayers)
      for (auto &instruction : b.program().instructions)
        instruction->layer = 0;
    const Bytes program = b.finish();
    ASSERT_EQ(llvm::toString(verifyInstr(program, machine)), "");
    const Bytes y = runOnDevice(program, {}, x, 2 * tables * lanes);
    ASSERT_EQ(y.size(), size_t(2 * tables * lanes));
    for (int k = 0; k < 2 * tables; ++k)
      for (int n = 0; n < lanes; ++n)
        ASSERT_EQ(y[static_cast<size_t>(k * lanes + n)],
                  static_cast<uint8_t>((n * 15 + 3) * 3 + k % tables * 7))
            << k << ", " << n;
  }
}

/// Sums, maxima and minima of bytes less a zero point, which no schedule has
/// today.
TEST(NpuEncodeTest, SubtractsZeroPointsFromReductions) {
  constexpr int64_t count = 9;
  const std::vector<uint8_t> machine = writeMachine(npu::Config());
  const TensorType rows(DType::i8, {1, count, lanes});
  const TensorType row(DType::i32, {1, 1, lanes});
  Tensor x = llvm::cantFail(Tensor::uninitialized(DType::i8, rows.shape));
  for (size_t i = 0; i < x.bytes().size(); ++i)
    x.mutableBytes()[i] = static_cast<uint8_t>(i * 29 + i / 5);
  for (const auto &[kind, least] :
       {std::pair(image::ReduceKind::sum, int32_t(-3 * count)),
        std::pair(image::ReduceKind::max, int32_t(-3)),
        std::pair(image::ReduceKind::min, int32_t(-3))}) {
    const bool isSum = kind == image::ReduceKind::sum;
    InstrBuilder b("reduce", machine);
    const uint32_t in = b.buffer("x", dramSpace, 0, count * lanes);
    const uint32_t out = b.buffer("y", dramSpace, 256, 4 * lanes);
    const uint32_t tile = b.buffer("tile", scratchpadSpace, 0, count * lanes);
    const uint32_t result =
        b.buffer("result", scratchpadSpace, bank, 4 * lanes);
    b.input(in, rows);
    b.output(out, row);
    RegionBuilder r({isSum ? DType::i32 : DType::i8});
    ScalarId value = r.parameter(0);
    if (!isSum)
      value = r.cast(DType::i32, value);
    r.yield(r.sub(value, r.constant(least)));
    BodyBuilder &kernel = b.addKernel();
    kernel.output(kernel.reduce(kind, kernel.input("", DType::i8, rows.shape),
                                {1}, {r, {}}));
    const uint32_t loaded = b.copy(loadA, b.view(in, rows), b.view(tile, rows));
    const uint32_t done = b.compute(vector, 0, {b.view(tile, rows)},
                                    {b.view(result, row)}, {loaded});
    b.copy(store, b.view(result, row), b.view(out, row), {done});
    const Bytes program = b.finish();
    ASSERT_EQ(llvm::toString(verifyInstr(program, machine)), "");
    const auto expected = llvm::cantFail(
        interpretInstr(*instr::GetProgram(program.data()), {x}, {}, {}));
    const auto bytes = expected[0].bytes();
    EXPECT_EQ(runOnDevice(program, {}, x, 4 * lanes),
              Bytes(bytes.begin(), bytes.end()))
        << "kind " << static_cast<int>(kind);
  }
}
