// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// A walk over the wire format of a model before protobuf sees it.

#pragma once

#include "llvm/ADT/ArrayRef.h"
#include "llvm/Support/Error.h"

#include <string>
#include <vector>

namespace glowplug::importer {

/// A model without its raw data.
struct Skeleton {
  /// The model as a protobuf message again. Raw data and comments are left
  /// out; the doc_string of a tensor with raw data is the number of an entry
  /// of `rawData`. Nothing else can set that field.
  std::string message;
  std::vector<llvm::MutableArrayRef<uint8_t>> rawData;
};

/// Walks over \p bytes, a model. Fails if they are not one, or if they pass a
/// limit: so what the parser allocates is bounded by what this accepts. Fields
/// that are not known are left out. Raw data is moved within \p bytes by up to
/// 7 bytes, so that it is aligned.
llvm::Expected<Skeleton> walkModel(llvm::MutableArrayRef<uint8_t> bytes);

/// The same walk for code that needs the whole message: fails as walkModel()
/// does, and leaves the bytes as they are.
llvm::Error checkModel(llvm::ArrayRef<uint8_t> bytes);

} // namespace glowplug::importer
