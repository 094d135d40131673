// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// What functions of the host library return.

#pragma once

#include "core/support/Fault.h"

#include <cassert>
#include <utility>
#include <variant>

namespace glowplug::host {

/// A value, or the fault that kept it from being made.
template <typename T>
class [[nodiscard]] Result {
public:
  Result(T value) : content(std::move(value)) {}
  Result(Fault fault) : content(std::move(fault)) {}

  explicit operator bool() const { return content.index() == 0; }

  /// The value; only if there is one.
  T &operator*() {
    assert(*this && "there is a fault, and no value");
    return *std::get_if<0>(&content);
  }
  const T &operator*() const {
    assert(*this && "there is a fault, and no value");
    return *std::get_if<0>(&content);
  }
  T *operator->() { return &**this; }
  const T *operator->() const { return &**this; }

  /// The fault; only if there is no value.
  const Fault &fault() const {
    assert(!*this && "there is a value, and no fault");
    return *std::get_if<1>(&content);
  }

private:
  std::variant<T, Fault> content;
};

/// Of a function that returns nothing else.
struct Done {};

} // namespace glowplug::host
