// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// A file descriptor with an owner.

#pragma once

#include <unistd.h>
#include <utility>

namespace glowplug::process {

/// A descriptor that closes itself; -1 for none.
class Descriptor {
public:
  Descriptor() = default;
  explicit Descriptor(int number) : number(number) {}
  Descriptor(Descriptor &&other) noexcept : number(other.release()) {}
  Descriptor &operator=(Descriptor &&other) noexcept {
    if (this != &other) {
      reset();
      number = other.release();
    }
    return *this;
  }
  ~Descriptor() { reset(); }

  explicit operator bool() const { return number >= 0; }
  int get() const { return number; }
  int release() { return std::exchange(number, -1); }
  void reset() {
    if (number >= 0)
      close(release());
  }

private:
  int number = -1;
};

} // namespace glowplug::process
