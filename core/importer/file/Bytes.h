// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// The bytes of a model file.

#pragma once

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"

#include <memory>

namespace glowplug::importer {

/// Bytes of a file in memory that belongs to the process alone: a file that
/// another program shortens while it is read does no harm.
struct Bytes {
  uint8_t *data = nullptr;
  size_t size = 0;
  std::shared_ptr<void> owner;
};

/// Reads a regular file of at most limits::modelBytes.
llvm::Expected<Bytes> readFile(llvm::StringRef path);
/// Copies \p bytes.
llvm::Expected<Bytes> copyBytes(llvm::ArrayRef<uint8_t> bytes);

} // namespace glowplug::importer
