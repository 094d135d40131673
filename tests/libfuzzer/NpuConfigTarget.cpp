// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The sizes of an NPU: the file of --npu.

#include "tests/libfuzzer/Harness.h"

#include "simulator/isa/Config.h"

using namespace glowplug;

fuzz::Outcome fuzz::judge(llvm::ArrayRef<uint8_t> bytes) {
  const std::string_view text(reinterpret_cast<const char *>(bytes.data()),
                              bytes.size());
  auto config = npu::readConfig(text);
  if (!config)
    return "error: " + config.message();
  for (const npu::Parameter &parameter : npu::parameters) {
    const std::int32_t value = (*config).*parameter.member;
    if (value < parameter.least || value > parameter.most)
      defect("a parameter is out of range");
  }
  auto again = npu::readConfig(npu::writeConfig(*config));
  if (!again)
    defect("what was written is refused: " + again.message());
  if (npu::configHash(*again) != npu::configHash(*config))
    defect("what was written reads as something else");
  return "";
}
