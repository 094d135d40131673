// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A part that adds vectors, for a platform without a compiled model.

#include "simulator/isa/Assembly.h"
#include "simulator/platform/Part.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <stdexcept>

namespace glowplug::npu::platform {

static constexpr unsigned count = 1024; ///< bytes in a vector

/// Saturating sums of signed bytes.
static std::string program(const Config &config) {
  const int r = config.arrayRows, rows = static_cast<int>(count) / r;
  const int bank = config.scratchpadBankBytes;
  return fmt::format(
      ".extent 0 {}\n.extent 1 {}\n"
      "load load_a run={} spad_addr=0 signal=1\n"
      "load load_w run={} dram_offset={} spad_addr={} signal=2\n"
      "vector vector wait=1 wait=2 signal=3 op=add a_kind=bytes a_step0={} "
      "b_addr={} b_step0={} count0={} dst_addr={} dst_step0={} out_min=-128 "
      "out_max=127\n"
      "store store wait=3 dram_base=1 spad_addr={} run={}\n",
      2 * count, count, count, count, count, bank, r, bank, r, rows, 2 * bank,
      r, 2 * bank, count);
}

Part makeAdditions(const Config &config) {
  constexpr std::uint64_t page = 4096;
  const auto assembled = assemble(program(config));
  if (!assembled)
    throw std::logic_error(assembled.message());
  Part part;
  part.name = "additions";
  part.configHash = configHash(config);
  part.memoryBytes = 3 * page;
  part.bases[1] = page;
  part.commands = {"commands", 2 * page, {}};
  part.commands.bytes.resize(assembled->commands.size() * sizeof(Encoded));
  std::memcpy(part.commands.bytes.data(), assembled->commands.data(),
              part.commands.bytes.size());
  Segment inputs{"input_0", 0, std::vector<std::uint8_t>(2 * count)};
  for (unsigned i = 0; i < 2 * count; ++i)
    inputs.bytes[i] = static_cast<std::uint8_t>(i * 37 + i / 256);
  Segment outputs{"output_0", page, std::vector<std::uint8_t>(count)};
  for (unsigned i = 0; i < count; ++i) {
    const int sum = static_cast<std::int8_t>(inputs.bytes[i]) +
                    static_cast<std::int8_t>(inputs.bytes[count + i]);
    outputs.bytes[i] = static_cast<std::uint8_t>(std::clamp(sum, -128, 127));
  }
  part.segments.push_back(std::move(inputs));
  part.outputs.push_back(std::move(outputs));
  return part;
}

} // namespace glowplug::npu::platform
