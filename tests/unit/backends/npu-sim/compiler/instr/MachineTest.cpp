// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The machine description of NPUs of all sizes.

#include "backends/npu-sim/compiler/instr/Machine.h"
#include "backends/npu-sim/compiler/instr/Memory.h"
#include "core/image/instr/Verify.h"
#include "core/image/instr/machine_generated.h"

#include <gtest/gtest.h>

using namespace glowplug;

namespace {

npu::Config configOf(int rows) {
  npu::Config config;
  config.arrayRows = rows;
  return config;
}

} // namespace

TEST(NpuMachineTest, IsValidForEveryArray) {
  for (int rows : {4, 8, 16, 32}) {
    const std::vector<uint8_t> bytes = npusim::writeMachine(configOf(rows));
    EXPECT_EQ(llvm::toString(verifyMachine(bytes)), "") << rows;
    EXPECT_EQ(bytes, npusim::writeMachine(configOf(rows)));
  }
}

TEST(NpuMachineTest, HasTheSizesOfTheConfiguration) {
  const npu::Config config = configOf(16);
  const std::vector<uint8_t> bytes = npusim::writeMachine(config);
  const machine::Machine &made = *machine::GetMachine(bytes.data());
  const auto bytesOf = [&](uint32_t space) {
    return made.spaces()->Get(space)->bytes();
  };
  // Bank 0 holds parameters; a quarter of it is the encoder's.
  EXPECT_EQ(bytesOf(npusim::parameterSpace), 32768u * 3 / 4);
  EXPECT_EQ(bytesOf(npusim::scratchpadSpace), 7u * 32768);
  EXPECT_EQ(bytesOf(npusim::accumulatorSpace), 4u * 256 * 16 * 4);
  ASSERT_EQ(made.engines()->size(), 5u);
  EXPECT_EQ(made.engines()->Get(2)->name()->str(), "matrix");
  EXPECT_EQ(made.engines()->Get(2)->queue_depth(), 16u);
}

TEST(NpuMachineTest, PlacesAreAddresses) {
  const npusim::MemoryMap map(configOf(16));
  for (int64_t address :
       {int64_t(0), map.keptBegin - 1, map.keptEnd, int64_t(8) * 32768 - 1}) {
    const auto place = map.placeOf(address);
    EXPECT_EQ(map.addressOf(place.space, place.offset), address);
    EXPECT_LT(static_cast<uint64_t>(place.offset), map.bytesOf(place.space));
    EXPECT_FALSE(map.isKept(address));
  }
  EXPECT_TRUE(map.isKept(map.keptBegin));
  EXPECT_TRUE(map.isKept(map.keptEnd - 1));
}
