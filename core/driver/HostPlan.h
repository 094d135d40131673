// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// From partitions to the plan of the host.

#pragma once

#include "core/artifact/Artifact.h"
#include "core/partition/Partition.h"

namespace glowplug {

/// What a value of \p type, a tensor of the prim dialect, takes.
uint64_t bytesOf(mlir::Type type);

/// A function that has become parts of a plan.
struct PlannedFunction {
  mlir::func::FuncOp function;
  llvm::ArrayRef<Partition> partitions;
  /// The number of the first part; the others follow.
  uint32_t firstPart = 0;
  /// Argument i is input number inputOfArgument[i] of the body.
  llvm::ArrayRef<size_t> inputOfArgument;
};

/// Fills buffers, steps and arena of \p body with what runs \p planned.
/// \p bodyOf gives the number of the body of each function that the function
/// calls. Constants that the host itself needs become sections of \p builder.
llvm::Error
planHost(const PlannedFunction &planned,
         llvm::function_ref<uint32_t(mlir::FlatSymbolRefAttr)> bodyOf,
         artifact::BodyT &body, ArtifactBuilder &builder);

} // namespace glowplug
