// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Checks one body of a plan, and what all checks of plans share.

#pragma once

#include "core/artifact/artifact_generated.h"

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/Twine.h"
#include "llvm/Support/Alignment.h"
#include "llvm/Support/Error.h"

namespace glowplug::plan {

/// Most bytes of arena or workspace.
inline constexpr uint64_t maxBytes = uint64_t{1} << 48;

/// Says that the plan cannot be run.
llvm::Error refuse(const llvm::Twine &why);

/// Refuses \p what, which is part of a feature that is not built (ADR 0014).
llvm::Error needsFeature(llvm::StringRef feature, const llvm::Twine &what);

/// The list's elements; empty if the list is absent.
template <typename T>
llvm::ArrayRef<T> entries(const flatbuffers::Vector<T> *list) {
  if (!list)
    return {};
  return {list->data(), list->size()};
}

/// Whether the elements of \p list can be read: FlatBuffers verifies where a
/// list begins, but not where its elements do.
template <typename T>
bool isAligned(const flatbuffers::Vector<T> *list) {
  return !list || llvm::isAddrAligned(llvm::Align::Of<T>(), list->Data());
}

/// Whether \p plan names \p feature in `required_features`.
bool hasFeature(const artifact::Plan &plan, llvm::StringRef feature);

/// Fails unless body \p number of \p plan can be run over sections of the sizes
/// \p sectionBytes (section 1 first). The lists of all bodies are aligned.
llvm::Error verifyBody(const artifact::Plan &plan, uint32_t number,
                       llvm::ArrayRef<uint64_t> sectionBytes);

/// Fails unless \p step, of body \p number of \p plan, fits the bodies that it
/// names. It is an `if` or a `loop` over buffers of the given sizes.
llvm::Error verifyControl(const artifact::Plan &plan, uint32_t number,
                          const artifact::Step &step,
                          llvm::ArrayRef<uint64_t> inputBytes,
                          llvm::ArrayRef<uint64_t> outputBytes);

} // namespace glowplug::plan
