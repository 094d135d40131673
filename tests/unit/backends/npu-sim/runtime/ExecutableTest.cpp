// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Runs of loaded partitions: their numbers and their times.

#include "tests/unit/backends/npu-sim/runtime/Testing.h"

#include <glowplug/arithmetic.h>

#include <gmock/gmock.h>

#include <cstring>
#include <random>

using namespace glowplug;
using namespace glowplug::npusim;
using namespace glowplug::npusim::test;

namespace {

using Bytes = std::vector<std::uint8_t>;

Bytes randomBytes(std::mt19937_64 &random, std::size_t count) {
  Bytes bytes(count);
  for (std::uint8_t &byte : bytes)
    byte = static_cast<std::uint8_t>(random());
  return bytes;
}

/// A matrix product in plain loops, for the layouts of npu::test::Gemm.
struct Product {
  int m, n, k, panel, r;
  Bytes a, b;

  int at(int row, int depth) const {
    const int block = row / panel * k / r + depth / r;
    return static_cast<std::int8_t>(
        a[std::size_t((block * panel + row % panel) * r + depth % r)]);
  }
  /// Column \p column of the biases, multipliers (words) and shifts.
  const std::uint8_t *block(int column) const {
    return &b[std::size_t(column / r * (k * r + 9 * r))];
  }
  std::int32_t word(int column, int which) const {
    std::int32_t value;
    std::memcpy(&value, block(column) + k * r + 4 * (which * r + column % r),
                4);
    return value;
  }
  std::uint8_t result(int row, int column) const {
    std::int32_t sum = word(column, 0);
    for (int depth = 0; depth < k; ++depth)
      sum += at(row, depth) *
             static_cast<std::int8_t>(block(column)[depth * r + column % r]);
    const int shift = block(column)[k * r + 8 * r + column % r];
    const std::int64_t value = arithmetic::applyScale32(
        sum, word(column, 1), shift, /*doubleRound=*/false);
    return static_cast<std::uint8_t>(
        std::clamp<std::int64_t>(value, -128, 127));
  }
};

TEST(Executable, ComputesAMatrixProduct) {
  std::mt19937_64 random(1);
  for (int r : {8, 16}) {
    npu::Config config;
    config.arrayRows = r;
    const Blob blob = gemmBlob(64, 32, 48, 32, config);
    Product product{64, 32, 48, 32, r, randomBytes(random, 64 * 48), {}};
    product.b =
        randomBytes(random, std::size_t(blob.program.extents[constantsBase]));
    for (int column = 0; column < 32; ++column) {
      auto *block = const_cast<std::uint8_t *>(product.block(column));
      const std::int32_t bias = std::int32_t(random() % 2001) - 1000;
      const std::int32_t multiplier =
          (1 << 30) + std::int32_t(random() % 99999);
      std::memcpy(block + 48 * r + 4 * (column % r), &bias, 4);
      std::memcpy(block + 48 * r + 4 * (r + column % r), &multiplier, 4);
      block[48 * r + 8 * r + column % r] = 40;
    }
    auto loaded = load(blob, product.b, config);
    ASSERT_TRUE(loaded) << loaded.message();
    Executable &executable = **loaded;
    EXPECT_FALSE(executable.hostNs());
    const std::span<const std::uint8_t> inputs[] = {product.a};
    for (int round = 0; round < 2; ++round) {
      Bytes output(64 * 32, 0x77);
      std::uint8_t *const outputs[] = {output.data()};
      const Arguments arguments{inputs, outputs, nullptr};
      ASSERT_FALSE(executable.check(arguments));
      ASSERT_FALSE(executable.run(arguments));
      for (int row = 0; row < 64; ++row)
        for (int column = 0; column < 32; ++column)
          ASSERT_EQ(
              output[std::size_t((column / r * 64 + row) * r + column % r)],
              product.result(row, column))
              << r << ": " << row << ", " << column;
      EXPECT_GT(executable.hostNs().value_or(0), 0u);
    }
    const auto expected =
        npu::replay(commandsOf(blob), {config, executable.placement().bases,
                                       executable.placement().programBase});
    ASSERT_TRUE(expected);
    EXPECT_EQ(executable.timeline().records, expected->records);
    EXPECT_EQ(executable.timeline().cycles, expected->cycles);
  }
}

/// Every base register reaches what it should, and bindings lie where they say.
TEST(Executable, JoinsInputsAndOutputs) {
  Blob blob = blobOf("load load_a dram_base=2 dram_offset=8 run=4\n"
                     "load load_a dram_base=2 spad_addr=4 run=4\n"
                     "load load_a dram_base=0 spad_addr=8 run=4 signal=0\n"
                     "store store wait=0 dram_base=1 run=12 signal=1\n"
                     "load load_a wait=1 dram_base=1 dram_offset=2 run=8 "
                     "spad_addr=100 signal=0\n"
                     "store store wait=0 dram_base=3 spad_addr=100 run=4\n"
                     "store store dram_base=3 dram_offset=12 spad_addr=104 "
                     "run=4\n",
                     {4, 12, 12, 16});
  blob.inputs = {{0, 4}, {8, 4}};
  blob.outputs = {{12, 4}, {0, 4}, {0, 2}};
  const Bytes constants{21, 22, 23, 24, 99}; // more than it needs
  const Bytes first{1, 2, 3, 4}, second{11, 12, 13, 14};
  auto loaded = load(blob, constants);
  ASSERT_TRUE(loaded) << loaded.message();
  EXPECT_EQ((*loaded)->workspaceBytes(), 12u);
  Bytes x(4), y(4), z(2), workspace(12);
  const std::span<const std::uint8_t> inputs[] = {first, second};
  std::uint8_t *const outputs[] = {x.data(), y.data(), z.data()};
  ASSERT_FALSE((*loaded)->run({inputs, outputs, workspace.data()}));
  EXPECT_EQ(workspace, (Bytes{11, 12, 13, 14, 1, 2, 3, 4, 21, 22, 23, 24}));
  EXPECT_EQ(y, (Bytes{13, 14, 1, 2}));
  EXPECT_EQ(x, (Bytes{3, 4, 21, 22}));
  EXPECT_EQ(z, (Bytes{13, 14}));
}

TEST(Executable, PlacesEverythingAtPages) {
  npu::Extents extents{};
  extents[constantsBase] = 1;
  extents[workspaceBase] = 4096;
  extents[outputsBase] = 4097;
  const Placement placement = placeProgram(extents);
  EXPECT_EQ(placement.bases[constantsBase], 0u);
  EXPECT_EQ(placement.bases[workspaceBase], 4096u);
  EXPECT_EQ(placement.bases[inputsBase], 8192u);
  EXPECT_EQ(placement.bases[outputsBase], 8192u);
  EXPECT_EQ(placement.programBase, 16384u);
}

/// A program that reads what it has not written gives the same each time, and
/// not zeros.
TEST(Executable, StartsFromTheSameState) {
  auto loaded = load(blobOf("store store dram_base=3 run=4 signal=0\n"
                            "fill load_a wait=0 run=4 value=1\n",
                            {0, 0, 0, 4}));
  ASSERT_TRUE(loaded) << loaded.message();
  const std::span<const std::uint8_t> inputs[] = {{}};
  for (int round = 0; round < 2; ++round) {
    Bytes output(4);
    std::uint8_t *const outputs[] = {output.data()};
    ASSERT_FALSE((*loaded)->run({inputs, outputs, nullptr}));
    EXPECT_EQ(output, (Bytes{0xa5, 0xa5, 0xa5, 0xa5}));
  }
}

TEST(Executable, ChecksItsArguments) {
  auto loaded = load(blobOf("sync store\n", {0, 64, 4, 4}));
  ASSERT_TRUE(loaded) << loaded.message();
  const Bytes bytes(4);
  Bytes output(4), workspace(64);
  const std::span<const std::uint8_t> inputs[] = {bytes};
  const std::span<const std::uint8_t> shorter[] = {std::span(bytes).first(3)};
  std::uint8_t *const outputs[] = {output.data()};
  const auto messageOf = [&](const Arguments &arguments) {
    const auto fault = (*loaded)->check(arguments);
    return fault ? fault->message : "";
  };
  EXPECT_EQ(messageOf({inputs, outputs, workspace.data()}), "");
  EXPECT_EQ(messageOf({{}, outputs, workspace.data()}),
            "needs 1 inputs and 1 outputs, but got 0 and 1");
  EXPECT_EQ(messageOf({inputs, {}, workspace.data()}),
            "needs 1 inputs and 1 outputs, but got 1 and 0");
  EXPECT_EQ(messageOf({shorter, outputs, workspace.data()}),
            "input 0: needs 4 bytes, but has 3");
  EXPECT_EQ(messageOf({inputs, outputs, nullptr}),
            "needs a workspace of 64 bytes, but got none");
}

/// A device may get lost; there is no report of a run that did not happen.
class LostDevice : public Device {
public:
  npu::Result<npu::Timeline> load(const npu::Program &,
                                  const Placement &) override {
    return npu::Timeline{{{}}, 1};
  }
  std::optional<npu::Fault> run(const Memory &) override {
    return npu::Fault{"the device is gone"};
  }
};

TEST(Executable, PassesTheFaultsOfItsDevice) {
  const auto bytes = writeBlob(blobOf("sync store\n", {0, 0, 0, 0}), {});
  auto loaded = Executable::load(bytes, {}, {}, std::make_unique<LostDevice>());
  ASSERT_TRUE(loaded) << loaded.message();
  const std::span<const std::uint8_t> inputs[] = {{}};
  Bytes output(1);
  std::uint8_t *const outputs[] = {output.data()};
  const auto fault = (*loaded)->run({inputs, outputs, nullptr});
  ASSERT_TRUE(fault);
  EXPECT_EQ(fault->message, "the device is gone");
  EXPECT_FALSE((*loaded)->hostNs());
}

} // namespace
