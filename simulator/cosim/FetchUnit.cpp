// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Fetch and dispatch of hw/rtl/npu_fetch.sv.

#include "simulator/cosim/VerilatedUnit.h"

#include "Vfetching.h"

#include <bit>
#include <deque>
#include <vector>

namespace glowplug::npu::cosim {

namespace {

class Fetching : public model::FetchUnit {
public:
  /// Scopes are taken out of the context of the thread, whoever made them.
  ~Fetching() override { Verilated::threadContextp(context.get()); }

  std::optional<Fault> begin(const Machine &machine,
                             std::span<const Encoded> newProgram) override {
    const auto isFixed = [](std::string_view name) {
      return name == "fetch.depth" || name == "dram.bytesPerCycle";
    };
    if (auto fault = checkSizes("fetch", machine.config, isFixed))
      return fault;
    program.assign(newProgram.begin(), newProgram.end());
    base = machine.programBase;
    beats.clear();
    cycle = 0;
    unit->start_i = unit->grant_i = unit->rvalid_i = 0;
    unit->rst_ni = 0;
    clock();
    unit->rst_ni = 1;
    unit->start_i = 1;
    unit->base_i = base;
    unit->count_i = static_cast<std::uint32_t>(program.size());
    clock();
    unit->start_i = 0;
    return std::nullopt;
  }

  Dispatch look(unsigned full) override {
    unit->full_i = static_cast<std::uint8_t>(full);
    unit->grant_i = 0;
    unit->rvalid_i = !beats.empty() && beats.front().at == cycle;
    if (unit->rvalid_i)
      std::memcpy(&unit->rdata_i, beats.front().from, sizeof unit->rdata_i);
    unit->clk_i = 0;
    unit->eval();
    Dispatch sent;
    if (unit->push_o == 0)
      return sent;
    sent.queue = std::countr_zero(static_cast<unsigned>(unit->push_o));
    std::memcpy(&sent.command, &unit->cmd_o, sizeof sent.command);
    return sent;
  }

  void edge() override {
    if (unit->rvalid_i)
      beats.pop_front();
    unit->clk_i = 1;
    unit->eval();
    ++cycle;
  }

  std::optional<Fault> fault() const override {
    if (isAstray)
      return Fault{"the hardware fetches what is not of its program"};
    if (unit->fault_o == 0)
      return std::nullopt;
    return Fault{fmt::format("command {}: the hardware has no queue for it",
                             unit->number_o)};
  }

  std::optional<BusRequest> request() override {
    if (unit->req_o == 0)
      return std::nullopt;
    return BusRequest{unit->req_addr_o, sizeof(Encoded), Direction::Read};
  }

  void grant(Cycle latency) override {
    constexpr int size = sizeof unit->rdata_i;
    constexpr int count = sizeof(Encoded) / size;
    const std::uint64_t at = unit->req_addr_o - base;
    isAstray =
        at % sizeof(Encoded) != 0 || at / sizeof(Encoded) >= program.size();
    for (int i = 0; i < count && !isAstray; ++i)
      beats.push_back(
          {cycle + latency - (count - 1 - i),
           reinterpret_cast<const char *>(&program[at / sizeof(Encoded)]) +
               i * size});
    unit->grant_i = 1;
    unit->eval();
  }

  bool isWaitingForBeats() const override { return !beats.empty(); }

private:
  /// A beat that passes in cycle `at`, and its bytes.
  struct Beat {
    Cycle at;
    const char *from;
  };

  void clock() {
    unit->clk_i = 0;
    unit->eval();
    unit->clk_i = 1;
    unit->eval();
  }

  const std::unique_ptr<VerilatedContext> context =
      std::make_unique<VerilatedContext>();
  const std::unique_ptr<Vfetching> unit =
      std::make_unique<Vfetching>(context.get());
  std::vector<Encoded> program;
  std::uint64_t base = 0;
  std::deque<Beat> beats;
  Cycle cycle = 0;
  bool isAstray = false; ///< it requested a burst outside of its program
};

} // namespace

Result<std::unique_ptr<model::FetchUnit>> makeFetch(const Config &) {
  return std::unique_ptr<model::FetchUnit>(std::make_unique<Fetching>());
}

} // namespace glowplug::npu::cosim
