// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// What the fuzz targets share: each defines judge(), and Harness.cpp does the
/// rest.

#pragma once

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/ADT/Twine.h"
#include "llvm/Support/Error.h"

#include <cstdint>
#include <string>
#include <vector>

namespace glowplug::fuzz {

/// What became of an input: empty if it was accepted, else why it was refused,
/// as "KIND: MESSAGE", where KIND is that of a Fault, or "error".
using Outcome = std::string;

/// Reads \p bytes as a program would, and uses what it has read as far as that
/// is cheap. \p bytes begin at a multiple of 64, and nothing follows them that
/// may be read. Whatever they are, this returns.
Outcome judge(llvm::ArrayRef<uint8_t> bytes);

/// The outcome of a call that failed with \p error, or did not.
Outcome outcomeOf(llvm::Error error);

/// Ends the process: something that was accepted breaks a promise.
[[noreturn]] void defect(const llvm::Twine &what);

/// A copy of bytes at a multiple of 64, in memory of exactly their size: a read
/// past their end is seen.
class ExactBytes {
public:
  explicit ExactBytes(llvm::ArrayRef<uint8_t> from);
  ~ExactBytes();
  ExactBytes(const ExactBytes &) = delete;
  ExactBytes &operator=(const ExactBytes &) = delete;

  uint8_t *data() { return static_cast<uint8_t *>(memory); }
  operator llvm::ArrayRef<uint8_t>() const {
    return {static_cast<const uint8_t *>(memory), count};
  }

private:
  void *memory = nullptr;
  size_t count = 0;
};

/// The bytes of a file of this folder's corpora that a target needs besides its
/// input: of "image/good-conv", say. Ends the process if there is no such file.
/// They begin at a multiple of 16.
std::vector<uint8_t> corpusFile(llvm::StringRef name);

} // namespace glowplug::fuzz
