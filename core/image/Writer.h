// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// From prim operations to a program image.

#pragma once

#include "core/support/Sha256.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/Value.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/Support/Error.h"

#include <string>
#include <vector>

namespace glowplug {

class BodyBuilder;
enum class ValueId : uint32_t;

/// A program image and the constant bytes that it refers to.
struct Image {
  std::vector<uint8_t> bytes;
  /// One per Program.segments. They belong to the constants of the IR, live
  /// as long as its context, and start at a multiple of their element size.
  std::vector<llvm::ArrayRef<uint8_t>> segments;
};

/// SHA-256 of constants, by where their bytes are. Share one between images
/// of one context: each constant is then hashed once.
using SegmentHashes = llvm::DenseMap<const uint8_t *, std::array<uint8_t, 32>>;

struct WriterOptions {
  std::string name; ///< Of the program.
  /// Filled as needed. Null: segments are not hashed and their hashes are
  /// zero, which is enough for an image that stays in this process.
  SegmentHashes *hashes = nullptr;
};

/// Name of a function argument in its attributes, and of a result in those of
/// the result.
inline constexpr llvm::StringLiteral valueNameAttr = "glowplug.name";

/// Writes a function of one block: its arguments are the inputs, what it
/// returns are the outputs. Equal functions give equal images.
///
/// Fails on an op that is not of the prim dialect, and on a constant whose
/// handle has no data.
llvm::Expected<Image> writeImage(mlir::func::FuncOp function,
                                 const WriterOptions &options = {});

/// Writes \p ops, which stand in an order that defines values before their
/// uses, as a program from \p inputs to \p outputs. Each operand of an op is
/// an input or the result of an op before it.
llvm::Expected<Image> writeImage(llvm::ArrayRef<mlir::Operation *> ops,
                                 llvm::ArrayRef<mlir::Value> inputs,
                                 llvm::ArrayRef<mlir::Value> outputs,
                                 const WriterOptions &options = {});

/// Appends a primitive to a body, to which its operands belong. Fails on any
/// other op.
llvm::Expected<llvm::SmallVector<ValueId, 2>>
writePrimitive(BodyBuilder &body, mlir::Operation *op,
               llvm::ArrayRef<ValueId> operands);

/// Name of the node of the user's model that \p loc stands for; may be empty.
std::string locationName(mlir::Location loc);

/// The name of an argument of a function, or of the op that makes the value;
/// may be empty.
std::string valueName(mlir::Value value);

} // namespace glowplug
