// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Tensors in files of NumPy.

#pragma once

#include "core/support/Tensor.h"

#include "llvm/ADT/StringRef.h"

namespace glowplug {

/// Reads a .npy file: little-endian numbers or booleans in C order. Messages
/// begin with the path.
llvm::Expected<Tensor> readNpyFile(llvm::StringRef path);

} // namespace glowplug
