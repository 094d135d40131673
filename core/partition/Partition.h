// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Decides which backend takes which op, and cuts the program into images.

#pragma once

#include "core/image/Writer.h"
#include "core/quantize/recipes/Recipe.h"
#include "core/runtime/ProgramBackend.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"

#include <functional>
#include <string>
#include <vector>

namespace glowplug {

struct PartitionOptions {
  /// In order of preference; the last one takes everything.
  std::vector<ProgramBackend *> backends;
  /// Gathers element-wise work of inlined composites; may be empty.
  std::function<llvm::Error(mlir::func::FuncOp)> fuse;
  /// The recipe of every rescale; without one, those of an op change if that
  /// gives the op to a backend that the user prefers.
  std::optional<Recipe> recipe;
  SegmentHashes *hashes = nullptr; ///< As in WriterOptions.
  std::string name;                ///< Of the programs.
};

/// Part of a function, as a program for one backend; or an op that the host
/// runs, whose bodies are partitioned by themselves.
struct Partition {
  mlir::Operation *control = nullptr; ///< What the host runs, or null.
  unsigned backend = 0;               ///< Index into the backends.
  Image image; ///< Verified, and taken by the backend as it is.
  /// Values of the function, one per input and output of the image, or per
  /// operand and result of the op.
  std::vector<mlir::Value> inputs, outputs;
  unsigned opCount = 0;
};

/// Why an op went where it went.
struct OpReport {
  std::string name; ///< Of the node of the model; may be empty.
  std::string kind; ///< "conv", "map", "composite softmax@1", ...
  unsigned backend = 0;
  unsigned partition = 0;
  struct Refusal {
    unsigned backend;
    std::string reason;
  };
  std::vector<Refusal> refusals; ///< Of the backends before.
  bool isInteger = false;        ///< See worksOnIntegers().
  std::string floatReason;       ///< Why not.
};

struct PartitionResult {
  /// In an order in which they can run: a partition reads function arguments,
  /// constants, outputs of partitions before it, and reshapes of these.
  std::vector<Partition> partitions;
  /// In the order of the function, without what the host runs.
  std::vector<OpReport> report;
  /// What was rewritten on the way, one line each.
  std::vector<std::string> rewrites;
  /// Rescales whose recipe was changed.
  std::vector<RecipeChange> recipes;
};

/// Partitions \p function, of one block of prim ops, which is changed by the
/// rewrites. Constants and reshapes belong to no backend: they are repeated in
/// each partition that uses them, or left to the host where a backend does not
/// take them. Equal functions give equal results.
llvm::Expected<PartitionResult> partition(mlir::func::FuncOp function,
                                          const PartitionOptions &options);

/// Whether the host runs \p op, whatever the backends are.
bool isControl(mlir::Operation *op);

/// Whether \p op is a constant or a reshape.
bool isFree(mlir::Operation *op);

/// The value whose bytes \p value has: looks through reshapes.
mlir::Value byteSource(mlir::Value value);

} // namespace glowplug
