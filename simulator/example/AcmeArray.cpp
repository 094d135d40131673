// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Binds the ports of acme_array.sv to the interface of a unit of hardware.

#include "simulator/example/AcmeArray.h"

#include "Vacme.h"
#include "Vacmebug.h"

#include <fmt/format.h>

#include <cstring>

namespace glowplug::npu::example {

namespace {

constexpr int rows = 8;

/// \p Verilated is what Verilator made of the array.
template <typename Verilated>
class AcmeArray : public model::HardwareUnit {
public:
  std::optional<Fault> begin(const Machine &, Memories *newMemories) override {
    memories = newMemories;
    problem.reset();
    unit->go = 0;
    unit->rst = 1;
    clock();
    unit->rst = 0;
    clock();
    return std::nullopt;
  }

  bool takes(const Command &command) const override {
    const auto *c = std::get_if<Matmul>(&command);
    // Nine bits hold a factor less its zero point if both are of one type.
    const auto isOfType = [](int zeroPoint, int isUnsigned) {
      return isUnsigned != 0 ? zeroPoint >= 0 && zeroPoint <= 255
                             : zeroPoint >= -128 && zeroPoint <= 127;
    };
    return c && isOfType(c->inputZp, c->inputUnsigned) &&
           isOfType(c->weightZp, c->weightUnsigned);
  }

  Signals look(const Command *command) override {
    unit->go = command != nullptr;
    if (command) {
      // The array knows nothing of the head with waits and signals.
      const Encoded code = encodeCommand(*command);
      std::memcpy(&unit->op, reinterpret_cast<const char *>(&code) + 12,
                  sizeof unit->op);
    }
    unit->clk = 0;
    unit->eval();
    return {unit->rdy != 0, unit->fin != 0};
  }

  /// What the ports ask for in this cycle, they get in the next one, and until
  /// they ask again; the write comes after the reads.
  void edge() override {
    read(unit->ia_en, unit->ia_adr, inputs);
    read(unit->wt_en, unit->wt_adr, weights);
    if (auto *at = row(unit->ac_re, unit->ac_radr))
      std::memcpy(sums.data(), at, sizeof sums);
    if (auto *at = row(unit->ac_we, unit->ac_wadr))
      std::memcpy(at, &unit->ac_d, sizeof sums);
    unit->clk = 1;
    unit->eval();
    std::memcpy(&unit->ia_q, inputs.data(), sizeof inputs);
    std::memcpy(&unit->wt_q, weights.data(), sizeof weights);
    std::memcpy(&unit->ac_q, sums.data(), sizeof sums);
  }

  std::optional<Fault> fault() const override { return problem; }

private:
  void clock() {
    unit->clk = 0;
    unit->eval();
    unit->clk = 1;
    unit->eval();
  }

  /// Whether \p size entries from \p at on are within \p count of \p memory.
  bool isWithin(const char *memory, std::size_t at, std::size_t size,
                std::size_t count) {
    if (at + size <= count)
      return true;
    problem =
        Fault{fmt::format("the array accesses {} {} of {}", memory, at, count)};
    return false;
  }

  void read(bool wanted, std::size_t at, std::array<std::uint8_t, rows> &to) {
    if (wanted && memories &&
        isWithin("byte", at, rows, memories->scratchpad.size()))
      std::memcpy(to.data(), &memories->scratchpad[at], rows);
  }

  std::int32_t *row(bool wanted, std::size_t number) {
    if (!wanted || !memories ||
        !isWithin("row", number, 1, memories->accumulator.size() / rows))
      return nullptr;
    return &memories->accumulator[number * rows];
  }

  const std::unique_ptr<VerilatedContext> context =
      std::make_unique<VerilatedContext>();
  const std::unique_ptr<Verilated> unit =
      std::make_unique<Verilated>(context.get());
  Memories *memories = nullptr;
  std::array<std::uint8_t, rows> inputs{}, weights{};
  std::array<std::int32_t, rows> sums{};
  std::optional<Fault> problem;
};

} // namespace

Result<std::unique_ptr<model::HardwareUnit>> makeAcmeArray(const Config &config,
                                                           bool hasBug) {
  if (config.arrayRows != rows)
    return Fault{fmt::format("the array has {} rows, but the configuration {}",
                             rows, config.arrayRows)};
  std::unique_ptr<model::HardwareUnit> made;
  if (hasBug)
    made = std::make_unique<AcmeArray<Vacmebug>>();
  else
    made = std::make_unique<AcmeArray<Vacme>>();
  return made;
}

} // namespace glowplug::npu::example
