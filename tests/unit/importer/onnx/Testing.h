// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Small models for tests of the importer.

#pragma once

#include "core/importer/Importer.h"
#include "core/importer/onnx/proto/onnx.pb.h"
#include "core/support/FaultError.h"

#include "mlir/IR/MLIRContext.h"
#include "llvm/ADT/StringRef.h"

#include <initializer_list>
#include <string>
#include <vector>

namespace glowplug::testing {

using Names = std::initializer_list<const char *>;
using Sizes = std::vector<int64_t>;

/// A model that is put together call by call. Operator set 13 unless changed.
class Model {
public:
  explicit Model(int64_t opset = 13);
  Model(const Model &other)
      : proto(other.proto), graph(*proto.mutable_graph()) {}

  /// A graph input or output; a size of -1 - I is the I-th of the names N, M.
  Model &input(const char *name, const Sizes &shape,
               int type = onnx::TensorProto::FLOAT);
  Model &output(const char *name);
  onnx::NodeProto &node(const char *op, Names inputs, Names outputs);
  onnx::TensorProto &initializer(const char *name, const Sizes &shape,
                                 int type = onnx::TensorProto::FLOAT);
  /// An initializer of int64 that holds \p values as a list.
  Model &ints(const char *name, const std::vector<int64_t> &values);

  std::string bytes() const { return proto.SerializeAsString(); }

  onnx::ModelProto proto;
  onnx::GraphProto &graph;
};

/// Fills an empty node.
onnx::NodeProto &fill(onnx::NodeProto &node, const char *op, Names inputs,
                      Names outputs);
void setInt(onnx::NodeProto &node, const char *name, int64_t value);
void setInts(onnx::NodeProto &node, const char *name,
             const std::vector<int64_t> &values);

/// The IR of a model, or the message of its error.
struct Outcome {
  bool imported = false;
  FaultKind kind = FaultKind::model;
  std::string text;
  Setting setting; ///< Of the fault.
  std::vector<TensorInfo> inputs, outputs;
  std::vector<BoundInput> bound;
  std::vector<std::string> warnings;
};
/// \p folder is where external data lies.
Outcome import(const std::string &bytes, const ImportOptions &options = {},
               const std::string &folder = {});
Outcome import(const Model &model, const ImportOptions &options = {});
Outcome importPath(const std::string &path, const ImportOptions &options = {});

/// A model of one node, with input x of \p shape and output y.
Model oneNode(const char *op, const Sizes &shape, int64_t opset = 13);

} // namespace glowplug::testing
