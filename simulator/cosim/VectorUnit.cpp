// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The vector unit of hw/rtl/npu_vector.sv, with the depthwise engine.

#include "simulator/cosim/Units.h"
#include "simulator/cosim/VerilatedUnit.h"

#include "simulator/cosim/vector_sizes.inc"

namespace glowplug::npu::cosim {

namespace {

template <typename Unit, int R>
class VectorUnit : public VerilatedUnit<Unit, R> {
public:
  /// All commands of its queue, but for windows that its memories are too small
  /// for. These are as large as hw/spec/npu.json says.
  bool takes(const Command &command) const override {
    const auto *c = std::get_if<Depthwise>(&command);
    if (!c)
      return std::holds_alternative<Vector>(command) ||
             std::holds_alternative<Transpose>(command);
    const Config built;
    const bool needsSums = c->kernelH > 3 || c->kernelW > 3;
    return c->inW <= built.depthwiseLineWidth &&
           (!needsSums || c->outH * c->outW <= built.depthwiseSumRows);
  }

private:
  using Base = VerilatedUnit<Unit, R>;
  static constexpr int line = R > 16 ? R : 16;

  void give(const Encoded &code) override {
    Base::give(code);
    this->unit->cmd_opcode_i = static_cast<std::uint8_t>(getBits(code, 0, 8));
  }

  void drive() override {
    a.drive(this->unit->a_data_i);
    b.drive(this->unit->b_data_i);
    parameters.drive(this->unit->p_data_i);
    sumPort.drive(this->unit->acc_data_i);
  }

  void sample() override {
    auto &unit = *this->unit;
    auto &noise = this->random;
    a.read(this->bytes(unit.a_read_o, unit.a_addr_o, R), noise);
    b.read(this->bytes(unit.b_read_o, unit.b_addr_o, R), noise);
    parameters.read(
        this->bytes(unit.p_read_o, unit.p_addr_o / line * line, line), noise);
    sumPort.read(this->sums(unit.acc_read_o, unit.acc_read_addr_o), noise);
    this->write(this->bytes(unit.write_o, unit.write_addr_o, R),
                &unit.write_data_o, R);
    this->write(this->sums(unit.acc_write_o, unit.acc_write_addr_o),
                &unit.acc_data_o, 4 * R);
  }

  ReadPort<R> a, b;
  ReadPort<line> parameters;
  ReadPort<4 * R> sumPort;
};

/// Leaves all other commands of the queue to the model.
template <typename Unit, int R>
class DepthwiseUnit : public VectorUnit<Unit, R> {
  bool takes(const Command &command) const override {
    return std::holds_alternative<Depthwise>(command) &&
           VectorUnit<Unit, R>::takes(command);
  }
};

} // namespace

Result<std::unique_ptr<model::HardwareUnit>> makeVector(const Config &config) {
  return makeBuilt<VectorUnit>("vector", config, Built());
}

Result<std::unique_ptr<model::HardwareUnit>>
makeDepthwise(const Config &config) {
  return makeBuilt<DepthwiseUnit>("depthwise", config, Built());
}

} // namespace glowplug::npu::cosim
