// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// A value, or the reason why it is missing.

#pragma once

#include <cassert>
#include <string>
#include <utility>
#include <variant>

namespace glowplug::npu {

/// What is wrong and where, in one line.
struct Fault {
  std::string message;
};

/// A \p T or a Fault. Ask before looking.
template <typename T>
class [[nodiscard]] Result {
public:
  Result(T value) : content(std::move(value)) {}
  Result(Fault fault) : content(std::move(fault)) {}

  explicit operator bool() const { return content.index() == 0; }
  T &operator*() { return std::get<0>(content); }
  const T &operator*() const { return std::get<0>(content); }
  T *operator->() { return &std::get<0>(content); }
  const T *operator->() const { return &std::get<0>(content); }
  const std::string &message() const { return std::get<1>(content).message; }
  Fault fault() const { return std::get<1>(content); }

private:
  std::variant<T, Fault> content;
};

} // namespace glowplug::npu
