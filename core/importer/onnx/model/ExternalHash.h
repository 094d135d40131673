// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// One hash of all the data that a model has in other files.

#pragma once

#include "core/support/Sha256.h"

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"

namespace glowplug::importer {

/// The hash of the external data of all tensors of the model \p bytes, which
/// lies in \p folder. Fails where the importer would fail to read it.
llvm::Expected<Sha256> hashExternalData(llvm::ArrayRef<uint8_t> bytes,
                                        llvm::StringRef folder);

} // namespace glowplug::importer
