// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Data of a model that lies in a file beside it.

#pragma once

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"

#include <cstdint>
#include <string>

namespace glowplug::importer {

/// Where data lies, as the model says.
struct ExternalRange {
  std::string location; ///< Path of a file, relative to the model's folder.
  uint64_t offset = 0;
};

/// Reads as much as \p to holds. Fails unless \p range is within a regular
/// file below \p folder that is reached without a link.
llvm::Error readExternalData(const ExternalRange &range, llvm::StringRef folder,
                             llvm::MutableArrayRef<uint8_t> to);

} // namespace glowplug::importer
