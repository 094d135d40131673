// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "core/conformance/cases/ops/WindowDims.h"

#include "llvm/ADT/STLExtras.h"

#include <fmt/format.h>

namespace glowplug::conformance {

int64_t WindowDim::outputSize() const {
  return (size + low + high - reach()) / stride + 1;
}

int64_t WindowDim::transposedSize() const {
  return (size - 1) * stride + reach() - low - high;
}

bool WindowDim::allMeetElements() const {
  const auto meets = [&](int64_t begin) {
    for (int64_t tap = begin; tap < begin + reach(); tap += dilation)
      if (tap >= 0 && tap < size)
        return true;
    return false;
  };
  for (int64_t i = 0; i < outputSize(); ++i)
    if (!meets(i * stride - low))
      return false;
  return true;
}

WindowDims windowDimsOf(const Choice &choice) {
  const WindowDim first = {choice["size"],   choice["kernel"],
                           choice["stride"], choice["dilation"],
                           choice["low"],    choice["high"]};
  WindowDims dims = {first};
  for (int64_t i = 1; i < choice["spatial"]; ++i) {
    WindowDim dim = first;
    std::swap(dim.low, dim.high);
    if (choice["skewed"] != 0) {
      dim.size += i;
      dim.window += i;
      dim.stride = dims.back().stride % 3 + 1;
      if (first.dilation != 1) // Else many a plugin could take none of them.
        dim.dilation = dims.back().dilation % 2 + 1;
    }
    dims.push_back(dim);
  }
  return dims;
}

bool isLawfulSkew(const Choice &choice) {
  return choice["skewed"] == 0 || choice["spatial"] > 1;
}

std::string placementOf(const WindowDims &dims) {
  return llvm::all_of(dims,
                      [](const WindowDim &d) { return d.allMeetElements(); })
             ? "meets"
             : "misses";
}

std::vector<int64_t> listOf(const WindowDims &dims,
                            int64_t WindowDim::*member) {
  std::vector<int64_t> list;
  for (const WindowDim &dim : dims)
    list.push_back(dim.*member);
  return list;
}

int64_t productOf(const WindowDims &dims, int64_t WindowDim::*member) {
  int64_t product = 1;
  for (const WindowDim &dim : dims)
    product *= dim.*member;
  return product;
}

std::string featureOf(const WindowDims &dims, int64_t WindowDim::*member) {
  const std::vector<int64_t> list = listOf(dims, member);
  return llvm::all_equal(list) ? std::to_string(list.front())
                               : fmt::format("{}", fmt::join(list, "x"));
}

std::string nameOf(const WindowDims &dims, const char *letter) {
  const WindowDim &first = dims.front();
  const bool isSkewed = dims.size() > 1 && dims[1].size != first.size;
  return fmt::format("{}.{}{}.st{}.d{}.p{}-{}{}", first.size, letter,
                     first.window, first.stride, first.dilation, first.low,
                     first.high, isSkewed ? ".skewed" : "");
}

} // namespace glowplug::conformance
