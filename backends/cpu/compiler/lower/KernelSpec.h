// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Identity of a kernel: what its code is made from.
#pragma once

#include "backends/cpu/compiler/emit/Kernel.h"

#include "llvm/ADT/StringRef.h"

#include <concepts>

namespace glowplug::cpu {

/// A value that holds all that the code of a kernel depends on besides the
/// target: emit() writes that code and sees nothing else. Steps with equal
/// specs share one kernel, so the comparison has to be the defaulted one. It
/// then covers every field, and emit() can read none that it leaves out.
///
/// For the same reason a spec owns what it holds. A type with a reference as a
/// member is not copyable, so it cannot be a spec; pointers, views of memory
/// and places of tensors do not belong here either.
template <typename Spec>
concept KernelSpec = std::copyable<Spec> && std::equality_comparable<Spec> &&
                     requires(const Spec &spec, Kernel &k) {
                       { Spec::name } -> std::convertible_to<llvm::StringRef>;
                       spec.emit(k);
                     };

} // namespace glowplug::cpu
