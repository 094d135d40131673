// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Clocks hw/rtl/npu.sv: one transfer on its registers at a time, and memory.

#include "simulator/cosim/ClockedChip.h"

#include "simulator/cosim/ChipSizes.h"

#include "hw/spec/npu_registers.h"

#include "simulator/cosim/chip_sizes.inc"

namespace glowplug::npu::cosim {

namespace {

template <typename Unit, int R>
class BuiltChip : public ClockedChip {
public:
  BuiltChip(const Config &config, Storage &storage)
      : config(config), storage(storage) {
    unit->s_awvalid_i = unit->s_wvalid_i = unit->s_arvalid_i = 0;
    unit->s_bready_i = unit->s_rready_i = 1;
    // Verilator sees the edge of an asynchronous reset alone.
    unit->rst_ni = 1;
    eval(0);
    unit->rst_ni = 0;
    restartMemory();
    cycle();
    unit->rst_ni = 1;
    cycle();
  }
  /// Scopes are taken out of the context of the thread, whoever made them.
  ~BuiltChip() override { Verilated::threadContextp(context.get()); }

  void offer(const Access &access) override {
    const auto address = static_cast<std::uint16_t>(access.address);
    if (!access.isWrite) {
      unit->s_araddr_i = address;
      unit->s_arvalid_i = 1;
      return;
    }
    const bool resets = (address & ~3u) == NPU_CONTROL &&
                        (access.strobes & 1) != 0 &&
                        (access.data & NPU_CONTROL_RESET_MASK) != 0;
    isResetting = resets;
    unit->s_awaddr_i = address;
    unit->s_wdata_i = access.data;
    unit->s_wstrb_i = static_cast<std::uint8_t>(access.strobes);
    unit->s_awvalid_i = unit->s_wvalid_i = 1;
  }

  std::optional<Answer> cycle() override {
    memory->drive(now);
    eval(0);
    memory->look(now);
    const bool takesAddress = unit->s_awready_o, takesData = unit->s_wready_o;
    const bool takesRead = unit->s_arready_o, begins = unit->trace_begin_o;
    std::optional<Answer> answer;
    if (unit->s_bvalid_o)
      answer = Answer{0, unit->s_bresp_o != 0};
    else if (unit->s_rvalid_o)
      answer = Answer{unit->s_rdata_o, unit->s_rresp_o != 0};
    eval(1);
    if (takesAddress)
      unit->s_awvalid_i = 0;
    if (takesData)
      unit->s_wvalid_i = 0;
    if (takesRead)
      unit->s_arvalid_i = 0;
    ++now;
    // A reset that the chip has taken reaches the memory's bus as well.
    const bool isReset = answer && !answer->isError && isResetting;
    if (begins || isReset)
      restartMemory();
    if (answer)
      isResetting = false;
    return answer;
  }

  bool interrupt() const override { return unit->irq_o != 0; }
  std::optional<Fault> fault() const override { return memory->fault(); }

private:
  /// DRAM is at rest when a program begins, in its cycle 0.
  void restartMemory() {
    now = 0;
    memory.emplace(*unit, config, SlowMemory{}, storage);
  }

  void eval(int clock) {
    unit->clk_i = clock;
    unit->eval();
  }

  const Config config;
  Storage &storage;
  const std::unique_ptr<VerilatedContext> context =
      std::make_unique<VerilatedContext>();
  const std::unique_ptr<Unit> unit = std::make_unique<Unit>(context.get());
  std::optional<ChipMemory<Unit>> memory;
  Cycle now = 0;
  bool isResetting = false; ///< the transfer under way asks for that
};

} // namespace

Result<std::unique_ptr<ClockedChip>> makeClockedChip(const Config &config,
                                                     Storage &storage) {
  return makeForRows<ClockedChip, BuiltChip>(config, Built(), config, storage);
}

} // namespace glowplug::npu::cosim
