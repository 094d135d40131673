// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Which cases are of the kind that networks are made of.

#include "core/conformance/cases/ops/OpCases.h"

#include "llvm/ADT/STLExtras.h"

#include <set>

namespace glowplug::conformance {

using Values = std::set<std::string>;
static const Values floats = {"f16", "f32"};
static const Values integers = {"i8", "u8"};
static const Values types = {"i8", "u8", "f16", "f32"};
static const Values floatTails = {"none", "relu", "bias"};
static const Values integerTails = {"none", "bias", "fp32_rne", "tosa_single",
                                    "tosa_double"};
static const Values finite = {"D0", "D1", "D3", "D4", "D5", "D6", "D8", "D9"};

static WantedFeatures convOf(const Values &of, const Values &tails) {
  return {{"op", {"Conv"}},
          {"type", of},
          {"rank", {"4"}},
          {"weights", {"constant"}},
          {"groups", {"1", "depthwise"}},
          {"dilation", {"1"}},
          {"stride", {"1", "2"}},
          {"windows", {"meets"}},
          {"epilogue", tails},
          {"data", finite}};
}

static WantedFeatures matmulOf(const Values &of, const Values &tails) {
  return {{"op", {"MatMul"}},   {"type", of},
          {"rank", {"2", "3"}}, {"weights", {"constant"}},
          {"batch", {"0"}},     {"zero_points", {"0", "1"}},
          {"epilogue", tails},  {"data", finite}};
}

static const std::vector<WantedFeatures> &kinds() {
  static const std::vector<WantedFeatures> list = {
      convOf(floats, floatTails),
      convOf(integers, integerTails),
      matmulOf(floats, floatTails),
      matmulOf(integers, integerTails),
      {{"op", {"Window"}},
       {"type", types},
       {"rank", {"4"}},
       {"kind", {"max"}},
       {"stride", {"1", "2"}},
       {"dilation", {"1"}},
       {"windows", {"meets"}},
       {"across_channels", {"0"}},
       {"epilogue", {"none"}},
       {"data", finite}},
      {{"op", {"Reduce"}},
       {"type", floats},
       {"kind", {"sum"}},
       {"rank", {"4"}},
       {"dims", {"2,3"}},
       {"epilogue", {"none"}},
       {"data", finite}},
      {{"op", {"Map"}},
       {"type", floats},
       {"scalar_op", {"add", "sub", "mul", "div", "max", "min", "exp", "sqrt"}},
       {"data", finite}},
      {{"op", {"Map"}},
       {"type", integers},
       {"scalar_op", {"table"}},
       {"types", {"i8.i8", "u8.u8"}}},
      {{"op", {"Map"}},
       {"region", {"integer_add", "quantised_add"}},
       {"broadcast", {"0"}},
       {"float", {"f32"}}},
      {{"op", {"Transpose", "Reshape", "Concat", "Broadcast"}},
       {"type", types},
       {"rank", {"2", "3", "4"}},
       {"elements", {"some"}}},
      {{"op", {"Slice"}},
       {"type", types},
       {"rank", {"2", "3", "4"}},
       {"direction", {"forward"}},
       {"result", {"some"}}},
      {{"op", {"Pad"}},
       {"type", types},
       {"rank", {"2", "3", "4"}},
       {"interior", {"none"}},
       {"value", {"constant"}},
       {"elements", {"some"}}}};
  return list;
}

bool isCommon(const Features &features) {
  return llvm::any_of(kinds(), [&](const WantedFeatures &kind) {
    return hasAll(features, kind);
  });
}

bool mayBeCommon(const Features &some) {
  return llvm::any_of(kinds(), [&](const WantedFeatures &kind) {
    return mayHaveAll(some, kind);
  });
}

} // namespace glowplug::conformance
