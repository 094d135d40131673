// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The systolic array of hw/rtl/npu_array.sv.

#include "simulator/cosim/Units.h"
#include "simulator/cosim/VerilatedUnit.h"

#include "simulator/cosim/array_sizes.inc"

namespace glowplug::npu::cosim {

namespace {

template <typename Unit, int R>
class ArrayUnit : public VerilatedUnit<Unit, R> {
public:
  /// Factors less their zero points have 9 bits.
  bool takes(const Command &command) const override {
    const auto *c = std::get_if<Matmul>(&command);
    const auto isOfType = [](int zeroPoint, int isUnsigned) {
      return isUnsigned != 0 ? zeroPoint >= 0 && zeroPoint <= 255
                             : zeroPoint >= -128 && zeroPoint <= 127;
    };
    return c && isOfType(c->inputZp, c->inputUnsigned) &&
           isOfType(c->weightZp, c->weightUnsigned);
  }

private:
  void drive() override {
    input.drive(this->unit->x_data_i);
    weights.drive(this->unit->w_data_i);
    sumPort.drive(this->unit->acc_data_i);
  }

  void sample() override {
    auto &unit = *this->unit;
    auto &noise = this->random;
    input.read(this->bytes(unit.x_read_o, unit.x_addr_o, R), noise);
    weights.read(this->bytes(unit.w_read_o, unit.w_addr_o, R), noise);
    sumPort.read(this->sums(unit.acc_read_o, unit.acc_read_addr_o), noise);
    this->write(this->sums(unit.acc_write_o, unit.acc_write_addr_o),
                &unit.acc_data_o, 4 * R);
  }

  ReadPort<R> input, weights;
  ReadPort<4 * R> sumPort;
};

} // namespace

Result<std::unique_ptr<model::HardwareUnit>> makeArray(const Config &config) {
  return makeBuilt<ArrayUnit>("array", config, Built());
}

} // namespace glowplug::npu::cosim
