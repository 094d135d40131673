// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// From partitions to the plan of the host.

#pragma once

#include "core/artifact/Artifact.h"
#include "core/partition/Partition.h"

namespace glowplug {

/// Fills buffers, steps and arena of the plan of \p builder, which has its
/// inputs, outputs and one part per partition. Argument i of \p function is
/// input \p inputOfArgument[i]. Constants that the host itself needs become
/// sections.
llvm::Error planHost(mlir::func::FuncOp function,
                     llvm::ArrayRef<Partition> partitions,
                     llvm::ArrayRef<size_t> inputOfArgument,
                     ArtifactBuilder &builder);

} // namespace glowplug
