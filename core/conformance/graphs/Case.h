// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// A model with its inputs: what is generated, run, shrunk and kept.

#pragma once

#include "core/importer/onnx/proto/onnx.pb.h"
#include "core/support/Tensor.h"

#include <string>
#include <vector>

namespace glowplug::graphs {

using Shape = std::vector<int64_t>;

struct Case {
  onnx::ModelProto model;
  std::vector<Tensor> inputs; ///< One per input of the model.
  double macs = 0; ///< About how many multiply-adds its products have.
};

/// The number of a type in TensorProto.DataType, and back; 0 and none for what
/// has no counterpart.
int32_t onnxOfDType(DType type);
DType dtypeOfOnnx(int32_t number);

onnx::TensorProto protoOf(const Tensor &tensor, const std::string &name);
/// \p proto has raw data, as that of protoOf() has.
Tensor tensorOf(const onnx::TensorProto &proto);

void describe(onnx::ValueInfoProto &info, const std::string &name, DType type,
              llvm::ArrayRef<int64_t> shape);

int64_t elementsOf(llvm::ArrayRef<int64_t> shape);

/// One line per input, constant and node: what a person reads first.
std::string textOf(const Case &which);

/// Writes FOLDER/model.onnx and FOLDER/test_data_set_0/input_*.pb, as ONNX's
/// backend tests have them; also output_*.pb if there are \p outputs.
llvm::Error writeCase(const std::string &folder, const Case &which,
                      llvm::ArrayRef<Tensor> outputs = {});
/// Reads what writeCase() wrote, but for the outputs.
llvm::Expected<Case> readCase(const std::string &folder);

} // namespace glowplug::graphs
