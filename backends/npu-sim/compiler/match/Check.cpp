// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Says which ops of an image are taken.

#include "backends/npu-sim/compiler/match/Check.h"

#include "backends/npu-sim/compiler/match/Fits.h"
#include "backends/npu-sim/compiler/program/ReadValues.h"

namespace glowplug::npusim {

namespace {

Verdict verdictOf(const Matched &matched) {
  if (const auto *refusal = std::get_if<Refusal>(&matched))
    return {false, refusal->splitEpilogue, refusal->reason};
  return {true, false, ""};
}

} // namespace

std::vector<Verdict> check(gp_image_program image, const npu::Config &config) {
  const gp_image_body body = gp_image_program_body(image);
  const std::size_t count = gp_image_body_ops_count(body);
  if (const std::string reason = refuseImage(image); !reason.empty())
    return std::vector<Verdict>(count, {false, false, reason});
  const Program values = readValues(image);
  const Target target{config, targetFits()};
  std::vector<Verdict> verdicts;
  for (std::size_t i = 0; i < count; ++i)
    verdicts.push_back(
        verdictOf(matchOp(gp_image_body_ops_at(body, i),
                          static_cast<std::uint32_t>(i), values, target)));
  return verdicts;
}

} // namespace glowplug::npusim
